from __future__ import annotations

import itertools
import json
import tarfile
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pipeline_compiler.compiled import Asset, LocalProgram
from pipeline_compiler.local import RunReport, StepResult, training, tuning
from pipeline_compiler.local.archives import pack
from pipeline_compiler.local.cleaning import clean
from tests.local.lab import PRELUDE, Lab, archive, assert_ok, get, join, log_of, result_of, statuses
from tests.local.test_refusals import refused

# Says how well it does with the hyperparameter that was chosen, and leaves that as its model.
FIT = """
given = json.loads((ML / "input/config/hyperparameters.json").read_text())
n = float(given["n"])
print("score=1e9 of the first epoch is not the last one")
print(f"epoch 2: score={10 - (n - 3.2) ** 2:.2f} loss=0")
(ML / "model/model.txt").write_text(given["n"])
"""
ONE_TO_FIVE = {"IntegerParameterRanges": [{"Name": "n", "MinValue": "1", "MaxValue": "5"}]}
ALL = {"MaxNumberOfTrainingJobs": 5}
BEST = get("Steps.Tune.BestTrainingJob.TrainingJobName")
PATH = get("Steps.Tune.TrainingJobDefinition.OutputDataConfig.S3OutputPath")
MODEL = join(PATH, BEST, "output/model.tar.gz")


def choices(*values: str, name: str = "n") -> dict[str, Any]:
    return {"CategoricalParameterRanges": [{"Name": name, "Values": list(values)}]}


def objective(kind: str, metric: str = "score") -> dict[str, Any]:
    return {"HyperParameterTuningJobObjective": {"Type": kind, "MetricName": metric}}


def tried(result: StepResult, name: str = "n") -> list[str]:
    """The values of a hyperparameter from the best training job to the worst."""
    return [job["TunedHyperParameters"][name] for job in result.properties["TrainingJobSummaries"]]


def model_text(path: Path) -> str:
    with tarfile.open(path) as tar:
        content = tar.extractfile("model.txt")
        assert content is not None
        return content.read().decode()


def only_problem(report: RunReport) -> Any:
    (problem,) = report.diagnostics
    return problem


@pytest.mark.parametrize(("kind", "best", "score"), [("Maximize", "3", 9.96), ("Minimize", "1", 5.16)])
def test_the_best_model_is_found(isolated_lab: Lab, kind: str, best: str, score: float) -> None:
    tune = isolated_lab.tuning("Tune", FIT, ONE_TO_FIVE, limits=ALL, config=objective(kind))
    script = "import tarfile; tarfile.open(IN / 'model/model.tar.gz').extractall(OUT / 'result')"
    report = isolated_lab.run(tune, isolated_lab.processing("Use", script, {"model": MODEL}))
    assert_ok(report)
    assert result_of(report, "Use", "model.txt") == best
    result = report.step("Tune")
    assert result.message == f"5 jobs, best score={score:.4g} with n={best}"
    assert model_text(result.outputs["model"]) == best
    properties = result.properties
    name = properties["HyperParameterTuningJobName"]
    assert len(name) <= 32
    assert properties["HyperParameterTuningJobArn"].endswith(f":hyper-parameter-tuning-job/{name}")
    assert properties["HyperParameterTuningJobStatus"] == "Completed"
    assert properties["TrainingJobStatusCounters"]["Completed"] == 5
    assert properties["ObjectiveStatusCounters"] == {"Succeeded": 5, "Pending": 0, "Failed": 0}
    job = properties["BestTrainingJob"]
    assert job["TrainingJobName"].startswith(f"{name}-00")
    assert job["TrainingJobStatus"] == "Completed"
    assert job["TunedHyperParameters"] == {"n": best}
    assert job["FinalHyperParameterTuningJobObjectiveMetric"] == {
        "Type": kind,
        "MetricName": "score",
        "Value": score,
    }
    assert job == properties["TrainingJobSummaries"][0]
    assert sorted(tried(result)) == ["1", "2", "3", "4", "5"]


