"""Labelled edits: what a user changes, what the plan must say, and which steps must lose their cache.

The base is the largest shipped template. `says` holds one line per change: `+Step`, `-Step`, `Step: field`,
`Step: from A to B` for a move, `parameter P: field`, `pipeline: field`, `tag K`. `jobs` stands for every step
that starts a job, `all` also for registration.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline_compiler import Template
from pipeline_compiler.template import load_template
from tests.configs import minimal_config, with_values

E2E = "XGBoostTrainEvaluateE2E"
LOAD_T, LOAD_C = "CradleDataLoading_training", "CradleDataLoading_calibration"
PREP_T, PREP_C = "TabularPreprocessing_training", "TabularPreprocessing_calibration"
TRAIN, EVAL, GATE = "XGBoostTraining", "XGBoostModelEvaluation_calibration", "QualityGate"
PACK, PAYLOAD, REGISTER = "MimsPackage", "MimsPayload", "MimsRegistration"
LOADERS = (LOAD_C, LOAD_T)
PREPARERS = (PREP_C, PREP_T)
AFTER_TRAINING = (EVAL, PACK, PAYLOAD)
LEARNING = (TRAIN, *AFTER_TRAINING)
JOBS = (*LOADERS, *PREPARERS, *LEARNING)
ALL = (*JOBS, REGISTER)
EVALUATION = ("eval_output", "metrics_output")
FAIL = f"{GATE}-Failed"
BEHIND = f"behind {GATE}"


@dataclass(frozen=True)
class Edit:
    """A change of a user's files."""

    name: str
    says: frozenset[str]
    reruns: frozenset[str] = frozenset()
    values: Mapping[str, Any] = field(default_factory=dict)
    template: Callable[[Template], Template] | None = None
    scripts: Callable[[Path], None] | None = None
    base: Mapping[str, Any] = field(default_factory=dict)

    @property
    def before(self) -> dict[str, Any]:
        return with_values(BASE, self.base)

    @property
    def after(self) -> dict[str, Any]:
        return with_values(self.before, self.values)


BASE = with_values(
    minimal_config(E2E),
    {
        "pipeline.tags": {"team": "fraud"},
        "parameters.MinAuc": {"default": 0.8, "sets": f"{GATE}.threshold"},
        "parameters.Split": {"default": 0.7, "sets": f"{PREP_T}.train_ratio"},
        "parameters.Size": {
            "default": "ml.m5.xlarge",
            "sets": f"{TRAIN}.instance_type",
            "allowed": ["ml.m5.xlarge", "ml.m5.4xlarge"],
        },
    },
)
del BASE["template"]
BASE["steps"][GATE] = {}  # a parameter sets its only field


def setting(
    name: str, values: Mapping[str, Any], says: list[str], reruns: tuple[str, ...] = (), **base: Any
) -> Edit:
    return Edit(name, frozenset(says), frozenset(reruns), values=values, base=base.get("base", {}))


def for_each(steps: tuple[str, ...], *fields: str) -> list[str]:
    return [f"{step}: {name}" for step in steps for name in fields]


def without(template: Template, *gone: str) -> Template:
    steps = {step.name: step.step for step in template.steps if step.name not in gone}
    edges = [edge for edge in template.edges if not {edge.producer, edge.consumer} & set(gone)]
    return Template.of(template.name, steps, edges)


def with_step(template: Template, name: str, step: str | None = None) -> Template:
    steps = {each.name: each.step for each in template.steps}
    return Template.of(template.name, {**steps, name: step}, template.edges)


def with_edges(template: Template, *edges: str, drop: tuple[tuple[str, str], ...] = ()) -> Template:
    steps = {step.name: step.step for step in template.steps}
    kept = [edge for edge in template.edges if (edge.producer, edge.consumer) not in drop]
    return Template.of(template.name, steps, [*kept, *edges])


def append(*names: str) -> Callable[[Path], None]:
    def edit(folder: Path) -> None:
        for name in names:
            with (folder / name).open("a", encoding="utf-8") as script:
                script.write("\n# edited\n")

    return edit


IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/own:1"
ROLE = "arn:aws:iam::123456789012:role/Other"
VPC = {"subnets": ["subnet-1", "subnet-2"], "security_group_ids": ["sg-1", "sg-2"]}

