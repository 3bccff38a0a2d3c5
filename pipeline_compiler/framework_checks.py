"""Checks of frameworks: what serves a model fits it, and what an image lacks can be installed."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline_compiler.loading import LoadedPipeline, Node
from pipeline_deps.vocabulary import DependencyType
from pipeline_deps.wiring import Wiring
from script_contracts.core.contract import JobKind
from script_contracts.core.diagnostics import Diagnostic
from step_builders.core.frameworks import Framework
from step_builders.core.images import frameworks_of
from step_builders.core.request import requirements_of
from step_builders.core.rules import MIXED_FRAMEWORK_VERSIONS, NO_NETWORK_FOR_LIBRARIES

_MODEL_PORTS = {DependencyType.MODEL, DependencyType.PACKAGED_MODEL}


def check_frameworks(loaded: LoadedPipeline, wiring: Wiring) -> Iterator[Diagnostic]:
    """Every problem of frameworks that their images' addresses do not show."""
    for name, node in sorted(loaded.nodes.items()):
        model = model_framework(name, loaded, wiring)
        yield from _installed(loaded, node)
        yield from _other_frameworks(node, model)
        yield from _installed_by_package(loaded, wiring, node, model)


def model_framework(name: str, loaded: LoadedPipeline, wiring: Wiring) -> Framework | None:
    """The framework that trained the model which a node makes or reads; None where that is not known."""
    node = loaded.nodes[name]
    if node.spec.job_kind in (JobKind.TRAINING, JobKind.TUNING):
        return next(iter(frameworks_of(node.config)), None)
    for binding in wiring.inputs_of(name).values():
        output = loaded.nodes[binding.producer].spec.output(binding.output)
        if output is not None and output.type in _MODEL_PORTS:
            return model_framework(binding.producer, loaded, wiring)
    return None


def _other_frameworks(node: Node, model: Framework | None) -> Iterator[Diagnostic]:
    """Whether a node that serves models of any framework sets the version of another than this model's."""
    if model is None or len(frameworks_of(node.config)) == 1:
        return
    for framework in frameworks_of(node.config):
        field = framework.version_field
        if framework is not model and field in node.config.model_fields_set and field not in node.inherited:
            yield MIXED_FRAMEWORK_VERSIONS.error(
                f"{node.name} sets {field}, but its model is trained with {model.title}",
                fix=f"remove {field}, or set {model.version_field}",
                place=node.section.where((field,)),
            )


def _installed(loaded: LoadedPipeline, node: Node) -> Iterator[Diagnostic]:
    """Whether a job that installs libraries has a network to fetch them from."""
    requirements = requirements_of(node.spec, node.config)
    if requirements and loaded.settings.network_isolation:
        yield NO_NETWORK_FOR_LIBRARIES.error(
            f"{node.name} would install {', '.join(requirements)}, but network_isolation is on",
            fix="give the step the image_uri of an image that has them",
            place=node.section.where(("image_uri",)),
        )


def _installed_by_package(
    loaded: LoadedPipeline, wiring: Wiring, node: Node, model: Framework | None
) -> Iterator[Diagnostic]:
    """Whether a model whose package brings a requirements.txt has a network to fetch them from."""
    served = node.spec.job_kind is JobKind.MODEL and loaded.settings.network_isolation
    if not served or model is None or getattr(node.config, "image_uri", None):
        return
    lacking = model.installed.get(getattr(node.config, model.version_field, ""))
    for binding in wiring.inputs_of(node.name).values():
        packer = loaded.nodes[binding.producer]
        if lacking and not _has_own_scripts(packer, wiring):
            yield NO_NETWORK_FOR_LIBRARIES.error(
                f"{node.name} would install what the inference code packed by {packer.name} needs and the "
                f"{model.title} image lacks, but network_isolation is on",
                fix="give the step the image_uri of an image that has it",
                place=node.section.where(("image_uri",)),
            )


def _has_own_scripts(packer: Node, wiring: Wiring) -> bool:
    """Whether a package gets the user's inference code, of which nothing is known here."""
    dependencies = (
        packer.spec.dependency(name) for name in (*packer.provided, *wiring.inputs_of(packer.name))
    )
    return any(each is not None and each.type is DependencyType.SCRIPTS for each in dependencies)