def test_each_job_is_a_training_job_of_its_own(isolated_lab: Lab) -> None:
    script = """
assert given["_tuning_objective_metric"] == "score" and given["kept"] == "static", given
assert all(isinstance(value, str) for value in given.values())
assert "_tuning_objective_metric" not in json.loads(os.environ["SM_HPS"])
assert sys.argv[1:] == ["--kept", "static", "-n", given["n"]], sys.argv
assert os.listdir(ML / "model") == ["model.txt"]
(ML / "output/data/job.txt").write_text(os.environ["TRAINING_JOB_NAME"])
(ML / "checkpoints/state.txt").write_text(given["n"])
"""
    tune = isolated_lab.tuning(
        "Tune",
        FIT + script,
        choices("2", "3"),
        definition={"CheckpointConfig": {"S3Uri": "s3://bucket/kept"}},
    )
    tune["Arguments"]["TrainingJobDefinition"]["StaticHyperParameters"]["kept"] = "static"
    report = isolated_lab.run(tune)
    assert_ok(report)
    store = isolated_lab.state / "s3/bucket"
    for job in report.step("Tune").properties["TrainingJobSummaries"]:
        name, n = job["TrainingJobName"], job["TunedHyperParameters"]["n"]
        assert model_text(store / "models" / name / "output/model.tar.gz") == n
        with tarfile.open(store / "models" / name / "output/output.tar.gz") as tar:
            content = tar.extractfile("job.txt")
            assert content is not None
            assert content.read().decode() == name
        assert (store / "kept" / name / "state.txt").read_text() == n
    assert set(report.step("Tune").outputs) == {"model", "output", "checkpoints", "tuning"}
    assert list((isolated_lab.state / "containers").iterdir()) == []


def test_all_jobs_are_listed_for_people(lab: Lab) -> None:
    script = FIT + "print('of job', n); sys.exit(n == 2 and 7)"
    tune = lab.tuning("Tune", script, choices("1", "2", "3"), limits={"MaxNumberOfTrainingJobs": 3})
    report = lab.run(tune)
    assert_ok(report)
    table = log_of(report, "Tune").partition("\n\n")[2].splitlines()
    assert table[0].startswith("Maximize score, best first; their logs are in ")
    assert (Path(table[0].rpartition(" ")[2]) / f"{table[1].split()[0]}.log").exists()
    assert [line.split()[1:4] for line in table[1:3]] == [
        ["Completed", "9.96", "n=3"],
        ["Completed", "5.16", "n=1"],
    ]
    assert "Failed" in table[3]
    assert "n=2  PC788 step 'Tune' exited with status 7" in table[3]
    jobs = json.loads(report.step("Tune").outputs["tuning"].read_text())["training_jobs"]
    assert [job["hyperparameters"]["n"] for job in jobs] == ["3", "1", "2"]
    assert [job["objective"] for job in jobs] == [9.96, 5.16, None]
    assert "of job 1.0" in Path(jobs[1]["log"]).read_text()
    assert "of job 3.0" not in Path(jobs[1]["log"]).read_text()
    assert model_text(Path(jobs[0]["model"])) == "3"
    assert "status 7" in jobs[2]["failure"]


def test_a_search_from_the_cache_keeps_all_that_it_names(lab: Lab) -> None:
    tune = lab.tuning("Tune", FIT, choices("1", "2", "3"), limits={"MaxNumberOfTrainingJobs": 3})
    location = join("s3://bucket/executions", {"Get": "Execution.PipelineExecutionId"}, "Tune")
    tune["Arguments"]["TrainingJobDefinition"]["OutputDataConfig"]["S3OutputPath"] = location
    first, second = lab.run(tune), lab.run(tune)
    assert statuses(second) == {"Tune": "Cached"}
    assert clean(lab.state, keep=1).executions == (first.execution_id,)
    summary = json.loads(second.step("Tune").outputs["tuning"].read_text())
    for job in summary["training_jobs"]:
        assert Path(job["log"]).read_text()
    assert [model_text(Path(job["model"])) for job in summary["training_jobs"]] == ["3", "2", "1"]
    second_best = get("Steps.Tune.TrainingJobSummaries[1].TrainingJobName")
    model = join(location, second_best, "output/model.tar.gz")
    model["Std:Join"]["Values"][0] = PATH
    script = "import tarfile; tarfile.open(IN / 'model/model.tar.gz').extractall(OUT / 'result')"
    third = lab.run(tune, lab.processing("Use", script, {"model": model}))
    assert statuses(third) == {"Tune": "Cached", "Use": "Succeeded"}
    assert result_of(third, "Use", "model.txt") == "2"


