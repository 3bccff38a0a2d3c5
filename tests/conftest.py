"""Fixtures that several folders of tests share."""

import gc
from collections.abc import Iterator
from functools import cache

import pytest
from botocore.loaders import JSONFileLoader
from hypothesis import HealthCheck, settings

from tests.aws_server import account, aws, endpoint, outside_connections

__all__ = ["account", "aws", "endpoint", "outside_connections"]

# No test fails because the machine is busy.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")


@pytest.fixture(scope="session", autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No test finds, or leaves, anything in the user's cache folder."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield


def pytest_collection_finish() -> None:
    """Thousands of collected tests need not be looked at in every search for garbage: a tenth of the time."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def _service_models_are_read_once() -> Iterator[None]:
    """boto3 reads megabytes of service model for every new session, and tests make hundreds of sessions."""
    with pytest.MonkeyPatch.context() as patch:
        files = cache(JSONFileLoader().load_file)
        patch.setattr(JSONFileLoader, "load_file", lambda _, file_path: files(file_path))
        yield
