"""Which distribution provides which import name, where the two differ."""

from __future__ import annotations

import re

# Import name -> the distributions that provide it.
_PROVIDERS: dict[str, tuple[str, ...]] = {
    "Crypto": ("pycryptodome", "pycrypto"),
    "Levenshtein": ("levenshtein", "python-levenshtein"),
    "MySQLdb": ("mysqlclient",),
    "OpenSSL": ("pyopenssl",),
    "PIL": ("pillow", "pillow-simd"),
    "absl": ("absl-py",),
    "attr": ("attrs",),
    "attrs": ("attrs",),
    "botocore": ("botocore", "boto3"),
    "bs4": ("beautifulsoup4",),
    "category_encoders": ("category-encoders",),
    "cudf": ("cudf", "cudf-cu11", "cudf-cu12"),
    "cupy": ("cupy", "cupy-cuda11x", "cupy-cuda12x"),
    "cv2": ("opencv-python", "opencv-python-headless", "opencv-contrib-python"),
    "dateutil": ("python-dateutil",),
    "dotenv": ("python-dotenv",),
    "faiss": ("faiss-cpu", "faiss-gpu", "faiss"),
    "fitz": ("pymupdf",),
    "git": ("gitpython",),
    "google": ("protobuf", "google-api-core", "google-cloud-storage", "google-cloud-bigquery"),
    "imblearn": ("imbalanced-learn",),
    "jose": ("python-jose",),
    "jwt": ("pyjwt",),
    "keras": ("keras", "tensorflow"),
    "lightning": ("lightning", "pytorch-lightning"),
    "magic": ("python-magic",),
    "matplotlib": ("matplotlib",),
    "mpl_toolkits": ("matplotlib",),
    "mpi4py": ("mpi4py",),
    "mxnet": ("mxnet", "mxnet-cu112"),
    "onnxruntime": ("onnxruntime", "onnxruntime-gpu"),
    "osgeo": ("gdal",),
    "pkg_resources": ("setuptools",),
    "psycopg2": ("psycopg2", "psycopg2-binary"),
    "pylab": ("matplotlib",),
    "pyspark": ("pyspark", "sagemaker-pyspark"),
    "pythoncom": ("pywin32",),
    "pytorch_lightning": ("pytorch-lightning", "lightning"),
    "ray": ("ray",),
    "sagemaker_containers": ("sagemaker-containers",),
    "sagemaker_training": ("sagemaker-training",),
    "sentence_transformers": ("sentence-transformers",),
    "serial": ("pyserial",),
    "setuptools": ("setuptools",),
    "skimage": ("scikit-image",),
    "sklearn": ("scikit-learn",),
    "skl2onnx": ("skl2onnx",),
    "slugify": ("python-slugify",),
    "snowflake": ("snowflake-connector-python", "snowflake-snowpark-python"),
    "surprise": ("scikit-surprise",),
    "tabnet": ("pytorch-tabnet",),
    "tensorflow": ("tensorflow", "tensorflow-cpu", "tensorflow-gpu", "tensorflow-macos"),
    "tf_keras": ("tf-keras",),
    "tlz": ("toolz",),
    "torch": ("torch",),
    "umap": ("umap-learn",),
    "usaddress": ("usaddress",),
    "websocket": ("websocket-client",),
    "wx": ("wxpython",),
    "xgboost": ("xgboost", "xgboost-cpu"),
    "yaml": ("pyyaml", "ruamel-yaml"),
    "zmq": ("pyzmq",),
}


def normalized(name: str) -> str:
    """A distribution's name as package indexes compare it (PEP 503), without extras."""
    return re.sub(r"[-_.]+", "-", name.split("[")[0].strip()).lower()


def providers(module: str) -> tuple[str, ...]:
    """The distributions that may provide an import name, the usual one first."""
    return _PROVIDERS.get(module, (normalized(module),))
