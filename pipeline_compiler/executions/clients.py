"""The AWS clients for executions: patient with a throttled or shaky connection, and with coded errors.

boto3 and botocore are imported when they are needed, so that commands without AWS start without them.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from pipeline_compiler.deploy_rules import NO_CREDENTIALS
from pipeline_compiler.executions.rules import REQUEST_FAILED
from script_contracts.core.diagnostics import PipelineCompilerError

if TYPE_CHECKING:
    import boto3

ATTEMPTS = 8  # per request, the first included; botocore waits up to 20 s between two
_THROTTLED = {"Throttling", "ThrottlingException", "TooManyRequestsException", "RequestLimitExceeded"}
_REMEDIES = {
    "AccessDenied": "grant the action that the message names to these credentials",
    "AccessDeniedException": "grant the action that the message names to these credentials",
    "ExpiredToken": "renew the session's credentials",
    "ExpiredTokenException": "renew the session's credentials",
    "ResourceLimitExceeded": "wait for other executions to end, or have the quota raised",
}


class ExecutionError(PipelineCompilerError):
    """Something about a pipeline's executions that cannot be done."""


class UnreachableError(ExecutionError):
    """AWS did not answer, or asked for patience, however often it was tried."""


@dataclass(frozen=True)
class Clients:
    """The clients of one region.

    Attributes:
        session: the credentials.
        region: the AWS region of the pipeline.
    """

    session: boto3.Session
    region: str

    @cached_property
    def sagemaker(self) -> Any:
        """The SageMaker client."""
        return self._client("sagemaker")

    @cached_property
    def logs(self) -> Any:
        """The CloudWatch Logs client."""
        return self._client("logs")

    def _client(self, service: str) -> Any:
        from botocore.config import Config

        retries = Config(
            retries={"mode": "standard", "total_max_attempts": ATTEMPTS}, connect_timeout=10, read_timeout=60
        )
        return self.session.client(service, region_name=self.region, config=retries)  # type: ignore[call-overload]


@contextmanager
def asking(what: str) -> Iterator[None]:
    """Turn what boto3 raises into coded errors.

    Args:
        what: what is being done, as the beginning of a sentence.

    Raises:
        UnreachableError: (PC560) where no answer came, or only requests for patience.
        ExecutionError: (PC503) without usable credentials, (PC560) where AWS refused.
    """
    from botocore.exceptions import (
        BotoCoreError,
        ClientError,
        ConnectionError,
        HTTPClientError,
        NoCredentialsError,
        PartialCredentialsError,
    )

    try:
        yield
    except (NoCredentialsError, PartialCredentialsError) as error:
        fix = "set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give --profile"
        raise ExecutionError(
            NO_CREDENTIALS.error(f"{what} needs AWS credentials: {error}", fix=fix)
        ) from error
    except (ConnectionError, HTTPClientError) as error:
        raise UnreachableError(
            REQUEST_FAILED.error(f"{what} failed: {error}", fix="look at the network, then try again")
        ) from error
    except ClientError as error:
        code = error_code(error)
        if code in _THROTTLED or error.response["ResponseMetadata"].get("HTTPStatusCode", 0) >= 500:
            raise UnreachableError(
                REQUEST_FAILED.error(f"{what} failed: {error}", fix="wait a minute, then try again")
            ) from error
        fix = _REMEDIES.get(code, "mend what the message names")
        raise ExecutionError(REQUEST_FAILED.error(f"{what} failed: {error}", fix=fix)) from error
    except BotoCoreError as error:
        raise ExecutionError(
            REQUEST_FAILED.error(f"{what} failed: {error}", fix="mend what the message names")
        ) from error


def error_code(error: Any) -> str:
    """The code that AWS gave an error."""
    return str(error.response["Error"]["Code"])


def is_missing(error: Any) -> bool:
    """Whether AWS says that what was asked for does not exist; some of its stand-ins have other codes."""
    return error_code(error) in ("ResourceNotFound", "ResourceNotFoundException") or (
        error_code(error) == "ValidationException"
        and any(words in str(error) for words in ("does not exist", "Could not find"))
    )
