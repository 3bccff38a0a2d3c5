"""Classes of the script: defining them, and creating their objects."""

from __future__ import annotations

import ast

from script_contracts.analyzer import expressions, functions, paths, statements
from script_contracts.analyzer.callsite import Call
from script_contracts.analyzer.environment import read_variable
from script_contracts.analyzer.facts import Direction
from script_contracts.analyzer.frames import Frame
from script_contracts.analyzer.machine import Machine
from script_contracts.analyzer.values import (
    NONE,
    Class,
    External,
    Function,
    Instance,
    Mapping,
    Partial,
    Text,
    Value,
    join,
    options,
)

_RECORDS = ("NamedTuple", "BaseModel", "BaseSettings", "Struct", "TypedDict")


def define_class(machine: Machine, frame: Frame, node: ast.ClassDef) -> Class:
    """Execute a class statement."""
    bases = [expressions.evaluate(machine, frame, base) for base in node.bases]
    result = Class(node.name, [each for base in bases for each in options(base)], {})
    body = Frame(frame.module, {}, frame, branches=frame.branches, class_body=True)
    statements.execute(machine, body, node.body)
    for value in body.names.values():
        if isinstance(value, Function):
            value.owner = result
    result.attributes.update(body.names)
    if _is_record(result, node):
        own = [
            each.target.id
            for each in node.body
            if isinstance(each, ast.AnnAssign)
            and isinstance(each.target, ast.Name)
            and "ClassVar" not in ast.unparse(each.annotation)
        ]
        inherited = [name for base in result.bases if isinstance(base, Class) for name in base.fields]
        result.fields = tuple(dict.fromkeys([*inherited, *own]))
    return result


def _is_record(of: Class, node: ast.ClassDef) -> bool:
    decorators = [ast.unparse(each).split("(")[0].split(".")[-1] for each in node.decorator_list]
    if {"dataclass", "define", "frozen", "s", "attrs", "mutable"} & set(decorators):
        return True
    inherited = any(isinstance(base, Class) and base.fields for base in of.bases)
    return inherited or any(base.name.split(".")[-1] in _RECORDS for base in of.external_bases())


def instantiate(call: Call, of: Class) -> Value:
    """`SomeClass(...)`."""
    if any(base.name.split(".")[-1] in ("Enum", "StrEnum") for base in of.external_bases()):
        return call.argument(0) or NONE  # the member of that value
    instance = Instance(of)
    initializer = of.find("__init__")
    if isinstance(initializer, Function):
        functions.call_function(call, functions.bound(initializer, instance))
        return instance
    if of.fields:
        _set_fields(call, of, instance)
        after = of.find("__post_init__")
        if isinstance(after, Function):
            bound = functions.bound(after, instance)
            functions.call_function(Call(call.machine, call.frame, call.node), bound)
        return instance
    base = next(of.external_bases(), None)
    if base is not None:
        for value in call.values():
            paths.escape(call, value, Direction.UNKNOWN, f"'{base.name}'")
        instance.attributes.update(call.keywords)
    return instance


def _set_fields(call: Call, of: Class, instance: Instance) -> None:
    settings = any(base.name.endswith("BaseSettings") for base in of.external_bases())
    for index, name in enumerate(of.fields):
        value = call.keywords.get(name)
        if value is None and index < len(call.positional):
            value = call.positional[index]
        if value is None:
            default = of.find(name)
            # Where `**values` are not known, one of them may be this field.
            either = [_default(call, default) if default is not None else None, call.rest]
            present = [each for each in either if each is not None]
            value = join(present) if present else None
            if settings:
                value = read_variable(call.machine, call.frame, Text(name.upper()), value, call.node)
        if value is not None:
            instance.attributes[name] = value


def _default(call: Call, default: Value) -> Value:
    """A field's default: the value itself, or what its `default_factory` makes."""
    if isinstance(default, Partial) and isinstance(default.function, External):
        if "default" in default.keywords:
            return default.keywords["default"]
        factory = default.keywords.get("default_factory") or default.keywords.get("factory")
        if isinstance(factory, Function):
            return functions.call_function(Call(call.machine, call.frame, call.node), factory)
        if isinstance(factory, Class):
            return instantiate(Call(call.machine, call.frame, call.node), factory)
        return call.unknown("a field without default") if factory is None else Mapping()
    return default


def call_special(call: Call, instance: Instance, name: str) -> Value | None:
    """A special method of an object such as `__enter__`, or None where its class has none."""
    method = instance.of.find(name) if instance.of else None
    if isinstance(method, Function):
        return functions.call_function(call, functions.bound(method, instance))
    return None
