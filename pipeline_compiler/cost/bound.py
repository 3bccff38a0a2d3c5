"""The most that one execution can cost."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pipeline_compiler.conformance.definition import Definition
from pipeline_compiler.cost.jobs import Cluster, clusters
from pipeline_compiler.cost.prices import VOLUME, CostError, Price, PriceTable
from pipeline_compiler.cost.rules import UNKNOWN_PRICE
from script_contracts.core.diagnostics import Diagnostic, Place, raise_errors

# A GB-month is billed by the share of the month; in the shortest month an hour is the largest share.
_HOURS_PER_MONTH = 28 * 24


@dataclass(frozen=True)
class Charge:
    """What one step's instances can cost at most.

    Attributes:
        instance_type: of those that it may run on, the one with the highest price.
        hours: run-time limit of a job, with every retry.
        per_hour: on-demand price of one instance.
        compute: price of all instances for all hours, in all jobs.
        volume: price of their volumes for all hours, in all jobs.
        jobs: how many training jobs a tuning step starts at most; 1 for other steps.
    """

    step: str
    kind: str
    instance_type: str
    count: int
    hours: float
    per_hour: float
    volume_gb: int
    compute: float
    volume: float
    jobs: int = 1

    @property
    def instances(self) -> str:
        """Such as `2 x ml.m5.xlarge`, or `20 jobs of 2 x ml.m5.xlarge` for a tuning step."""
        one = f"{self.count} x {self.instance_type}"
        return one if self.jobs == 1 else f"{self.jobs} jobs of {one}"

    @property
    def total(self) -> float:
        """Compute and volumes."""
        return self.compute + self.volume


@dataclass(frozen=True)
class CostBound:
    """The most that one execution can cost: all steps, both branches of every condition.

    Storage in S3, logs, image pulls and data transfer are not part of it.

    Attributes:
        diagnostics: warnings where a parameter can lift the bound.
    """

    currency: str
    charges: tuple[Charge, ...]
    diagnostics: tuple[Diagnostic, ...] = ()

    @property
    def total(self) -> float:
        """The sum over all steps."""
        return sum(charge.total for charge in self.charges)


def cost_bound(definition: Definition, region: str, prices: PriceTable, place: Place) -> CostBound:
    """The bound of a definition's cost.

    Args:
        place: what the config says of prices, for messages.

    Raises:
        CostError: (PC574, PC578) with everything that has no price or no bound.
    """
    found, problems = clusters(definition)
    missing = _missing(found, region, prices, place)
    raise_errors([*problems, *missing], CostError)
    charges = tuple(_dearest([(each, _charge(each, region, prices)) for each in found]))
    currencies = {_price(each, item, region, prices).currency for each in found for item in _items(each)}
    if len(currencies) > 1:
        raise CostError(
            UNKNOWN_PRICE.error(
                f"the prices of {region} are in several currencies: {', '.join(sorted(currencies))}",
                fix="give all of them in one, in a price file of your own",
                place=place,
            )
        )
    return CostBound(currencies.pop() if currencies else "USD", charges, problems)


def _dearest(charged: Iterable[tuple[Cluster, Charge]]) -> Iterator[Charge]:
    """The charges; of several among which a step chooses, the highest."""
    highest: dict[str, Charge] = {}
    for cluster, charge in charged:
        if not cluster.is_choice:
            yield charge
        elif charge.step not in highest or charge.total > highest[charge.step].total:
            highest[charge.step] = charge
    yield from highest.values()


def _items(cluster: Cluster) -> tuple[str, ...]:
    return (*cluster.instance_types, *((VOLUME,) if cluster.volume_gb else ()))


def _missing(found: Iterable[Cluster], region: str, prices: PriceTable, place: Place) -> list[Diagnostic]:
    """One error for each price that is missing, with the steps that need it."""
    needed: dict[tuple[str, str], list[str]] = {}
    for each in found:
        for item in _items(each):
            if prices.find(region, each.kind, item) is None:
                needed.setdefault((each.kind, item), []).append(each.step)
    return [
        UNKNOWN_PRICE.error(
            f"no price is known for {'a GB-month of volume' if item == VOLUME else item} in {kind} jobs in "
            f"{region}, for {', '.join(steps)}",
            fix="run 'pipeline-compiler cost CONFIG --refresh', which asks the AWS Price List, or name a "
            "file that has it with 'prices' in the pipeline section",
            place=place,
        )
        for (kind, item), steps in sorted(needed.items())
    ]


def _price(cluster: Cluster, item: str, region: str, prices: PriceTable) -> Price:
    price = prices.find(region, cluster.kind, item)
    assert price is not None, "missing prices have been reported"
    return price


def _charge(cluster: Cluster, region: str, prices: PriceTable) -> Charge:
    dearest = max(cluster.instance_types, key=lambda each: _price(cluster, each, region, prices).amount)
    per_hour = _price(cluster, dearest, region, prices).amount
    hours = cluster.seconds / 3600
    volume = 0.0
    if cluster.volume_gb:
        per_month = _price(cluster, VOLUME, region, prices).amount
        volume = per_month * cluster.volume_gb * cluster.count * hours / _HOURS_PER_MONTH
    return Charge(
        step=cluster.step,
        kind=cluster.kind,
        instance_type=dearest,
        count=cluster.count,
        hours=hours,
        per_hour=per_hour,
        volume_gb=cluster.volume_gb,
        compute=per_hour * cluster.count * hours * cluster.jobs,
        volume=volume * cluster.jobs,
        jobs=cluster.jobs,
    )
