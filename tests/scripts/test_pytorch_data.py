"""Streams of batches, the cluster and the devices: what can be said without training anything."""

from __future__ import annotations

from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import pytorch_data
from contract_runtime import ScriptError
from lightning.pytorch.strategies import DDPStrategy
from model_files import CATEGORICAL, NUMERIC, TEXT, Feature
from processed_splits import Split, find_split
from pytorch_data import BatchStream, Share, Shuffle, batches_per_epoch, moments
from pytorch_scoring import open_tokenizer, tokens
from pytorch_trainer import Cluster, choose_precision, choose_strategy, read_cluster

import tests.scripts.pytorch_required  # noqa: F401 - first: skips all of this
from tests.scripts.scoring_data import write_split
from tests.scripts.ticket_data import ENCODER

FEATURES = [Feature("number", NUMERIC), Feature("kind", CATEGORICAL, ("a", "b")), Feature("text", TEXT)]
ROWS = 103
ALONE = Share()


@pytest.fixture
def split(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Split:
    """Rows that can be told apart by their number, read a few at a time."""
    monkeypatch.setattr(pytorch_data, "READ_ROWS", 10)
    table = pa.table(
        {
            "number": np.arange(ROWS, dtype=np.float64),
            "kind": ["a" if i % 3 else "c" for i in range(ROWS)],
            "text": ["thanks in advance" if i % 2 else None for i in range(ROWS)],
            "label": np.arange(ROWS) % 2,
        }
    )
    write_split(tmp_path, "train", table, shards=4)
    return find_split(tmp_path, "train")


def stream(split: Split, share: Share = ALONE, shuffle: Shuffle | None = None) -> BatchStream:
    return BatchStream(split, FEATURES, "label", ENCODER / "tokenizer.json", 8, share, shuffle)


def numbers(stream: BatchStream, worker: int = 0, workers: int = 1) -> list[float]:
    return list(chain(*(rows.tabular[:, 0].tolist() for rows in stream._batches(worker, workers))))


def test_batches_hold_what_the_network_reads(split: Split) -> None:
    batches = list(stream(split))
    first, last = batches[0], batches[-1]
    assert first["tabular"][:4, 0].tolist() == [0, 1, 2, 3]
    assert np.isnan(first["tabular"][0, 1]), "a category that training never saw"
    assert first["tabular"][1, 1] == 0
    assert first["ids"].shape == first["mask"].shape == (8, 1, 5)
    assert first["mask"].sum(dim=(1, 2)).tolist() == [2, 5] * 4, "a missing text is an empty one"
    assert len(last["labels"]) == ROWS % 8
    assert sum(len(batch["labels"]) for batch in batches) == ROWS


@pytest.mark.parametrize("world", [1, 2, 3])
@pytest.mark.parametrize("workers", [1, 2])
def test_processes_and_workers_share_the_rows(split: Split, world: int, workers: int) -> None:
    shuffle = Shuffle(seed=1, epoch=0, buffer_rows=20)
    parts = [
        [numbers(stream(split, Share(rank, world), shuffle), worker, workers) for worker in range(workers)]
        for rank in range(world)
    ]
    sizes = {sum(map(len, part)) for part in parts}
    assert sizes == {ROWS // world}, "or the processes would wait for each other"
    rows = sorted(chain(*chain(*parts)))
    assert len(rows) == len(set(rows)) == ROWS - ROWS % world
    batches = [sum(-(-len(each) // 8) for each in part) for part in parts]
    assert set(batches) == {batches_per_epoch(ROWS, Share(0, world), workers, 8)}


def test_every_process_judges_its_own_rows_and_none_is_left_out(split: Split) -> None:
    rows = [numbers(stream(split, Share(rank, 4))) for rank in range(4)]
    assert sorted(chain(*rows)) == list(range(ROWS))


def test_the_order_depends_on_seed_and_epoch_alone(split: Split) -> None:
    def order(seed: int, epoch: int) -> list[float]:
        return numbers(stream(split, shuffle=Shuffle(seed, epoch, 50)))

    assert order(1, 0) == order(1, 0)
    assert len({tuple(order(seed, epoch)) for seed in (1, 2) for epoch in (0, 1)}) == 4
    assert sorted(order(1, 0)) == list(range(ROWS))


def test_memory_is_bounded_by_the_buffer(split: Split, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = []
    joined = pytorch_data.joined
    monkeypatch.setattr(pytorch_data, "joined", lambda parts: sizes.append(joined(parts)) or sizes[-1])
    numbers(stream(split, shuffle=Shuffle(1, 0, 16)))
    assert max(len(rows.labels) for rows in sizes) < 16 + 10 + 8


def test_moments_are_exact_where_values_are_known(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    values = random.normal(1e6, 3, 500)
    missing = random.random(500) < 0.2
    table = pa.table(
        {
            "big": pa.array(values, mask=missing),
            "same": np.full(500, 7.0),
            "never": pa.array(np.zeros(500), mask=np.ones(500, dtype=bool)),
        }
    )
    write_split(tmp_path, "train", table, shards=3)
    means, deviations = moments(
        find_split(tmp_path, "train"), [Feature(name, NUMERIC) for name in ("big", "same", "never")]
    )
    known = values[~missing].astype(np.float32).astype(np.float64)
    assert means == pytest.approx([known.mean(), 7, 0], rel=1e-9)
    assert deviations == pytest.approx([known.std(), 1, 1], rel=1e-6)


def test_short_texts_are_long_enough_for_an_exported_program() -> None:
    tokenizer = open_tokenizer(ENCODER / "tokenizer.json")
    tokenizer.no_padding()
    ids, mask = tokens(tokenizer, [[""]], 1)
    assert ids.shape == mask.shape == (1, 1, 2)


HOSTS = {"SM_HOSTS": '["algo-2", "algo-1", "algo-10"]', "SM_NETWORK_INTERFACE_NAME": "eth0"}


@pytest.mark.parametrize(
    ("environment", "gpus", "share"),
    [
        ({}, 0, Share(0, 1)),
        ({}, 8, Share(0, 8)),
        ({"LOCAL_RANK": "3"}, 8, Share(3, 8)),
        ({**HOSTS, "SM_CURRENT_HOST": "algo-1"}, 0, Share(0, 3)),
        ({**HOSTS, "SM_CURRENT_HOST": "algo-2"}, 0, Share(2, 3)),
        ({**HOSTS, "SM_CURRENT_HOST": "algo-10", "LOCAL_RANK": "1"}, 4, Share(5, 12)),
    ],
)
def test_a_process_finds_its_place(environment: dict[str, str], gpus: int, share: Share) -> None:
    assert read_cluster(environment, gpus).share == share


@pytest.mark.parametrize(
    ("hosts", "gpus", "backend"), [(1, 0, None), (1, 1, None), (1, 4, "nccl"), (2, 0, "gloo"), (2, 8, "nccl")]
)
def test_several_processes_share_the_work_by_data(hosts: int, gpus: int, backend: Any) -> None:
    strategy = choose_strategy(Cluster(tuple(f"algo-{i}" for i in range(hosts)), 0, gpus))
    if backend is None:
        assert strategy == "auto"
    else:
        assert isinstance(strategy, DDPStrategy)
        assert strategy._process_group_backend == backend


@pytest.mark.parametrize(
    ("wanted", "gpus", "bf16", "chosen"),
    [
        ("auto", 0, False, "32-true"),
        ("auto", 1, False, "16-mixed"),
        ("auto", 4, True, "bf16-mixed"),
        ("32-true", 1, True, "32-true"),
        ("16-mixed", 1, True, "16-mixed"),
        ("bf16-mixed", 0, False, "bf16-mixed"),
        ("16-mixed", 0, False, None),
        ("bf16-mixed", 1, False, None),
    ],
)
def test_the_precision_fits_the_device(wanted: str, gpus: int, bf16: bool, chosen: str | None) -> None:
    if chosen is None:
        with pytest.raises(ScriptError, match="PC773"):
            choose_precision(wanted, gpus, bf16)
    else:
        assert choose_precision(wanted, gpus, bf16) == chosen
