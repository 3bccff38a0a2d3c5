"""Where and how training runs: hosts, devices, strategy and precision."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, Mapping, NamedTuple

import lightning.pytorch as lightning
import torch
from contract_runtime import ScriptError
from lightning.pytorch.callbacks import Callback, EarlyStopping, ModelCheckpoint
from lightning.pytorch.strategies import DDPStrategy
from pytorch_data import Share

MASTER_PORT = "7777"  # the port that AWS's own launchers use
BEST, LAST = "best", "last"


class Cluster(NamedTuple):
    """The machines of a job, as one of them sees it.

    Attributes:
        hosts: all host names, sorted; the first one leads.
        node: this host's place among them.
        gpus: GPUs of each host; 0 trains on the CPU.
        interface: the network interface between the hosts.
        local: this process's place on its host.
    """

    hosts: tuple[str, ...]
    node: int
    gpus: int
    interface: str = ""
    local: int = 0

    @property
    def processes(self) -> int:
        """Processes per host: one for each GPU."""
        return max(self.gpus, 1)

    @property
    def share(self) -> Share:
        """This process among all."""
        return Share(self.node * self.processes + self.local, len(self.hosts) * self.processes)


def read_cluster(environment: Mapping[str, str], gpus: int) -> Cluster:
    """The cluster that the training image's SM_* variables describe; one host where there are none.

    Source: sagemaker-training, the launcher in the framework images; it names hosts algo-1, algo-2, ...
    """
    hosts = tuple(sorted(json.loads(environment.get("SM_HOSTS", "[]")))) or ("localhost",)
    current = environment.get("SM_CURRENT_HOST", hosts[0])
    return Cluster(
        hosts,
        hosts.index(current),
        gpus,
        environment.get("SM_NETWORK_INTERFACE_NAME", ""),
        int(environment.get("LOCAL_RANK", "0")),
    )


def announce(cluster: Cluster) -> None:
    """Set the variables by which the processes of several hosts find each other."""
    if len(cluster.hosts) > 1:
        os.environ["MASTER_ADDR"] = cluster.hosts[0]
        os.environ.setdefault("MASTER_PORT", MASTER_PORT)
        os.environ["NODE_RANK"] = str(cluster.node)
        if cluster.interface:
            os.environ["NCCL_SOCKET_IFNAME"] = os.environ["GLOO_SOCKET_IFNAME"] = cluster.interface


def choose_strategy(cluster: Cluster) -> DDPStrategy | str:
    """One process needs none; several share the work by data: NCCL between GPUs, gloo between CPUs."""
    if cluster.share.world == 1:
        return "auto"
    backend = "nccl" if cluster.gpus else "gloo"
    # Encoders differ in which of their weights a mean of token states leaves without a gradient.
    return DDPStrategy(process_group_backend=backend, find_unused_parameters=True)


def choose_precision(wanted: str, gpus: int, bf16: bool) -> str:
    """The precision: `auto` is mixed on a GPU, in bfloat16 where it has that, and full on a CPU.

    Raises:
        ScriptError: (PC773) the device cannot compute in the precision that is asked for.
    """
    if wanted == "auto":
        return ("bf16-mixed" if bf16 else "16-mixed") if gpus else "32-true"
    if (wanted == "16-mixed" and not gpus) or (wanted == "bf16-mixed" and gpus and not bf16):
        raise ScriptError(
            "PC773",
            f"precision is {wanted}, which {'this GPU' if gpus else 'a CPU'} does not compute in",
            "leave precision at auto, or choose another instance_type",
        )
    return wanted


def make_trainer(
    cluster: Cluster, parameters: Mapping[str, Any], checkpoints: Path, validated: bool
) -> lightning.Trainer:
    """The trainer, which writes a checkpoint after each epoch.

    Arguments:
        checkpoints: the folder for the best and the last one.
        validated: whether there is a val split, to choose the best epoch by.

    Raises:
        ScriptError: (PC773) a precision that the device lacks.
    """
    monitor, mode = {"auc": ("val_auc", "max"), "loss": ("val_loss", "min")}[parameters["monitor"]]
    common: dict[str, Any] = {
        "dirpath": str(checkpoints),
        "save_on_train_epoch_end": True,
        "enable_version_counter": False,
    }
    callbacks: list[Callback] = []
    if "early_stopping_patience" in parameters:
        patience = parameters["early_stopping_patience"]
        callbacks.append(EarlyStopping(monitor, patience=patience, mode=mode, check_on_train_epoch_end=True))
    if validated:
        callbacks.append(ModelCheckpoint(filename=BEST, monitor=monitor, mode=mode, **common))
    # After the others, whose state it holds as well; without a monitor it keeps the newest epoch.
    callbacks.append(ModelCheckpoint(filename=LAST, **common))
    return lightning.Trainer(
        accelerator="gpu" if cluster.gpus else "cpu",
        devices=cluster.processes,
        num_nodes=len(cluster.hosts),
        strategy=choose_strategy(cluster),
        precision=choose_precision(
            parameters["precision"], cluster.gpus, bool(cluster.gpus) and torch.cuda.is_bf16_supported()
        ),
        max_epochs=parameters["epochs"],
        accumulate_grad_batches=parameters["accumulate_batches"],
        gradient_clip_val=parameters["gradient_clip"],
        callbacks=callbacks,
        deterministic="warn",
        num_sanity_val_steps=0,
        reload_dataloaders_every_n_epochs=1,  # the order of the rows depends on the epoch
        use_distributed_sampler=False,
        logger=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        default_root_dir=str(checkpoints),
    )
