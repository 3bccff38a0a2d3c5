"""Small data and a model trained on it, once for all tests of the programs that need them."""

from __future__ import annotations

import sys
import tarfile
from pathlib import Path

import pytest

from tests.scripts.harness import SCRIPTS

# The container programs and their siblings import each other as plain modules, as they do in a bundle.
if str(SCRIPTS) not in sys.path:
    sys.path.insert(0, str(SCRIPTS))


@pytest.fixture(scope="session")
def orders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Processed data with all splits."""
    from tests.scripts.scoring_data import write_data

    return write_data(tmp_path_factory.mktemp("orders"))


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory, orders: Path) -> Path:
    """The directory of a model trained on `orders`."""
    from tests.scripts.scoring_data import train

    return train(tmp_path_factory.mktemp("model"), orders, early_stopping_rounds="5")


@pytest.fixture(scope="session")
def model_archive(tmp_path_factory: pytest.TempPathFactory, model: Path) -> Path:
    """The same model as a training job delivers it."""
    archive = tmp_path_factory.mktemp("archive") / "model.tar.gz"
    with tarfile.open(archive, "w:gz") as tar:
        for file in sorted(model.iterdir()):
            tar.add(file, file.name)
    return archive


@pytest.fixture(scope="session")
def tickets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Processed data with a column of text."""
    from tests.scripts.ticket_data import write_tickets

    return write_tickets(tmp_path_factory.mktemp("tickets"))


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory, tickets: Path) -> Path:
    """What a training with PyTorch on `tickets` left below /opt/ml."""
    from tests.scripts.ticket_data import train

    return train(tmp_path_factory.mktemp("trained"), tickets)


@pytest.fixture
def free_port() -> int:
    """A TCP port that nobody listens on."""
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
