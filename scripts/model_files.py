"""The trained model as files: its description, and archives that are safe to open and stable to write.

Standard library only, because packaging and payloads need nothing else. A model directory holds the
learned parameters (`model.ubj` of XGBoost, or `model.pt2` and `tokenizer.json` of PyTorch),
`model_info.json` (what inference must know) and reports for people.
"""

from __future__ import annotations

import gzip
import json
import shutil
import tarfile
import tempfile
import zlib
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any, Iterator, Mapping, NamedTuple, Optional, Sequence, TypeVar

from contract_runtime import ScriptError

ARCHIVE = "model.tar.gz"
MODEL_FILE = "model.ubj"
INFO_FILE = "model_info.json"
NUMERIC, CATEGORICAL, TEXT = "numeric", "categorical", "text"


class ModelKind(NamedTuple):
    """A kind of model: the files that it is told by, and the code that serves it.

    Attributes:
        step: the step that trains such models.
        files: what inference reads beside `model_info.json`; the first one tells the kind.
        code: name in the package's `code/` -> the script of ours that it is.
        libraries: what the serving image lacks; the model's description has their versions.
    """

    step: str
    files: tuple[str, ...]
    code: Mapping[str, str]
    libraries: tuple[str, ...] = ()


XGBOOST = ModelKind(
    "XGBoostTraining",
    (MODEL_FILE,),
    {
        "inference.py": "inference.py",
        "inference_requests.py": "inference_requests.py",
        "inference_risk_tables.py": "inference_risk_tables.py",
        "score_calibration.py": "score_calibration.py",
    },
)
PYTORCH = ModelKind(
    "PyTorchTraining",
    ("model.pt2", "tokenizer.json"),
    {
        "inference.py": "inference_pytorch.py",
        "inference_requests.py": "inference_requests.py",
        "inference_risk_tables.py": "inference_risk_tables.py",
        "pytorch_scoring.py": "pytorch_scoring.py",
    },
    ("tokenizers",),
)
KINDS = (XGBOOST, PYTORCH)


class Feature(NamedTuple):
    """One column that the model reads: numeric, text, or categorical with its values in code order."""

    name: str
    type: str
    categories: tuple[str, ...] = ()


class ModelInfo(NamedTuple):
    """What inference must know beside the booster.

    Attributes:
        best_iteration: counts rounds from 0.
        risk_tables: the fingerprint of the tables that mapped the training data; None if none did.
    """

    features: tuple[Feature, ...]
    label_field: str
    id_field: str
    label_mapping: Mapping[str, int] | None
    best_iteration: int
    xgboost_version: str
    hyperparameters: Mapping[str, Any]
    risk_tables: Optional[str] = None


def write_json(path: Path, value: Any) -> None:
    """Write JSON for people and programs; a NaN is a bug of the caller, not a number.

    Raises:
        ValueError: the value holds NaN or an infinity.
    """
    text = json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8")


Info = TypeVar("Info", bound=NamedTuple)


def write_model_info(directory: Path, info: Any) -> None:
    """Write `model_info.json` from a named tuple: features in the order in which the model reads them."""
    features = [
        {"name": f.name, "type": f.type, **({"categories": f.categories} if f.type == CATEGORICAL else {})}
        for f in info.features
    ]
    write_json(directory / INFO_FILE, {**info._asdict(), "features": features})


def read_model_info(directory: Path) -> ModelInfo:
    """Read `model_info.json` of an XGBoost model.

    Raises:
        ScriptError: (PC755) it is not there, or is not one that training wrote.
    """
    return read_info(directory, ModelInfo, XGBOOST)


def read_info(directory: Path, info: type[Info], kind: ModelKind) -> Info:
    """Read `model_info.json` into the named tuple that it was written from.

    Raises:
        ScriptError: (PC755) it is not there, or is not one that training wrote.
    """
    require_files(directory, [INFO_FILE], kind.step)
    try:
        values = json.loads((directory / INFO_FILE).read_text(encoding="utf-8"))
        features = tuple(
            Feature(f["name"], f["type"], tuple(f.get("categories", ()))) for f in values["features"]
        )
        # What a model of an earlier version does not say has its default.
        known = {**info._field_defaults, **values, "features": features}
        return info(**{field: known[field] for field in info._fields})
    except (ValueError, KeyError, TypeError) as error:
        raise ScriptError(
            "PC755",
            f"{INFO_FILE} is not one that training writes: {type(error).__name__} {error}",
            f"pass the model output of a step such as {kind.step}",
        ) from error


