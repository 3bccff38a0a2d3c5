"""Runs inside a local Transform step's container: requests in, through the model's inference code, out.

Standard library only, and started as a file: python transform_program.py MODEL REQUESTS PREDICTIONS, with
settings.json beside it. As in the service:

- split by line, a request holds as many lines as fit into the payload (or one), without their file's end of
  line; otherwise a file is one request. Requests never span files.
- the answers to a file's requests become `<file>.out`, each followed by a line end where they are assembled
  by line. An answer that ends with one already gets no second.
- an inference program has `model_fn`, and `input_fn`, `predict_fn` and `output_fn` or one `transform_fn`.
"""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

Handler = Callable[[bytes], bytes]
_STAGES = ("input_fn", "predict_fn", "output_fn")


def main(model: Path, requests: Path, predictions: Path) -> None:
    """Answer every request of every file."""
    settings = json.loads(Path(__file__).with_name("settings.json").read_text(encoding="utf-8"))
    handler = load_handler(model, settings)
    for file in sorted(path for path in requests.rglob("*") if path.is_file()):
        target = predictions / f"{file.relative_to(requests).as_posix()}.out"
        target.parent.mkdir(parents=True, exist_ok=True)
        count = 0
        with target.open("wb") as sink:
            for body in bodies(file, settings):
                answer = handler(body)
                ending = b"\n" if settings["assemble"] and not answer.endswith(b"\n") else b""
                sink.write(answer + ending)
                count += 1
        print(f"{file.relative_to(requests)}: {count} requests", flush=True)


def load_handler(model: Path, settings: dict[str, Any]) -> Handler:
    """What answers one request: the functions of the model's own inference program."""
    sys.path.insert(0, str(model / "code"))
    program = importlib.import_module(Path(settings["program"]).stem)
    functions = {name: getattr(program, name, None) for name in ("model_fn", "transform_fn", *_STAGES)}
    needed = ("model_fn",) if functions["transform_fn"] else ("model_fn", *_STAGES)
    missing = [name for name in needed if functions[name] is None]
    if missing:
        sys.exit(f"{settings['program']} defines no {', '.join(missing)}, which a local run needs")
    loaded, content_type, accept = program.model_fn(str(model)), settings["content_type"], settings["accept"]

    def answer(body: bytes) -> bytes:
        if functions["transform_fn"]:
            found = program.transform_fn(loaded, body, content_type, accept)
        else:
            prediction = program.predict_fn(program.input_fn(body, content_type), loaded)
            found = program.output_fn(prediction, accept)
        content = found[0] if isinstance(found, tuple) else found
        return content.encode() if isinstance(content, str) else bytes(content)

    return answer


def bodies(file: Path, settings: dict[str, Any]) -> Iterator[bytes]:
    """The requests of one file; those of lines are read as they are needed."""
    limit = settings["payload_bytes"]
    if not settings["split"]:
        size = file.stat().st_size
        if size > limit:
            sys.exit(f"{file.name} has {size} bytes, and a request may have {limit}: split it by line")
        yield file.read_bytes()
        return
    waiting: list[bytes] = []
    size = 0
    with file.open("rb") as lines:
        for line in lines:
            record = line.rstrip(b"\r\n")
            if not record:
                continue
            if len(record) > limit:
                sys.exit(f"{file.name} has a line of {len(record)} bytes, and a request may have {limit}")
            if waiting and (not settings["several"] or size + len(record) + 1 > limit):
                yield b"\n".join(waiting)
                waiting, size = [], 0
            waiting.append(record)
            size += len(record) + 1
    if waiting:
        yield b"\n".join(waiting)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
