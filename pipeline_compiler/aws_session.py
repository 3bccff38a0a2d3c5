"""Sessions with AWS, as the commands that talk to it need them. Imports boto3: import it where it is used."""

from __future__ import annotations

import re

import boto3
import botocore.session
from botocore.credentials import CredentialProvider, CredentialResolver, RefreshableCredentials
from botocore.exceptions import BotoCoreError, ClientError, ProfileNotFound

from pipeline_compiler.deploy_rules import NO_CREDENTIALS
from pipeline_compiler.uploads import DeployError, refusal
from script_contracts.core.diagnostics import Diagnostic
from script_contracts.core.suggestions import did_you_mean

_SESSION_NAME = "pipeline-compiler"  # shown in CloudTrail


def session_for(region: str, profile: str | None = None, assume_role: str | None = None) -> boto3.Session:
    """A session whose credentials have been found; whether AWS accepts them shows in the first request.

    Endpoints and partition (aws, aws-cn, aws-us-gov) follow from the region; AWS_ENDPOINT_URL and the
    other variables of boto3 are obeyed.

    Args:
        region: the AWS region of the pipeline.
        profile: a profile of ~/.aws; AWS_PROFILE or boto3's defaults if not given.
        assume_role: ARN of a role to act as, in this account or another one. Its credentials are
            renewed when they expire.

    Raises:
        DeployError: (PC503) where there is no such profile or there are no credentials, (PC506) where
            AWS does not let them assume the role.
    """
    try:
        session = boto3.Session(profile_name=profile, region_name=region)
        credentials = session.get_credentials()
    except ProfileNotFound as error:
        raise DeployError(_unknown_profile(error)) from None
    except BotoCoreError as error:
        raise DeployError(
            NO_CREDENTIALS.error(
                f"the AWS credentials cannot be read: {error}",
                fix="mend what the message names, or choose other credentials with --profile",
            )
        ) from error
    if credentials is None:
        raise DeployError(
            NO_CREDENTIALS.error(
                "boto3 finds no AWS credentials",
                fix="set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give --profile",
            )
        )
    return _acting_as(assume_role, session, profile) if assume_role else session


def _unknown_profile(error: ProfileNotFound) -> Diagnostic:
    named = re.search(r"\((.*)\)", str(error))
    name = named[1] if named else str(error)
    known = botocore.session.Session(profile="default").full_config.get("profiles", {})
    fix = did_you_mean(name, known, what="profiles") if known else "there are none: run 'aws configure'"
    return NO_CREDENTIALS.error(f"there is no AWS profile '{name}'", fix=fix)


def _acting_as(role: str, session: boto3.Session, profile: str | None) -> boto3.Session:
    """A session with the role's credentials, which are renewed with those of `session`."""
    sts = session.client("sts")

    def assume() -> dict[str, str]:
        given = sts.assume_role(RoleArn=role, RoleSessionName=_SESSION_NAME)["Credentials"]
        return {
            "access_key": given["AccessKeyId"],
            "secret_key": given["SecretAccessKey"],
            "token": given["SessionToken"],
            "expiry_time": given["Expiration"].isoformat(),
        }

    try:
        credentials = RefreshableCredentials.create_from_metadata(assume(), assume, "assume-role")
    except (BotoCoreError, ClientError) as error:
        raise DeployError(refusal(error, f"assuming the role {role}")) from error
    core = botocore.session.Session(profile=profile)
    core.register_component("credential_provider", CredentialResolver([_Held(credentials)]))
    return boto3.Session(botocore_session=core, region_name=session.region_name)


class _Held(CredentialProvider):
    """Hands out credentials that are there already."""

    METHOD = "assume-role"

    def __init__(self, credentials: RefreshableCredentials) -> None:
        super().__init__()
        self._credentials = credentials

    def load(self) -> RefreshableCredentials:
        return self._credentials
