"""Network isolation and encryption: settings of which one forbids what another needs."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipeline_compiler.conformance.definition import Definition
from pipeline_compiler.conformance.findings import Finding
from pipeline_compiler.conformance.jobs import TRAINING, Job
from pipeline_compiler.conformance.service_rules import CODE_OUT_OF_REACH, VOLUME_KEY
from pipeline_compiler.conformance.values import known, known_text

_KEY_REGION = re.compile(r"arn:[^:]*:kms:([^:]+):")
# Families with instance storage that SageMaker uses in place of an EBS volume. Source: Amazon EC2 instance
# type specifications (the d suffix means NVMe), read 2026-11.
_LOCAL_STORAGE = re.compile(r"ml\.([cmr]\d[a-z]*d|g4dn|g5|g6|g6e|gr6|p3dn|p4d|p4de|p5|p5e|p5en|trn1n?)\.")


def check_code_in_reach(definition: Definition) -> Iterator[Finding]:
    """Isolated training jobs whose container would download its own code."""
    for job in definition.jobs:
        if job.kind != TRAINING or known(definition, job.request.get("EnableNetworkIsolation")) is not True:
            continue
        code = known_text(definition, job.hyperparameters.get("sagemaker_submit_directory"))
        code = (code or "").strip('"')  # a hyperparameter of the launcher is JSON
        if code.startswith("s3://"):
            yield Finding(
                CODE_OUT_OF_REACH,
                job.step.name,
                (*job.path, job.hyperparameters_key, "sagemaker_submit_directory"),
                f"the job has no network, and its container would download its code from {code}",
                "deliver the code as an input channel, and name the channel's path, "
                "/opt/ml/input/data/<channel>/sourcedir.tar.gz",
            )


def check_volume_keys(definition: Definition) -> Iterator[Finding]:
    """Volume keys on instances without a volume to encrypt, and keys of another region."""
    for job in definition.jobs:
        key = known_text(definition, job.cluster.get("VolumeKmsKeyId"))
        if key is not None:
            yield from _key(definition, job, key)


def _key(definition: Definition, job: Job, key: str) -> Iterator[Finding]:
    path = (*job.cluster_path, "VolumeKmsKeyId")
    instance = known_text(definition, job.cluster.get("InstanceType"))
    if instance is not None and _LOCAL_STORAGE.match(instance):
        yield Finding(
            VOLUME_KEY,
            job.step.name,
            path,
            f"{instance} has local storage, which is encrypted in hardware and takes no VolumeKmsKeyId",
            "remove the volume key for this job, or choose an instance type without local storage",
        )
    match = _KEY_REGION.match(key)
    if match and definition.region is not None and match[1] != definition.region:
        yield Finding(
            VOLUME_KEY,
            job.step.name,
            path,
            f"the volume key lies in {match[1]}, and the pipeline runs in {definition.region}",
            f"name a key of {definition.region}",
        )
