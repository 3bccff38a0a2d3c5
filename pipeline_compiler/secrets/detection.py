"""Whether one value is a secret, by its format or by the name of the setting that holds it."""

from __future__ import annotations

import math
import re
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache

from pipeline_compiler.secrets.patterns import (
    FORMATS,
    REFERENCE_ENDINGS,
    SECRET_WORDS,
    TEXT_TOKENS,
    VAGUE_WORDS,
)

_SHORTEST = 8  # no format has fewer characters
_SHOWN = 4  # characters of a secret that a message may repeat
_LONG = 16  # a shorter secret is not shown at all: four characters would be much of it
_RANDOM_BITS = 3.5  # per character; English words and identifiers of this length stay below
# A reference, or what stands for a value to be filled in: ARN, SSM parameter, S3 address, ${VARIABLE}, <text>
_REFERENCE = re.compile(
    r"arn:aws[a-z-]*:.+|/[\w.-]+(?:/[\w.-]+)+/?|s3://\S+|\$\{?\w+\}?|\{\{.+\}\}|<.*>|\*+|ssm:.+|secretsmanager:.+"
)
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


@dataclass(frozen=True)
class Secret:
    """What was found.

    Attributes:
        kind: what it is, for people.
        masked: the secret with all but its first four characters replaced; never the secret.
    """

    kind: str
    masked: str


def secret_in(name: str, value: object) -> Secret | None:
    """The secret that a setting's value is, or has in it; None where there is none.

    Args:
        name: the setting's name, in any spelling; empty where it has none.
        value: text, or a number, which a password may be.
    """
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return None
    text = str(value)
    return _by_format(text) or _by_name(_words(name), value, text.strip())


@lru_cache(maxsize=4096)  # the same keys and values stand in every step
def _by_format(text: str) -> Secret | None:
    if len(text) < _SHORTEST:
        return None
    for each in FORMATS:
        if found := each.pattern.search(text):
            return Secret(each.kind, _masked(found["secret"] if "secret" in found.groupdict() else found[0]))
    return None


def _by_name(words: tuple[str, ...], value: object, text: str) -> Secret | None:
    if not text or not words or words[-1] in REFERENCE_ENDINGS or _REFERENCE.fullmatch(text):
        return None
    named = _first(SECRET_WORDS, words)
    if named == ("token",) and (
        words[-1] != "token" or set(words) & TEXT_TOKENS or not isinstance(value, str)
    ):
        named = None
    if named is not None:
        return Secret(f"the value of a setting named '{' '.join(named)}'", _masked(text))
    if _first(VAGUE_WORDS, words) and _looks_random(text):
        return Secret("random text in a setting for credentials", _masked(text))
    return None


def _first(phrases: tuple[tuple[str, ...], ...], words: tuple[str, ...]) -> tuple[str, ...] | None:
    joined = f" {' '.join(words)} "
    return next((phrase for phrase in phrases if f" {' '.join(phrase)} " in joined), None)


def _words(name: str) -> tuple[str, ...]:
    """`DB_PASSWORD`, `dbPassword` and `--db-password` are all (db, password)."""
    return tuple(word.lower() for word in _WORDS.findall(name))


def _looks_random(text: str) -> bool:
    if len(text) < _LONG or re.search(r"\s", text):
        return False
    counts = Counter(text).values()
    return -sum(n / len(text) * math.log2(n / len(text)) for n in counts) >= _RANDOM_BITS


def _masked(text: str) -> str:
    return f"{text[:_SHOWN]}****" if len(text) >= _LONG else "****"
