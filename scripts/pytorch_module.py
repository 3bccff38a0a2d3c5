"""What one training step, one validation and one epoch do: the network as a Lightning module."""

from __future__ import annotations

import math
from typing import Any, Mapping

import lightning.pytorch as lightning
import numpy as np
import torch
from contract_runtime import ScriptError
from pytorch_network import TextTabularNetwork
from sklearn.metrics import average_precision_score, log_loss, roc_auc_score
from torch.nn.functional import binary_cross_entropy_with_logits

Batch = Mapping[str, torch.Tensor]


def metrics_text(entry: Mapping[str, float]) -> str:
    """The metrics of one epoch, in the form in which the contract's metric definitions read them."""
    metrics = {name.partition("_"): value for name, value in entry.items() if name != "epoch"}
    splits = {"train": "train", "val": "validation"}
    return "  ".join(f"{splits[split]}:{name}={value:.6g}" for (split, _, name), value in metrics.items())


class Classifier(lightning.LightningModule):
    """Trains the network, and keeps the metrics of every epoch.

    Arguments:
        network: the network.
        parameters: the hyperparameters.
        updates: how many times the weights will be changed in all epochs.
        run: identifies data and settings; a checkpoint of another run is refused.
    """

    def __init__(
        self, network: TextTabularNetwork, parameters: Mapping[str, Any], updates: int, run: str
    ) -> None:
        super().__init__()
        self.network, self._settings, self._updates, self._run = network, parameters, updates, run
        self.register_buffer("positive_weight", torch.tensor(parameters["positive_weight"]))
        self.history: list[dict[str, Any]] = []
        self._losses: list[torch.Tensor] = []
        self._outcomes: list[tuple[np.ndarray, np.ndarray]] = []

    def forward(self, batch: Batch) -> torch.Tensor:
        """One logit per record."""
        return self.network(batch["tabular"], batch["ids"], batch["mask"])

    def on_train_epoch_start(self) -> None:
        """Forget the losses of the epoch before."""
        self._losses = []

    def on_train_batch_start(self, batch: Batch, batch_idx: int) -> None:
        """Seed each batch by itself: a resumed training draws what an uninterrupted one would."""
        place = [self._settings["seed"], self.current_epoch, batch_idx, self.global_rank]
        torch.manual_seed(int(np.random.SeedSequence(place).generate_state(1)[0]))

    def training_step(self, batch: Batch, batch_idx: int) -> torch.Tensor:
        """The loss of a batch.

        Raises:
            ScriptError: (PC775) the loss is no number any more.
        """
        loss = binary_cross_entropy_with_logits(self(batch), batch["labels"], pos_weight=self.positive_weight)
        if not torch.isfinite(loss):
            raise ScriptError(
                "PC775",
                f"the loss is {loss.item()} in epoch {self.current_epoch + 1}, batch {batch_idx + 1}",
                "lower learning_rate or encoder_learning_rate, or use precision bf16-mixed or 32-true",
            )
        self._losses.append(loss.detach())
        return loss

    def on_validation_epoch_start(self) -> None:
        """Forget the epoch before."""
        self._outcomes = []

    def validation_step(self, batch: Batch, batch_idx: int) -> None:
        """Keep the probabilities: the metrics are of the whole split, not of batches."""
        scores = torch.sigmoid(self(batch).double())
        self._outcomes.append((batch["labels"].cpu().numpy(), scores.cpu().numpy()))

    def on_validation_epoch_end(self) -> None:
        """Exact metrics over the rows of all processes."""
        labels, scores = (
            np.concatenate(gathered([outcome[part] for outcome in self._outcomes])) for part in (0, 1)
        )
        metrics = {
            "val_auc": float(roc_auc_score(labels, scores)),
            "val_average_precision": float(average_precision_score(labels, scores)),
            "val_loss": float(log_loss(labels, scores)),
        }
        self.log_dict({name: torch.tensor(value) for name, value in metrics.items()}, sync_dist=False)
        self._validated = metrics

    _validated: Mapping[str, float] = {}

    def on_train_epoch_end(self) -> None:
        """Record the epoch and print it."""
        losses = np.array([float(loss) for loss in self._losses])
        mean = float(np.concatenate(gathered([losses])).mean())
        entry = {"epoch": self.current_epoch, "train_loss": mean, **self._validated}
        self.history.append(entry)
        if self.global_rank == 0:
            print(f"epoch {self.current_epoch + 1}  {metrics_text(entry)}", flush=True)

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """The history travels with the weights."""
        checkpoint["history"], checkpoint["run"] = self.history, self._run

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Go on from a checkpoint of this very run.

        Raises:
            ScriptError: (PC774) it is of a run with other data or settings.
        """
        if checkpoint.get("run") != self._run:
            raise ScriptError(
                "PC774",
                "the checkpoints are of a training with other hyperparameters, features or data",
                "give the job checkpoints of its own, or remove the old ones",
            )
        self.history = list(checkpoint["history"])

    def configure_optimizers(self) -> Any:
        """AdamW, slower for the pretrained encoder; warm-up, then a linear decay to zero."""
        encoder = [each for each in self.network.encoder.parameters() if each.requires_grad]
        pretrained = {id(each) for each in self.network.encoder.parameters()}
        own = [each for each in self.network.parameters() if id(each) not in pretrained]
        groups: list[dict[str, Any]] = [{"params": own, "lr": self._settings["learning_rate"]}]
        if encoder:
            groups.append({"params": encoder, "lr": self._settings["encoder_learning_rate"]})
        optimizer = torch.optim.AdamW(groups, weight_decay=self._settings["weight_decay"])
        warmup = math.ceil(self._updates * self._settings["warmup_ratio"])

        def factor(update: int) -> float:
            if update < warmup:
                return (update + 1) / warmup
            return max(0.0, (self._updates - update) / max(1, self._updates - warmup))

        schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, factor)
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}


def gathered(arrays: list[np.ndarray]) -> list[np.ndarray]:
    """The arrays of every process, in the order of their ranks."""
    own = np.concatenate(arrays) if arrays else np.empty(0)
    if not torch.distributed.is_initialized():
        return [own]
    everyone: list[Any] = [None] * torch.distributed.get_world_size()
    torch.distributed.all_gather_object(everyone, own)
    return everyone
