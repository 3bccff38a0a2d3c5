"""Attributes and items of abstract values: reading and setting them."""

from __future__ import annotations

import ast
import posixpath

from script_contracts.analyzer import functions, memory, modules
from script_contracts.analyzer.callsite import Call
from script_contracts.analyzer.environment import TRAINING_PATHS, read_variable
from script_contracts.analyzer.frames import Frame
from script_contracts.analyzer.machine import Machine
from script_contracts.analyzer.operators import subscript
from script_contracts.analyzer.ports import hyperparameters
from script_contracts.analyzer.text import base_name, parent
from script_contracts.analyzer.values import (
    NONE,
    Class,
    Command,
    Const,
    Environ,
    External,
    Function,
    Instance,
    Mapping,
    Method,
    Module,
    Parser,
    Runtime,
    Sequence,
    Super,
    Text,
    Unknown,
    Value,
    exact,
    join,
    options,
    parts,
)

_LONGEST_NAME = 160
_CONSTANTS: dict[str, Value] = {
    "os.environ": Environ(),
    "os.sep": Text("/"),
    "os.path.sep": Text("/"),
    "os.curdir": Text("."),
    "os.pardir": Text(".."),
    "os.linesep": Text("\n"),
    "os.name": Text("posix"),
    "typing.TYPE_CHECKING": Const(False),
}


def get_attribute(machine: Machine, frame: Frame, value: Value, name: str, node: ast.expr) -> Value:
    """`value.name`."""
    present = [option for option in options(value) if option != NONE]  # None has nothing to offer
    return join(_attribute(machine, frame, option, name, node) for option in present or [value])


def _attribute(machine: Machine, frame: Frame, value: Value, name: str, node: ast.expr) -> Value:
    if isinstance(value, External):
        machine.facts.reads_argv |= value.name == "sys" and name == "argv"
        return library_attribute(value, name)
    if isinstance(value, Text):
        return _text_attribute(value, name)
    if isinstance(value, Instance):
        return _instance_attribute(machine, frame, value, name, node)
    if isinstance(value, Class):
        return _class_attribute(machine, frame, value, name, node)
    if isinstance(value, Super):
        return _super_attribute(machine, frame, value, name, node)
    if isinstance(value, Module):
        if name in value.names:
            memory.note_shared(machine, value.names[name])
            return value.names[name]
        found = modules.submodule(machine, value, name)
        return found or machine.unknown(f"module '{value.source.name}' has no '{name}'", frame, node)
    if isinstance(value, Runtime) and name == "hyperparameters":
        return hyperparameters(machine, frame, node)
    if isinstance(value, Function) and name in ("__name__", "__qualname__"):
        return Text(value.name)
    if isinstance(value, (Sequence, Mapping, Environ, Runtime, Parser, Command)):
        return Method(value, name)
    return value if isinstance(value, Unknown) else machine.unknown("an attribute of it", frame, node)


def library_attribute(value: External, name: str) -> Value:
    """An attribute of something of a library."""
    dotted = f"{value.name}.{name}".replace("posixpath.", "os.path.")
    known = _CONSTANTS.get(dotted)
    return known or External(dotted[-_LONGEST_NAME:], value.texts)


def _text_attribute(value: Text, name: str) -> Value:
    if not hasattr("", name) or value.path:
        if name == "parent":
            return parent(value)
        if name == "name":
            return base_name(value)
        if name in ("stem", "suffix"):
            index = 0 if name == "stem" else 1
            last = base_name(value)
            return last if last.hole else Text(posixpath.splitext(last.text)[index])
        if name == "parts":
            return Sequence([], Unknown("a part of a path"))
        if name == "parents":
            above = [parent(value)]
            while above[-1].text.strip("/") and len(above) < 16:
                above.append(parent(above[-1]))
            return Sequence(list(above))
        if name == "value":  # of a member of an Enum
            return value
    return Method(value, name)


def _bind(machine: Machine, frame: Frame, found: Value, instance: Value, of: Class, node: ast.expr) -> Value:
    if not isinstance(found, Function) or "staticmethod" in found.decorators:
        return found
    if any(each.endswith(("property", "getter", "setter")) for each in found.decorators):
        bound = functions.bound(found, instance)
        return functions.call_function(Call(machine, frame, node), bound)
    return functions.bound(found, of if "classmethod" in found.decorators else instance)


def _instance_attribute(machine: Machine, frame: Frame, value: Instance, name: str, node: ast.expr) -> Value:
    if name in value.attributes:
        return value.attributes[name]
    if name in ("__dict__", "_asdict", "dict", "model_dump"):
        mapping = Mapping({Text(key): each for key, each in value.attributes.items()})
        return mapping if name == "__dict__" else constantly(mapping)
    if value.of is None:
        return machine.unknown(f"'{name}' is not among the attributes", frame, node)
    if name == "__class__":
        return value.of
    found = value.of.find(name)
    if found is not None:
        memory.note_shared(machine, found)
        return join(_bind(machine, frame, each, value, value.of, node) for each in options(found))
    base = next(value.of.external_bases(), None)
    if base is not None:
        return External(f"{base.name}().{name}"[-_LONGEST_NAME:])
    return machine.unknown(f"the attribute '{name}' is not set on any way seen so far", frame, node)


