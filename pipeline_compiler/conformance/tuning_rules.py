"""The PC558, PC559 and PC590-PC595 codes: what a tuning job needs beyond the service model."""

from __future__ import annotations

from script_contracts.core.diagnostics import Rule

NO_OBJECTIVE_METRIC = Rule(
    "PC558",
    "the objective of a tuning job is no metric that AWS reads",
    "A tuning job compares its training jobs by one metric. For a custom algorithm, such as a script or an "
    "image of your own, AWS finds metrics in the job's output with the MetricDefinitions of the request, so "
    "that the objective's MetricName is the name of one of them (developer guide, 'Define metrics and "
    "environment variables').",
)
BAD_METRIC = Rule(
    "PC559",
    "a metric definition that finds no value",
    "The Regex of a MetricDefinition searches the output of a training job, and what its parentheses enclose "
    "is the metric's value: 'validation-auc:([0-9.]+)' (API reference, MetricDefinition; developer guide, "
    "'Define metrics and environment variables').",
)
BAD_RANGE = Rule(
    "PC590",
    "a range of a tuning job that holds no values of its kind",
    "MinValue and MaxValue are texts with a number, a whole one in IntegerParameterRanges, and MinValue is "
    "not above MaxValue (API reference, IntegerParameterRange and ContinuousParameterRange).",
)
BAD_SCALE = Rule(
    "PC591",
    "a scale that does not fit its range",
    "Logarithmic works only for ranges above 0, ReverseLogarithmic only for continuous ranges within "
    "0 <= x < 1 (API reference, IntegerParameterRange and ContinuousParameterRange, ScalingType).",
)
GIVEN_TWICE = Rule(
    "PC592",
    "a hyperparameter that a tuning job gets twice",
    "Each hyperparameter is in one range, or in StaticHyperParameters for a value that stays the same "
    "(API reference, HyperParameterTrainingJobDefinition: static are those that do not change).",
)
BAD_STRATEGY = Rule(
    "PC593",
    "settings of a tuning job that do not fit its strategy",
    "Grid takes categorical ranges only, and MaxNumberOfTrainingJobs, where given, is the number of their "
    "combinations (developer guide, 'How hyperparameter tuning works'). Hyperband stops jobs by itself: "
    "TrainingJobEarlyStoppingType is Off (API reference, HyperParameterTuningJobConfig), and StrategyConfig "
    "is for Hyperband alone.",
)
TOO_MANY_JOBS = Rule(
    "PC594",
    "a tuning job with more training jobs than it can use",
    "MaxParallelTrainingJobs counts some of the MaxNumberOfTrainingJobs (API reference, ResourceLimits). "
    "Where all ranges are finite, AWS refuses a MaxNumberOfTrainingJobs above the number of their "
    "combinations (aws/amazon-sagemaker-operator-for-k8s #123 quotes the refusal).",
)
BAD_TRAINING_DEFINITIONS = Rule(
    "PC595",
    "training definitions of a tuning job that do not fit together",
    "A tuning job has either TrainingJobDefinition or TrainingJobDefinitions, each definition with one of "
    "ResourceConfig and HyperParameterTuningResourceConfig. Of several, each has its own DefinitionName; "
    "warm start and early stopping are for a single one (developer guide, 'Tune multiple algorithms'); and "
    "all of them together have at most 48 environment variables (API reference, "
    "HyperParameterTrainingJobDefinition).",
)
