"""Images: where they lie, what hardware they are built for, and how long AWS patches them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta

from pipeline_compiler.conformance.definition import Definition
from pipeline_compiler.conformance.findings import Finding
from pipeline_compiler.conformance.images import images, parse_image
from pipeline_compiler.conformance.service_rules import END_OF_SUPPORT, WRONG_ACCELERATOR, WRONG_REGISTRY
from pipeline_compiler.conformance.values import known_text
from script_contracts.core.diagnostics import Severity

NEAR = timedelta(days=90)
_GPU_FAMILY = re.compile(r"ml\.(p\d|g\d|gr\d)")
_NEURON_FAMILY = re.compile(r"ml\.(trn|inf)\d")


def check_registries(definition: Definition) -> Iterator[Finding]:
    """Images in another region than the pipeline's, and AWS's repositories under a wrong account."""
    for step, path, image in images(definition):
        if definition.region is not None and image.region != definition.region:
            yield Finding(
                WRONG_REGISTRY,
                step.name,
                path,
                f"the image lies in {image.region}, and the pipeline runs in {definition.region}",
                f"name the image of {definition.region}",
            )
        right = image.aws_accounts.get(image.region)
        if right is not None and image.is_from_aws and image.account != right:
            yield Finding(
                WRONG_REGISTRY,
                step.name,
                path,
                f"AWS's registry account {image.account} has no '{image.repository}' in {image.region}",
                f"there the account is {right}",
            )


def check_accelerators(definition: Definition) -> Iterator[Finding]:
    """Images built for other hardware than the job's instances have."""
    for job in definition.jobs:
        image = parse_image(known_text(definition, job.image))
        instance = known_text(definition, job.cluster.get("InstanceType"))
        if image is None or image.accelerator is None or instance is None:
            continue
        neuron = _NEURON_FAMILY.match(instance) is not None
        has = "neuron" if neuron else "gpu" if _GPU_FAMILY.match(instance) else "cpu"
        if image.accelerator != has:
            yield Finding(
                WRONG_ACCELERATOR,
                job.step.name,
                (*job.cluster_path, "InstanceType"),
                f"{instance} is a {_NAMES[has]} instance, and the image {image.repository}:{image.tag} is "
                f"built for {_NAMES[image.accelerator]} instances",
                f"choose a {_NAMES[image.accelerator]} instance, or another image",
                Severity.WARNING,
            )


_NAMES = {"gpu": "GPU", "neuron": "Neuron", "cpu": "CPU"}


def check_support(definition: Definition, today: date) -> Iterator[Finding]:
    """Images that AWS no longer patches on `today`, or soon will not."""
    for step, path, image in images(definition):
        end = image.end_of_support
        if end is None or end - today > NEAR:
            continue
        past = end < today
        yield Finding(
            END_OF_SUPPORT,
            step.name,
            path,
            f"AWS {'stopped' if past else 'stops'} patching {image.repository}:{image.version} on {end} "
            f"({image.source})",
            "choose a newer version of the image",
            Severity.WARNING if past else Severity.NOTE,
        )
