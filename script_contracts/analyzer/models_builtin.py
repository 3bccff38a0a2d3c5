"""Models of builtins and of the standard library's tools for containers and functions."""

from __future__ import annotations

import ast
from collections.abc import Callable

from script_contracts.analyzer import attributes, calls
from script_contracts.analyzer.callsite import Call
from script_contracts.analyzer.environment import all_variables, read_variable
from script_contracts.analyzer.text import to_text
from script_contracts.analyzer.values import (
    NONE,
    Const,
    Environ,
    External,
    Instance,
    Mapping,
    Partial,
    Sequence,
    Text,
    Unknown,
    Value,
    elements,
    exact,
    join,
    options,
    parts,
    words,
)

_MOST = 64


def _node(call: Call) -> ast.expr:
    assert isinstance(call.node, ast.expr)
    return call.node


def _iterated(call: Call, index: int = 0) -> Sequence:
    value = call.argument(index, "iterable")
    return Sequence() if value is None else calls.iterate(call.machine, call.frame, value, _node(call))


def _str(call: Call, name: str) -> Value:
    value = call.argument(0, "object")
    return Text("") if value is None else join(to_text(option) for option in options(value))


def _copy(call: Call, name: str) -> Value:
    value = call.argument(0)
    if isinstance(value, (Mapping, Instance)):
        return value
    iterated = _iterated(call)
    return Sequence(list(iterated.items), iterated.rest)


def _dict(call: Call, name: str) -> Value:
    result = Mapping()
    for value in call.positional:
        for option in options(value):
            if isinstance(option, Environ):
                return all_variables(call.machine, call.frame, call.node)
            if isinstance(option, Sequence):
                for pair in parts(option):
                    items = pair.items if isinstance(pair, Sequence) else []
                    if len(items) == 2:
                        for key in options(items[0]):
                            attributes.set_entry(result, key, items[1], weak=False)
            elif not isinstance(option, External) or "factory" not in option.name:
                attributes.update_mapping(result, option)
    result.entries.update({Text(key): value for key, value in call.keywords.items()})
    return result


def _defaultdict(call: Call, name: str) -> Value:
    return _dict(call.shifted(), name)


def _enumerate(call: Call, name: str) -> Value:
    iterated = _iterated(call)
    number = Unknown("a number")
    rest = Sequence([number, iterated.rest]) if iterated.rest else None
    return Sequence([Sequence([number, item]) for item in iterated.items], rest)


def _zip(call: Call, name: str) -> Value:
    several = [_iterated(call, index) for index in range(len(call.positional))]
    if several and all(each.rest is None for each in several):
        rows = list(zip(*(each.items for each in several), strict=False))[:_MOST]
        return Sequence(list[Value](Sequence(list(row)) for row in rows))
    return Sequence([], Sequence([join(parts(each)) for each in several]))


def _chain(call: Call, name: str) -> Value:
    values = call.positional
    if name.endswith("from_iterable") and values:
        values = parts(elements(values[0]))
    several = [calls.iterate(call.machine, call.frame, value, _node(call)) for value in values]
    rests = [each.rest for each in several if each.rest]
    return Sequence([item for each in several for item in each.items], join(rests) if rests else None)


def _map(call: Call, name: str) -> Value:
    several = [_iterated(call, index + 1) for index in range(len(call.positional) - 1)]
    function = call.argument(0) or NONE

    def called(*arguments: Value) -> Value:
        return calls.call_value(Call(call.machine, call.frame, call.node, list(arguments)), function)

    if several and all(each.rest is None for each in several):
        rows = list(zip(*(each.items for each in several), strict=False))[:_MOST]
        return Sequence([called(*row) for row in rows])
    return Sequence([], called(*(join(parts(each)) for each in several)))


def _filter(call: Call, name: str) -> Value:
    iterated = _iterated(call, 1)
    found = parts(iterated)
    function = call.argument(0) or NONE
    if found and function != NONE:
        calls.call_value(Call(call.machine, call.frame, call.node, [join(found)]), function)
    return Sequence([], join(found) if found else None)


def _one_of(call: Call, name: str) -> Value:
    """One element of the argument: next, random.choice, max, min of a list."""
    values = list(call.positional)
    default = values.pop(1) if name == "next" and len(values) > 1 else call.keywords.get("default")
    found = parts(elements(values[0])) if len(values) == 1 else values
    found = [*found, *([default] if default is not None else [])]
    return join(found) if found else call.unknown("an element of something empty")


