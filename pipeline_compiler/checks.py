"""The check pass: what no single layer can see."""

from __future__ import annotations

from collections.abc import Iterator

from packaging.specifiers import SpecifierSet

from pipeline_compiler.assembly import fail_step_name
from pipeline_compiler.loading import LoadedPipeline
from pipeline_compiler.names import NAME
from pipeline_compiler.rules import NAME_TOO_LONG
from pipeline_deps.rules import DUPLICATE_NODE
from pipeline_deps.vocabulary import DependencyType
from script_contracts.core.diagnostics import Diagnostic
from step_builders.core.images import IMAGE_LIBRARIES
from step_builders.core.rules import IMAGE_LACKS_LIBRARY, MIXED_XGBOOST_VERSIONS, TOO_MANY_HOSTS

_MODEL_PORTS = {DependencyType.MODEL, DependencyType.PACKAGED_MODEL}


def check_nodes(loaded: LoadedPipeline) -> Iterator[Diagnostic]:
    """Every problem that shows only when the nodes are seen together."""
    yield from _xgboost_versions(loaded)
    yield from _hosts(loaded)
    yield from _image_libraries(loaded)
    for name, node in sorted(loaded.nodes.items()):
        if not NAME.fullmatch(name):
            yield NAME_TOO_LONG.error(
                f"step name '{name}' is not 1 to 64 letters, digits, '-' or '_'",
                fix="rename the node and say its type with 'step:'",
                place=node.node_place,
            )
        elif getattr(node.config, "on_fail", None) == "fail":
            yield from _fail_step_problems(loaded, name)


def _fail_step_problems(loaded: LoadedPipeline, gate: str) -> Iterator[Diagnostic]:
    """Whether the step that the compiler itself adds to a gate can have its name."""
    name, place = fail_step_name(gate), loaded.nodes[gate].node_place
    if not NAME.fullmatch(name):
        yield NAME_TOO_LONG.error(
            f"step name '{gate}' leaves no room for '{name}', which has more than 64 characters",
            fix="rename the gate and say its type with 'step:'",
            place=place,
        )
    if name in loaded.nodes:
        yield DUPLICATE_NODE.error(
            f"a node is called '{name}', which is what fails the execution behind the gate '{gate}'",
            fix="rename the node and say its type with 'step:'",
            place=place,
        )


def _hosts(loaded: LoadedPipeline) -> Iterator[Diagnostic]:
    for name, node in sorted(loaded.nodes.items()):
        contract = node.spec.script_contract
        count = getattr(node.config, "instance_count", 1)
        if (
            contract is None
            or contract.multi_host
            or (count == 1 and "instance_count" not in node.parameters)
        ):
            continue
        given = "a parameter" if "instance_count" in node.parameters else str(count)
        yield TOO_MANY_HOSTS.error(
            f"{name}: instance_count is {given}, but {contract.program} works on one host",
            fix="set instance_count to 1 and choose a larger instance_type",
            place=node.section.where(("instance_count",)),
        )


def _image_libraries(loaded: LoadedPipeline) -> Iterator[Diagnostic]:
    """Whether the chosen image has what each script's contract requires, where the image is known."""
    for name, node in sorted(loaded.nodes.items()):
        contract, version = node.spec.script_contract, getattr(node.config, "xgboost_version", None)
        if contract is None or version is None or getattr(node.config, "image_uri", None):
            continue
        libraries = IMAGE_LIBRARIES[version]
        for library, wanted in contract.framework_requirements.items():
            if library in libraries and libraries[library] not in SpecifierSet(wanted):
                yield IMAGE_LACKS_LIBRARY.error(
                    f"{name}: the image {version} has {library} {libraries[library]}, and "
                    f"{contract.program} needs {library}{wanted}",
                    fix="choose another xgboost_version, or give the step an image_uri",
                    place=node.section.where(("xgboost_version",)),
                )


def _xgboost_versions(loaded: LoadedPipeline) -> Iterator[Diagnostic]:
    versions: dict[str, list[str]] = {}
    for name, node in sorted(loaded.nodes.items()):
        ports = {port.type for port in (*node.spec.dependencies, *node.spec.outputs)}
        version = getattr(node.config, "xgboost_version", None)
        if version and ports & _MODEL_PORTS:
            versions.setdefault(version, []).append(name)
    if len(versions) > 1:
        odd_one = loaded.nodes[min(versions.values(), key=len)[0]]
        yield MIXED_XGBOOST_VERSIONS.error(
            "one model, several XGBoost versions: "
            + "; ".join(f"{version} in {', '.join(names)}" for version, names in sorted(versions.items())),
            fix="set xgboost_version once, under 'defaults'",
            place=odd_one.section.where(("xgboost_version",)),
        )
