"""The PC50x codes: bringing a compiled pipeline to AWS."""

from __future__ import annotations

from script_contracts.core.diagnostics import Rule

NOT_DEPLOYABLE = Rule(
    "PC501",
    "a local folder that AWS cannot read feeds the pipeline",
    "The compiled pipeline names an S3 address at which nothing lies: the folder on this machine stands "
    "for it in local runs only. Upload the folder by content with 'upload: true' beside 'files', or name "
    "an s3:// prefix. Nothing has been uploaded or created.",
)
NO_CREDENTIALS = Rule(
    "PC503",
    "no usable AWS credentials",
    "Compiling needs none; deploying signs its requests. boto3 looks for credentials in the environment, "
    "in ~/.aws and in the instance's role.",
)
WRONG_REGION = Rule(
    "PC504",
    "the pipeline is compiled for another region than the one it is deployed to",
    "A job's image must lie in the region in which the job runs, and the images of a pipeline follow from "
    "'pipeline.region' of its config.",
)
OTHER_CONTENT = Rule(
    "PC505",
    "an object at a content address holds something else",
    "Code and data are addressed by the SHA-256 of their content, so an object there can only hold those "
    "very bytes. One that does not was damaged or written by another program. It is never overwritten: "
    "a running execution may be reading it.",
)
AWS_REFUSED = Rule(
    "PC506",
    "AWS refused a request, or could not be reached",
    "The message is AWS's own. Files are uploaded before the pipeline is created or updated, so a failure "
    "leaves the deployed pipeline as it was; deploying again uploads only what is missing.",
)
CHANGED_SINCE_COMPILE = Rule(
    "PC507",
    "a file to upload changed after the pipeline was compiled",
    "A folder is uploaded to an address that its content gave when the pipeline was compiled. Other "
    "content belongs at another address.",
)
NO_SDK = Rule(
    "PC508",
    "the SageMaker Python SDK is missing or of an unsupported version",
    "Only a pipeline as an SDK object needs it: sagemaker >= 2.245 or any 3.x. Compiling, local runs and "
    "'deploy' work without.",
)
BROKEN_MIX = Rule(
    "PC509",
    "steps added to a compiled pipeline do not fit it",
    "Step names are unique within a pipeline, and every reference and every DependsOn names one of its "
    "steps. A frequent cause is a step that refers to the properties of an earlier build of the pipeline: "
    "take them from 'pipeline.step(NAME).properties' of the pipeline that it is added to.",
)
TOO_LARGE = Rule(
    "PC510",
    "a file is too large to upload",
    "One upload to S3 holds at most 5 GiB (Amazon S3 user guide, PutObject, read 2026-11). A single upload "
    "is what lets S3 verify the content and refuse to overwrite.",
)
NO_DEFINITION = Rule(
    "PC511",
    "the deployed pipeline's definition cannot be read",
    "SageMaker holds a pipeline of that name whose definition is not the JSON document that pipelines are "
    "defined by, so that nothing can be compared with it.",
)
NOT_CONFIRMED = Rule(
    "PC512",
    "deploying needs a yes, and nobody can be asked",
    "'deploy' shows the plan and asks before it changes anything. Where there is no terminal to ask at, as "
    "in CI, or where data is printed instead of text, say it beforehand with --yes. Nothing has been "
    "changed.",
)
DEPLOYED_MEANWHILE = Rule(
    "PC513",
    "somebody else changed the deployed pipeline since the plan was made",
    "What is deployed is looked at once more just before it is updated: its definition, its role and when it "
    "was last modified. It is not what the plan was made against, so the pipeline was left as it is. Files "
    "may have been uploaded; nothing refers to them yet. SageMaker has no conditional update, so that a "
    "change in the very moment between the look and the update would not be noticed.",
)
NOT_TAGGED = Rule(
    "PC514",
    "the pipeline was updated, and its tags were not written",
    "SageMaker takes tags in a request of their own, after the update. The new definition and role are in "
    "effect; the tags, among them the record of what was deployed, are as before. Deploying again writes "
    "only the tags.",
)
RESERVED_TAG = Rule(
    "PC515",
    "a tag of the config has a key that deploying uses itself",
    "Tags whose keys begin with 'pipeline-compiler:' record what was deployed, and from which revision.",
)
NO_APPROVED_VERSION = Rule(
    "PC516",
    "a model package group has no approved version",
    "'start --latest-approved GROUP=PARAMETER' gives the parameter the newest version whose status in the "
    "Model Registry is Approved. Versions that wait for approval, or were rejected, are never used.",
)
