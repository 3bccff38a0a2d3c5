"""The PC540-PC557 codes: what AWS refuses, or what fails when it runs, beyond the service model."""

from __future__ import annotations

from script_contracts.core.diagnostics import Rule

BAD_LOCAL_PATH = Rule(
    "PC540",
    "a processing job's path lies where SageMaker does not mount it",
    "The local path of an input begins with /opt/ml/processing/ (API reference, ProcessingS3Input). "
    "Outputs belong there too: the service documents no other place that it creates and uploads from.",
)
SAME_LOCAL_PATH = Rule(
    "PC541",
    "two inputs or outputs of a job have the same local path",
    "Each input and output of a processing job needs a path of its own; the service refuses the job, with a "
    "validation error that does not say why (aws/sagemaker-python-sdk #4939, #1950).",
)
NESTED_LOCAL_PATHS = Rule(
    "PC542",
    "a local path of a job lies inside another one",
    "A program that lists the outer folder finds the other input, or the job's own code, among its data; an "
    "output around another one is uploaded twice. The service accepts it, so that this is a warning.",
)
SAME_PORT_NAME = Rule(
    "PC543",
    "two inputs, outputs or channels of a job have the same name",
    "The names of a processing job's inputs and outputs are unique, inputs and outputs together; so are the "
    "channels of a training job (aws/sagemaker-python-sdk #3484 quotes the service's refusal).",
)
SPOT_SETTINGS = Rule(
    "PC544",
    "settings of managed spot training that do not fit each other",
    "A spot job needs StoppingCondition.MaxWaitTimeInSeconds, at least as long as MaxRuntimeInSeconds: it "
    "covers waiting and running. A job on demand has none (API reference, StoppingCondition).",
)
WRONG_REGISTRY = Rule(
    "PC545",
    "an image lies in another region, or in no registry of its region",
    "A job pulls its image from Amazon ECR in its own region. AWS publishes its images from one account per "
    "region: the right repository under another region's account does not exist.",
)
WRONG_ACCELERATOR = Rule(
    "PC546",
    "the image is built for other hardware than the instance has",
    "A GPU image may fail to load its libraries on an instance without a GPU, a CPU image leaves a GPU "
    "idle that is paid for, and a Neuron image needs a Trainium or Inferentia instance.",
)
END_OF_SUPPORT = Rule(
    "PC547",
    "AWS stops patching an image, or has stopped",
    "After its end of support an AWS image still runs, and gets no security patches. The dates are AWS's, "
    "each with its source, in pipeline_compiler/conformance/images.yaml.",
)
CODE_OUT_OF_REACH = Rule(
    "PC548",
    "a job without a network is to fetch its code from S3",
    "Under network isolation the container reaches neither S3 nor a package index. In script mode the "
    "launcher inside the container downloads sagemaker_submit_directory, and fails minutes into the job. "
    "Deliver the code as an input channel and name its path.",
)
VOLUME_KEY = Rule(
    "PC549",
    "a volume key that the job's instances cannot use",
    "Instances with local storage encrypt it in hardware and refuse VolumeKmsKeyId (API reference, "
    "ResourceConfig and ProcessingClusterConfig); and a key serves the region that it lies in.",
)
PREFIX_OVERMATCH = Rule(
    "PC550",
    "an S3 prefix also matches another address of the pipeline",
    "S3 compares prefixes as text: s3://bucket/train also reads s3://bucket/train-old/. A '/' at the end "
    "keeps a prefix to its folder (aws/sagemaker-python-sdk #3612).",
)
SHARED_OUTPUT = Rule(
    "PC551",
    "two outputs are written to one S3 address",
    "Files of the same name overwrite each other, and who reads one output gets the files of both.",
)
EXECUTIONS_OVERWRITE = Rule(
    "PC552",
    "every execution writes to the same S3 address",
    "Executions overwrite each other's results, and a step of one may read the files of another. An address "
    "with Execution.PipelineExecutionId in it belongs to one execution (aws/sagemaker-python-sdk #2808).",
)
READS_OWN_OUTPUT = Rule(
    "PC553",
    "a job writes to where it reads from",
    "The second run reads its own results as input.",
)
TOO_FEW_OBJECTS = Rule(
    "PC554",
    "fewer objects than instances to divide them among",
    "ShardedByS3Key gives each instance a share of the objects, never a part of one: instances beyond the "
    "number of objects get no data, and most programs fail on that.",
)
TOO_LONG_WHEN_KNOWN = Rule(
    "PC555",
    "a joined value is longer than AWS allows",
    "The service checks lengths when the job starts, after parameters have their values: then the execution "
    "fails, possibly hours in. With the parameters' defaults the value is too long already "
    "(aws/sagemaker-python-sdk #5224).",
)
BAD_CONDITION = Rule(
    "PC556",
    "a condition that the service cannot read or compare, or that decides nothing",
    "Conditions are Equals, GreaterThan, GreaterThanOrEqualTo, LessThan, LessThanOrEqualTo (LeftValue, "
    "RightValue), In (QueryValue, Values), Not (Condition) and Or (Conditions). All but Equals and In "
    "compare numbers (aws/sagemaker-python-sdk #2746). A condition decides about the steps in its IfSteps "
    "and ElseSteps, and no others.",
)
AFTER_FAIL = Rule(
    "PC557",
    "a step that waits for a Fail step, or a Fail step with too long a message",
    "A Fail step ends the execution: nothing runs after it. Its ErrorMessage has at most 3,072 characters.",
)