def test_jobs_that_fail_do_not_fail_the_step(lab: Lab) -> None:
    script = FIT + "if n == 3: sys.exit(1)\nif n == 4: time.sleep(600)"
    limited = {"StoppingCondition": {"MaxRuntimeInSeconds": 5}}
    report = lab.run(
        lab.tuning(
            "Tune", script, ONE_TO_FIVE, limits={**ALL, "MaxParallelTrainingJobs": 5}, definition=limited
        )
    )
    assert_ok(report)
    result = report.step("Tune")
    assert result.message == "5 jobs (2 failed), best score=8.56 with n=2"
    counters = result.properties["TrainingJobStatusCounters"]
    assert (counters["Completed"], counters["NonRetryableError"], counters["Stopped"]) == (3, 1, 1)
    assert result.properties["ObjectiveStatusCounters"]["Failed"] == 2
    assert tried(result) == ["2", "5", "1", "4", "3"]
    failed = result.properties["TrainingJobSummaries"][-1]
    assert failed["TrainingJobStatus"] == "Failed"
    assert failed["FailureReason"] == "PC788 step 'Tune' exited with status 1"


def test_a_job_whose_model_finds_no_room_is_one_that_fails(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    def pack_other(folder: Path, archive: Path) -> None:
        if (folder / "model.txt").read_text() == "2":
            raise OSError(28, "No space left on device")
        pack(folder, archive)

    monkeypatch.setattr(training, "pack", pack_other)
    report = lab.run(lab.tuning("Tune", FIT, choices("1", "2")))
    assert report.step("Tune").message == "2 jobs (1 failed), best score=5.16 with n=1"
    (_, failed) = report.step("Tune").properties["TrainingJobSummaries"]
    assert failed["FailureReason"].startswith("PC792 step 'Tune': its files could not be set up or collected")


def test_a_step_without_a_completed_job_fails_like_its_first_job(lab: Lab) -> None:
    script = "print('cannot', sys.argv[2])\n(ML / 'output/failure').write_text('no label')\nsys.exit(3)"
    report = lab.run(lab.tuning("Tune", script, choices("1", "2")))
    assert statuses(report) == {"Tune": "Failed"}
    problem, result = only_problem(report), report.step("Tune")
    assert problem.code == "PC581"
    assert "all 2 training jobs failed, the first with PC788: " in problem.message
    assert "exited with status 3" in problem.message
    first = next(line for line in log_of(report, "Tune").splitlines() if "-001-" in line)
    n = first.partition("n=")[2][0]
    assert f"with n={n}" in problem.details[0]
    assert f"  | cannot {n}" in problem.details
    assert "it says: no label" in problem.details
    assert (result.exit_status, result.message) == (3, "no label")
    assert result.log is not None
    listed = json.loads((result.log.parent / "Tune/tuning.json").read_text())["training_jobs"]
    assert [job["status"] for job in listed] == ["Failed", "Failed"]


@pytest.mark.parametrize("line", ["nothing", "score=nan", "score=", "score=high", "Score=1"])
def test_a_metric_that_no_job_logs(lab: Lab, line: str) -> None:
    problem = only_problem(lab.run(lab.tuning("Tune", f"print('{line}')", choices("1", "2"))))
    assert problem.code == "PC582"
    assert "2 of 2 training jobs completed, and none of them logged the metric 'score'" in problem.message
    assert r"'score=(\S+)'" in problem.fix
    assert f"  | {line}" in problem.details


def test_jobs_without_the_metric_come_last(lab: Lab) -> None:
    script = "if sys.argv[2] == '1': print('score=5')"
    report = lab.run(lab.tuning("Tune", script, choices("1", "2"), config=objective("Minimize")))
    assert report.step("Tune").message == "2 jobs (1 did not log it), best score=5 with n=1"
    last = report.step("Tune").properties["TrainingJobSummaries"][1]
    assert (last["TrainingJobStatus"], last["ObjectiveStatus"]) == ("Completed", "Failed")
    assert "model" not in report.step("Tune").outputs


def test_the_same_definition_tries_the_same(lab: Lab) -> None:
    ranges = {"ContinuousParameterRanges": [{"Name": "n", "MinValue": "1e-3", "MaxValue": "10"}]}

    def run(script: str = FIT, **config: Any) -> list[str]:
        tune = lab.tuning("Tune", script, ranges, config=config, limits={"MaxNumberOfTrainingJobs": 4})
        return tried(lab.run(tune, use_cache=False).step("Tune"))

    first = run()
    assert len(set(first)) == 4
    assert all(0.001 <= float(value) <= 10 and value == repr(float(value)) for value in first)
    assert run() == first
    assert run(FIT + "# edited") == first
    assert run(Strategy="Bayesian") == first
    seeded = run(RandomSeed=7)
    assert seeded != first
    assert run(RandomSeed=7) == seeded


def test_a_bayesian_search_says_that_it_is_none(lab: Lab) -> None:
    ranges = {"ContinuousParameterRanges": [{"Name": "n", "MinValue": "3", "MaxValue": "3"}]}
    result = lab.run(lab.tuning("Tune", FIT, ranges, config={"Strategy": "Bayesian"})).step("Tune")
    assert result.message == (
        "1 job, best score=9.96 with n=3; chosen at random: local runs have no Bayesian search"
    )


def test_a_grid(lab: Lab) -> None:
    ranges = {
        "CategoricalParameterRanges": [
            {"Name": "n", "Values": ["1", "3"]},
            {"Name": "m", "Values": ["x", "y"]},
        ]
    }
    tune = lab.tuning(
        "Tune", FIT, ranges, config={"Strategy": "Grid"}, limits={"MaxNumberOfTrainingJobs": None}
    )
    result = lab.run(tune).step("Tune")
    found = [job["TunedHyperParameters"] for job in result.properties["TrainingJobSummaries"]]
    assert sorted(point["n"] + point["m"] for point in found) == ["1x", "1y", "3x", "3y"]
    assert [point["n"] for point in found] == ["3", "3", "1", "1"]


# Waits until as many jobs as are wanted go on at once, and tells how many did.
COUNT = """
running = pathlib.Path(os.environ["RUNNING"])
mine = running / given["n"]
mine.touch()
most = 0
deadline = time.monotonic() + float(os.environ["PATIENCE"])
reached = running.with_name("reached")
while most < int(os.environ["WANTED"]) and not reached.exists() and time.monotonic() < deadline:
    most = max(most, len(os.listdir(running)))
    time.sleep(0.01)
reached.touch()
time.sleep(0.2)
print("score=" + str(max(most, len(os.listdir(running)))))
mine.unlink()
"""


@pytest.mark.parametrize(
    ("limit", "workers", "most"), [(1, 4, 1), (2, 4, 2), (4, 2, 2)], ids=["one", "limit", "workers"]
)
def test_no_more_jobs_at_once_than_allowed(lab: Lab, limit: int, workers: int, most: int) -> None:
    (lab.folder / "running").mkdir()
    script = FIT.partition("print")[0] + COUNT
    environment = {"RUNNING": str(lab.folder / "running"), "WANTED": str(most), "PATIENCE": "30"}
    limits = {"MaxNumberOfTrainingJobs": 4, "MaxParallelTrainingJobs": limit}
    tune = lab.tuning(
        "Tune", script, choices("1", "2", "3", "4"), limits=limits, definition={"Environment": environment}
    )
    report = lab.run(tune, workers=workers)
    assert_ok(report)
    assert report.step("Tune").message.startswith(f"4 jobs, best score={most} ")


def test_two_steps_share_the_workers(lab: Lab) -> None:
    (lab.folder / "running").mkdir()
    script = FIT.partition("print")[0] + COUNT
    environment = {"RUNNING": str(lab.folder / "running"), "WANTED": "2", "PATIENCE": "30"}
    steps = [
        lab.tuning(name, script, choices(*values), definition={"Environment": environment})
        for name, values in (("A", "12"), ("B", "34"))
    ]
    report = lab.run(*steps, workers=2)
    assert_ok(report)
    for name in "AB":
        value = report.step(name).properties["BestTrainingJob"]["FinalHyperParameterTuningJobObjectiveMetric"]
        assert value["Value"] <= 2


def test_no_job_starts_after_the_tuning_jobs_time(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    limits = {**ALL, "MaxParallelTrainingJobs": 1, "MaxRuntimeInSeconds": 120}  # AWS takes no less
    looks = itertools.count()
    clock = SimpleNamespace(monotonic=lambda: time.monotonic() + (116 if next(looks) else 0))
    monkeypatch.setattr(tuning, "time", clock)
    script = FIT + "if any(pathlib.Path(os.environ['DONE']).iterdir()): time.sleep(600)\n"
    script += "(pathlib.Path(os.environ['DONE']) / given['n']).touch()"
    (lab.folder / "done").mkdir()
    environment = {"Environment": {"DONE": str(lab.folder / "done")}}
    report = lab.run(lab.tuning("Tune", script, ONE_TO_FIVE, limits=limits, definition=environment))
    assert_ok(report)
    assert report.step("Tune").message.startswith("2 jobs (1 failed, time was over before 3 more), best ")


def test_a_finished_step_is_not_run_again(lab: Lab) -> None:
    tune = lab.tuning("Tune", FIT, ONE_TO_FIVE)
    first, second = lab.run(tune), lab.run(tune)
    assert statuses(second) == {"Tune": "Cached"}
    assert second.step("Tune").outputs == first.step("Tune").outputs
    assert second.step("Tune").properties == first.step("Tune").properties
    seeded = lab.tuning("Tune", FIT, ONE_TO_FIVE, config={"RandomSeed": 5})
    edited = lab.tuning("Tune", FIT + "# edited", ONE_TO_FIVE)
    assert statuses(lab.run(seeded)) == {"Tune": "Succeeded"}
    assert statuses(lab.run(edited)) == {"Tune": "Succeeded"}
    (lab.source / "a.txt").write_text("other data")
    assert statuses(lab.run(tune)) == {"Tune": "Succeeded"}
    (lab.source / "a.txt").write_text("abc")
    assert statuses(lab.run(tune)) == {"Tune": "Cached"}
    first.step("Tune").outputs["model"].unlink()
    assert statuses(lab.run(tune)) == {"Tune": "Succeeded"}


def test_where_the_results_go_is_not_what_they_are(lab: Lab) -> None:
    path = join("s3://bucket/models", get("Execution.PipelineExecutionId"))
    tune = lab.tuning("Tune", FIT, ONE_TO_FIVE, definition={"OutputDataConfig": {"S3OutputPath": path}})
    first, second = lab.run(tune), lab.run(tune)
    assert statuses(second) == {"Tune": "Cached"}
    assert tried(first.step("Tune")) == tried(second.step("Tune"))


def test_the_best_model_is_registered(lab: Lab) -> None:
    container = {"Image": "image", "ModelDataUrl": MODEL}
    register = {
        "Name": "Register",
        "Type": "RegisterModel",
        "Arguments": {
            "ModelPackageGroupName": "group",
            "InferenceSpecification": {"Containers": [container]},
        },
    }
    report = lab.run(lab.tuning("Tune", FIT, ONE_TO_FIVE, limits=ALL), register)
    assert_ok(report)
    package = json.loads(report.model_packages["Register"].read_text())
    (archived,) = package["LocalFiles"].values()
    assert model_text(Path(archived)) == "3"


def test_a_program_that_takes_an_images_place(lab: Lab) -> None:
    tune = lab.tuning("Tune", "", ONE_TO_FIVE, limits=ALL)
    tune["Arguments"]["TrainingJobDefinition"]["StaticHyperParameters"] = {}
    code = Asset("s3://bucket/stand-in", {"sourcedir.tar.gz": archive({"fit.py": PRELUDE + FIT})})
    report = lab.run(tune, local_programs={"Tune": LocalProgram(code, "fit.py")})
    assert_ok(report)
    assert tried(report.step("Tune"))[0] == "3"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"TrainingJobDefinitions": []}, "uses TrainingJobDefinitions"),
        ({"WarmStartConfig": {}}, "uses WarmStartConfig"),
        ({"Autotune": {"Mode": "Enabled"}}, "uses Autotune"),
        ({"config": {"Strategy": "Hyperband"}}, "uses the strategy Hyperband"),
        ({"config": {"ParameterRanges": {}}}, "has no ParameterRanges"),
        ({"config": {"ResourceLimits": {"MaxParallelTrainingJobs": 1}}}, "has no MaxNumberOfTrainingJobs"),
        ({"config": {"TuningJobCompletionCriteria": {}}}, "uses TuningJobCompletionCriteria"),
        ({"config": {"ParameterRanges": {"AutoParameters": []}}}, "uses AutoParameters"),
        ({"definition": {"StaticHyperParameters": {}}}, "runs its image's own algorithm"),
        (
            {
                "definition": {
                    "InputDataConfig": [
                        {"ChannelName": "train", "DataSource": {"FileSystemDataSource": {}}},
                    ]
                }
            },
            "reads channel 'train' not from S3",
        ),
    ],
)
def test_what_a_local_run_cannot_tune(lab: Lab, change: dict[str, Any], message: str) -> None:
    parts = {key: change[key] for key in ("config", "definition") if key in change}
    rest = {key: value for key, value in change.items() if key not in parts}
    error = refused(lab, lab.tuning("Tune", FIT, ONE_TO_FIVE, Arguments=rest, **parts))
    assert error.codes == ("PC782",)
    assert message in error.diagnostics[0].message


