"""Mistakes made in real definitions: each class of mistake, many times, each time in another place.

A class is a function that finds the places where it can make its mistake; a mutation is one such place taken
in a fresh copy of a definition. The choice of places is seeded, so every run sees the same mutations.
"""

from __future__ import annotations

import copy
import itertools
import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from .definitions import NAMES, document
from .places import Place, all_steps, expressions, is_expression, places

Document = dict[str, Any]
Change = Callable[[], None]
PER_CLASS = 10
SEED = 2026


@dataclass(frozen=True)
class Mistake:
    """A class of mistakes.

    Attributes:
        codes: the codes of which one must be reported for it.
        changes: finds, in a definition that may be changed, every way to make the mistake in it.
    """

    name: str
    codes: frozenset[str]
    changes: Callable[[Document], Iterator[Change]]


@dataclass(frozen=True)
class Mutation:
    mistake: Mistake
    definition: str
    number: int

    def document(self) -> Document:
        """The definition with the mistake in it."""
        changed = document(self.definition)
        list(self.mistake.changes(changed))[self.number]()
        return changed

    def __str__(self) -> str:
        return f"{self.mistake.name}: {self.definition} #{self.number}"


MISTAKES: list[Mistake] = []


def mistake(name: str, *codes: str) -> Callable[[Callable[[Document], Iterator[Change]]], None]:
    def declare(changes: Callable[[Document], Iterator[Change]]) -> None:
        MISTAKES.append(Mistake(name, frozenset(codes), changes))

    return declare


def mutations() -> list[Mutation]:
    """At most `PER_CLASS` mutations of each class, spread over the definitions."""
    chosen = []
    bases = {name: document(name) for name in NAMES}
    for each in MISTAKES:
        possible = [
            Mutation(each, name, number)
            for name, base in bases.items()
            for number in range(len(list(each.changes(copy.deepcopy(base)))))
        ]
        assert possible, each.name
        chooser = random.Random(f"{SEED}{each.name}")
        chosen += chooser.sample(possible, min(PER_CLASS, len(possible)))
    return chosen


def put(container: Any, key: Any, value: Any) -> Change:
    return lambda: container.__setitem__(key, value)


def literals(found: Document, kind: type) -> Iterator[Place]:
    for place in places(found):
        if type(place.value) is kind:
            yield place


def typo(text: str) -> str:
    """Two neighbouring letters swapped, or one more letter where that changes nothing."""
    for index in range(len(text) - 2, 0, -1):
        if text[index] != text[index + 1] and text[index : index + 2].isalpha():
            return text[:index] + text[index + 1] + text[index] + text[index + 2 :]
    return text + "x"


@mistake("wrong enum value", "PC523")
def _(found: Document) -> Iterator[Change]:
    for place in literals(found, str):
        if place.shape.metadata.get("enum"):
            yield put(place.container, place.key, typo(place.value))


@mistake("missing member", "PC521")
def _(found: Document) -> Iterator[Change]:
    for place in places(found):
        if place.required:
            yield lambda place=place: place.container.pop(place.key)


@mistake("mistyped member", "PC520")
def _(found: Document) -> Iterator[Change]:
    for place in places(found):
        if place.required or (isinstance(place.key, str) and place.shape.type_name == "structure"):
            yield lambda place=place: place.container.update(
                {typo(place.key): place.container.pop(place.key)}
            )


@mistake("number as text", "PC522")
def _(found: Document) -> Iterator[Change]:
    for place in literals(found, int):
        yield put(place.container, place.key, str(place.value))


@mistake("text as number", "PC522")
def _(found: Document) -> Iterator[Change]:
    for place in literals(found, str):
        yield put(place.container, place.key, 5)


@mistake("one value instead of a list", "PC522")
def _(found: Document) -> Iterator[Change]:
    for place in literals(found, list):
        if place.value and isinstance(place.value[0], str):
            yield put(place.container, place.key, place.value[0])


