"""`cost CONFIG`: what one execution costs at most, and what past ones took."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.text import Text

from pipeline_compiler.cli.options import (
    AssumeRole,
    ConfigFile,
    Json,
    Profile,
    Region,
    TemplateName,
    aws_session,
)
from pipeline_compiler.cli.output import print_diagnostics, print_json, stderr, stdout, table
from pipeline_compiler.compiled import CompiledPipeline
from pipeline_compiler.compiler import compile_at_any_cost
from pipeline_compiler.cost import CostBound
from pipeline_compiler.cost.budget import bound_of
from pipeline_compiler.rules import UNWRITABLE
from script_contracts.core.diagnostics import PipelineCompilerError, Place

if TYPE_CHECKING:
    import boto3

    from pipeline_compiler.cost.history import PastRuns

_OWN_PRICES = "sagemaker-prices.yaml"


def cost(
    config: ConfigFile,
    history: Annotated[
        bool, typer.Option("--history", help="show what past executions took beside the bound")
    ] = False,
    executions: Annotated[int, typer.Option("--executions", min=1, help="past executions to read")] = 10,
    refresh: Annotated[
        bool, typer.Option("--refresh", help="first write the region's prices from the AWS Price List")
    ] = False,
    template: TemplateName = None,
    profile: Profile = None,
    region: Region = None,
    assume_role: AssumeRole = None,
    as_json: Json = False,
) -> None:
    """Show what one execution can cost at most. On-demand prices times run-time limits."""
    compiled = compile_at_any_cost(template, config)
    if refresh:
        compiled = _refreshed(compiled, config, aws_session(compiled.region, profile, region, assume_role))
    bound = bound_of(compiled)
    past: dict[str, PastRuns] | None = None
    read = 0
    if history:
        from pipeline_compiler.cost.history import past_runs

        session = aws_session(compiled.region, profile, region, assume_role)
        past, read = past_runs(session, compiled, executions)
    if as_json:
        print_json(_document(compiled, bound, past), bound.diagnostics)
        return
    print_diagnostics(bound.diagnostics)
    _print_bound(bound, past)
    _print_totals(compiled, bound, past, read)


def _refreshed(compiled: CompiledPipeline, config: Path, session: boto3.Session) -> CompiledPipeline:
    """The pipeline with the region's current prices, which are in a file now."""
    from pipeline_compiler.cost.price_list import fetch_prices, write_prices

    path = compiled.costs.prices or config.parent / _OWN_PRICES
    group = fetch_prices(session, compiled.region)
    try:
        write_prices(group, path)
    except OSError as error:
        raise PipelineCompilerError(
            UNWRITABLE.error(
                f"{path} cannot be written: {error.strerror}",
                fix="name another file with 'prices' in the pipeline section",
                place=Place(str(path)),
            )
        ) from None
    stderr.print(f"wrote {path}: {len(group.processing) + len(group.training)} prices of {group.region}")
    if compiled.costs.prices is None:
        stderr.print(f"  write 'prices: {path.name}' in the pipeline section, so that they are used")
    return replace(compiled, costs=replace(compiled.costs, prices=path))


def _expected(bound: CostBound, past: dict[str, PastRuns]) -> dict[str, float]:
    expected: dict[str, float] = {}
    for charge in bound.charges:
        if charge.step in past:
            expected[charge.step] = expected.get(charge.step, 0.0) + past[charge.step].expected(charge)
    return expected


def _print_bound(bound: CostBound, past: dict[str, PastRuns] | None) -> None:
    expected = {} if past is None else _expected(bound, past)
    columns = ["Step", "Instances", "Limit (h)", "Per hour", "Compute", "Volumes", "At most"]
    listing = table(*columns, *(["Past runs", "Expected"] if past is not None else []))
    for column in listing.columns[2:]:
        column.justify = "right"
    for each in sorted(bound.charges, key=lambda charge: -charge.total):
        row = [
            each.instances,
            f"{each.hours:g}",
            f"{each.per_hour:.4f}",
            f"{each.compute:.2f}",
            f"{each.volume:.2f}",
            f"{each.total:.2f}",
        ]
        if past is not None:
            runs = past.get(each.step)
            row += [str(len(runs.seconds)), f"{expected[each.step]:.2f}"] if runs else ["0", "unknown"]
        listing.add_row(Text(each.step, style="bold"), *row)
    stdout.print(listing)


def _print_totals(
    compiled: CompiledPipeline, bound: CostBound, past: dict[str, PastRuns] | None, read: int
) -> None:
    line = f"\nOne execution of {compiled.name} costs at most {bound.total:.2f} {bound.currency}"
    budget = compiled.costs.budget
    if budget is not None:
        line += f"; the budget is {budget:.2f}" + (", which is less" if bound.total > budget else "")
    stdout.print(Text(line, style="bold"))
    if past is not None:
        expected = _expected(bound, past)
        unknown = len({each.step for each in bound.charges} - set(expected))
        stdout.print(
            f"Expected from the last {read} executions: {sum(expected.values()):.2f} {bound.currency}"
            + (f", and {unknown} steps that have not run to their end" if unknown else "")
        )
    stdout.print("Not part of it: storage and requests in S3, logs, data transfer.")


def _document(
    compiled: CompiledPipeline, bound: CostBound, past: dict[str, PastRuns] | None
) -> dict[str, Any]:
    found: dict[str, Any] = {
        "pipeline": compiled.name,
        "currency": bound.currency,
        "bound": bound.total,
        "budget": compiled.costs.budget,
        "steps": [{**asdict(each), "total": each.total} for each in bound.charges],
    }
    if past is not None:
        found["expected"] = _expected(bound, past)
    return found
