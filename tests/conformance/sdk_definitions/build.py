"""Definitions made with the SageMaker SDK's own classes, written beside this file.

    python tests/conformance/sdk_definitions/build.py

Run it once under each line of the SDK: what v2 makes goes to v2/, what v3 makes to v3/. The SDK talks to a
mocked AWS. It puts times and temporary names into what it emits, so the files change with each run.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import tempfile
import warnings
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
ROLE = "arn:aws:iam::123456789012:role/SageMakerExecution"
BUCKET = "ml-fraud"
ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_DEFAULT_REGION": "us-east-1",
    "SAGEMAKER_VALIDATE_ROLE": "false",
    "SAGEMAKER_SUPPRESS_V2_WARNING": "1",
}


def main() -> None:
    """Write every definition of the installed line."""
    os.environ.update(ENVIRONMENT)
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    from moto import mock_aws

    line = metadata.version("sagemaker").split(".")[0]
    sys.path.insert(0, str(HERE))
    with mock_aws(), tempfile.TemporaryDirectory() as folder:
        import boto3

        boto3.client("s3").create_bucket(Bucket=BUCKET)
        os.chdir(folder)
        Path("job.py").write_text("print('a job')\n", encoding="utf-8")
        if line == "2":
            import line2 as module
        else:
            import line3 as module
        pipelines: dict[str, Callable[[], Any]] = module.PIPELINES
        target = HERE / f"v{line}"
        target.mkdir(exist_ok=True)
        for name, make in pipelines.items():
            definition = json.loads(make().definition())
            text = json.dumps(definition, indent=1, sort_keys=False)
            (target / f"{name}.json").write_text(text + "\n", encoding="utf-8")
            print(f"v{line}/{name}.json", len(definition["Steps"]), "steps")


if __name__ == "__main__":
    main()
