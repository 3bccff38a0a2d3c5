"""A small AWS endpoint over HTTP on loopback, for what moto lacks: each operation answers as a test says."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs

import pytest

# What an operation gets: the request, as JSON or as the fields of a form. What it gives: (status, answer).
Operation = Callable[[dict[str, Any]], tuple[int, Any]]


@dataclass
class Endpoint:
    """The operations, by name, and every request that came: (operation, request, Authorization header)."""

    operations: Mapping[str, Operation]
    requests: list[tuple[str, dict[str, Any], str]] = field(default_factory=list)


@contextmanager
def aws_endpoint(operations: Mapping[str, Operation], patch: pytest.MonkeyPatch) -> Iterator[Endpoint]:
    """boto3 talks to these operations and to nothing else."""
    endpoint = Endpoint(operations)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            target = self.headers.get("X-Amz-Target")
            if target:
                name, request = target.split(".")[-1], json.loads(body)
            else:
                request = {key: values[0] for key, values in parse_qs(body).items()}
                name = request["Action"]
            endpoint.requests.append((name, request, self.headers["Authorization"]))
            status, answer = endpoint.operations[name](request)
            content = (answer if isinstance(answer, str) else json.dumps(answer)).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/x-amz-json-1.1" if target else "text/xml")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *arguments: object) -> None:
            """Tests print nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL_IAM", "AWS_ENDPOINT_URL_PRICING"):
        patch.delenv(name, raising=False)
    patch.setenv("AWS_ACCESS_KEY_ID", "testing")
    patch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    patch.setenv("AWS_MAX_ATTEMPTS", "1")
    patch.setenv("AWS_CONFIG_FILE", "/dev/null")
    patch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
    patch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{server.server_port}")
    try:
        yield endpoint
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
