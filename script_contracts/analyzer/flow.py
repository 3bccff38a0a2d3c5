"""Executing branches, loops, try and with statements: every way is followed, and the ways are merged."""

from __future__ import annotations

import ast
from collections.abc import Callable

from script_contracts.analyzer import calls, classes, expressions, statements
from script_contracts.analyzer.callsite import Call
from script_contracts.analyzer.conditions import truth
from script_contracts.analyzer.frames import Frame, Names
from script_contracts.analyzer.machine import Machine
from script_contracts.analyzer.values import External, Instance, Unknown, Value, join, options

_MOST_ITERATIONS = 64


def run_leave_loop(machine: Machine, frame: Frame, node: ast.Break | ast.Continue) -> bool:
    """`break` and `continue`: what is known here is known after the loop."""
    if frame.exits:
        frame.exits[-1].append(dict(frame.names))
    return False


def run_if(machine: Machine, frame: Frame, node: ast.If) -> bool:
    """Both branches, unless a constant decides."""
    known = truth(expressions.evaluate(machine, frame, node.test))
    if known is not None:
        return statements.execute(machine, frame, node.body if known else node.orelse)
    before = dict(frame.names)
    states: list[Names] = []
    frame.branches += 1
    for body in (node.body, node.orelse):
        frame.merge([before])
        if statements.execute(machine, frame, body):
            states.append(dict(frame.names))
    frame.branches -= 1
    frame.merge(states or [before])
    return bool(states)


def run_for(machine: Machine, frame: Frame, node: ast.For | ast.AsyncFor) -> bool:
    """Known elements one after another, then unknown ones."""
    iterated = calls.iterate(machine, frame, expressions.evaluate(machine, frame, node.iter), node.iter)
    frame.exits.append([])
    goes_on = True
    for item in iterated.items[:_MOST_ITERATIONS]:
        statements.bind(machine, frame, node.target, item)
        before = len(frame.exits[-1])
        if not statements.execute(machine, frame, node.body):
            # what `continue` left behind goes on; after `break`, the next round does no harm
            goes_on = len(frame.exits[-1]) > before
            if not goes_on:
                break
            frame.merge(frame.exits[-1][before:])
    rest = iterated.rest
    if rest is not None and goes_on:
        _repeat(machine, frame, node.body, lambda: statements.bind(machine, frame, node.target, rest))
    states = frame.exits.pop() + ([dict(frame.names)] if goes_on else [])
    if not states:
        return False
    frame.merge(states)
    return statements.execute(machine, frame, node.orelse)


def run_while(machine: Machine, frame: Frame, node: ast.While) -> bool:
    """An unknown number of rounds."""
    known = truth(expressions.evaluate(machine, frame, node.test))
    if known is False:
        return statements.execute(machine, frame, node.orelse)
    frame.exits.append([])
    _repeat(machine, frame, node.body, lambda: None)
    states = frame.exits.pop()
    frame.merge([dict(frame.names), *states])
    return statements.execute(machine, frame, node.orelse)


def _repeat(machine: Machine, frame: Frame, body: list[ast.stmt], start: Callable[[], None]) -> None:
    """A body that runs an unknown number of times: twice shows what one round passes to the next."""
    frame.branches += 1
    for _ in range(2 if len(frame.exits) < 3 else 1):
        before = dict(frame.names)
        start()
        done = statements.execute(machine, frame, body)
        frame.merge([before, dict(frame.names)] if done else [before, *frame.exits[-1]])
    frame.branches -= 1


def run_try(machine: Machine, frame: Frame, node: ast.Try) -> bool:
    """The body, and every handler after any part of it."""
    before = dict(frame.names)
    done = statements.execute(machine, frame, node.body)
    after = dict(frame.names)
    states = []
    if done and statements.execute(machine, frame, node.orelse):
        states.append(dict(frame.names))
    frame.branches += 1
    for handler in node.handlers:
        frame.merge([before, after])
        if handler.type is not None:
            expressions.evaluate(machine, frame, handler.type)
        if handler.name:
            frame.assign(handler.name, External("an exception"))
        if statements.execute(machine, frame, handler.body):
            states.append(dict(frame.names))
    frame.branches -= 1
    frame.merge(states or [before, after])
    return statements.execute(machine, frame, node.finalbody) and bool(states)


def run_with(machine: Machine, frame: Frame, node: ast.With | ast.AsyncWith) -> bool:
    """The body, with what entering the context gives."""
    for item in node.items:
        value = expressions.evaluate(machine, frame, item.context_expr)
        entered = [_entered(machine, frame, option, item.context_expr) for option in options(value)]
        if item.optional_vars is not None:
            statements.bind(machine, frame, item.optional_vars, join(entered))
    suppresses = any("suppress" in ast.unparse(item.context_expr) for item in node.items)
    before = dict(frame.names)
    done = statements.execute(machine, frame, node.body)
    if suppresses:
        frame.merge([before, dict(frame.names)])
    return done or suppresses


def _entered(machine: Machine, frame: Frame, value: Value, node: ast.expr) -> Value:
    if not isinstance(value, Instance):
        return value
    call = Call(machine, frame, node)
    result = classes.call_special(call, value, "__enter__")
    unknown = Unknown("what leaving a with statement passes")
    classes.call_special(Call(machine, frame, node, rest=unknown), value, "__exit__")
    return value if result is None else result


def run_match(machine: Machine, frame: Frame, node: ast.Match) -> bool:
    """Every case, and none of them."""
    subject = expressions.evaluate(machine, frame, node.subject)
    before = dict(frame.names)
    states: list[Names] = [before]
    frame.branches += 1
    for case in node.cases:
        frame.merge([before])
        for part in ast.walk(case.pattern):
            if isinstance(part, (ast.MatchAs, ast.MatchStar)) and part.name:
                frame.assign(part.name, subject)
        if statements.execute(machine, frame, case.body):
            states.append(dict(frame.names))
    frame.branches -= 1
    frame.merge(states)
    return True