def _range(call: Call, name: str) -> Value:
    known = [v.value for v in call.positional if isinstance(v, Const) and isinstance(v.value, int)]
    if len(known) == len(call.positional) and 0 < len(known) <= 3:
        numbers = range(*known)
        if len(numbers) <= _MOST:
            return Sequence([Const(number) for number in numbers])
    return Sequence([], Unknown("a number"))


def _number(call: Call, name: str) -> Value:
    value = call.argument(0)
    if isinstance(value, Const) and isinstance(value.value, (int, float)):
        return value
    return value if isinstance(value, Unknown) else Unknown("a number")


def _getattr(call: Call, name: str) -> Value:
    attribute = exact(call.argument(1) or NONE)
    default = call.positional[2] if len(call.positional) > 2 else None
    if attribute is None:
        return call.unknown("the attribute's name is only known at run time")
    subject = call.argument(0) or NONE
    found = attributes.get_attribute(call.machine, call.frame, subject, attribute, _node(call))
    return join([found, default]) if default is not None and isinstance(found, Unknown) else found


def _setattr(call: Call, name: str) -> Value:
    attribute = exact(call.argument(1) or NONE)
    if attribute is not None:
        target, new = call.argument(0) or NONE, call.argument(2) or NONE
        attributes.set_attribute(call.machine, call.frame, target, attribute, new)
    return NONE


def _vars(call: Call, name: str) -> Value:
    value = call.argument(0)
    if isinstance(value, Instance):
        return Mapping({Text(key): each for key, each in value.attributes.items()})
    return Mapping({}, call.unknown("all variables of something"))


def _namespace(call: Call, name: str) -> Value:
    return Instance(None, dict(call.keywords))


def _partial(call: Call, name: str) -> Value:
    return Partial(call.argument(0) or NONE, list(call.positional[1:]), dict(call.keywords))


def _field(call: Call, name: str) -> Value:
    return Partial(External("dataclasses.field"), [], dict(call.keywords))


def _first(call: Call, name: str) -> Value:
    return call.argument(0) or NONE


def _get_field(call: Call, name: str) -> Value:
    """pydantic's `Field(default, ...)` and attrs' `ib(default=...)`."""
    if call.positional:
        return call.positional[0]
    return _field(call, name)


def _read_variable(call: Call, name: str) -> Value:
    default = call.argument(1, "default")
    return read_variable(
        call.machine, call.frame, call.argument(0, "key") or NONE, default or NONE, call.node
    )


def _execute_code(call: Call, name: str) -> Value:
    call.machine.unresolved("code", f"{name} runs code that is not in the script", call.frame, call.node)
    return call.unknown(f"the result of {name}")


MODELS: dict[str, Callable[[Call, str], Value]] = {
    "str": _str,
    **dict.fromkeys(
        words(
            "list tuple set frozenset sorted reversed iter copy.copy copy.deepcopy natsort.natsorted tqdm "
            "tqdm.tqdm tqdm.auto.tqdm random.sample itertools.islice collections.deque rich.progress.track "
            "numpy.array numpy.asarray numpy.sort numpy.unique"
        ),
        _copy,
    ),
    **dict.fromkeys(("dict", "collections.OrderedDict", "types.MappingProxyType"), _dict),
    "collections.defaultdict": _defaultdict,
    "enumerate": _enumerate,
    "zip": _zip,
    "map": _map,
    "filter": _filter,
    **dict.fromkeys(("itertools.chain", "itertools.chain.from_iterable"), _chain),
    **dict.fromkeys(("next", "random.choice", "max", "min"), _one_of),
    "range": _range,
    **dict.fromkeys(("int", "float"), _number),
    "getattr": _getattr,
    "setattr": _setattr,
    **dict.fromkeys(("vars", "dataclasses.asdict", "attr.asdict"), _vars),
    **dict.fromkeys(("types.SimpleNamespace", "argparse.Namespace"), _namespace),
    "functools.partial": _partial,
    **dict.fromkeys(("dataclasses.field", "attr.ib", "attrs.field"), _field),
    "pydantic.Field": _get_field,
    **dict.fromkeys(
        ("joblib.delayed", "functools.lru_cache", "functools.cache", "staticmethod", "string.Template"),
        _first,
    ),
    "os.getenv": _read_variable,
    **dict.fromkeys(("exec", "eval", "runpy.run_path", "runpy.run_module", "execfile"), _execute_code),
}
