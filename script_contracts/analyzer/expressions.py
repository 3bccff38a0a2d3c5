"""Evaluating expressions to abstract values."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

from script_contracts.analyzer import attributes, calls, functions, memory, statements
from script_contracts.analyzer.conditions import compare, truth
from script_contracts.analyzer.frames import Frame
from script_contracts.analyzer.machine import Machine
from script_contracts.analyzer.operators import binary, subscript
from script_contracts.analyzer.text import concat, to_text
from script_contracts.analyzer.values import (
    Const,
    External,
    Function,
    Mapping,
    Sequence,
    Text,
    Unknown,
    Value,
    elements,
    join,
    options,
    parts,
    present,
)

_MOST_ITERATIONS = 64


def evaluate(machine: Machine, frame: Frame, node: ast.expr) -> Value:
    """The abstract value of an expression; whatever it reads, writes or calls is recorded."""
    if not machine.step(frame, node):
        return Unknown("the script takes too many steps to follow")
    handler = _HANDLERS.get(type(node))
    return handler(machine, frame, node) if handler else Unknown("an expression of a kind not modelled")


def _constant(machine: Machine, frame: Frame, node: ast.Constant) -> Value:
    return Text(node.value) if isinstance(node.value, str) else Const(node.value)


def _name(machine: Machine, frame: Frame, node: ast.Name) -> Value:
    value = frame.lookup(node.id)
    if value is not None:
        if frame.module.names.get(node.id) is value:
            memory.note_shared(machine, value)
        return value
    if node.id == "__file__":
        return Text(f"<code>/{frame.module.source.path.name}")
    if node.id == "__name__":
        return Text(frame.module.source.name)
    return External(node.id)  # a builtin, or a name that was never bound on this way


def _attribute(machine: Machine, frame: Frame, node: ast.Attribute) -> Value:
    value = evaluate(machine, frame, node.value)
    return attributes.get_attribute(machine, frame, value, node.attr, node)


def _f_string(machine: Machine, frame: Frame, node: ast.JoinedStr) -> Value:
    results = [Text("")]
    for part in node.values:
        if isinstance(part, ast.FormattedValue):
            value = evaluate(machine, frame, part.value)
            if part.format_spec is not None or part.conversion == ord("r"):
                value = machine.unknown("a formatted value", frame, part.value)
            pieces = [to_text(option) for option in options(value)]
        else:
            pieces = [to_text(evaluate(machine, frame, part))]
        results = [concat(result, piece) for result in results for piece in pieces][:_MOST_ITERATIONS]
    return join(results)


def _binary(machine: Machine, frame: Frame, node: ast.BinOp) -> Value:
    left, right = evaluate(machine, frame, node.left), evaluate(machine, frame, node.right)
    return join(
        binary(type(node.op), one, other, machine.unknown("it is only known at run time", frame, node))
        for one in present(left)
        for other in present(right)
    )


def _boolean(machine: Machine, frame: Frame, node: ast.BoolOp) -> Value:
    found: list[Value] = []
    stops = isinstance(node.op, ast.Or)
    for index, part in enumerate(node.values):
        value = evaluate(machine, frame, part)
        last = index == len(node.values) - 1
        kept = [each for each in options(value) if last or truth(each) is not (not stops)]
        found += kept
        if not last and truth(value) is stops:
            break
    return join(found)


def _compare(machine: Machine, frame: Frame, node: ast.Compare) -> Value:
    left = evaluate(machine, frame, node.left)
    results = []
    for operator, comparator in zip(node.ops, node.comparators, strict=True):
        right = evaluate(machine, frame, comparator)
        known = attributes.membership(machine, frame, operator, left, right, node)
        results.append(compare(operator, left, right) if known is None else known)
        left = right
    return Const(results[0]) if len(results) == 1 and results[0] is not None else Unknown("a comparison")


def _unary(machine: Machine, frame: Frame, node: ast.UnaryOp) -> Value:
    value = evaluate(machine, frame, node.operand)
    if isinstance(node.op, ast.Not):
        known = truth(value)
        return Unknown("a condition") if known is None else Const(not known)
    if isinstance(node.op, ast.USub) and isinstance(value, Const) and isinstance(value.value, (int, float)):
        return Const(-value.value)
    return Unknown("a number")


def _conditional(machine: Machine, frame: Frame, node: ast.IfExp) -> Value:
    known = truth(evaluate(machine, frame, node.test))
    if known is not None:
        return evaluate(machine, frame, node.body if known else node.orelse)
    return join([evaluate(machine, frame, node.body), evaluate(machine, frame, node.orelse)])


def _subscript(machine: Machine, frame: Frame, node: ast.Subscript) -> Value:
    value = evaluate(machine, frame, node.value)
    if isinstance(node.slice, ast.Slice):
        for bound in (node.slice.lower, node.slice.upper, node.slice.step):
            if bound is not None:
                evaluate(machine, frame, bound)
        return join(_sliced(machine, frame, option, node) for option in options(value))
    key = evaluate(machine, frame, node.slice)
    return join(
        attributes.get_item(machine, frame, option, one, node)
        for option in options(value)
        for one in options(key)
    )


def _sliced(machine: Machine, frame: Frame, value: Value, node: ast.Subscript) -> Value:
    assert isinstance(node.slice, ast.Slice)
    bounds: list[int | None] = []
    for bound in (node.slice.lower, node.slice.upper, node.slice.step):
        known = evaluate(machine, frame, bound) if bound is not None else Const(None)
        if not isinstance(known, Const) or not isinstance(known.value, (int, type(None))):
            return subscript(value, None, machine.unknown("a slice", frame, node))
        bounds.append(known.value)
    return subscript(value, slice(*bounds), machine.unknown("a slice", frame, node))


def _sequence(machine: Machine, frame: Frame, node: ast.List | ast.Tuple | ast.Set) -> Value:
    result = Sequence()
    for part in node.elts:
        if isinstance(part, ast.Starred):
            more = elements(evaluate(machine, frame, part.value))
            result.items += more.items
            if more.rest:
                result.rest = join([result.rest, more.rest]) if result.rest else more.rest
        else:
            result.items.append(evaluate(machine, frame, part))
    return result


def _mapping(machine: Machine, frame: Frame, node: ast.Dict) -> Value:
    result = Mapping()
    for key, part in zip(node.keys, node.values, strict=True):
        value = evaluate(machine, frame, part)
        if key is None:
            attributes.update_mapping(result, value)
            continue
        for option in options(evaluate(machine, frame, key)):
            attributes.set_entry(result, option, value, weak=False)
    return result


def _comprehension(
    machine: Machine, frame: Frame, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp
) -> Value:
    inner = Frame(frame.module, {}, frame, self_value=frame.self_value, function=frame.function)
    inner.branches = frame.branches
    sequence, mapping = Sequence(), Mapping()

    def collect(certain: bool) -> None:
        if isinstance(node, ast.DictComp):
            value = evaluate(machine, inner, node.value)
            for key in options(evaluate(machine, inner, node.key)):
                attributes.set_entry(mapping, key, value, weak=False)
            return
        value = evaluate(machine, inner, node.elt)
        if certain:
            sequence.items.append(value)
        else:
            sequence.rest = join([sequence.rest, value]) if sequence.rest else value

    _generate(machine, inner, node.generators, collect, True)
    return mapping if isinstance(node, ast.DictComp) else sequence


def _generate(
    machine: Machine,
    frame: Frame,
    generators: list[ast.comprehension],
    collect: Callable[[bool], None],
    certain: bool,
) -> None:
    if not generators:
        collect(certain)
        return
    first, *rest = generators
    iterated = calls.iterate(machine, frame, evaluate(machine, frame, first.iter), first.iter)
    several = [(item, certain) for item in iterated.items[:_MOST_ITERATIONS]]
    several += [(iterated.rest, False)] if iterated.rest else []
    for value, sure in several:
        statements.bind(machine, frame, first.target, value)
        tests = [truth(evaluate(machine, frame, test)) for test in first.ifs]
        if False not in tests:
            _generate(machine, frame, rest, collect, sure and None not in tests)


def _lambda(machine: Machine, frame: Frame, node: ast.Lambda) -> Value:
    return Function(node, frame, functions.evaluate_defaults(machine, frame, node.args))


def _walrus(machine: Machine, frame: Frame, node: ast.NamedExpr) -> Value:
    value = evaluate(machine, frame, node.value)
    statements.bind(machine, frame, node.target, value)
    return value


def _yield(machine: Machine, frame: Frame, node: ast.Yield) -> Value:
    frame.yielded.append(evaluate(machine, frame, node.value) if node.value else Const(None))
    return Unknown("what is sent into a generator")


def _yield_from(machine: Machine, frame: Frame, node: ast.YieldFrom) -> Value:
    frame.yielded += parts(elements(evaluate(machine, frame, node.value)))
    return Unknown("what a generator returns")


def _inner(machine: Machine, frame: Frame, node: ast.Await | ast.Starred) -> Value:
    return evaluate(machine, frame, node.value)


def _call(machine: Machine, frame: Frame, node: ast.Call) -> Value:
    return calls.call_expression(machine, frame, node)


_Handler = Callable[[Machine, Frame, Any], Value]  # each takes the node of its own kind
_KINDS: tuple[tuple[tuple[type[ast.expr], ...], _Handler], ...] = (
    ((ast.Constant,), _constant),
    ((ast.Name,), _name),
    ((ast.Attribute,), _attribute),
    ((ast.JoinedStr,), _f_string),
    ((ast.BinOp,), _binary),
    ((ast.BoolOp,), _boolean),
    ((ast.Compare,), _compare),
    ((ast.UnaryOp,), _unary),
    ((ast.IfExp,), _conditional),
    ((ast.Subscript,), _subscript),
    ((ast.List, ast.Tuple, ast.Set), _sequence),
    ((ast.Dict,), _mapping),
    ((ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.DictComp), _comprehension),
    ((ast.Lambda,), _lambda),
    ((ast.NamedExpr,), _walrus),
    ((ast.Yield,), _yield),
    ((ast.YieldFrom,), _yield_from),
    ((ast.Await, ast.Starred), _inner),
    ((ast.Call,), _call),
)
_HANDLERS = {kind: handler for kinds, handler in _KINDS for kind in kinds}
