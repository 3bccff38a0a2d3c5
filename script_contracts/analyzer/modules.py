"""Imports: modules beside the script are followed, everything else is a library."""

from __future__ import annotations

import ast

from script_contracts.analyzer import memory, statements
from script_contracts.analyzer.frames import Frame
from script_contracts.analyzer.imports import collect_imports
from script_contracts.analyzer.machine import Machine
from script_contracts.analyzer.sources import Source, find_module, read_source
from script_contracts.analyzer.values import External, Module, Text, Value

ENTRY = "__main__"
RUNTIME_MODULE = "contract_runtime"  # modelled, not followed


def run_module(machine: Machine, source: Source) -> Module:
    """Execute a module from top to bottom."""
    module = Module(source, {"__name__": Text(source.name)})
    machine.modules[source.name] = module
    machine.facts.modules.append(str(source.path))
    collect_imports(machine.facts, source)
    statements.execute(machine, Frame(module, module.names), source.tree.body)
    return module


def load(machine: Machine, name: str) -> Module | None:
    """A module beside the script, executed when it is first imported; None for libraries."""
    if not name or name == RUNTIME_MODULE:
        return None
    if name not in machine.modules:
        path = find_module(machine.folder, name)
        machine.modules[name] = None
        if path is not None:
            try:
                source = read_source(path, name)
            except (OSError, SyntaxError) as error:
                entry = machine.modules[ENTRY]
                assert entry is not None
                reason = f"{path.name} cannot be read: {error}"
                machine.unresolved("code", reason, Frame(entry, entry.names), entry.source.tree)
            else:
                run_module(machine, source)
    return machine.modules[name]


def submodule(machine: Machine, package: Module, name: str) -> Module | None:
    """A module of a package beside the script."""
    if not package.source.package:
        return None
    return load(machine, f"{package.source.name}.{name}")


def import_modules(machine: Machine, frame: Frame, node: ast.Import) -> None:
    """`import a.b`, `import a.b as c`."""
    for alias in node.names:
        names = alias.name.split(".")
        found: list[Value] = []
        for count in range(1, len(names) + 1):
            dotted = ".".join(names[:count])
            found.append(load(machine, dotted) or _library(dotted))
        if alias.asname:
            frame.assign(alias.asname, found[-1])
        else:
            frame.assign(names[0], found[0])


def import_names(machine: Machine, frame: Frame, node: ast.ImportFrom) -> None:
    """`from a.b import c as d`, `from .a import b`, `from a import *`."""
    base = _absolute(frame.module.source, node)
    module = load(machine, base)
    for alias in node.names:
        if alias.name == "*":
            if module is not None:
                public = {name: each for name, each in module.names.items() if name[0] != "_"}
                for name, each in public.items():
                    frame.assign(name, each)
            continue
        dotted = f"{base}.{alias.name}" if base else alias.name
        value: Value | None = module.names.get(alias.name) if module is not None else None
        if value is None and (module is None or module.source.package):
            value = load(machine, dotted) if module is not None or not base else None
        if value is not None:
            memory.note_shared(machine, value)
        else:
            value = _library(dotted)
        frame.assign(alias.asname or alias.name, value)


def _absolute(source: Source, node: ast.ImportFrom) -> str:
    if not node.level:
        return node.module or ""
    parts = [] if source.name == ENTRY else source.name.split(".")
    drop = node.level - (1 if source.package else 0)
    parts = parts[: len(parts) - drop] if drop else parts
    return ".".join([*parts, *([node.module] if node.module else [])])


def _library(dotted: str) -> Value:
    from script_contracts.analyzer import attributes  # here, for the modules import one another

    head, _, tail = dotted.rpartition(".")
    return attributes.library_attribute(External(head), tail) if head else External(dotted)
