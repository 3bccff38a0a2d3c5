"""The words in which specifications describe ports and steps."""

from __future__ import annotations

from enum import Enum


class DependencyType(str, Enum):
    """What a port carries. A wire joins two ports of one type only."""

    DATASET = "dataset"
    METADATA = "metadata"
    SIGNATURE = "signature"
    RISK_TABLES = "risk_tables"
    MODEL = "model"
    PACKAGED_MODEL = "packaged_model"
    CALIBRATION = "calibration"
    DRIFT_STATISTICS = "drift_statistics"
    DRIFT_CONSTRAINTS = "drift_constraints"
    METRICS = "metrics"
    EVALUATION = "evaluation"
    PAYLOAD_SAMPLES = "payload_samples"
    SCRIPTS = "scripts"
    MODEL_PACKAGE = "model_package"
    MODEL_NAME = "model_name"
    PREDICTIONS = "predictions"
    CHECKPOINTS = "checkpoints"


class DataType(str, Enum):
    """In what form a port carries it."""

    S3_URI = "S3Uri"
    ARN = "Arn"
    NAME = "Name"


class NodeType(str, Enum):
    """A step's place in a graph, given by which kinds of ports it has."""

    SOURCE = "source"
    INTERNAL = "internal"
    SINK = "sink"
    SINGULAR = "singular"

    @staticmethod
    def of(has_dependencies: bool, has_outputs: bool) -> NodeType:
        """The node type of a step with, or without, dependencies and outputs."""
        if has_dependencies:
            return NodeType.INTERNAL if has_outputs else NodeType.SINK
        return NodeType.SOURCE if has_outputs else NodeType.SINGULAR


class JobType(str, Enum):
    """The role that a step's data plays in the life of a model."""

    TRAINING = "training"
    CALIBRATION = "calibration"
    VALIDATION = "validation"
    TESTING = "testing"


ALL_JOB_TYPES = tuple(JobType)
