"""Prices, from data files: those that come with the compiler, and the user's own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from pipeline_compiler.cost.rules import BAD_PRICES
from script_contracts.core.diagnostics import PipelineCompilerError, Place

_SHIPPED = Path(__file__).parent / "prices.yaml"
Amount = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class CostError(PipelineCompilerError):
    """A cost that cannot be told, or that is more than it may be."""


class PriceGroup(BaseModel):
    """Prices of one region, from one source.

    Attributes:
        date: the day for which the source gives the prices.
        processing: instance type -> price per hour in processing jobs.
        training: instance type -> price per hour in training jobs.
        processing_volume: price per GB-month of a processing job's volume.
        training_volume: price per GB-month of a training job's volume.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    region: str = Field(min_length=1)
    currency: str = Field(pattern=r"^[A-Z]{3}$")
    date: date
    source: str = Field(min_length=1)
    processing: dict[str, Amount] = {}
    training: dict[str, Amount] = {}
    processing_volume: Amount | None = None
    training_volume: Amount | None = None


class _PriceFile(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    prices: tuple[PriceGroup, ...]


@dataclass(frozen=True)
class Price:
    """One price.

    Attributes:
        amount: per hour for an instance, per GB-month for a volume.
    """

    amount: float
    currency: str
    date: date
    source: str


VOLUME = "volume"


@dataclass(frozen=True)
class PriceTable:
    """Prices by (region, kind of job, instance type or VOLUME). Kinds are `Processing` and `Training`."""

    prices: Mapping[tuple[str, str, str], Price]

    def find(self, region: str, kind: str, item: str) -> Price | None:
        """The price of an instance type, or of VOLUME; None where none is known."""
        return self.prices.get((region, kind, item))


def price_table(own: Path | None = None) -> PriceTable:
    """The shipped prices; where the user's own file has the same one, that counts.

    Raises:
        CostError: (PC576) if a file cannot be read or holds something else.
    """
    found = dict(_entries(read_prices(_SHIPPED)))
    if own is not None:
        found.update(_entries(read_prices(own)))
    return PriceTable(found)


def read_prices(path: Path) -> tuple[PriceGroup, ...]:
    """The groups of a price file.

    Raises:
        CostError: (PC576) naming every problem.
    """
    try:
        return _PriceFile.model_validate(yaml.safe_load(path.read_text(encoding="utf-8"))).prices
    except ValidationError as error:
        problems = [f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors()]
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        problems = [str(error)]
    raise CostError(
        BAD_PRICES.error(
            f"{path} is not a price file",
            fix="write a new one with 'pipeline-compiler cost CONFIG --refresh', or mend what is named",
            place=Place(str(path)),
            details=problems,
        )
    )


def _entries(groups: tuple[PriceGroup, ...]) -> Iterator[tuple[tuple[str, str, str], Price]]:
    for group in groups:
        amounts = {("Processing", item): amount for item, amount in group.processing.items()}
        amounts |= {("Training", item): amount for item, amount in group.training.items()}
        if group.processing_volume is not None:
            amounts["Processing", VOLUME] = group.processing_volume
        if group.training_volume is not None:
            amounts["Training", VOLUME] = group.training_volume
        for (kind, item), amount in amounts.items():
            yield (group.region, kind, item), Price(amount, group.currency, group.date, group.source)
