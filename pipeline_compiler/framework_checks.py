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
        yield from _installed(loaded, node)
        yield from _other_frameworks(node, model_framework(name, loaded, wiring))


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
