"""A SageMaker endpoint whose executions the tests write: moto over HTTP, with what it lacks in front of it.

moto 5.2 ends every execution at once as Succeeded, lists executions in no order and without pages, knows
neither ListPipelineExecutionSteps nor StopPipelineExecution nor a selective execution, and no failed job.
`Recorded` answers these requests from what a test has put into it, and passes every other one on to moto,
unchanged.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from moto.backends import get_backend
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

ACCOUNT, REGION = "123456789012", "us-east-1"
START = 1_780_000_000.0  # seconds since 1970, of every execution

Answer = Callable[[dict[str, Any]], Any]


@dataclass
class Recorded:
    """The application in front of moto.

    Attributes:
        requests: every request, as (operation, body), in order.
        executions: ARN -> what the test says of it, on top of what moto says.
        jobs: job name -> the answer to its Describe request.
        trials: name of a tuning job -> the summaries of its training jobs, the latest first.
        failures: answers given in place of the real one, once each: (operation, HTTP status, error code).
    """

    requests: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    executions: dict[str, dict[str, Any]] = field(default_factory=dict)
    jobs: dict[str, dict[str, Any]] = field(default_factory=dict)
    trials: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    failures: list[tuple[str, int, str]] = field(default_factory=list)
    moto: Any = field(default_factory=lambda: DomainDispatcherApplication(create_backend_app))

    def reset(self) -> None:
        """Forget everything, here and in moto."""
        for each in (self.requests, self.executions, self.jobs, self.trials, self.failures):
            each.clear()
        for service in ("sagemaker", "s3", "logs"):
            for backends in get_backend(service).values():
                for backend in backends.values():
                    backend.reset()

    def sent(self, operation: str) -> list[dict[str, Any]]:
        """The bodies of all requests of one operation."""
        return [body for name, body in self.requests if name == operation]

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        request = Request(environ)
        operation = request.headers.get("X-Amz-Target", "").rpartition(".")[2]
        body = request.get_data(cache=True)
        document = json.loads(body) if operation and body else {}
        if operation:
            self.requests.append((operation, document))
            for failure in self.failures:
                if failure[0] == operation:
                    self.failures.remove(failure)
                    return _answer({"__type": failure[2], "message": "recorded"}, failure[1])(
                        environ, start_response
                    )
            answer = _ANSWERS.get(operation)
            found = answer(self, document) if answer else None
            if found is not None:
                return _answer(found)(environ, start_response)
        environ["wsgi.input"] = _Body(body)
        return self.moto(environ, start_response)

    def _steps(self, request: dict[str, Any]) -> dict[str, Any]:
        steps = self.executions.get(request["PipelineExecutionArn"], {}).get("steps", [])
        steps = steps() if callable(steps) else steps
        first = int(request.get("NextToken", 0))
        more = {"NextToken": str(first + 3)} if len(steps) > first + 3 else {}  # pages of three
        return {"PipelineExecutionSteps": steps[first : first + 3], **more}

    def _execution(self, request: dict[str, Any]) -> dict[str, Any] | None:
        arn = request["PipelineExecutionArn"]
        told = self.executions.get(arn)
        if told is None:
            return None
        if states := told.get("script"):
            told.update(states.pop(0))
        found = moto_execution(arn)
        found.pipeline_execution_status = told["status"]
        return {
            "PipelineArn": arn.split("/execution/")[0],
            "PipelineExecutionArn": arn,
            "PipelineExecutionStatus": told["status"],
            "CreationTime": START,
            "LastModifiedTime": START + 600,
            **({"FailureReason": told["failure"]} if "failure" in told else {}),
        }

    def _executions(self, request: dict[str, Any]) -> dict[str, Any] | None:
        """In the order asked for, in pages of two; moto has neither."""
        pipeline = get_backend("sagemaker")[ACCOUNT][REGION].pipelines.get(request["PipelineName"])
        if pipeline is None:
            return None
        listed = [
            {
                "PipelineExecutionArn": arn,
                "StartTime": START,
                "PipelineExecutionStatus": each.pipeline_execution_status,
            }
            for arn, each in pipeline.pipeline_executions.items()
        ]
        if request.get("SortOrder") == "Descending":
            listed.reverse()
        first = int(request.get("NextToken", 0))
        more = {"NextToken": str(first + 2)} if len(listed) > first + 2 else {}
        return {"PipelineExecutionSummaries": listed[first : first + 2], **more}

    def _stop(self, request: dict[str, Any]) -> dict[str, Any]:
        arn = request["PipelineExecutionArn"]
        self.executions[arn].update(script=[], status=self.executions[arn].get("stops_as", "Stopping"))
        moto_execution(arn).pipeline_execution_status = self.executions[arn]["status"]
        return {"PipelineExecutionArn": arn}

    def _job(self, request: dict[str, Any]) -> dict[str, Any] | None:
        return self.jobs.get(next(iter(request.values())))

    def _trials(self, request: dict[str, Any]) -> dict[str, Any]:
        listed = self.trials.get(request["HyperParameterTuningJobName"], [])
        wanted = [each for each in listed if each["TrainingJobStatus"] == request["StatusEquals"]]
        return {"TrainingJobSummaries": wanted[: request["MaxResults"]]}


class _Body:
    """A request's body, read once already."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def read(self, size: int = -1) -> bytes:
        end = len(self._content) if size is None or size < 0 else size
        found, self._content = self._content[:end], self._content[end:]
        return found


_ANSWERS: dict[str, Callable[[Recorded, dict[str, Any]], Any]] = {
    "ListPipelineExecutionSteps": Recorded._steps,
    "ListPipelineExecutions": Recorded._executions,
    "DescribePipelineExecution": Recorded._execution,
    "StopPipelineExecution": Recorded._stop,
    "DescribeProcessingJob": Recorded._job,
    "DescribeTrainingJob": Recorded._job,
    "DescribeHyperParameterTuningJob": Recorded._job,
    "ListTrainingJobsForHyperParameterTuningJob": Recorded._trials,
}


def _answer(document: dict[str, Any], status: int = 200) -> Response:
    return Response(json.dumps(document), status, content_type="application/x-amz-json-1.1")


def moto_execution(arn: str) -> Any:
    """moto's own record of an execution."""
    name = arn.split(":")[5].split("/")[1]
    return get_backend("sagemaker")[ACCOUNT][REGION].pipelines[name].pipeline_executions[arn]


@contextmanager
def serving() -> Iterator[tuple[str, Recorded]]:
    """The address of the endpoint, and what it answers."""
    recorded = Recorded()
    server = make_server("127.0.0.1", 0, recorded, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", recorded
    finally:
        server.shutdown()
        thread.join()


def step(name: str, status: str, start: float = 0, end: float | None = None, **more: Any) -> dict[str, Any]:
    """One entry of ListPipelineExecutionSteps; `start` and `end` in seconds after the execution's start."""
    times = {"StartTime": START + start, **({"EndTime": START + end} if end is not None else {})}
    return {"StepName": name, "StepStatus": status, **times, **more}


def job_arn(kind: str, name: str, partition: str = "aws", region: str = REGION) -> str:
    return f"arn:{partition}:sagemaker:{region}:{ACCOUNT}:{kind}/{name}"
