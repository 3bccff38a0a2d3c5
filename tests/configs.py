"""Configs for tests: for each template, the least that compiles; and one YAML pair to make mistakes in."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pipeline_compiler.compiled import CompiledPipeline
from pipeline_compiler.template import Template, load_template
from step_builders import all_steps
from step_specs import registry

PIPELINE = {
    "name": "fraud-detection",
    "role": "arn:aws:iam::123456789012:role/SageMakerExecution",
    "region": "us-east-1",
    "s3_root": "s3://ml-fraud/pipelines",
}
_DEFAULTS = {"label_field": "is_fraud", "positive_class": "fraud"}
_SECTIONS: dict[str, dict[str, Any]] = {
    "CradleDataLoading": {"source": {"files": "s3://ml-fraud/raw/{job_type}/"}},
    "CurrencyConversion": {
        "amount_fields": ["amount"],
        "currency_fields": ["currency"],
        "target_currency": "USD",
        "rates": {"files": "s3://ml-fraud/rates/"},
    },
    "XGBoostTuning": {
        "tuning": {"ranges": {"max_depth": {"min": 3, "max": 9}, "eta": {"min": 0.01, "max": 0.5}}}
    },
    "QualityGate": {"threshold": 0.8},
    "PyTorchTraining": {
        "text_fields": ["description"],
        "text_encoder": {"files": "s3://ml-fraud/encoders/bert-base/"},
    },
    "MimsRegistration": {"model_package_group": "fraud"},
    "ModelFromPackage": {
        "model_package_arn": "arn:aws:sagemaker:us-east-1:123456789012:model-package/fraud/1"
    },
    "BatchTransform": {"requests": {"files": "s3://ml-fraud/new/"}},
}


def minimal_config(template: str | Template) -> dict[str, Any]:
    """A new config with the template's required fields (and the positive class), and nothing else."""
    loaded = load_template(template)
    specs = {step.name: registry().for_node(step.step) for step in loaded.steps}
    fields = {name for spec in specs.values() for name in all_steps()[spec.step_type].config.model_fields}
    sections = {}
    for name, spec in specs.items():
        if spec.step_type in _SECTIONS:
            sections[name] = copy.deepcopy(_SECTIONS[spec.step_type])
            if spec.job_type and "source" in sections[name]:
                source = sections[name]["source"]
                source["files"] = source["files"].format(job_type=spec.job_type.value)
    return {
        **({"template": template} if isinstance(template, str) else {}),
        "pipeline": dict(PIPELINE),
        "defaults": {name: value for name, value in _DEFAULTS.items() if name in fields},
        "steps": sections,
    }


def with_values(config: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """A copy of `config` with the values at dotted paths replaced; sections are made as needed."""
    changed = copy.deepcopy(dict(config))
    for path, value in values.items():
        *parents, last = path.split(".")
        inner = changed
        for name in parents:
            inner = inner.setdefault(name, {})
        inner[last] = value
    return changed


_FEW_FILES = {"mims_payload.py", "sourcedir.tar.gz", "data.csv"}


def with_few_files(compiled: CompiledPipeline) -> CompiledPipeline:
    """With the bundles of two steps only, one of each kind, and data.csv: uploading all takes seconds."""
    kept = tuple(asset for asset in compiled.assets if _FEW_FILES & set(asset.files))
    return replace(compiled, assets=kept)


TEMPLATE_YAML = """\
template: Fraud
summary: Train, evaluate and register.
steps:
  CradleDataLoading_training:
  CradleDataLoading_calibration:
  TabularPreprocessing_training:
  TabularPreprocessing_calibration:
  XGBoostTraining:
  XGBoostModelEvaluation_calibration:
  QualityGate:
  MimsPackage:
  MimsRegistration:
edges:
  - CradleDataLoading_training -> TabularPreprocessing_training
  - CradleDataLoading_calibration -> TabularPreprocessing_calibration
  - TabularPreprocessing_training -> XGBoostTraining
  - TabularPreprocessing_calibration -> XGBoostModelEvaluation_calibration
  - XGBoostTraining -> XGBoostModelEvaluation_calibration
  - XGBoostModelEvaluation_calibration -> QualityGate
  - QualityGate -> MimsPackage
  - XGBoostTraining -> MimsPackage
  - MimsPackage -> MimsRegistration
"""
CONFIG_YAML = """\
template: template.yaml
pipeline:
  name: fraud-detection
  role: arn:aws:iam::123456789012:role/SageMakerExecution
  region: us-east-1
  s3_root: s3://ml-fraud/pipelines
  tags: {team: fraud}
defaults:
  label_field: is_fraud
  positive_class: fraud
parameters:
  MinAuc:
    default: 0.8
    sets: QualityGate.threshold
  TrainingInstanceType:
    default: ml.m5.xlarge
    sets: XGBoostTraining.instance_type
steps:
  CradleDataLoading_training:
    source:
      files: s3://ml-fraud/raw/06/
  CradleDataLoading_calibration:
    source:
      files: s3://ml-fraud/raw/07/
  TabularPreprocessing_training:
    train_ratio: 0.7
  XGBoostTraining:
    hyperparameters:
      max_depth: 6
      lambda: 1.5
  QualityGate:
    comparison: ">="
  MimsRegistration:
    model_package_group: fraud
"""
