"""The config of a search for hyperparameters: what may be varied, and within which bounds."""

from __future__ import annotations

from collections.abc import Collection
from typing import Annotated, Any, ClassVar, Literal, TypeVar, get_args

from pydantic import BaseModel, Field, create_model, model_validator
from pydantic.fields import FieldInfo

from step_builders.core.config import FIXED, Config

Scale = Literal["auto", "linear", "logarithmic", "reverse_logarithmic"]
_Model = TypeVar("_Model", bound=BaseModel)
_MOST = 30  # botocore sagemaker service model: shapes ParameterRanges (each list of them), ParameterValues


class HyperparameterRange(Config):
    """What one hyperparameter may be. `ranges_of` makes the class that holds it to its own bounds."""

    values: tuple[Any, ...] = Field((), description="values to choose from, in place of min and max")

    @model_validator(mode="after")
    def _each_value_once(self) -> HyperparameterRange:
        if len(set(self.values)) < len(self.values):
            raise ValueError("a value is there twice; remove one")
        return self


class CategoryRange(HyperparameterRange):
    """What a hyperparameter that is no number may be."""


class NumberRange(HyperparameterRange):
    """What a number may be: anything from `min` to `max`, or some values."""

    whole: ClassVar[bool]

    min: Any = Field(None, description="least value")
    max: Any = Field(None, description="greatest value")
    scale: Scale = Field(
        "auto", description="how numbers are chosen; logarithmic for a range of several magnitudes"
    )

    @model_validator(mode="after")
    def _from_min_to_max(self) -> NumberRange:
        ends = [each for each in (self.min, self.max) if each is not None]
        if len(ends) == 1 or bool(ends) == bool(self.values):
            raise ValueError("a range is min and max, or values; give both ends, or values alone")
        if self.values and "scale" in self.model_fields_set:
            raise ValueError("scale is for min and max, not for values; remove it")
        if ends and self.min > self.max:
            raise ValueError(f"min ({self.min}) is more than max ({self.max}); exchange them")
        if self.scale == "logarithmic" and self.min <= 0:
            raise ValueError(
                f"a logarithmic scale needs a min above 0, got {self.min}; raise it, or choose another scale"
            )
        if self.scale == "reverse_logarithmic" and not 0 <= self.min <= self.max < 1:
            raise ValueError(
                f"a reverse logarithmic scale needs numbers from 0 to below 1, got {self.min} to {self.max}; "
                "choose another scale"
            )
        return self


class HyperparameterRanges(Config):
    """The ranges of a search, by the hyperparameters' names; at least one."""

    @model_validator(mode="after")
    def _not_too_many(self) -> HyperparameterRanges:
        if not 1 <= len(self.given) <= _MOST:
            raise ValueError(
                f"{len(self.given)} hyperparameters are varied; give a range to 1 to {_MOST} of them"
            )
        return self

    @property
    def given(self) -> dict[str, HyperparameterRange]:
        """Field name -> its range, for the hyperparameters that are varied."""
        found = {name: getattr(self, name) for name in type(self).model_fields}
        return {name: each for name, each in found.items() if each is not None}


def config_class(name: str, base: type[_Model], **fields: Any) -> type[_Model]:
    """A subclass of a config class, with these fields."""
    made: type[_Model] = create_model(name, __base__=base, **fields)
    return made


def field_like(info: FieldInfo, **changes: Any) -> tuple[Any, Any]:
    """A field for `config_class` that is as `info`, but for some settings of pydantic's `Field`."""
    same = {"default": info.default, "alias": info.alias, "description": info.description}
    return _bounded(info.annotation, info), Field(**{**same, **changes})


def _bounded(annotation: Any, info: FieldInfo) -> Any:
    """A type with the bounds of a field."""
    if not info.metadata:
        return annotation
    return Annotated.__class_getitem__((annotation, *info.metadata))  # type: ignore[attr-defined]


def ranges_of(
    hyperparameters: type[BaseModel], *, without: Collection[str] = ()
) -> type[HyperparameterRanges]:
    """The config class of the ranges of a training step's hyperparameters, each within its own bounds.

    Args:
        hyperparameters: the config class of the training step's hyperparameters.
        without: those that are not searched for, such as the one that says what the objective is.
    """
    fields: dict[str, Any] = {
        name: (_range_of(name, info) | None, Field(None, alias=info.alias, description=info.description))
        for name, info in hyperparameters.model_fields.items()
        if name not in without
    }
    return config_class(f"{hyperparameters.__name__}Ranges", HyperparameterRanges, **fields)


def _range_of(name: str, info: FieldInfo) -> type[HyperparameterRange]:
    """The class of one hyperparameter's range, whose values are of its type and within its bounds."""
    plain = [each for each in get_args(info.annotation) or (info.annotation,) if each is not type(None)]
    number: Any = next((each for each in (float, int) if each in plain), None)
    one = _bounded(info.annotation if number is None else number, info)
    title = name.title().replace("_", "") + "Range"
    several = tuple.__class_getitem__((one, ...))
    told: Any = {name: each.description for name, each in NumberRange.model_fields.items()}
    listed: Any = {"max_length": _MOST, "json_schema_extra": FIXED, "description": told["values"]}
    if number is None:
        return config_class(title, CategoryRange, values=(several, Field(min_length=1, **listed)))
    return config_class(
        title,
        NumberRange,
        whole=(ClassVar[bool], number is int),
        values=(several, Field((), **listed)),
        min=(one | None, Field(None, description=told["min"])),
        max=(one | None, Field(None, description=told["max"])),
    )
