"""What the analyzer understands, what it calls unknown, and that it never runs anything."""

from __future__ import annotations

import sysconfig
from pathlib import Path

import pytest

from script_contracts import ScriptContract
from script_contracts.analyzer import ContractValidationReport, analyze_script, extract_facts
from script_contracts.analyzer.facts import Direction

CONTRACT = ScriptContract(
    entry_point="job.py",
    description="One input, one output.",
    expected_input_paths={"data": "/opt/ml/processing/input/data"},
    expected_output_paths={"out": "/opt/ml/processing/output"},
    optional_env_vars={"SEED": "42"},
    required_env_vars=("LABEL",),
    framework_requirements={"pandas": ""},
)
READS = 'open("/opt/ml/processing/input/data/a.csv").read()\n'
WRITES = 'open("/opt/ml/processing/output/b.csv", "w").write("")\n'
LABEL = 'import os\nos.environ["LABEL"]\n'


def analyze(tmp_path: Path, script: str) -> ContractValidationReport:
    path = tmp_path / "job.py"
    path.write_text(script, encoding="utf-8")
    return analyze_script(path, CONTRACT)


def paths(tmp_path: Path, script: str) -> list[tuple[str, Direction]]:
    path = tmp_path / "job.py"
    path.write_text(script, encoding="utf-8")
    return [(use.path, use.direction) for use in extract_facts(path).paths]


def test_nothing_is_imported_or_run(tmp_path: Path) -> None:
    trap = tmp_path / "sprung"
    bomb = f"import pathlib\npathlib.Path({str(trap)!r}).write_text('ran')\nraise SystemExit(3)\n"
    (tmp_path / "helper.py").write_text(bomb)
    analyze(tmp_path, f"import helper\n{bomb}")
    assert not trap.exists()


def test_a_missing_script_is_one_finding(tmp_path: Path) -> None:
    report = analyze_script(tmp_path / "nowhere.py", CONTRACT)
    assert report.codes == ("PC601",)
    assert report.facts is None
    assert not report.is_compliant


def test_a_syntax_error_has_its_line(tmp_path: Path) -> None:
    report = analyze(tmp_path, "x = 1\ndef f(:\n")
    assert report.codes == ("PC601",)
    assert report.findings[0].diagnostic.place.line == 2


def test_a_helper_with_a_syntax_error_is_unknown_code(tmp_path: Path) -> None:
    (tmp_path / "helper.py").write_text("def f(:\n")
    report = analyze(tmp_path, "from helper import f\nf()\n")
    assert "PC692" in [each.code for each in report.unknowns]
    assert "PC602" not in report.codes


@pytest.mark.parametrize(
    ("reading", "reason"),
    [
        ("import sys\nopen(sys.argv[1]).read()\n", "command line"),
        ('import json\nopen(json.load(open("/tmp/c"))["file"]).read()\n', "only known at run time"),
        ('import os\nopen(os.environ["HOME_OF_DATA"]).read()\n', "HOME_OF_DATA"),
        ("open(input()).read()\n", "only known at run time"),
    ],
)
def test_an_unknown_read_leaves_the_input_unknown(tmp_path: Path, reading: str, reason: str) -> None:
    report = analyze(tmp_path, LABEL + WRITES + reading)
    assert "PC602" not in report.codes
    codes = [each.code for each in report.unknowns]
    assert codes.count("PC690") == 1
    assert codes.count("PC693") == 1
    (path,) = [each for each in report.unknowns if each.code == "PC690"]
    assert reason in path.diagnostic.message
    assert path.diagnostic.place.line


def test_an_unknown_read_does_not_excuse_an_output(tmp_path: Path) -> None:
    report = analyze(tmp_path, LABEL + READS + "open(input()).read()\n")
    assert report.codes == ("PC603",)


def test_an_unknown_folder_below_a_promise_is_known_enough(tmp_path: Path) -> None:
    script = LABEL + WRITES + 'open("/opt/ml/processing/input/data/" + input()).read()\n'
    report = analyze(tmp_path, script)
    assert (report.findings, report.unknowns) == ((), ())


def test_a_script_without_end_ends_as_unknown(tmp_path: Path) -> None:
    calls = "".join(f"def f{n}(x):\n    return [f{n + 1}(x) for _ in range(60)]\n" for n in range(8))
    report = analyze(tmp_path, f"{calls}def f8(x):\n    return x\nf0(1)\n")
    assert "PC692" in [each.code for each in report.unknowns]
    assert report.codes == ()


def test_calls_in_loops_in_calls_in_loops_are_followed_to_the_end(tmp_path: Path) -> None:
    rounds = "".join(
        f"def f{n}(x, seen):\n    for _ in x:\n        f{n + 1}(x, seen)\n    return x\n" for n in range(30)
    )
    script = f"{rounds}def f30(x, seen):\n    open('/opt/ml/z').read()\nf0(input(), [1])\n"
    report = analyze(tmp_path, script)
    assert "PC692" not in [each.code for each in report.unknowns]
    assert paths(tmp_path, script) == [("/opt/ml/z", Direction.READ)]


