"""Checks of frameworks: one version for all that touch a model, and images that have what programs need."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from packaging.specifiers import SpecifierSet

from pipeline_compiler.loading import LoadedPipeline, Node
from pipeline_deps.vocabulary import DependencyType
from pipeline_deps.wiring import Wiring
from script_contracts.core.contract import JobKind
from script_contracts.core.diagnostics import Diagnostic
from step_builders.core.frameworks import Framework
from step_builders.core.images import FRAMEWORKS, frameworks_of
from step_builders.core.request import requirements_of
from step_builders.core.rules import (
    IMAGE_LACKS_LIBRARY,
    MIXED_FRAMEWORK_VERSIONS,
    NO_NETWORK_FOR_LIBRARIES,
)

_MODEL_PORTS = {DependencyType.MODEL, DependencyType.PACKAGED_MODEL}


def check_frameworks(loaded: LoadedPipeline, wiring: Wiring) -> Iterator[Diagnostic]:
    """Every problem of frameworks, their versions and their images."""
    models = {name: model_framework(name, loaded, wiring) for name in loaded.nodes}
    for framework in FRAMEWORKS:
        yield from _versions(loaded, framework, models)
    for name, node in sorted(loaded.nodes.items()):
        yield from _libraries(node)
        yield from _installed(loaded, node)
        yield from _other_frameworks(node, models[name])


def model_framework(name: str, loaded: LoadedPipeline, wiring: Wiring) -> Framework | None:
    """The framework that trained the model which a node makes or reads; None where that is not known."""
    node = loaded.nodes[name]
    if node.spec.job_kind is JobKind.TRAINING:
        return next(iter(frameworks_of(node.config)), None)
    for binding in wiring.inputs_of(name).values():
        output = loaded.nodes[binding.producer].spec.output(binding.output)
        if output is not None and output.type in _MODEL_PORTS:
            return model_framework(binding.producer, loaded, wiring)
    return None


def _version(node: Node, framework: Framework) -> str:
    version: str = getattr(node.config, framework.version_field)
    return version


def _versions(
    loaded: LoadedPipeline, framework: Framework, models: Mapping[str, Framework | None]
) -> Iterator[Diagnostic]:
    """Whether all nodes that touch a model of a framework run in one version of it."""
    versions: dict[str, list[str]] = {}
    for name, node in sorted(loaded.nodes.items()):
        ports = {port.type for port in (*node.spec.dependencies, *node.spec.outputs)}
        if (
            framework in frameworks_of(node.config)
            and ports & _MODEL_PORTS
            and models[name] in (framework, None)
        ):
            versions.setdefault(_version(node, framework), []).append(name)
    if len(versions) > 1:
        field = framework.version_field
        odd_one = loaded.nodes[min(versions.values(), key=len)[0]]
        yield MIXED_FRAMEWORK_VERSIONS.error(
            f"one model, several {framework.title} versions: "
            + "; ".join(f"{version} in {', '.join(names)}" for version, names in sorted(versions.items())),
            fix=f"set {field} once, under 'defaults'",
            place=odd_one.section.where((field,)),
        )


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


def _libraries(node: Node) -> Iterator[Diagnostic]:
    """Whether the chosen image has what the script's contract requires, where the image is known."""
    contract = node.spec.script_contract
    if contract is None or getattr(node.config, "image_uri", None):
        return
    for framework in frameworks_of(node.config):
        version = _version(node, framework)
        for library, wanted in contract.framework_requirements.items():
            found = framework.libraries[version].get(library)
            if found is not None and found not in SpecifierSet(wanted):
                yield IMAGE_LACKS_LIBRARY.error(
                    f"{node.name}: the image {version} has {library} {found}, and "
                    f"{contract.entry_point} needs {library}{wanted}",
                    fix=f"choose another {framework.version_field}, or give the step an image_uri",
                    place=node.section.where((framework.version_field,)),
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
