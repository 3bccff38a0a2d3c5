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
    return _by_format(str(value)) or _by_name(name, value)


@lru_cache(maxsize=4096)  # the same keys and values stand in every step
def _by_format(text: str) -> Secret | None:
    if len(text) < _SHORTEST:
        return None
    for each in FORMATS:
        if found := each.pattern.search(text):
            return Secret(each.kind, _masked(found["secret"] if "secret" in found.groupdict() else found[0]))
    return None


def _by_name(name: str, value: object) -> Secret | None:
    named, vague = _said_by(name)
    if named == ("token",) and not isinstance(value, str):
        named = ()
    text = str(value).strip()
    if not (named or vague) or not text or _REFERENCE.fullmatch(text):
        return None
    if named:
        return Secret(f"the value of a setting named '{' '.join(named)}'", _masked(text))
    if _looks_random(text):
        return Secret("random text in a setting for credentials", _masked(text))
    return None


@lru_cache(maxsize=4096)  # the same names stand in every step
def _said_by(name: str) -> tuple[tuple[str, ...], bool]:
    """The words of a setting's name that say that it holds a secret; and whether others say that it may."""
    words = _words(name)
    if not words or words[-1] in REFERENCE_ENDINGS:
        return (), False
    named = _first(SECRET_WORDS, words)
    if named == ("token",) and (words[-1] != "token" or set(words) & TEXT_TOKENS):
        named = ()
    return named, bool(_first(VAGUE_WORDS, words))


def _first(phrases: tuple[tuple[str, ...], ...], words: tuple[str, ...]) -> tuple[str, ...]:
    joined = f" {' '.join(words)} "
    return next((phrase for phrase in phrases if f" {' '.join(phrase)} " in joined), ())


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
