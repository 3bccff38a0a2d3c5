"""Fixtures that several folders of tests share."""

from tests.aws_server import account, aws, endpoint, outside_connections

__all__ = ["account", "aws", "endpoint", "outside_connections"]