@mistake("number out of range", "PC525")
def _(found: Document) -> Iterator[Change]:
    for place in literals(found, int):
        limits = place.shape.metadata
        if "max" in limits:
            yield put(place.container, place.key, limits["max"] + 1)
        if "min" in limits:
            yield put(place.container, place.key, limits["min"] - 1)


@mistake("text too long", "PC525")
def _(found: Document) -> Iterator[Change]:
    for place in literals(found, str):
        limits = place.shape.metadata
        if "max" in limits and "enum" not in limits:
            yield put(place.container, place.key, (place.value or "x") * limits["max"] + "x")


@mistake("too many entries", "PC525")
def _(found: Document) -> Iterator[Change]:
    for place in places(found):
        most = place.shape.metadata.get("max")
        if most and isinstance(place.value, list) and place.value and most < 500:
            yield put(place.container, place.key, [place.value[0]] * (most + 1))
        elif most and place.shape.type_name == "map" and isinstance(place.value, dict):
            yield put(place.container, place.key, {f"K{number}": "v" for number in range(most + 1)})


@mistake("text that breaks its pattern", "PC524")
def _(found: Document) -> Iterator[Change]:
    for place in literals(found, str):
        pattern = place.shape.metadata.get("pattern")
        bad = "\u2603 not, like this\n"
        limits = place.shape.metadata
        fits = limits.get("min", 0) <= len(bad) <= limits.get("max", 99)
        if pattern and fits and "enum" not in limits and not re.fullmatch(pattern, bad):
            yield put(place.container, place.key, bad)


@mistake("typo in the name of a read step", "PC529")
def _(found: Document) -> Iterator[Change]:
    for each in expressions(found):
        path = str(each.get("Get", ""))
        if path.startswith("Steps."):
            name = path.split(".")[1]
            yield put(each, "Get", path.replace(f"Steps.{name}.", f"Steps.{typo(name)}."))


@mistake("typo in a property", "PC530")
def _(found: Document) -> Iterator[Change]:
    for each in expressions(found):
        path = str(each.get("Get", ""))
        parts = re.findall(r"\.(\w{4,})(?=\.|\[|$)", path.partition(".")[2])
        open_ended = (".Selected", ".IterationOutputs")
        if (
            path.startswith("Steps.")
            and "PropertyFiles" not in path
            and not any(o in path for o in open_ended)
        ):
            for part in parts:
                yield put(each, "Get", path.replace(f".{part}", f".{typo(part)}"))


@mistake("output that the step does not have", "PC530")
def _(found: Document) -> Iterator[Change]:
    for each in expressions(found):
        path = str(each.get("Get", ""))
        if re.search(r"(Outputs|OutputParameters)\['", path):
            yield put(each, "Get", re.sub(r"\['(.*?)'\]", lambda m: f"['{typo(m[1])}']", path, count=1))
            yield put(each, "Get", re.sub(r"\['(.*?)'\]", "['nothing']", path, count=1))


@mistake("parameter that does not exist", "PC527")
def _(found: Document) -> Iterator[Change]:
    for each in expressions(found):
        if str(each.get("Get", "")).startswith("Parameters."):
            yield put(each, "Get", typo(each["Get"]))
    for place in literals(found, str):
        yield put(place.container, place.key, {"Get": "Parameters.Absent"})


@mistake("execution variable that does not exist", "PC527")
def _(found: Document) -> Iterator[Change]:
    for each in expressions(found):
        if str(each.get("Get", "")).startswith("Execution."):
            yield put(each, "Get", each["Get"].replace("Execution.", "Execution.My"))


@mistake("parameter removed from the list", "PC527")
def _(found: Document) -> Iterator[Change]:
    used = {str(each.get("Get", "")) for each in expressions(found)}
    for index, entry in enumerate(found.get("Parameters", [])):
        if f"Parameters.{entry['Name']}" in used:
            yield lambda index=index: found["Parameters"].pop(index)