CALLED_AGAIN = {
    "a list of the module": """
seen = ["/a"]
def last():
    return seen[-1]
def add():
    seen.append("/b")
def main():
    last()
    add()
    open(last())
""",
    "a name of the module": """
path = "/a"
def get():
    return path
def change():
    global path
    path = "/b"
def main():
    get()
    change()
    open(get())
""",
    "an attribute of a class": """
class C:
    path = "/a"
def get():
    return C.path
def main():
    get()
    C.path = "/b"
    open(get())
""",
    "an argument that is changed": """
def put(found):
    found["path"] = "/b"
def main():
    one, two = {"path": "/a"}, {"path": "/a"}
    put(one)
    put(two)
    open(two["path"])
""",
    "an object that is changed": """
class C:
    def __init__(self):
        self.path = "/a"
    def move(self):
        self.path = "/b"
def main():
    one, two = C(), C()
    one.move()
    two.move()
    open(two.path)
""",
    "a new object each time": """
def new():
    return ["/b"]
def main():
    new()
    one, two = new(), new()
    one.append("/a")
    open(two[-1])
""",
    "the very object that was passed": """
def same(found):
    return found
def main():
    one, two = ["/a"], ["/a"]
    same(one)
    same(two).append("/b")
    open(two[-1])
""",
    "values that only look alike": """
def name(value):
    return f"/{value}"
def main():
    name(1)
    open(name(True).replace("True", "b"))
""",
    "a module that a function imports": """
def main():
    import late
    open(late.second)
""",
}
LATE = """
path = "/a"
def get():
    return path
first = get()
path = "/b"
second = get()
"""


@pytest.mark.parametrize("script", CALLED_AGAIN.values(), ids=CALLED_AGAIN)
def test_a_call_is_followed_again_where_it_may_differ(tmp_path: Path, script: str) -> None:
    (tmp_path / "late.py").write_text(LATE)
    assert [path for path, _ in paths(tmp_path, f"{script}main()\n")] == ["/b"]


def test_recursion_is_followed_and_ends(tmp_path: Path) -> None:
    walk = "def walk(p):\n    open(p + '/a').read()\n    walk(p + '/sub')\n"
    script = f"{walk}walk('/opt/ml/processing/input/data')\n"
    assert ("/opt/ml/processing/input/data/sub/a", Direction.READ) in paths(tmp_path, script)


def test_only_one_side_of_a_constant_condition_counts(tmp_path: Path) -> None:
    script = 'DEBUG = False\nopen("/local/x" if DEBUG else "/opt/ml/x").read()\nif DEBUG:\n    open("/y")\n'
    assert paths(tmp_path, script) == [("/opt/ml/x", Direction.READ)]


def test_what_stands_after_exit_does_not_count(tmp_path: Path) -> None:
    script = 'import sys\ndef main():\n    sys.exit(0)\n    open("/opt/ml/x")\nmain()\nopen("/opt/ml/y")\n'
    assert paths(tmp_path, script) == [("/opt/ml/y", Direction.READ)]  # what main() raises is not followed


def test_appending_to_a_list_does_not_make_it_certain(tmp_path: Path) -> None:
    script = (
        "errors = []\nif input():\n    errors.append('bad')\nif errors:\n    raise SystemExit(1)\n"
        'open("/opt/ml/z").read()\n'
    )
    assert paths(tmp_path, script) == [("/opt/ml/z", Direction.READ)]


def test_checking_and_creating_folders_is_no_use(tmp_path: Path) -> None:
    script = (
        LABEL + 'import os\nos.path.exists("/opt/ml/processing/input/data")\n'
        'os.makedirs("/opt/ml/processing/output", exist_ok=True)\nprint("/opt/ml/processing/input/data")\n'
    )
    assert set(analyze(tmp_path, script).codes) == {"PC602", "PC603"}


def test_listing_a_folder_is_not_reading_it(tmp_path: Path) -> None:
    script = LABEL + WRITES + 'print(os.listdir("/opt/ml/processing/input/data"))\n'
    report = analyze(tmp_path, script)
    assert report.codes == ("PC602",)
    assert "only its file names are" in report.findings[0].diagnostic.message


def test_a_default_that_differs_from_the_contract_is_a_warning(tmp_path: Path) -> None:
    report = analyze(tmp_path, LABEL + READS + WRITES + 'os.environ.get("SEED", 7)\n')
    assert report.codes == ("PC616",)
    assert report.is_compliant


def test_did_you_mean(tmp_path: Path) -> None:
    script = LABEL.replace("LABEL", "LABLE") + READS.replace("input/data", "input/date") + WRITES
    fixes = {each.code: each.diagnostic.fix for each in analyze(tmp_path, script).findings}
    assert "'LABEL'" in fixes["PC606"]
    assert "'/opt/ml/processing/input/data'" in fixes["PC605"]


def test_columns_count_characters(tmp_path: Path) -> None:
    report = analyze(tmp_path, LABEL + READS + WRITES + 'ü = "ä"; open("/opt/ml/x").read()\n')
    span = report.findings[0].span
    assert span is not None
    assert span.expression == 'open("/opt/ml/x")'
    assert span.column == len('ü = "ä"; ')


@pytest.mark.slow
def test_any_python_can_be_analyzed() -> None:
    folder = Path(sysconfig.get_paths()["stdlib"])
    names = ("argparse", "ast", "asyncio/base_events", "configparser", "dataclasses", "enum", "functools")
    names += ("inspect", "logging/config", "pathlib", "pickle", "shutil", "tarfile", "typing", "zipfile")
    for name in names:
        path = folder / f"{name}.py"
        if path.is_file():  # some have become packages
            extract_facts(path)
