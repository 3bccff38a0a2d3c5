"""S3 as a folder: s3://bucket/key is <state folder>/s3/bucket/key, or a local folder mounted there."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline_compiler.local.rules import BAD_LOCATION
from pipeline_compiler.model_packages import MODEL_PACKAGE, is_model_package
from script_contracts.core.diagnostics import PipelineCompilerError

if TYPE_CHECKING:
    from pipeline_compiler.compiled import Asset

_MAX_URI = 1024


@dataclass(frozen=True)
class Store:
    """Where objects lie on this machine.

    Attributes:
        root: the folder that holds one folder per bucket.
        scratch: a folder on the same file system, for what is not complete yet.
        mounts: S3 prefix (or ARN of a model package) -> the local folder that stands for it, only ever read.
        packages: the folder of the model packages that local runs registered.
    """

    root: Path
    scratch: Path
    mounts: Mapping[str, Path]
    packages: Path

    def locate(self, uri: str) -> Path:
        """The local path of an object, a prefix or (by its ARN) a model package; it need not exist.

        Raises:
            PipelineCompilerError: (PC796) if `uri` is neither an S3 location nor the ARN of a package.
        """
        if is_model_package(uri):
            version = self.packages / f"{uri.partition(MODEL_PACKAGE)[2]}.json"
            return self.mounts.get(uri, version)
        key = _key(uri)
        prefix = self._mount_of(uri)
        if prefix is None:
            return self.root / key
        rest = key.removeprefix(_key(prefix)).strip("/")
        return self.mounts[prefix] / rest if rest else self.mounts[prefix]

    def locate_for_writing(self, uri: str) -> Path:
        """As `locate`, for a location that a step writes.

        Raises:
            PipelineCompilerError: (PC796) if a local source folder lies there.
        """
        prefix = self._mount_of(uri)
        if prefix is not None:
            raise PipelineCompilerError(
                BAD_LOCATION.error(
                    f"'{uri}' would be written into the source folder {self.mounts[prefix]}",
                    fix="write outputs below the pipeline's S3 root",
                )
            )
        return self.locate(uri)

    def publish(self, folder: Path, uri: str) -> Path:
        """Move the regular files of `folder` to a prefix; complete or not there at all.

        Like an upload, this leaves out symbolic links and empty folders, and adds to what is there.
        """
        target = self.locate_for_writing(uri)
        _keep_regular_files(folder)
        if not any(folder.iterdir()):
            return target
        target.parent.mkdir(parents=True, exist_ok=True)
        if not target.exists():
            os.rename(folder, target)
            return target
        for file in sorted(regular_files(folder)):
            destination = target / file.relative_to(folder)
            destination.parent.mkdir(parents=True, exist_ok=True)
            os.replace(file, destination)
        return target

    def add_asset(self, asset: Asset) -> None:
        """Put an asset's files at its address, unless they are there already."""
        target = self.locate(asset.uri)
        if target.exists():
            return
        folder = self.new_folder()
        for name, content in asset.files.items():
            file = folder / name
            file.parent.mkdir(parents=True, exist_ok=True)
            if isinstance(content, bytes):
                file.write_bytes(content)
            else:
                shutil.copyfile(content, file)
        target.parent.mkdir(parents=True, exist_ok=True)
        os.rename(folder, target)

    def new_folder(self) -> Path:
        """An empty folder on the store's file system; whoever asks renames or removes it."""
        self.scratch.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(dir=self.scratch))
        folder.chmod(0o755)
        return folder

    def _mount_of(self, uri: str) -> str | None:
        covering = [
            prefix for prefix in self.mounts if f"{uri.rstrip('/')}/".startswith(f"{prefix.rstrip('/')}/")
        ]
        return max(covering, key=len, default=None)


def regular_files(folder: Path) -> Iterator[Path]:
    """The regular files below a folder, without following symbolic links."""
    for base, _, names in os.walk(folder):
        for name in names:
            path = Path(base, name)
            if path.is_file() and not path.is_symlink():
                yield path


def write_atomically(path: Path, text: str) -> None:
    """Write a small file so that no reader ever sees half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    part.write_text(text, encoding="utf-8")
    os.replace(part, path)


def remove_folder(folder: Path) -> None:
    """Remove a folder and all that is in it, including what a job made unreadable."""
    if not folder.exists():
        return
    for base, folders, _ in os.walk(folder):
        for name in folders:
            path = Path(base, name)
            if not path.is_symlink() and not os.access(path, os.R_OK | os.W_OK | os.X_OK):
                path.chmod(0o700)
    shutil.rmtree(folder)


def _keep_regular_files(folder: Path) -> None:
    for base, folders, names in os.walk(folder, topdown=False):
        for name in names + folders:
            path = Path(base, name)
            if path.is_symlink() or not (path.is_file() or path.is_dir()):
                path.unlink()
            elif path.is_dir() and not any(path.iterdir()):
                path.rmdir()


def _key(uri: str) -> str:
    key = uri.removeprefix("s3://").strip("/")
    if not uri.startswith("s3://") or not key or {"", ".", ".."} & set(key.split("/")):
        raise PipelineCompilerError(
            BAD_LOCATION.error(
                f"'{uri}' is not an S3 location", fix="use s3://bucket/key, without //, . and .."
            )
        )
    if len(uri) > _MAX_URI:
        raise PipelineCompilerError(
            BAD_LOCATION.error(
                f"'{uri[:80]}...' has {len(uri)} characters", fix=f"use at most {_MAX_URI} characters"
            )
        )
    return key