@mistake("text expression where a number belongs", "PC526")
def _(found: Document) -> Iterator[Change]:
    for place in literals(found, int):
        yield put(place.container, place.key, {"Get": "Execution.PipelineName"})
        yield put(place.container, place.key, {"Std:Join": {"On": "", "Values": ["1"]}})


@mistake("number parameter where a text belongs", "PC526")
def _(found: Document) -> Iterator[Change]:
    for place in literals(found, str):

        def change(place: Place = place) -> None:
            found["Parameters"].append({"Name": "Added", "Type": "Integer", "DefaultValue": 5})
            place.container[place.key] = {"Get": "Parameters.Added"}

        yield change


@mistake("list joined, or put into a text", "PC526")
def _(found: Document) -> Iterator[Change]:
    for step in found["Steps"]:
        if step["Type"] != "Processing":
            continue
        whole = {"Get": f"Steps.{step['Name']}.ProcessingOutputConfig.Outputs"}
        for other in all_steps(found):
            if other["Type"] == "Fail":
                yield put(other["Arguments"], "ErrorMessage", whole)
                yield put(other["Arguments"], "ErrorMessage", {"Std:Join": {"On": "", "Values": [whole]}})


@mistake("parameter default that its place refuses", "PC528")
def _(found: Document) -> Iterator[Change]:
    parameters = {each["Name"]: each for each in found.get("Parameters", [])}
    for place in places(found):
        path = str(place.value.get("Get", "")) if is_expression(place.value) else ""
        entry = parameters.get(path.removeprefix("Parameters."))
        if entry and place.shape.metadata.get("enum") and "DefaultValue" in entry:
            yield put(entry, "DefaultValue", "ml.nope.large")
        if entry and place.shape.metadata.get("min", 0) > 0 and entry["Type"] == "Integer":
            yield put(entry, "DefaultValue", 0)
    for place in literals(found, str):
        if place.shape.metadata.get("enum"):

            def change(place: Place = place) -> None:
                entry = {"Name": "Added", "Type": "String", "DefaultValue": typo(place.value)}
                found["Parameters"].append(entry)
                place.container[place.key] = {"Get": "Parameters.Added"}

            yield change


@mistake("parameter default of another type", "PC528")
def _(found: Document) -> Iterator[Change]:
    for entry in found.get("Parameters", []):
        yield put(entry, "DefaultValue", 5 if entry["Type"] in ("String", "Boolean") else "five")


@mistake("parameter default that is not among its EnumValues", "PC528")
def _(found: Document) -> Iterator[Change]:
    for entry in found.get("Parameters", []):
        if entry["Type"] == "String":
            yield put(entry, "EnumValues", [f"{entry.get('DefaultValue')}2"])


@mistake("malformed path in a Std:JsonGet", "PC531")
def _(found: Document) -> Iterator[Change]:
    for each in expressions(found):
        if "Std:JsonGet" in each:
            for bad in ("", "metrics..auc", "metrics.auc.", "metrics[auc", "metrics[0", "['auc'", " auc"):
                yield put(each["Std:JsonGet"], "Path", bad)


@mistake("property file that the step does not list", "PC531")
def _(found: Document) -> Iterator[Change]:
    for each in expressions(found):
        path = str(each.get("Get", ""))
        if "PropertyFiles" in path:
            yield put(each, "Get", typo(path))
            [step] = [step for step in all_steps(found) if step["Name"] == path.split(".")[1]]
            yield lambda step=step: step.pop("PropertyFiles")


@mistake("property file in no output of its step", "PC531")
def _(found: Document) -> Iterator[Change]:
    for step in all_steps(found):
        for file in step.get("PropertyFiles", []):
            yield put(file, "OutputName", typo(file["OutputName"]))


