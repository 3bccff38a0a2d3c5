"""Frameworks: which image a step runs in, and what that image contains."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from script_contracts.core.contract import ScriptContract
from script_contracts.core.diagnostics import NOWHERE, PipelineCompilerError, Place
from script_contracts.core.suggestions import did_you_mean
from step_builders.core.rules import NO_IMAGE_FOR_INSTANCE, UNSUPPORTED_REGION

Processor = Literal["cpu", "gpu"]
Purpose = Literal["training", "inference"]

_DNS_SUFFIXES = {
    "cn-": "amazonaws.com.cn",
    "us-iso-": "c2s.ic.gov",
    "us-isob-": "sc2s.sgov.gov",
    "us-isof-": "csp.hci.ic.gov",
}


@dataclass(frozen=True, eq=False)
class Framework:
    """A machine learning framework and the AWS images that contain it.

    Attributes:
        key: its name in config fields, as in `xgboost_version`.
        title: its name for people; in capitals, SageMaker's name for it.
        versions: of the images, oldest first.
        libraries: version -> library -> the version that the image contains; None where it contains the
            library in a version that the image's sources do not tell.
        accounts: region -> the account of the registry.
        repositories: the names of the repositories.
        repository: version, processor and purpose -> repository and tag.
        installed: version -> library -> the version of it that a job installs because the image lacks it.
        by_processor: whether there are different images for instances with and without a GPU.
    """

    key: str
    title: str
    versions: tuple[str, ...]
    libraries: Mapping[str, Mapping[str, str | None]]
    accounts: Mapping[str, str]
    repositories: tuple[str, ...]
    repository: Callable[[str, Processor, Purpose], str]
    installed: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    by_processor: bool = False

    @property
    def version_field(self) -> str:
        """The config field that chooses the version."""
        return f"{self.key}_version"

    def image(
        self,
        region: str,
        version: str,
        instance_types: Iterable[str] = (),
        purpose: Purpose = "training",
        place: Place = NOWHERE,
    ) -> str:
        """The URI of the AWS image.

        Args:
            instance_types: all that it may run on; whether they have a GPU chooses the image.

        Raises:
            PipelineCompilerError: (PC421) for a region or version that the table does not have; (PC429) for
                instance types that have no image, or not the same one.
        """
        for unknown, known, what in (
            (region, list(self.accounts), "regions"),
            (version, list(self.versions), "versions"),
        ):
            if unknown not in known:
                raise PipelineCompilerError(
                    UNSUPPORTED_REGION.error(
                        f"no {self.title} image is known for '{unknown}'",
                        fix=f"{did_you_mean(unknown, known, what=what)} (or give the steps an image_uri)",
                        place=place,
                    )
                )
        processor = self._processor(instance_types, place) if self.by_processor else "cpu"
        suffix = next(
            (s for prefix, s in _DNS_SUFFIXES.items() if region.startswith(prefix)), "amazonaws.com"
        )
        registry = f"{self.accounts[region]}.dkr.ecr.{region}.{suffix}"
        return f"{registry}/{self.repository(version, processor, purpose)}"

    def requirements(self, version: str, contract: ScriptContract) -> tuple[str, ...]:
        """What a program needs and the image lacks, pinned, as the lines of a requirements.txt."""
        installed = self.installed.get(version, {})
        return tuple(
            f"{name}=={installed[name]}"
            for name in sorted(contract.framework_requirements)
            if name in installed and name not in self.libraries[version]
        )

    def _processor(self, instance_types: Iterable[str], place: Place) -> Processor:
        kinds = {each: processor_of(each) for each in instance_types}
        other = sorted(each for each, kind in kinds.items() if kind is None)
        if other:
            raise PipelineCompilerError(
                NO_IMAGE_FOR_INSTANCE.error(
                    f"no {self.title} image is known for {', '.join(other)}",
                    fix="choose instances with x86 processors or NVIDIA GPUs, or give the step an image_uri",
                    place=place,
                )
            )
        if len(set(kinds.values())) > 1:
            named = "; ".join(f"{each}: {kind}" for each, kind in kinds.items())
            raise PipelineCompilerError(
                NO_IMAGE_FOR_INSTANCE.error(
                    f"one {self.title} image for instances with and without a GPU ({named})",
                    fix="choose instances of one kind, or give the step an image_uri",
                    place=place,
                )
            )
        return "gpu" if "gpu" in kinds.values() else "cpu"


def processor_of(instance_type: str) -> Processor | None:
    """What computes on an instance type such as ml.g5.xlarge; None for ARM processors and AWS's own chips.

    A name that is no instance type counts as one without a GPU: the check of the request refuses it.

    Source: the naming of EC2 instance types: families g and p have NVIDIA GPUs, a g after the generation
    means Graviton (ARM), trn and inf have AWS Trainium and Inferentia chips.
    """
    family = f"{instance_type}.".split(".")[1]
    if family.startswith(("trn", "inf")) or re.fullmatch(r"[a-z]+\d+g[a-z0-9-]*", family):
        return None
    return "gpu" if re.match(r"(g|p|gr)\d", family) else "cpu"
