"""The AWS XGBoost containers.

Source: the registry accounts that both lines of the SageMaker Python SDK ship (`image_uri_config`,
read 2026-11), and the release table of aws/sagemaker-xgboost-container.
"""

from __future__ import annotations

from step_builders.core.frameworks import Framework, Processor, Purpose

_REPOSITORY = "sagemaker-xgboost"
XGBOOST_VERSIONS = ("1.7-1", "3.0-5", "3.2-0")

# What the images contain. Source: the requirements of aws/sagemaker-xgboost-container at the tags of the
# releases, and AWS's release notes, read 2026-11.
_LIBRARIES: dict[str, dict[str, str | None]] = {
    "1.7-1": {
        "python": "3.9",
        "xgboost": "1.7.4",
        "pandas": "1.2.4",
        "numpy": "1.24.1",
        "pyarrow": "14.0.1",
        "scikit-learn": "0.24.1",
        "boto3": "1.17.52",
    },
    "3.0-5": {
        "python": "3.10",
        "xgboost": "3.0.5",
        "pandas": "2.2.3",
        "numpy": "2.1.0",
        "pyarrow": "22.0.0",
        "scikit-learn": "1.5.2",
        "boto3": "1.17.52",
    },
    "3.2-0": {
        "python": "3.12",
        "xgboost": "3.2.0",
        "pandas": "2.2.3",
        "numpy": "2.1.0",
        "pyarrow": "22.0.0",
        "scikit-learn": "1.8.0",
        "boto3": "1.38.0",
    },
}

_ACCOUNTS = {
    "af-south-1": "510948584623",
    "ap-east-1": "651117190479",
    "ap-northeast-1": "354813040037",
    "ap-northeast-2": "366743142698",
    "ap-northeast-3": "867004704886",
    "ap-south-1": "720646828776",
    "ap-south-2": "628508329040",
    "ap-southeast-1": "121021644041",
    "ap-southeast-2": "783357654285",
    "ap-southeast-3": "951798379941",
    "ap-southeast-4": "106583098589",
    "ca-central-1": "341280168497",
    "ca-west-1": "190319476487",
    "cn-north-1": "450853457545",
    "cn-northwest-1": "451049120500",
    "eu-central-1": "492215442770",
    "eu-central-2": "680994064768",
    "eu-north-1": "662702820516",
    "eu-south-1": "978288397137",
    "eu-south-2": "104374241257",
    "eu-west-1": "141502667606",
    "eu-west-2": "764974769150",
    "eu-west-3": "659782779980",
    "il-central-1": "898809789911",
    "me-central-1": "272398656194",
    "me-south-1": "801668240914",
    "sa-east-1": "737474898029",
    "us-east-1": "683313688378",
    "us-east-2": "257758044811",
    "us-gov-east-1": "237065988967",
    "us-gov-west-1": "414596584902",
    "us-iso-east-1": "833128469047",
    "us-isob-east-1": "281123927165",
    "us-isof-east-1": "108575199400",
    "us-isof-south-1": "124985052026",
    "us-west-1": "746614075791",
    "us-west-2": "246618743249",
}


def _repository(version: str, processor: Processor, purpose: Purpose) -> str:
    return f"{_REPOSITORY}:{version}"  # one image for every purpose and instance type


XGBOOST = Framework(
    key="xgboost",
    title="XGBoost",
    versions=XGBOOST_VERSIONS,
    libraries=_LIBRARIES,
    accounts=_ACCOUNTS,
    repositories=(_REPOSITORY,),
    repository=_repository,
)
