"""From a file to its facts."""

from __future__ import annotations

from pathlib import Path

from script_contracts.analyzer import expressions  # noqa: F401 - first, for the modules import one another
from script_contracts.analyzer.facts import ScriptFacts, Unresolved
from script_contracts.analyzer.machine import Container, Machine
from script_contracts.analyzer.modules import ENTRY, run_module
from script_contracts.analyzer.sources import Source, read_source


def extract_facts(
    path: Path, *, siblings: Path | None = None, container: Container | None = None
) -> ScriptFacts:
    """What a script does. It is neither imported nor run: its text is followed.

    Arguments:
        path: the script, followed as the program (`__name__` is `__main__`).
        siblings: the folder whose modules it can import; its own folder if not given.
        container: what is known of the container; a training job's variables if not given.

    Raises:
        OSError: the script cannot be read.
        SyntaxError: the script is not Python.
    """
    source = read_source(path, ENTRY)
    facts = ScriptFacts(str(path))
    machine = Machine(container or Container(), siblings or path.parent, facts)
    program = Source(source.path, ENTRY, source.text, source.tree)
    try:
        run_module(machine, program)
    except RecursionError:  # expressions nested by the hundreds, which generated code has
        reason = "its expressions and calls are nested too deeply to follow"
        facts.unresolved.append(Unresolved("code", reason, program.span(source.tree)))
    return facts
