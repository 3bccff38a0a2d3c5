"""The AWS PyTorch containers: Deep Learning Containers for training and for inference.

Source: the registry accounts and tags that both lines of the SageMaker Python SDK ship
(`image_uri_config/pytorch.json`, read 2026-11), and the Dockerfiles below `pytorch/` of
aws/deep-learning-containers. Listed are the releases and regions for which both a training and an inference
image exist: a model is served by the release that exported it.
"""

from __future__ import annotations

from step_builders.core.frameworks import Framework, Processor, Purpose

PYTORCH_VERSIONS = ("2.5.1", "2.6.0")
_PYTHON = {"2.5.1": "3.11", "2.6.0": "3.12"}

# The Dockerfiles name these without a version, but for numpy<2 (the last is 1.26.4): what is None is there,
# in a version that its sources do not tell. matplotlib comes with fastai and seaborn.
_UNPINNED = ("scikit-learn", "matplotlib", "pandas", "scipy", "boto3")
_LIBRARIES: dict[str, dict[str, str | None]] = {
    version: {"python": python, "torch": version, "numpy": "1.26.4", **dict.fromkeys(_UNPINNED)}
    for version, python in _PYTHON.items()
}

# What the images lack, in releases that accept both versions of PyTorch (by the wheels' own metadata) and
# that know each other: transformers 4.57 takes tokenizers from 0.22 up to 0.23.
_INSTALLED = {
    "lightning": "2.5.5",
    "onnx": "1.19.1",
    "onnxscript": "0.5.4",
    "pyarrow": "22.0.0",
    "tokenizers": "0.22.1",
    "transformers": "4.57.1",
}

_ACCOUNTS = {
    "af-south-1": "626614931356",
    "ap-east-1": "871362719292",
    "ap-east-2": "975050140332",
    "ap-northeast-1": "763104351884",
    "ap-northeast-2": "763104351884",
    "ap-northeast-3": "364406365360",
    "ap-south-1": "763104351884",
    "ap-south-2": "772153158452",
    "ap-southeast-1": "763104351884",
    "ap-southeast-2": "763104351884",
    "ap-southeast-3": "907027046896",
    "ap-southeast-4": "457447274322",
    "ap-southeast-5": "550225433462",
    "ap-southeast-6": "633930458069",
    "ap-southeast-7": "590183813437",
    "ca-central-1": "763104351884",
    "ca-west-1": "204538143572",
    "cn-north-1": "727897471807",
    "cn-northwest-1": "727897471807",
    "eu-central-1": "763104351884",
    "eu-central-2": "380420809688",
    "eu-north-1": "763104351884",
    "eu-south-1": "692866216735",
    "eu-south-2": "503227376785",
    "eu-west-1": "763104351884",
    "eu-west-2": "763104351884",
    "eu-west-3": "763104351884",
    "il-central-1": "780543022126",
    "me-central-1": "914824155844",
    "me-south-1": "217643126080",
    "mx-central-1": "637423239942",
    "sa-east-1": "763104351884",
    "us-east-1": "763104351884",
    "us-east-2": "763104351884",
    "us-gov-east-1": "446045086412",
    "us-gov-west-1": "442386744353",
    "us-west-1": "763104351884",
    "us-west-2": "763104351884",
}


def _repository(version: str, processor: Processor, purpose: Purpose) -> str:
    python = _PYTHON[version].replace(".", "")
    return f"pytorch-{purpose}:{version}-{processor}-py{python}"


PYTORCH = Framework(
    key="pytorch",
    title="PyTorch",
    versions=PYTORCH_VERSIONS,
    libraries=_LIBRARIES,
    accounts=_ACCOUNTS,
    repositories=("pytorch-training", "pytorch-inference"),
    repository=_repository,
    installed=dict.fromkeys(PYTORCH_VERSIONS, _INSTALLED),
    by_processor=True,
)