def down() -> dict[str, Any]:
    return {"ContinuousParameterRanges": [{"Name": "n", "MinValue": "2", "MaxValue": "1"}]}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"limits": {"MaxParallelTrainingJobs": "2"}}, "PC522"),
        ({"limits": {"MaxNumberOfTrainingJobs": 0}}, "PC525"),
        ({"limits": {"MaxParallelTrainingJobs": 3}}, "PC594"),
        ({"limits": {"MaxNumberOfTrainingJobs": 6}}, "PC594"),
        ({"config": {"ParameterRanges": down()}}, "PC590"),
        ({"config": {"Strategy": "Grid"}}, "PC593"),
        ({"config": {"ParameterRanges": choices("1", name="sagemaker_program")}}, "PC592"),
        ({"config": objective("Maximize", "scores")}, "PC558"),
    ],
)
def test_a_search_that_aws_would_refuse(lab: Lab, change: dict[str, Any], code: str) -> None:
    error = refused(lab, lab.tuning("Tune", FIT, ONE_TO_FIVE, **change))
    assert code in error.codes


def test_a_raised_quota_is_no_matter_here(lab: Lab) -> None:
    values = [str(value) for value in range(12)]
    limits = {"MaxNumberOfTrainingJobs": 12, "MaxParallelTrainingJobs": 12}
    assert_ok(lab.run(lab.tuning("Tune", FIT, choices(*values), limits=limits)))


