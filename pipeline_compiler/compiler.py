"""The compiler: a fixed sequence of passes, each from one frozen value to the next.

    load      template + config -> configured nodes            (loading.py)
    resolve   nodes -> wiring                                  (pipeline_deps/resolver.py)
    build     wiring -> one request per step                   (step_builders/)
    assemble  requests -> definition and code bundles          (assembly.py, bundles.py)
    check     diagnostics over all of it                       (checks.py, conformance/)

Compiling is pure: it reads the config, the templates and the scripts, and nothing else. No credentials,
region lookup, network, clock or temporary name reaches the result.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from pipeline_compiler.assembly import assemble, gate_of_each, gate_problems
from pipeline_compiler.bundles import code_bundle, scripts_of
from pipeline_compiler.checks import check_nodes
from pipeline_compiler.column_checks import check_columns
from pipeline_compiler.compiled import Asset, CompiledPipeline, Costs
from pipeline_compiler.conformance.config_checks import (
    check_conformance,
    quota_problems,
    steps_per_branch,
)
from pipeline_compiler.contract_checks import check_contracts
from pipeline_compiler.cost.budget import check_budget
from pipeline_compiler.documents import Document, read_document
from pipeline_compiler.framework_checks import model_framework
from pipeline_compiler.library_paths import library_paths
from pipeline_compiler.loading import ConfigError, LoadedPipeline, Node, conditioned_nodes, load
from pipeline_compiler.local_programs import local_programs
from pipeline_compiler.rules import INVALID_VALUE, MISSING_FIELD
from pipeline_compiler.run_conditions import RunGate, name_problems, run_gates, with_run_gates
from pipeline_compiler.secrets import secret_problems
from pipeline_compiler.sources import ResolvedSources, resolve_sources
from pipeline_compiler.step_library import Libraries, StepLibrary, as_sources, complete_library
from pipeline_compiler.template import Template, load_template
from pipeline_deps.expressions import Parameter
from pipeline_deps.resolver import resolve
from pipeline_deps.wiring import ResolvableNode, Wiring
from script_contracts.core.contract import JobKind, ScriptContract
from script_contracts.core.diagnostics import raise_errors
from step_builders.core.request import BuildContext, InputSource, instance_types, requirements_of

Config = str | Path | Mapping[str, Any]


def compile_pipeline(
    template: str | Path | Template | None,
    config: Config,
    libraries: Libraries = (),
    *,
    today: date | None = None,
) -> CompiledPipeline:
    """Compile a template and a config into a complete pipeline. No AWS call, no SDK.

    Args:
        template: a shipped template's name, a YAML file, a `Template`, or None for the one that the
            config names.
        config: the path of a YAML or JSON file, or a mapping, which may hold typed config objects.
        libraries: steps of your own, beside those that the config and the template name: a folder,
            `StepLibrary` or `StepDeclaration`, or several.
        today: the day to compare with the days on which AWS stops patching images; None for no comparison.
            It changes the diagnostics at most, never the definition.

    Raises:
        PipelineCompilerError: with every problem that the first failing pass found.
    """
    compiled = compile_at_any_cost(template, config, libraries, today=today)
    return replace(compiled, diagnostics=(*compiled.diagnostics, *check_budget(compiled)))


def compile_at_any_cost(
    template: str | Path | Template | None,
    config: Config,
    libraries: Libraries = (),
    *,
    today: date | None = None,
) -> CompiledPipeline:
    """As `compile_pipeline`, whatever the budget says: for what starts nothing in AWS."""
    loaded = load_pipeline(template, config, libraries)
    wiring = resolve_wiring(loaded)
    conditions = [name for name, node in loaded.nodes.items() if node.spec.job_kind is JobKind.CONDITION]
    added = _run_gates(loaded, conditions)
    dag = with_run_gates(loaded.dag, added)
    conditions += [gate.name for gate in added]
    gates = gate_of_each(dag, conditions)
    places = {name: node.node_place for name, node in loaded.nodes.items()}
    places.update({gate.name: gate.place for gate in added})
    sources = resolve_sources(loaded)
    diagnostics = [
        *check_nodes(loaded, wiring),
        *check_columns(loaded, wiring),
        *check_contracts(loaded, wiring),
    ]
    diagnostics += [*name_problems(loaded.dag, added)]
    guards = {gate.name: gate.guards[0] for gate in added}
    diagnostics += gate_problems(dag, conditions, gates, places, guards, steps_per_branch(loaded))
    diagnostics += [*sources.diagnostics, *quota_problems(loaded)]
    raise_errors(diagnostics, ConfigError)
    contexts, assets = build_contexts(loaded, wiring, sources)
    requests = {name: loaded.nodes[name].step.build(context) for name, context in contexts.items()}
    parameters = _parameters(loaded, sources)
    requests.update({gate.name: gate.request for gate in added})
    definition = assemble(requests, parameters, dag, wiring.order_only, gates, loaded.settings.experiment)
    diagnostics += check_conformance(loaded, contexts, definition, sources, today)
    raise_errors(diagnostics, ConfigError)
    return CompiledPipeline(
        name=loaded.settings.name,
        role=loaded.settings.role,
        region=loaded.settings.region,
        s3_root=loaded.settings.s3_root.rstrip("/"),
        definition=definition,
        wiring=wiring,
        assets=assets,
        scripts=_scripts(loaded),
        local_programs=local_programs(loaded.nodes, loaded.settings.s3_root),
        local_sources=sources.local,
        local_mounts=loaded.local,
        tags=loaded.settings.tags,
        description=loaded.settings.description,
        parallelism=loaded.settings.parallelism,
        config_file=None if isinstance(config, Mapping) else Path(config),
        quotas=loaded.settings.quotas,
        costs=_costs(loaded),
        diagnostics=(*loaded.warnings, *wiring.diagnostics, *diagnostics),
    )


def load_pipeline(
    template: str | Path | Template | None, config: Config, libraries: Libraries = ()
) -> LoadedPipeline:
    """The load pass: the nodes of the template, configured.

    Raises:
        PipelineCompilerError: with every problem of the template and the config.
    """
    document = read_document(config)
    raise_errors(secret_problems(document), ConfigError)  # first: other messages may repeat a value
    chosen = _chosen_template(template, document)
    return load(chosen, document, _library(document, chosen, libraries))


def library_of(config: Config) -> StepLibrary:
    """Every step that a config can use: built in, installed, or of a library that it or its template names.

    Raises:
        PipelineCompilerError: with every problem of the libraries.
    """
    document = read_document(config)
    template = _chosen_template(None, document) if "template" in document.data else None
    return _library(document, template, ())


def _library(document: Document, template: Template | None, libraries: Libraries) -> StepLibrary:
    listed, problems = library_paths(document)
    raise_errors(problems, ConfigError)
    return complete_library((*listed, *(template.step_libraries if template else ()), *as_sources(libraries)))


def resolve_wiring(loaded: LoadedPipeline) -> Wiring:
    """The resolve pass: what feeds each input, and why.

    Raises:
        WiringError: with every missing, ambiguous or mismatched input.
    """
    nodes = {
        name: ResolvableNode(name, node.spec, node.provided, node.node_place)
        for name, node in loaded.nodes.items()
    }
    return resolve(loaded.dag, nodes)


def _chosen_template(template: str | Path | Template | None, document: Document) -> Template:
    named = document.data.get("template")
    if template is None:
        if named is not None and not isinstance(named, (str, Template)):
            raise ConfigError(
                INVALID_VALUE.error(
                    f"'template' must be a name or a file, got {named!r}",
                    fix="write 'template: NAME', as in 'pipeline-compiler templates'",
                    place=document.place("template"),
                )
            )
        if named is None:
            raise ConfigError(
                MISSING_FIELD.error(
                    "the config does not name a template",
                    fix="add 'template: NAME', as in 'pipeline-compiler templates'",
                    place=document.place("template"),
                )
            )
        return load_template(named, document.folder, document.place("template"))
    chosen = load_template(template)
    if isinstance(named, str) and load_template(named, document.folder, document.place("template")) != chosen:
        raise ConfigError(
            INVALID_VALUE.error(
                f"the config is for the template {named}, but {chosen.name} is asked for",
                fix="remove 'template:' from the config, or ask for the same template",
                place=document.place("template"),
            )
        )
    return chosen


def _run_gates(loaded: LoadedPipeline, conditions: Iterable[str]) -> tuple[RunGate, ...]:
    """The gates for the `run_if` of the nodes."""
    parameters = {each.name: each for each in loaded.parameters}
    return run_gates(loaded.dag, conditioned_nodes(loaded.nodes), parameters, conditions)


def build_contexts(
    loaded: LoadedPipeline, wiring: Wiring, sources: ResolvedSources
) -> tuple[dict[str, BuildContext], tuple[Asset, ...]]:
    """What each node's request is built from, and everything to upload."""
    contexts: dict[str, BuildContext] = {}
    bundles: dict[str, Asset] = {}
    known: dict[object, Asset] = {}
    for name in sorted(loaded.nodes):
        node = loaded.nodes[name]
        bundle = None
        contract = node.spec.script_contract
        if contract is not None and not contract.in_image:
            files, lacking = node.code_files, requirements_of(node.spec, node.config)
            # Variants with the same ports run the same code under the same contract.
            ports = node.spec.port_names
            key = (node.spec.step_type, ports, node.unmounted, lacking, tuple(sorted(files.items())))
            bundle = known.get(key) or code_bundle(
                node.spec, loaded.settings.s3_root, files, node.unmounted, node.step.scripts, lacking
            )
            known[key] = bundles[bundle.uri] = bundle
        contexts[name] = BuildContext(
            name=name,
            spec=node.spec,
            config=node.config,
            settings=loaded.settings,
            parameters=node.parameters,
            inputs=_inputs(node, loaded, wiring, sources),
            code_uri=bundle.uri if bundle else None,
            place=node.place,
            model_framework=model_framework(name, loaded, wiring),
            served_on=_served_on(name, loaded, wiring),
        )
    uploads = {asset.uri: asset for asset in sources.assets}
    return contexts, tuple(each for _, each in sorted({**bundles, **uploads}.items()))