def constantly(value: Value) -> Value:
    """Something that returns a value whatever it is called with."""
    return Method(Sequence([value]), "__call__")


def _class_attribute(machine: Machine, frame: Frame, value: Class, name: str, node: ast.expr) -> Value:
    found = value.find(name)
    if found is not None:
        memory.note_shared(machine, found)
        if isinstance(found, Function) and "classmethod" in found.decorators:
            return functions.bound(found, value)
        return found
    if name in ("__name__", "__qualname__"):
        return Text(value.name)
    base = next(value.external_bases(), None)
    if base is not None:
        return External(f"{base.name}.{name}"[-_LONGEST_NAME:])
    return machine.unknown(f"class {value.name} has no '{name}'", frame, node)


def _super_attribute(machine: Machine, frame: Frame, value: Super, name: str, node: ast.expr) -> Value:
    for base in value.of.bases:
        found = base.find(name) if isinstance(base, Class) else None
        if found is not None and isinstance(base, Class):
            return _bind(machine, frame, found, value.instance, base, node)
    external = next(value.of.external_bases(), None)
    return External(f"{external.name if external else 'object'}().{name}"[-_LONGEST_NAME:])


def get_item(machine: Machine, frame: Frame, value: Value, key: Value, node: ast.expr) -> Value:
    """`value[key]`."""
    otherwise = machine.unknown("an item that is only known at run time", frame, node)
    if isinstance(value, Mapping):
        return _entry(value, key, otherwise)
    if isinstance(value, Environ):
        return read_variable(machine, frame, key, None, node)
    if isinstance(value, Class):
        if isinstance(key, Text):
            return value.find(key.text) or otherwise
        return value  # a generic type such as Base[int]
    if isinstance(value, Instance) and value.of is not None:
        method = _instance_attribute(machine, frame, value, "__getitem__", node)
        if isinstance(method, Function):
            return functions.call_function(Call(machine, frame, node, [key]), method)
        return join(parts(value)) if value.attributes else otherwise
    if isinstance(value, External) and value.name == "sys.argv":
        return machine.unknown("it is given on the command line", frame, node)
    index = key.value if isinstance(key, Const) and isinstance(key.value, int) else None
    return subscript(value, index, otherwise)


def _entry(mapping: Mapping, key: Value, otherwise: Unknown) -> Value:
    plain = _key(key)
    if plain is None:
        return join(parts(mapping)) if parts(mapping) else otherwise
    found = [mapping.entries[plain]] if plain in mapping.entries else []
    if not found and mapping.rest:
        found = [mapping.rest]
    return join(found) if found else otherwise


def _key(key: Value) -> Value | None:
    if isinstance(key, Text):
        return None if key.hole else Text(key.text)
    return key if isinstance(key, (Const, Class)) else None


def set_entry(mapping: Mapping, key: Value, value: Value, weak: bool) -> None:
    """`mapping[key] = value`; weakly where it may not happen."""
    plain = _key(key)
    if plain is None:
        mapping.rest = join([mapping.rest, value]) if mapping.rest else value
    elif weak and plain in mapping.entries:
        mapping.entries[plain] = join([mapping.entries[plain], value])
    else:
        mapping.entries[plain] = value


def update_mapping(mapping: Mapping, value: Value) -> None:
    """`mapping.update(value)`."""
    for option in options(value):
        if isinstance(option, Mapping):
            mapping.entries.update(option.entries)
            rests = [rest for rest in (mapping.rest, option.rest) if rest]
            mapping.rest = join(rests) if rests else None
        elif isinstance(option, Instance):
            mapping.entries.update({Text(name): each for name, each in option.attributes.items()})
        elif option != NONE:
            further = option if isinstance(option, Unknown) else Unknown("an entry set at run time")
            mapping.rest = join([mapping.rest, further]) if mapping.rest else further


def set_attribute(machine: Machine, frame: Frame, value: Value, name: str, new: Value) -> None:
    """`value.name = new`."""
    for option in options(value):
        machine.remembers &= not isinstance(option, (Class, Module))
        if isinstance(option, Instance):
            target: dict[str, Value] = option.attributes
        elif isinstance(option, Class):
            target = option.attributes
        elif isinstance(option, Module):
            target = option.names
        else:
            continue
        weak = frame.branches and name in target
        target[name] = join([target[name], new]) if weak else new


def membership(
    machine: Machine, frame: Frame, operator: ast.cmpop, left: Value, right: Value, node: ast.expr
) -> bool | None:
    """`"X" in os.environ` reads a variable, too. What comes out, where that is known."""
    if not isinstance(operator, (ast.In, ast.NotIn)) or not isinstance(right, Environ):
        return None
    read_variable(machine, frame, left, NONE, node)
    if machine.container.training and exact(left) in TRAINING_PATHS:
        return isinstance(operator, ast.In)
    return None
