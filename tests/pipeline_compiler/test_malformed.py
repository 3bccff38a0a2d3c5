"""Whatever stands in a config or template, only a `PipelineCompilerError` with its parts ever escapes."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline_compiler import PipelineCompilerError, Template, compile_pipeline
from pipeline_compiler.documents import read_document
from pipeline_compiler.template import template_from
from tests.configs import CONFIG_YAML, TEMPLATE_YAML, minimal_config

_CONFIG: dict[str, Any] = {**yaml.safe_load(CONFIG_YAML), "local": {"s3://b/p": "data"}, "step_libraries": []}
del _CONFIG["template"]
_TEMPLATE: dict[str, Any] = yaml.safe_load(TEMPLATE_YAML)

_KNOWN = (
    *_TEMPLATE["steps"],
    *_CONFIG,
    "sets",
    "default",
    "allowed",
    "step",
    "job_type",
    "source",
    "files",
    "hyperparameters",
    "XGBoostTraining.volume_size_gb",
    "XGBoostTraining.hyperparameters.eta",
    "MimsRegistration.customer_metadata.owner",
    "CradleDataLoading_training.source",
    "s3://bucket/key",
    "A -> B",
)
# No text that, as the folder of a source, would make the compiler read this machine's whole disk.
_names = st.sampled_from(_KNOWN) | st.text(max_size=8).filter(lambda text: text[:1] not in ("/", "."))
_scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | _names
    | st.sampled_from(["a" * 5000, "\0", "~", "${x}", "s3://", "1e400", "[red]"])
)
_values = st.recursive(
    _scalars,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(_names | st.integers() | st.booleans() | st.none(), inner, max_size=3)
    ),
    max_leaves=6,
)
fuzz = settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))


def _paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    if isinstance(value, (dict, list)):
        for key, entry in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _paths(entry, (*path, key))


def _placed(document: Any, path: tuple[Any, ...], value: Any) -> Any:
    changed = copy.deepcopy(document)
    if not path:
        return value
    inner = changed
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    return changed


def _mutated(document: Any, extra: tuple[tuple[Any, ...], ...] = ()) -> st.SearchStrategy[Any]:
    places = [path for path in (*_paths(document), *extra) if path]

    def apply(edits: list[tuple[tuple[Any, ...], Any]]) -> Any:
        changed = document
        for path, value in edits:
            try:
                changed = _placed(changed, path, value)
            except (KeyError, TypeError, IndexError):
                continue  # an earlier edit took away what this one was for
        return changed

    return st.lists(st.tuples(st.sampled_from(places), _values), min_size=1, max_size=3).map(apply)


_EXTRA = (
    ("steps", "XGBoostTraining", "instance_type"),
    ("steps", "MimsRegistration", "customer_metadata"),
    ("steps", "MimsPackage"),
    ("steps", "new"),
    ("parameters", "new"),
    ("parameters", "MinAuc", "allowed"),
    ("pipeline", "vpc"),
    ("local", "s3://c/d"),
    ("new",),
)


def _only_diagnostics(template: Any, config: Any) -> None:
    """Compile; a failure must be made of complete diagnostics that can be printed and serialised."""
    try:
        compiled = compile_pipeline(template, config)
    except PipelineCompilerError as error:
        _check(error)
    else:
        json.loads(compiled.definition, parse_constant=_not_json)


def _check(error: PipelineCompilerError) -> None:
    assert error.diagnostics
    for diagnostic in error.diagnostics:
        assert diagnostic.code.startswith("PC")
        assert diagnostic.message
        assert diagnostic.fix
        json.dumps(diagnostic.as_dict())
        str(diagnostic)


def _not_json(constant: str) -> None:
    raise AssertionError(f"{constant} is not JSON")


_template = template_from(read_document({"template": "Fraud", **_TEMPLATE}))


@fuzz
@given(config=_mutated(_CONFIG, _EXTRA))
def test_any_value_anywhere_in_a_config(config: Any) -> None:
    if isinstance(config, Mapping):
        _only_diagnostics(_template, config)


@settings(fuzz, max_examples=150)
@given(config=_mutated(_CONFIG, _EXTRA))
def test_any_value_anywhere_in_a_config_file(config: Any, tmp_path_factory: Any) -> None:
    path: Path = tmp_path_factory.getbasetemp() / "fuzzed.yaml"
    try:
        text = yaml.safe_dump(config, allow_unicode=True)
        path.write_text(text, encoding="utf-8")
    except UnicodeEncodeError:
        return
    _only_diagnostics(_template, path)


@settings(fuzz, max_examples=200)
@given(document=_mutated(_TEMPLATE, (("steps", "new"), ("steps", "MimsPackage", "step"), ("edges", 0))))
def test_any_value_anywhere_in_a_template(document: Any) -> None:
    if not isinstance(document, Mapping):
        return
    try:
        template = template_from(read_document(document))
    except PipelineCompilerError as error:
        _check(error)
    else:
        _only_diagnostics(template, _CONFIG)


@settings(fuzz, max_examples=150)
@given(
    content=st.binary(max_size=200)
    | st.text(alphabet="ab:-[]{}&*!?|>#'\"%\n\t 01.", max_size=60).map(str.encode)
)
def test_any_bytes_as_a_file(content: bytes, tmp_path_factory: Any) -> None:
    path: Path = tmp_path_factory.getbasetemp() / "bytes.yaml"
    path.write_bytes(content)
    _only_diagnostics(None, path)


@settings(fuzz, max_examples=100)
@given(st.lists(st.sampled_from(sorted(_TEMPLATE["steps"])), unique=True), st.randoms(use_true_random=False))
def test_any_subset_of_the_steps_with_any_edges(names: list[str], random: Any) -> None:
    edges = [f"{a} -> {b}" for a in names for b in names if a != b and random.random() < 0.3]
    template = Template.of("Any", names, edges)
    _only_diagnostics(template, minimal_config(template))