def _served_on(name: str, loaded: LoadedPipeline, wiring: Wiring) -> tuple[str, ...]:
    """The instance types of the jobs that score with the model that a node makes; none for other nodes."""
    if loaded.nodes[name].spec.job_kind is not JobKind.MODEL:
        return ()
    jobs = [loaded.nodes[each.consumer] for each in wiring.bindings if each.producer == name]
    return tuple(each for job in jobs for each in instance_types(job.config, job.parameters))


def _costs(loaded: LoadedPipeline) -> Costs:
    settings = loaded.settings
    prices = None if settings.prices is None else loaded.folder / settings.prices
    return Costs(settings.budget, prices, loaded.settings_place)


def _scripts(loaded: LoadedPipeline) -> dict[Path, ScriptContract]:
    """The programs that are at hand: all but those that are in an image without a local program."""
    # The whole contract of a script: that of a variant lacks ports which the script has for others.
    contracts = ((node.step, node.step.spec.script_contract) for node in loaded.nodes.values())
    found = {
        scripts_of(step) / contract.entry_point: contract
        for step, contract in contracts
        if contract is not None and contract.entry_point
    }
    return dict(sorted(found.items()))


def _inputs(
    node: Node, loaded: LoadedPipeline, wiring: Wiring, sources: ResolvedSources
) -> dict[str, InputSource]:
    bindings = wiring.inputs_of(node.name)
    names = [each.logical_name for each in node.spec.dependencies]
    found: dict[str, InputSource] = {}
    for name in dict.fromkeys((*names, *node.spec.config_inputs)):
        if (node.name, name) in sources.uris:
            found[name] = InputSource(sources.uris[node.name, name])
        elif name in bindings:
            binding = bindings[name]
            producer = loaded.nodes[binding.producer].spec
            output = producer.output(binding.output)
            assert output is not None
            location = producer.location(binding.producer, output)
            found[name] = InputSource(location, binding.producer, output)
    return found


def _parameters(loaded: LoadedPipeline, sources: ResolvedSources) -> list[Parameter]:
    """The parameters, with the S3 address in place of a local folder where one is the default."""
    addressed = {each.name: each for each in sources.uris.values() if isinstance(each, Parameter)}
    return [addressed.get(each.name, each) for each in loaded.parameters]
