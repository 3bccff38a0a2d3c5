"""Fixtures that several folders of tests share."""

from collections.abc import Iterator

import pytest
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
