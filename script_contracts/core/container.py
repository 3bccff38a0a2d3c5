"""Contracts of programs that are in an image of the user's own: no script of ours, and no runtime beside it.

What holds for them at design time (wiring, clauses along every wire, settings) is the same; at run time the
program itself answers for what it promises.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pydantic import ConfigDict, Field

from script_contracts.core.contract import ScriptContract, TrainingScriptContract
from script_contracts.core.diagnostics import Diagnostic


class ContainerContract(ScriptContract):
    """What a processing program in an image of one's own needs and promises.

    Attributes:
        command: the container's entry point, such as `("/opt/scan/run", "--fast")`; the contract's
            arguments follow it. Empty for the image's own.
        entry_point: given as `local_program`: a Python program in `scripts/` that stands in for the image
            in local runs and contract tests, where no image can run: it has the same paths, variables
            and arguments. Empty for none; a local run then refuses the step.
    """

    model_config = ConfigDict(populate_by_name=True)
    in_image: ClassVar[bool] = True

    command: tuple[str, ...] = ()
    entry_point: str = Field("", alias="local_program")

    @property
    def program(self) -> str:
        """The command, or that the image has its own."""
        return f"'{' '.join(self.command)}'" if self.command else "the image's own program"

    def _entry_point_problems(self) -> Iterator[Diagnostic]:
        if self.entry_point:
            yield from super()._entry_point_problems()


class TrainingContainerContract(ContainerContract, TrainingScriptContract):
    """What a training algorithm in an image of one's own needs and promises.

    Without a command and arguments the service starts the image with the argument `train`.
    """
