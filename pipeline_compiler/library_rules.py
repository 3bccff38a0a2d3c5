"""The PC43x codes: steps of the user's own."""

from __future__ import annotations

from script_contracts.core.diagnostics import Rule

NO_STEP_LIBRARY = Rule(
    "PC430",
    "there is no step library where one is named",
    "A step library is a folder (or an installed package) with the folders script_contracts, step_specs, "
    "step_builders and scripts, one file for each step in each of them. 'step_libraries' in a config or a "
    "template lists such folders, relative to that file; 'pipeline-compiler new-step' makes one.",
)
LIBRARY_NOT_IMPORTABLE = Rule(
    "PC431",
    "a module of a step library cannot be imported",
    "The declarations of a step are Python modules. Those of a folder are imported under a private name, so "
    "that libraries cannot be mistaken for each other: within a library, imports are relative, such as "
    "'from ..script_contracts.clean import CLEAN_CONTRACT'. They import nothing that only the program needs: "
    "it may be missing where pipelines are compiled. What is wrong with an installed package is a warning, "
    "and its steps are left out, as long as no step is missing that it may have.",
)
STEP_DECLARED_TWICE = Rule(
    "PC432",
    "two step libraries declare the same step type",
    "A step type names one step. A step of your own never takes the place of another one silently. An "
    "installed package with the step of another library is left out, with a warning; of two such packages, "
    "both are. A wire may lead from a step to where another one is expected if its output says so with "
    "stands_in_for, or the edge names both ports.",
)
BELONGS_TO_NO_STEP = Rule(
    "PC433",
    "a library's specification or contract belongs to no step",
    "Each step has a module in script_contracts (unless it runs no program), in step_specs and in "
    "step_builders. What no module of step_builders leads to would never be used.",
)
RESERVED_SCRIPT = Rule(
    "PC434",
    "a library's script has the name of a module of the contract runtime",
    "The contract runtime travels beside each script and consists of a few modules; a file of the same name "
    "would take the place of one of them.",
)
NEW_STEP_REFUSED = Rule(
    "PC438",
    "the files of a new step cannot be written",
    "'new-step' takes a name such as CleanText or clean_text, and writes new files; it never overwrites one.",
)
QUICK_STEP_REFUSED = Rule(
    "PC439",
    "a quick step cannot be made from what it is given",
    "quick_step takes a script file, or a function with one parameter, the runtime, whose source can be read "
    "and which imports and defines all that it uses; and names that are Python identifiers.",
)