@mistake("DependsOn names no step", "PC529")
def _(found: Document) -> Iterator[Change]:
    for step in all_steps(found):
        yield put(step, "DependsOn", [*step.get("DependsOn", []), typo(step["Name"])])
        yield put(step, "DependsOn", [{"Step": typo(step["Name"]), "Trigger": "Failed"}])


@mistake("two steps of one name", "PC534")
def _(found: Document) -> Iterator[Change]:
    steps = list(all_steps(found))
    for one, other in itertools.pairwise(steps):
        yield put(other, "Name", one["Name"])


@mistake("two parameters of one name", "PC534")
def _(found: Document) -> Iterator[Change]:
    for entry in found.get("Parameters", []):
        yield lambda entry=entry: found["Parameters"].append(copy.deepcopy(entry))


@mistake("steps that wait for each other", "PC532")
def _(found: Document) -> Iterator[Change]:
    steps = {step["Name"]: step for step in all_steps(found)}
    for name, step in steps.items():
        yield put(step, "DependsOn", [name])
        if step["Type"] == "Condition":
            continue
        for each in expressions(step):
            path = str(each.get("Get", ""))
            if path.startswith("Steps."):
                yield put(steps[path.split(".")[1]], "DependsOn", [name])


@mistake("step that reads the other branch", "PC533")
def _(found: Document) -> Iterator[Change]:
    for step in all_steps(found):
        branches = step.get("Arguments", {})
        for one in branches.get("IfSteps") or []:
            for other in branches.get("ElseSteps") or []:
                yield put(other, "DependsOn", [one["Name"]])


@mistake("over a quota of Pipelines", "PC535")
def _(found: Document) -> Iterator[Change]:
    if not found["Steps"]:
        return
    fail = {"Type": "Fail", "Arguments": {"ErrorMessage": "no"}}
    yield lambda: found["Steps"].extend({"Name": f"F{number}", **fail} for number in range(50))
    yield lambda: found["Parameters"].extend({"Name": f"P{n}", "Type": "String"} for n in range(201))
    yield lambda: found["Parameters"].append({"Name": "P", "Type": "String", "DefaultValue": "x" * 2049})
    for step in all_steps(found):
        if step["Type"] == "Condition":
            many = [{"Name": f"F{number}", **fail} for number in range(21)]
            yield put(step["Arguments"], "ElseSteps", many)
            yield put(step["Arguments"], "Conditions", step["Arguments"]["Conditions"] * 201)
        if step["Type"] == "Processing" and step["Arguments"].get("ProcessingOutputConfig"):
            output = step["Arguments"]["ProcessingOutputConfig"]["Outputs"][0]["OutputName"]
            files = [
                {"PropertyFileName": f"F{number}", "OutputName": output, "FilePath": "a.json"}
                for number in range(11)
            ]
            yield put(step, "PropertyFiles", files)


@mistake("name that Pipelines refuses", "PC524", "PC525", "PC535")
def _(found: Document) -> Iterator[Change]:
    for step in all_steps(found):
        yield put(step, "Name", "a" * 65)
        yield put(step, "Name", "my step")
        yield put(step, "Name", "")
    for entry in found.get("Parameters", []):
        yield put(entry, "Name", "P" * 65)
        yield put(entry, "Name", "my parameter")


@mistake("unknown step type", "PC537")
def _(found: Document) -> Iterator[Change]:
    for step in all_steps(found):
        if step["Type"] != "Condition":
            yield put(step, "Type", typo(step["Type"]))


@mistake("wrong CacheConfig", "PC520", "PC521", "PC522", "PC524")
def _(found: Document) -> Iterator[Change]:
    bad = (
        {"Enabled": "true"},
        {"ExpireAfter": "P30D"},
        {"Enabled": True, "ExpireAfter": "30 days"},
        {"Enabled": True, "ExpireAfter": 30},
        {"Enabled": True, "Expires": "P30D"},
        {"Enabled": True, "ExpireAfter": "P"},
    )
    for step in all_steps(found):
        for each in bad:
            yield put(step, "CacheConfig", each)


