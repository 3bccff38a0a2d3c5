"""Container images as their addresses tell: the registry, the region, and what AWS says of its own images."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache, cached_property
from pathlib import Path as FilePath
from typing import Any

import yaml

from pipeline_compiler.conformance.definition import Definition, Step
from pipeline_compiler.conformance.findings import Path
from pipeline_compiler.conformance.jobs import containers_of
from pipeline_compiler.conformance.values import known_text
from step_builders.core.frameworks import Framework
from step_builders.core.images import FRAMEWORKS
from step_builders.core.xgboost_images import XGBOOST

_URI = re.compile(
    r"(?P<account>\d{12})\.dkr\.ecr(?:-fips)?\.(?P<region>[a-z0-9-]+)\.[a-z0-9.]+/"
    r"(?P<repository>[^:@]+)(?::(?P<tag>[^@]+))?(?:@.+)?"
)
# The registries of the XGBoost images hold those of scikit-learn, too.
_FRAMEWORK_REPOSITORIES = (*XGBOOST.repositories, "sagemaker-scikit-learn")
_GPU = re.compile(r"(^|-)(gpu|cu\d{2,3})(-|$)")
_CPU = re.compile(r"(^|-)cpu(-|$)")


@dataclass(frozen=True)
class Image:
    """An image in Amazon ECR, by its address.

    Attributes:
        tag: empty where the address has none.
    """

    account: str
    region: str
    repository: str
    tag: str

    @cached_property
    def accelerator(self) -> str | None:
        """What the image is built for, `gpu`, `neuron` or `cpu`; None where its name does not say."""
        if "neuron" in self.repository or "neuron" in self.tag:
            return "neuron"
        if _GPU.search(self.tag):
            return "gpu"
        return "cpu" if _CPU.search(self.tag) else None

    @property
    def version(self) -> str:
        """The version in an AWS tag: `3.0-5` of `3.0-5-cpu-py3`, `2.8.0` of `2.8.0-gpu-py312-cu129-...`."""
        return re.split(r"-(?=cpu|gpu|py3\b)", self.tag, maxsplit=1)[0]

    @cached_property
    def is_from_aws(self) -> bool:
        """Whether the account is one of AWS's registries for this repository."""
        return self.account in set(self.aws_accounts.values())

    @cached_property
    def aws_accounts(self) -> Mapping[str, str]:
        """Region -> the account of AWS's registry for this repository; empty for other repositories."""
        if self.repository in _FRAMEWORK_REPOSITORIES:
            return XGBOOST.accounts
        return deep_learning_accounts() if self.repository in _facts()["deep_learning"] else {}

    @cached_property
    def framework(self) -> Framework | None:
        """The framework whose AWS image it is; None for other images."""
        known = (each for each in FRAMEWORKS if self.repository in each.repositories)
        return next(known, None) if self.is_from_aws else None

    @property
    def libraries(self) -> Mapping[str, str]:
        """Library -> version in the image, `python` included; empty for an image that no table lists."""
        if not self.is_from_aws:
            return {}
        if self.framework is not None and self.version in self.framework.libraries:
            known = self.framework.libraries[self.version]
            return {name: version for name, version in known.items() if version is not None}
        return next((each.libraries for each in self._listed() if each.libraries), {})

    @property
    def end_of_support(self) -> date | None:
        """The day after which AWS no longer patches the image; None where that is not known."""
        if not self.is_from_aws:
            return None
        return next((each.end_of_support for each in self._listed() if each.end_of_support), None)

    @property
    def source(self) -> str | None:
        """The page that `end_of_support` was read from."""
        return next((each.source for each in self._listed() if each.end_of_support), None)

    def _listed(self) -> Iterator[ImageFacts]:
        for each in _listed_images():
            if self.repository in each.repositories and (
                self.version == each.version or self.version.startswith(f"{each.version}.")
            ):
                yield each


@dataclass(frozen=True)
class ImageFacts:
    """One entry of images.yaml."""

    repositories: tuple[str, ...]
    version: str
    end_of_support: date | None
    source: str
    libraries: Mapping[str, str]


@cache
def parse_image(uri: str | None) -> Image | None:
    """The image at an address in Amazon ECR; None for any other text."""
    match = _URI.fullmatch(uri or "")
    return (
        Image(match["account"], match["region"], match["repository"], match["tag"] or "") if match else None
    )


def images(definition: Definition) -> Iterator[tuple[Step, Path, Image]]:
    """Every image in ECR whose address is known: of jobs, and of the containers of models."""
    for step in definition.steps:
        named: list[tuple[Path, Any]] = [(job.image_path, job.image) for job in step.jobs]
        named += [((*path, "Image"), container.get("Image")) for path, container in containers_of(step)]
        for path, uri in named:
            image = parse_image(known_text(definition, uri))
            if image is not None:
                yield step, path, image


@cache
def _facts() -> dict[str, Any]:
    text = (FilePath(__file__).parent / "images.yaml").read_text(encoding="utf-8")
    loaded: dict[str, Any] = yaml.load(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    return loaded


@cache
def deep_learning_accounts() -> dict[str, str]:
    """Region -> the account of the registry of the AWS Deep Learning Containers."""
    registries: dict[str, list[str]] = _facts()["deep_learning_registries"]
    return {region: account for account, regions in registries.items() for region in regions}


@cache
def _listed_images() -> tuple[ImageFacts, ...]:
    return tuple(
        ImageFacts(
            tuple(each["repositories"]),
            str(each["version"]),
            each.get("end_of_support"),
            each["source"],
            {name: str(version) for name, version in each.get("libraries", {}).items()},
        )
        for each in _facts()["images"]
    )
