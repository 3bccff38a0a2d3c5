"""The trained model as files: its description, and archives that are safe to open and stable to write.

Standard library only, because packaging and payloads need nothing else. A model directory holds
`model.ubj` (the booster), `model_info.json` (what inference must know) and reports for people.
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
from typing import Any, Iterator, Mapping, NamedTuple, Optional, Sequence

from contract_runtime import ScriptError

ARCHIVE = "model.tar.gz"
MODEL_FILE = "model.ubj"
INFO_FILE = "model_info.json"
NUMERIC, CATEGORICAL = "numeric", "categorical"


class Feature(NamedTuple):
    """One column that the model reads: numeric, or categorical with its values in code order."""

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


def write_model_info(directory: Path, info: ModelInfo) -> None:
    """Write `model_info.json`: features in the order in which the booster reads them."""
    features = [
        {"name": f.name, "type": f.type, **({"categories": f.categories} if f.type == CATEGORICAL else {})}
        for f in info.features
    ]
    write_json(directory / INFO_FILE, {**info._asdict(), "features": features})


def read_model_info(directory: Path) -> ModelInfo:
    """Read `model_info.json`.

    Raises:
        ScriptError: (PC755) it is not there, or is not one that training wrote.
    """
    path = directory / INFO_FILE
    require_files(directory, [INFO_FILE])
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        features = tuple(
            Feature(f["name"], f["type"], tuple(f.get("categories", ()))) for f in values["features"]
        )
        # What a model of an earlier version does not say has its default.
        known = {**ModelInfo._field_defaults, **values, "features": features}
        return ModelInfo(**{field: known[field] for field in ModelInfo._fields})
    except (ValueError, KeyError, TypeError) as error:
        raise ScriptError(
            "PC755",
            f"{INFO_FILE} is not one that training writes: {type(error).__name__} {error}",
            "pass the model output of an XGBoostTraining step",
        ) from error


def require_files(directory: Path, names: Sequence[str]) -> None:
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
            "pass the model output of an XGBoostTraining step",
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