@mistake("wrong RetryPolicies", "PC520", "PC521", "PC522", "PC523", "PC525", "PC535")
def _(found: Document) -> Iterator[Change]:
    bad = (
        {"MaxAttempts": 3},
        {"ExceptionType": ["Step.THROTLING"], "MaxAttempts": 3},
        {"ExceptionType": ["Step.THROTTLING"], "MaxAttempts": 21},
        {"ExceptionType": ["Step.THROTTLING"], "MaxAttempts": "3"},
        {"ExceptionType": ["Step.THROTTLING"], "MaxAttempt": 3},
        {"ExceptionType": ["Step.THROTTLING"], "IntervalSeconds": -1},
    )
    for step in all_steps(found):
        for each in bad:
            yield put(step, "RetryPolicies", [each])


@mistake("unknown key of a step or the definition", "PC520")
def _(found: Document) -> Iterator[Change]:
    yield put(found, "Step", [])
    for step in all_steps(found):
        yield put(step, "DependOn", [])
        yield put(step, "Cache", {"Enabled": True})


@mistake("unknown version", "PC523", "PC521")
def _(found: Document) -> Iterator[Change]:
    yield put(found, "Version", "2020-12-02")
    yield lambda: found.pop("Version")


@mistake("expression turned into text", "PC536")
def _(found: Document) -> Iterator[Change]:
    texts = ("{'Get': 'Parameters.X'}", "<sagemaker.a.B object at 0x7f>", "Execution.PipelineName")
    for place in literals(found, str):
        limits = place.shape.metadata
        if "enum" in limits or limits.get("pattern", ".*") != ".*":
            continue
        for text in texts[:2] if isinstance(place.container, list) else texts:
            yield put(place.container, place.key, text)


@mistake("misspelt function", "PC526")
def _(found: Document) -> Iterator[Change]:
    for place in places(found):
        if not is_expression(place.value):
            continue
        name, argument = next(iter(place.value.items()))
        wrong = {"Get": "get", "Std:Join": "Std:Concat", "Std:JsonGet": "Std:JsonPath"}[name]
        yield put(place.container, place.key, {wrong: argument})


@mistake("malformed function", "PC526", "PC527")
def _(found: Document) -> Iterator[Change]:
    for each in expressions(found):
        if "Get" in each and "PropertyFiles" not in str(each["Get"]):
            yield put(each, "Get", str(each["Get"]).partition(".")[0])
            yield put(each, "Get", ["Parameters", "X"])
        if "Std:Join" in each:
            yield put(each, "Std:Join", each["Std:Join"]["Values"])
            yield put(each["Std:Join"], "Separator", "/")
            yield put(each["Std:Join"], "On", 1)


def tuning_steps(found: Document) -> Iterator[dict[str, Any]]:
    for step in all_steps(found):
        if step["Type"] == "Tuning":
            yield step["Arguments"]


def tuned_ranges(found: Document) -> Iterator[dict[str, Any]]:
    for arguments in tuning_steps(found):
        ranges = arguments["HyperParameterTuningJobConfig"]["ParameterRanges"]
        yield from (*ranges["IntegerParameterRanges"], *ranges["ContinuousParameterRanges"])


@mistake("objective of a script that is no metric definition", "PC558")
def _(found: Document) -> Iterator[Change]:
    for arguments in tuning_steps(found):
        trained, config = arguments["TrainingJobDefinition"], arguments["HyperParameterTuningJobConfig"]
        name = config["HyperParameterTuningJobObjective"]["MetricName"]
        for defined in ([], [{"Name": typo(name), "Regex": "auc:([0-9.]+)"}]):

            def change(trained: Any = trained, defined: Any = defined) -> None:
                trained["StaticHyperParameters"]["sagemaker_program"] = '"train.py"'
                trained["AlgorithmSpecification"]["MetricDefinitions"] = defined

            yield change