HYPER = f"steps.{TRAIN}.hyperparameters"
EDITS = [
    # hyperparameters, environment, arguments
    setting("a hyperparameter", {f"{HYPER}.max_depth": 8}, [f"{TRAIN}: hyperparameter max_depth"], LEARNING),
    setting("a new hyperparameter", {f"{HYPER}.gamma": 0.5}, [f"{TRAIN}: hyperparameter gamma"], LEARNING),
    setting(
        "a hyperparameter less",
        {f"{HYPER}.early_stopping_rounds": None},
        [f"{TRAIN}: hyperparameter early_stopping_rounds"],
        LEARNING,
    ),
    setting(
        "two hyperparameters",
        {f"{HYPER}.eta": 0.1, f"{HYPER}.seed": 7},
        [f"{TRAIN}: hyperparameter eta", f"{TRAIN}: hyperparameter seed"],
        LEARNING,
    ),
    setting("a hyperparameter at its default", {f"{HYPER}.max_depth": 6}, []),
    setting(
        "an environment variable",
        {f"steps.{PREP_T}.test_val_ratio": 0.4},
        [f"{PREP_T}: environment variable TEST_VAL_RATIO"],
        (PREP_T, *LEARNING),
    ),
    setting(
        "a new environment variable",
        {f"steps.{PREP_T}.drop_fields": ["ip"]},
        [f"{PREP_T}: environment variable DROP_FIELDS"],
        (PREP_T, *LEARNING),
    ),
    setting(
        "an environment variable of the calibration branch",
        {f"steps.{PREP_C}.drop_fields": ["ip"]},
        [f"{PREP_C}: environment variable DROP_FIELDS"],
        (PREP_C, EVAL),
    ),
    setting(
        "an environment variable at the end of the graph",
        {f"steps.{EVAL}.decision_threshold": 0.6},
        [f"{EVAL}: environment variable DECISION_THRESHOLD"],
        (EVAL,),
    ),
    setting(
        "the data that is loaded",
        {f"steps.{LOAD_T}.source.files": "s3://ml-fraud/raw/2026-07/"},
        [f"{LOAD_T}: input source"],
        (LOAD_T, PREP_T, *LEARNING),
    ),
    setting(
        "which columns are loaded",
        {f"steps.{LOAD_C}.columns": ["a", "is_fraud"]},
        [f"{LOAD_C}: environment variable COLUMNS"],
        (LOAD_C, PREP_C, EVAL),
    ),
    # images
    setting("an image", {f"steps.{PREP_C}.image_uri": IMAGE}, [f"{PREP_C}: image"], (PREP_C, EVAL)),
    setting("the training image", {f"steps.{TRAIN}.image_uri": IMAGE}, [f"{TRAIN}: image"], LEARNING),
    # what no cache key contains
    setting(
        "an instance type", {f"steps.{PREP_T}.instance_type": "ml.m5.4xlarge"}, [f"{PREP_T}: instance type"]
    ),
    setting("a volume", {f"steps.{TRAIN}.volume_size_gb": 99}, [f"{TRAIN}: volume size in GB"]),
    setting(
        "the instance type of all",
        {"defaults.instance_type": "ml.c5.xlarge"},
        for_each((*LOADERS, *PREPARERS, EVAL, PACK, PAYLOAD), "instance type"),
    ),
    setting(
        "a time limit", {f"steps.{EVAL}.max_runtime_seconds": 600}, [f"{EVAL}: longest run time in seconds"]
    ),
    setting("the role", {"pipeline.role": ROLE}, ["pipeline: role", *for_each(JOBS, "role")]),
    setting("a description", {"pipeline.description": "weekly"}, ["pipeline: description"]),
    setting("a limit to steps at once", {"pipeline.parallelism": 3}, ["pipeline: parallelism"]),
    setting("a tag", {"pipeline.tags": {"team": "risk"}}, ["tag team", *for_each(ALL, "tag team")]),
    setting(
        "a tag more",
        {"pipeline.tags": {"team": "fraud", "cost": "42"}},
        ["tag cost", *for_each(ALL, "tag cost")],
    ),
    setting("a tag less", {"pipeline.tags": {}}, for_each(ALL, "tag team")),
    setting(
        "a KMS key",
        {"pipeline.kms_key": "alias/own"},
        for_each(JOBS, "KMS key of the outputs"),
    ),
    setting(
        "a volume key", {"pipeline.volume_kms_key": "alias/own"}, for_each(JOBS, "KMS key of the volume")
    ),
    setting("a VPC", {"pipeline.vpc": VPC}, for_each(JOBS, "VPC subnets", "VPC security groups")),
    setting(
        "a VPC in another order",
        {"pipeline.vpc": {key: value[::-1] for key, value in VPC.items()}},
        [],
        base={"pipeline.vpc": VPC},
    ),
    setting(
        "network isolation",
        {"pipeline.network_isolation": True},
        [
            *for_each(JOBS, "network isolation"),
            f"{TRAIN}: code",
            f"{TRAIN}: environment variable PIP_NO_BUILD_ISOLATION",
        ],
        LEARNING,
    ),
    # caching
    setting(
        "a cache for longer",
        {f"steps.{TRAIN}.cache_expire_after": "P90D"},
        [f"{TRAIN}: cache"],
    ),
    setting(
        "a cache switched off",
        {f"steps.{PREP_T}.cache_expire_after": None},
        [f"{PREP_T}: cache"],
        (PREP_T, *LEARNING),
    ),
    setting(
        "a cache switched on",
        {f"steps.{EVAL}.cache_expire_after": "P30D"},
        [f"{EVAL}: cache"],
        (),
        base={f"steps.{EVAL}.cache_expire_after": None},
    ),
    setting(
        "an edit behind a step that always runs",
        {f"{HYPER}.max_depth": 8},
        [f"{TRAIN}: hyperparameter max_depth"],
        (),
        base={f"steps.{PREP_T}.cache_expire_after": None},
    ),
    # parameters
    setting("a parameter's default", {"parameters.MinAuc.default": 0.9}, ["parameter MinAuc: default"]),
    setting(
        "a parameter's default that a job reads",
        {"parameters.Split.default": 0.6},
        ["parameter Split: default"],
        (PREP_T, *LEARNING),
    ),
    setting(
        "a parameter's default that no cache key contains",
        {"parameters.Size.default": "ml.m5.4xlarge"},
        ["parameter Size: default"],
    ),
    setting(
        "a parameter's allowed values",
        {"parameters.Size.allowed": ["ml.m5.xlarge", "ml.m5.4xlarge", "ml.m5.12xlarge"]},
        ["parameter Size: allowed values"],
    ),
    setting(
        "a parameter's allowed values in another order",
        {"parameters.Size.allowed": ["ml.m5.4xlarge", "ml.m5.xlarge"]},
        [],
    ),
    setting(
        "a new parameter with the value that was there",
        {"parameters.Depth": {"default": 6, "sets": f"{TRAIN}.hyperparameters.max_depth"}},
        ["+parameter Depth", f"{TRAIN}: hyperparameter max_depth"],
    ),
    setting(
        "a new parameter with another value",
        {"parameters.Depth": {"default": 9, "sets": f"{TRAIN}.hyperparameters.max_depth"}},
        ["+parameter Depth", f"{TRAIN}: hyperparameter max_depth"],
        LEARNING,
    ),
    setting(
        "a parameter of another type",
        {"parameters.Any": {"default": "auc", "sets": f"{TRAIN}.hyperparameters.eval_metric"}},
        [
            "parameter Any: type",
            "parameter Any: default",
            f"{TRAIN}: hyperparameter max_depth",
            f"{TRAIN}: hyperparameter eval_metric",
        ],
        base={"parameters.Any": {"default": 6, "sets": f"{TRAIN}.hyperparameters.max_depth"}},
    ),
    setting(
        "a parameter for another field",
        {"parameters.Split.sets": f"{PREP_T}.test_val_ratio"},
        [f"{PREP_T}: environment variable TRAIN_RATIO", f"{PREP_T}: environment variable TEST_VAL_RATIO"],
        (PREP_T, *LEARNING),
    ),
    # the gate and registration, which have no cache
    setting(
        "how the gate compares", {f"steps.{GATE}.comparison": ">"}, [f"{GATE}: condition", f"{FAIL}: message"]
    ),
    setting(
        "what the gate measures",
        {f"steps.{GATE}.metric": "pr_auc"},
        [f"{GATE}: condition", f"{FAIL}: message"],
    ),
    setting("what a shut gate does", {f"steps.{GATE}.on_fail": "skip"}, [f"-{FAIL}"]),
    setting(
        "where the model is registered",
        {f"steps.{REGISTER}.model_package_group": "other"},
        [f"{REGISTER}: ModelPackageGroupName"],
    ),
    setting(
        "content types in another order",
        {f"steps.{REGISTER}.content_types": ["application/json", "text/csv"]},
        [],
    ),
    setting(
        "what endpoints may run on",
        {f"steps.{REGISTER}.inference_instances": ["ml.m5.large"]},
        [f"{REGISTER}: InferenceSpecification.SupportedRealtimeInferenceInstanceTypes"],
    ),
    # all addresses
    setting(
        "the S3 root",
        {"pipeline.s3_root": "s3://ml-fraud/other"},
        [
            *for_each(JOBS, "code"),
            *for_each(LOADERS, "output DATA", "output METADATA", "output SIGNATURE"),
            *for_each(PREPARERS, "output processed_data"),
            f"{TRAIN}: output",
            *for_each((EVAL,), *(f"output {name}" for name in EVALUATION)),
            f"{PACK}: output packaged_model",
            f"{PAYLOAD}: output payload_sample",
        ],
        JOBS,
    ),
    # scripts
    Edit(
        "one script",
        frozenset({f"{PAYLOAD}: code"}),
        frozenset({PAYLOAD}),
        scripts=append("mims_payload.py"),
    ),
    Edit(
        "the training script",
        frozenset({f"{TRAIN}: code"}),
        frozenset(LEARNING),
        scripts=append("xgboost_training.py"),
    ),
    Edit(
        "a script that two steps run",
        frozenset(for_each(PREPARERS, "code")),
        frozenset((*PREPARERS, *LEARNING)),
        scripts=append("tabular_preprocessing.py"),
    ),
    Edit(
        "a module that every script imports",
        frozenset(for_each(JOBS, "code")),
        frozenset(JOBS),
        scripts=append("contract_runtime.py"),
    ),
    # the template
    Edit(
        "a step less",
        frozenset({f"-{PAYLOAD}", f"{REGISTER}: SamplePayloadUrl"}),
        template=lambda template: without(template, PAYLOAD),
    ),
    Edit(
        "edges in another order",
        frozenset(),
        template=lambda template: Template.of(
            template.name, {s.name: s.step for s in reversed(template.steps)}, reversed(template.edges)
        ),
    ),
    Edit(
        "a step out of a branch",
        frozenset({f"{PAYLOAD}: from {BEHIND} to the top level"}),
        template=lambda template: with_edges(template, drop=((GATE, PAYLOAD),)),
    ),
    Edit(
        "no gate",
        frozenset(
            {
                f"-{GATE}",
                f"-{FAIL}",
                *(f"{step}: from {BEHIND} to the top level" for step in (PACK, PAYLOAD, REGISTER)),
                "-parameter MinAuc",
            }
        ),
        values={
            "parameters": {key: value for key, value in BASE["parameters"].items() if key != "MinAuc"},
            "steps": {key: value for key, value in BASE["steps"].items() if key != GATE},
        },
        template=lambda template: without(template, GATE),
    ),
    Edit(
        "an order without data",
        frozenset({f"{PREP_C}: waits for"}),
        template=lambda template: with_edges(template, f"{TRAIN} -> {PREP_C}"),
    ),
    Edit(
        "a step more",
        frozenset({"+CradleDataLoading_validation"}),
        frozenset({"CradleDataLoading_validation"}),
        values={"steps.CradleDataLoading_validation.source.files": "s3://ml-fraud/raw/v/"},
        template=lambda template: with_step(template, "CradleDataLoading_validation"),
    ),
    Edit(
        "other wiring",
        frozenset({"+OtherData", *(f"{PREP_T}: input {name}" for name in ("DATA", "METADATA", "SIGNATURE"))}),
        frozenset({"OtherData", PREP_T, *LEARNING}),
        values={"steps.OtherData.source.files": "s3://ml-fraud/raw/other/"},
        template=lambda template: with_edges(
            with_step(template, "OtherData", "CradleDataLoading_training"),
            f"OtherData -> {PREP_T}",
            drop=((LOAD_T, PREP_T),),
        ),
    ),
]


def template_of(edit: Edit) -> Template:
    loaded = load_template(E2E)
    return edit.template(loaded) if edit.template else loaded
