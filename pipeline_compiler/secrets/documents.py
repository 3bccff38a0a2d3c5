"""Secrets anywhere in a JSON document."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pipeline_compiler.conformance.findings import Path
from pipeline_compiler.secrets.detection import Secret, secret_in

# In {"Key": "team", "Value": "fraud"} and the like, the entry's own name is the setting's.
_NAMED_BY = {"Value": ("Key", "Name"), "DefaultValue": ("Name",), "EnumValues": ("Name",)}
# Under these keys the value belongs to the setting that holds them: `DbUrl: {default: ...}`.
_TRANSPARENT = {"default", "allowed", "value"}


def secrets_in(node: Any, name: str = "", path: Path = ()) -> Iterator[tuple[Path, Secret]]:
    """Every secret below `node` and the path to it, which does not repeat it either.

    Args:
        name: the setting that `node` is the value of.
        path: where `node` stands.
    """
    if isinstance(node, Mapping):
        for key, value in node.items():
            in_key = secret_in("", str(key))
            if in_key:
                yield path, in_key
            below = (*path, in_key.masked if in_key else str(key))
            yield from secrets_in(value, _name(node, str(key), name), below)
    elif isinstance(node, Sequence) and not isinstance(node, (str, bytes)):
        for index, value in enumerate(node):
            yield from secrets_in(value, _flag_before(node, index) or name, (*path, index))
    else:
        flag, _, rest = (
            node.partition("=") if isinstance(node, str) and node.startswith("--") else ("", "", "")
        )
        if secret := secret_in(flag, rest) if rest else secret_in(name, node):
            yield path, secret


def described(secret: Secret) -> str:
    """What is wrong, without the secret."""
    return f"this looks like {secret.kind}: {secret.masked}"


REMEDY = (
    "keep it in AWS Secrets Manager or the SSM Parameter Store, pass its ARN or name in a setting called so "
    "(..._ARN, ..._NAME), and replace the secret: it has been written down"
)


def _name(holder: Mapping[str, Any], key: str, outer: str) -> str:
    for other in _NAMED_BY.get(key, ()):
        if isinstance(holder.get(other), str):
            return str(holder[other])
    return outer if key in _TRANSPARENT else key


def _flag_before(values: Sequence[Any], index: int) -> str:
    """In a command line, `--password` names the argument after it."""
    before = values[index - 1] if index else None
    return before if isinstance(before, str) and before.startswith("--") and "=" not in before else ""