class Description(NamedTuple):
    """The part of `model_info.json` that models of every kind have.

    Attributes:
        risk_tables: the fingerprint of the tables that mapped the training data; None if none did.
    """

    features: tuple[Feature, ...]
    label_field: str
    id_field: str
    label_mapping: Mapping[str, int] | None
    risk_tables: Optional[str] = None


def read_description(directory: Path) -> Description:
    """Read what `model_info.json` says of a model of any kind.

    Raises:
        ScriptError: (PC755) it is not there, or is not one that training wrote.
    """
    return read_info(directory, Description, model_kind(directory))


def read_libraries(directory: Path, kind: ModelKind) -> Mapping[str, str]:
    """The libraries that serving a model needs beyond its image -> the versions that trained it.

    Raises:
        ScriptError: (PC755) the model's description does not have them.
    """
    if not kind.libraries:
        return {}
    found = read_info(directory, _Libraries, kind).libraries
    return {name: found[name] for name in kind.libraries}


class _Libraries(NamedTuple):
    features: tuple[Feature, ...]
    libraries: Mapping[str, str]


def model_kind(directory: Path) -> ModelKind:
    """The kind of a model, told by its files; an empty folder counts as XGBoost's, and lacks a file."""
    return next((kind for kind in KINDS if (directory / kind.files[0]).is_file()), XGBOOST)


def require_files(directory: Path, names: Sequence[str], step: str = XGBOOST.step) -> None:
    """Check that a model directory is complete.

    Raises:
        ScriptError: (PC755) naming every file that is missing.
    """
    missing = [name for name in names if not (directory / name).is_file()]
    if missing:
        found = ", ".join(sorted(p.name for p in directory.iterdir())) or "nothing"
        raise ScriptError(
            "PC755",
            f"the model has no {' and no '.join(missing)}; found: {found}",
            f"pass the model output of a step such as {step}",
        )


@contextmanager
def opened_model(model_input: Path) -> Iterator[Path]:
    """The directory of the model's files: `model.tar.gz` unpacked for a while, or the input itself.

    Raises:
        ScriptError: (PC756) the archive is corrupt; (PC757) it holds something unsafe.
    """
    archive = model_input / ARCHIVE
    if not archive.is_file():
        yield model_input
        return
    with tempfile.TemporaryDirectory(prefix="model-") as directory:
        extract(archive, Path(directory))
        yield Path(directory)


def extract(archive: Path, target: Path) -> None:
    """Unpack the files of a .tar.gz, one at a time, and read it to its checksum.

    Raises:
        ScriptError: (PC756) the archive is corrupt or cut off; (PC757) a member is a link or a device,
            or lies outside the archive.
    """
    try:
        with gzip.open(archive, "rb") as plain:
            with tarfile.open(fileobj=plain, mode="r|") as tar:
                for member in tar:
                    _extract_member(tar, member, target, archive.name)
            # A stream stops at the end marker; what follows still belongs to the checksum.
            while plain.read(1 << 20):
                pass
    except (tarfile.TarError, EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise ScriptError(
            "PC756",
            f"{archive.name} ({archive.stat().st_size} bytes) is not a readable .tar.gz: {error}",
            "run the step that wrote it again; an upload that was cut off looks like this",
        ) from error


def _extract_member(tar: tarfile.TarFile, member: tarfile.TarInfo, target: Path, archive: str) -> None:
    path = PurePosixPath(member.name)
    if path.is_absolute() or ".." in path.parts or not (member.isfile() or member.isdir()):
        raise ScriptError(
            "PC757",
            f"{archive} holds '{member.name}', which is not a file or folder inside the archive",
            "build the archive from plain files with relative paths; links are not followed",
        )
    if member.isdir():
        (target / path).mkdir(parents=True, exist_ok=True)
        return
    (target / path).parent.mkdir(parents=True, exist_ok=True)
    with tar.extractfile(member) as source, open(target / path, "wb") as sink:
        shutil.copyfileobj(source, sink)


def write_archive(archive: Path, files: Mapping[str, Path]) -> None:
    """Write a .tar.gz whose bytes depend on the names and contents of its files only.

    Arguments:
        archive: the file to write.
        files: name in the archive -> file on disk.
    """
    with open(archive, "wb") as raw, gzip.GzipFile("", "wb", 6, raw, mtime=0) as plain:  # noqa: SIM117
        with tarfile.open(fileobj=plain, mode="w|", format=tarfile.PAX_FORMAT) as tar:
            for name in sorted(files):
                member = tarfile.TarInfo(name)
                member.size = files[name].stat().st_size
                member.mode = 0o644
                with open(files[name], "rb") as source:
                    tar.addfile(member, source)