@mistake("metric definition that finds nothing", "PC559")
def _(found: Document) -> Iterator[Change]:
    for arguments in tuning_steps(found):
        spec = arguments["TrainingJobDefinition"]["AlgorithmSpecification"]
        for regex in ("auc:([0-9.]+", "auc:[0-9.]+"):
            yield put(spec, "MetricDefinitions", [{"Name": "validation:auc", "Regex": regex}])


@mistake("range without values", "PC590")
def _(found: Document) -> Iterator[Change]:
    for each in tuned_ranges(found):
        yield put(each, "MinValue", "many")
        yield put(each, "MaxValue", "-1")


@mistake("scale that does not fit its range", "PC591")
def _(found: Document) -> Iterator[Change]:
    for each in tuned_ranges(found):
        yield lambda each=each: each.update(MinValue="0", ScalingType="Logarithmic")
        yield lambda each=each: each.update(MaxValue="3", ScalingType="ReverseLogarithmic")


@mistake("hyperparameter given twice", "PC592")
def _(found: Document) -> Iterator[Change]:
    for arguments in tuning_steps(found):
        ranges = arguments["HyperParameterTuningJobConfig"]["ParameterRanges"]
        for kind in ("IntegerParameterRanges", "ContinuousParameterRanges"):
            name = ranges[kind][0]["Name"]
            yield put(arguments["TrainingJobDefinition"]["StaticHyperParameters"], name, "1")
            yield put(ranges, "CategoricalParameterRanges", [{"Name": name, "Values": ["1"]}])


@mistake("setting that does not fit the strategy", "PC593")
def _(found: Document) -> Iterator[Change]:
    for arguments in tuning_steps(found):
        config = arguments["HyperParameterTuningJobConfig"]
        yield put(config, "Strategy", "Grid")
        yield lambda config=config: config.update(Strategy="Hyperband", TrainingJobEarlyStoppingType="Auto")
        yield put(config, "StrategyConfig", {"HyperbandStrategyConfig": {"MaxResource": 9}})


@mistake("more training jobs than a tuning job can use", "PC594")
def _(found: Document) -> Iterator[Change]:
    for arguments in tuning_steps(found):
        config = arguments["HyperParameterTuningJobConfig"]
        limits = config["ResourceLimits"]
        yield put(limits, "MaxParallelTrainingJobs", limits["MaxNumberOfTrainingJobs"] + 1)

        def change(config: Any = config) -> None:
            config["ParameterRanges"]["ContinuousParameterRanges"] = []
            config["ParameterRanges"]["IntegerParameterRanges"][0].update(MinValue="1", MaxValue="3")

        yield change


@mistake("over a quota of tuning jobs", "PC535")
def _(found: Document) -> Iterator[Change]:
    for arguments in tuning_steps(found):
        config = arguments["HyperParameterTuningJobConfig"]
        yield put(config["ResourceLimits"], "MaxNumberOfTrainingJobs", 751)
        yield put(config["ResourceLimits"], "MaxParallelTrainingJobs", 11)
        ranges = [{"Name": f"P{number}", "MinValue": "1", "MaxValue": "2"} for number in range(30)]
        yield put(config["ParameterRanges"], "IntegerParameterRanges", ranges)


@mistake("wrong number of training definitions", "PC595")
def _(found: Document) -> Iterator[Change]:
    for arguments in tuning_steps(found):
        trained = arguments["TrainingJobDefinition"]
        yield put(arguments, "TrainingJobDefinitions", [copy.deepcopy(trained)])
        yield lambda arguments=arguments: arguments.pop("TrainingJobDefinition")
        cluster = "ResourceConfig" if "ResourceConfig" in trained else "HyperParameterTuningResourceConfig"
        yield lambda trained=trained, cluster=cluster: trained.pop(cluster)