def test_a_search_that_a_parameter_makes_impossible_is_refused_before_anything_runs(lab: Lab) -> None:
    most = {"IntegerParameterRanges": [{"Name": "n", "MinValue": "5", "MaxValue": get("Parameters.Most")}]}
    declared = [
        {"Name": "Most", "Type": "String", "DefaultValue": "9"},
        {"Name": "Jobs", "Type": "Integer", "DefaultValue": 2},
    ]
    limits = {"MaxNumberOfTrainingJobs": get("Parameters.Jobs"), "MaxParallelTrainingJobs": 1}
    tune = lab.tuning("Tune", "print('score=' + sys.argv[2])", most, limits=limits)
    for parameters, codes in (
        ({"Most": "4"}, ["PC590"]),
        ({"Jobs": 0}, ["PC525"]),
        ({"Most": "5"}, ["PC594"]),
    ):
        error = refused(lab, tune, declared=declared, parameters=parameters)
        assert [*error.codes] == codes
        assert "default" not in str(error), "these are the values of this run"
    report = lab.run(tune, declared=declared, parameters={"Most": "5", "Jobs": 1})
    assert report.step("Tune").message == "1 job, best score=5 with n=5"


def test_a_search_that_a_step_makes_impossible_fails_there(lab: Lab) -> None:
    first = lab.processing("First", "(OUT / 'result/most.json').write_text('{\"most\": \"4\"}')")
    uri = get("Steps.First.ProcessingOutputConfig.Outputs['result'].S3Output.S3Uri")
    path = {"S3Uri": join(uri, "most.json"), "Path": "most"}
    most = {"Name": "n", "MinValue": "5", "MaxValue": {"Std:JsonGet": path}}
    report = lab.run(first, lab.tuning("Tune", FIT, {"IntegerParameterRanges": [most]}))
    assert statuses(report) == {"First": "Succeeded", "Tune": "Failed"}
    assert only_problem(report).code == "PC590"


