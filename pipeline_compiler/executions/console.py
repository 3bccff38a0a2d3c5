"""Pages of the AWS console, in the partition that a region belongs to."""

from __future__ import annotations

from urllib.parse import quote

_DOMAINS = {
    "aws": "console.aws.amazon.com",
    "aws-cn": "console.amazonaws.cn",
    "aws-us-gov": "console.amazonaws-us-gov.com",
}
_JOB_PAGES = {
    "ProcessingJob": "processing-jobs",
    "TrainingJob": "jobs",
    "TransformJob": "transform-jobs",
    "TuningJob": "hyper-tuning-jobs",
}


def job_url(arn: str, kind: str, name: str) -> str | None:
    """The page of a job; None where the console of the partition is not known.

    Args:
        arn: the job's ARN, which names partition and region.
        kind: ProcessingJob, TrainingJob, TransformJob or TuningJob.
    """
    root = _root(arn)
    return root and f"{root}/sagemaker/home?region={_region(arn)}#/{_JOB_PAGES[kind]}/{name}"


def log_url(arn: str, group: str, prefix: str) -> str | None:
    """The page of the log streams whose names begin with `prefix`; None as for `job_url`."""
    root = _root(arn)
    if root is None:
        return None
    # The console escapes twice, with $ for %.
    escaped = quote(quote(group, safe=""), safe="").replace("%", "$")
    chosen = quote(quote(prefix, safe=""), safe="").replace("%", "$")
    place = f"log-group/{escaped}$3FlogStreamNameFilter$3D{chosen}"
    return f"{root}/cloudwatch/home?region={_region(arn)}#logsV2:log-groups/{place}"


def _region(arn: str) -> str:
    return arn.split(":")[3]


def _root(arn: str) -> str | None:
    domain = _DOMAINS.get(arn.split(":")[1])
    return domain and f"https://{_region(arn)}.{domain}"
