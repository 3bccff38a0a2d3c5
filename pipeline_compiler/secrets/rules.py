"""The PC570 code: secrets in what everyone may read."""

from __future__ import annotations

from script_contracts.core.diagnostics import Rule

SECRET = Rule(
    "PC570",
    "a value looks like a secret",
    "A pipeline definition is not encrypted, is kept in every version, and is shown to everyone who may "
    "describe the pipeline, its executions or its jobs; environment variables and hyperparameters are shown "
    "on the job's page. Put the secret into AWS Secrets Manager or the SSM Parameter Store, let the program "
    "fetch it with the job's role, and pass only its ARN or name. A setting whose name says that it holds a "
    "reference, such as DB_PASSWORD_ARN, may have any value. A key that has been written into a config "
    "should be considered known: replace it.",
)