def test_limits_hold_for_each_training_job(lab: Lab) -> None:
    tune = lab.tuning("Tune", FIT, ONE_TO_FIVE)
    tune["Arguments"]["TrainingJobDefinition"]["StaticHyperParameters"]["depth"] = 6
    problem = only_problem(lab.run(tune))
    assert problem.code == "PC785"
    assert "HyperParameters.depth is 6 (int), not a string" in problem.message


def test_the_metric_must_be_defined_where_no_image_has_it_built_in(lab: Lab) -> None:
    image = {"TrainingImage": "image", "TrainingInputMode": "File", "ContainerEntrypoint": ["true"]}
    tune = lab.tuning("Tune", FIT, ONE_TO_FIVE, definition={"AlgorithmSpecification": image})
    tune["Arguments"]["TrainingJobDefinition"]["StaticHyperParameters"] = {}
    problem = only_problem(lab.run(tune))
    assert problem.code == "PC580"
    assert "the metric 'score', which has no definition" in problem.message


def test_a_regular_expression_that_a_parameter_breaks(lab: Lab) -> None:
    train = lab.training("Train", "print('loss 3')")
    train["Arguments"]["AlgorithmSpecification"]["MetricDefinitions"] = [
        {"Name": "loss", "Regex": get("Parameters.Regex")}
    ]
    declared = [{"Name": "Regex", "Type": "String", "DefaultValue": "loss (.*)"}]
    report = lab.run(train, declared=declared)
    assert report.step("Train").properties["FinalMetricDataList"][0]["Value"] == 3
    assert only_problem(lab.run(train, declared=declared, parameters={"Regex": "loss"})).code == "PC580"


@pytest.mark.parametrize(("regex", "message"), [("score=(", "cannot be read"), ("score=.*", "has no group")])
def test_a_regular_expression_that_finds_nothing(lab: Lab, regex: str, message: str) -> None:
    tune = lab.tuning("Tune", FIT, ONE_TO_FIVE, regex=regex)
    train = lab.training("Train", FIT)
    train["Arguments"]["AlgorithmSpecification"]["MetricDefinitions"] = [{"Name": "m", "Regex": regex}]
    for step in (tune, train):
        error = refused(lab, step)
        assert error.codes == ("PC580",)
        assert message in error.diagnostics[0].message
