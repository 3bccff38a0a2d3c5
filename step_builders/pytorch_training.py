"""Config of PyTorchTraining."""

from typing import Literal

from pydantic import Field

from step_builders.core.config import Config, ListOfNames, PyTorchJobConfig, Source
from step_builders.core.step import StepDeclaration
from step_specs.pytorch_training import PYTORCH_TRAINING_SPEC


class PyTorchHyperparameters(Config):
    """Learning parameters."""

    epochs: int = Field(5, ge=1, description="passes over the training rows at most")
    early_stopping_patience: int | None = Field(
        2, ge=1, description="stop after this many epochs without improvement; null for never"
    )
    monitor: Literal["auc", "loss"] = Field(
        "auc", description="metric of the val split that chooses the best epoch"
    )
    batch_size: int = Field(32, ge=1, description="rows per batch, for each GPU")
    accumulate_batches: int = Field(1, ge=1, description="batches per change of the weights")
    learning_rate: float = Field(0.001, gt=0, le=1, description="of the embeddings and the head")
    encoder_learning_rate: float = Field(2e-5, gt=0, le=1, description="of the pretrained text encoder")
    weight_decay: float = Field(0.01, ge=0, description="weight decay of AdamW")
    warmup_ratio: float = Field(0.1, ge=0, lt=1, description="share of all updates that warm up")
    gradient_clip: float = Field(1.0, gt=0, description="largest norm of a gradient")
    dropout: float = Field(0.1, ge=0, lt=1, description="share of the head's units left out in training")
    hidden_size: int = Field(128, ge=1, description="units of the head's hidden layer")
    max_text_tokens: int = Field(128, ge=4, le=8192, description="texts are cut after this many tokens")
    freeze_encoder: bool = Field(False, description="whether the text encoder keeps its weights")
    positive_weight: float = Field(1.0, gt=0, description="weight of positive rows")
    precision: Literal["auto", "32-true", "16-mixed", "bf16-mixed"] = Field(
        "auto", description="precision; auto is mixed on a GPU and full on a CPU"
    )
    shuffle_rows: int = Field(10_000, ge=1, description="rows that are mixed at a time, in memory")
    loader_workers: int = Field(0, ge=0, description="processes per GPU that read and tokenise")
    export_onnx: bool = Field(False, description="whether the model is written as ONNX as well")
    seed: int = Field(0, ge=0, description="seed of the random numbers")


class PyTorchTrainingConfig(PyTorchJobConfig):
    """What is learned, and how."""

    label_field: str = Field(min_length=1, description="column that holds the label")
    text_fields: ListOfNames = Field(min_length=1, description="columns of free text")
    text_encoder: Source = Field(
        description="a Hugging Face model folder: config.json, model.safetensors, tokenizer.json"
    )
    id_field: str | None = Field(None, min_length=1, description="column that identifies a row")
    feature_fields: ListOfNames = Field(
        (),
        description="other columns to learn from; all but label, id and texts if not given",
    )
    hyperparameters: PyTorchHyperparameters = Field(
        PyTorchHyperparameters(), description="learning parameters"
    )


PYTORCH_TRAINING_STEP = StepDeclaration(PYTORCH_TRAINING_SPEC, PyTorchTrainingConfig)
