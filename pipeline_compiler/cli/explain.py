"""`explain`: the resolver's own account of every input, or what a code means."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.text import Text

from pipeline_compiler.cli.options import Json, TemplateName
from pipeline_compiler.cli.output import print_json, stdout, table
from pipeline_compiler.compiler import load_pipeline, resolve_wiring
from pipeline_compiler.loading import LoadedPipeline
from pipeline_deps.gates import stand_in
from pipeline_deps.wiring import Binding, Candidate, Wiring
from script_contracts.core.suggestions import did_you_mean


def explain(
    subject: Annotated[str, typer.Argument(help="a config file, or a code such as PC311")],
    step: Annotated[str | None, typer.Option("--step", help="one step only")] = None,
    template: TemplateName = None,
    as_json: Json = False,
) -> None:
    """Explain how inputs were wired, and why; or what a code means."""
    if not Path(subject).exists() and subject[:2].upper() == "PC":
        _explain_code(subject.upper(), as_json)
        return
    loaded = load_pipeline(template, subject)
    _explain_wiring(loaded, resolve_wiring(loaded), step, as_json)


def _explain_code(code: str, as_json: bool) -> None:
    from pipeline_compiler.catalogue import all_rules  # every layer's rules, which a config does not need

    rule = all_rules().get(code)
    if rule is None:
        raise typer.BadParameter(f"no code {code}: {did_you_mean(code, all_rules(), what='codes')}")
    if as_json:
        print_json({"code": rule.code, "title": rule.title, "explanation": rule.explanation})
        return
    stdout.print(Text(f"{rule.code}: {rule.title}", style="bold"))
    stdout.print(Text(rule.explanation))


def _explain_wiring(loaded: LoadedPipeline, wiring: Wiring, step: str | None, as_json: bool) -> None:
    """Print how every input of the pipeline, or of one step, was wired and why."""
    if step is not None and step not in loaded.nodes:
        raise typer.BadParameter(f"no step '{step}': {did_you_mean(step, loaded.nodes, what='steps')}")
    names = [step] if step else list(loaded.dag.order())
    if as_json:
        print_json({"inputs": [row for name in names for row in _rows(loaded, wiring, name)]})
        return
    listing = table("Input", "From", "Score", "Why")
    for name in names:
        listing.add_row(Text(name, style="bold"))
        for row in _rows(loaded, wiring, name):
            source = Text(row["from"] or "nothing", style="green" if row["from"] else "dim")
            total = f"{row['score']['total']:.2f}" if row["score"] else ""
            listing.add_row(f"  {row['input']}", source, total, row["why"])
            for loser in row["rejected"]:
                listing.add_row(
                    "", Text(f"not {loser['from']}", style="dim"), "", Text(loser["why"], style="dim")
                )
        inherited = loaded.nodes[name].inherited
        if inherited:
            listing.add_row(
                Text("  (settings)", style="dim"),
                Text("defaults", style="dim"),
                "",
                Text(", ".join(inherited), style="dim"),
            )
        for field, parameter in sorted(loaded.nodes[name].parameters.items()):
            source = Text(f"parameter {parameter.name}", style="dim")
            listing.add_row(Text("  (settings)", style="dim"), source, "", Text(field, style="dim"))
    stdout.print(listing)
    for producer, consumer in wiring.order_only:
        if consumer not in names:
            continue
        stdout.print(Text(f"{producer} -> {consumer} carries no data: {consumer} waits for it", style="dim"))


def _rows(loaded: LoadedPipeline, wiring: Wiring, name: str) -> Iterable[dict[str, Any]]:
    node = loaded.nodes[name]
    bindings = wiring.inputs_of(name)
    provided = set(node.provided)
    declared = [each.logical_name for each in node.spec.dependencies]
    for port in dict.fromkeys((*declared, *node.spec.config_inputs)):
        row: dict[str, Any] = {"step": name, "input": port, "from": None, "score": None}
        row |= {"stands_in_for": None, "rejected": []}
        if port in provided:
            files = getattr(node.config, port).files
            yield {**row, "from": files, "why": f"the config's field '{port}'"}
        elif port in bindings:
            yield {**row, **_bound(bindings[port], _stand_in(loaded, bindings[port]))}
        elif port in declared:
            losers = [_loser(each) for each in wiring.unwired[name, port]]
            yield {**row, "why": "optional, and nothing fits", "rejected": losers}


def _stand_in(loaded: LoadedPipeline, binding: Binding) -> str | None:
    """The step type whose place the output takes."""
    producer, consumer = loaded.nodes[binding.producer].spec, loaded.nodes[binding.consumer].spec
    output, dependency = producer.output(binding.output), consumer.dependency(binding.dependency)
    assert output is not None
    assert dependency is not None
    return stand_in(producer, output, dependency)


def _bound(binding: Binding, stands_in_for: str | None) -> dict[str, Any]:
    chosen = next(
        each
        for each in binding.candidates
        if (each.producer, each.output) == (binding.producer, binding.output)
    )
    score = chosen.score
    assert score is not None, "a bound candidate has passed every gate"
    parts = {"total": score.total, "name": score.name, "keywords": score.keywords}
    words = f"{score.name_reason} {score.name:.2f}, keywords {score.keywords:.2f}"
    why = "the edge names the ports" if binding.explicit else words
    return {
        "from": f"{binding.producer}.{binding.output}",
        "score": parts,
        "why": f"{why}, stands in for {stands_in_for}" if stands_in_for else why,
        "stands_in_for": stands_in_for,
        "rejected": [_loser(each) for each in binding.candidates if each is not chosen],
    }


def _loser(candidate: Candidate) -> dict[str, Any]:
    lost = f"score {candidate.score.total:.2f}" if candidate.score else "; ".join(candidate.failures)
    return {"from": f"{candidate.producer}.{candidate.output}", "why": lost}
