"""The patterns of AWS's service models: Java's regular expressions, matched by Python's.

Java and Python agree on nearly all that the models use. The rest is rewritten: classes such as `\\p{L}` and
`\\p{Alnum}`, surrogate pairs, an anchor that is repeated, and possessive quantifiers, which become greedy.
`\\d`, `\\w` and `\\s` mean ASCII in Java.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

_ASCII = [chr(code) for code in range(128)]
_MAJOR = "LMNPSZC"
# Stands for every character beyond ASCII of a major category, both in patterns and in matched texts.
_STAND_IN = {category: chr(0xE000 + index) for index, category in enumerate(_MAJOR)}
_POSIX = {
    "Alnum": "A-Za-z0-9",
    "Alpha": "A-Za-z",
    "ASCII": r"\x00-\x7F",
    "Blank": r" \t",
    "Cntrl": r"\x00-\x1F\x7F",
    "Digit": "0-9",
    "Graph": r"\x21-\x7E",
    "Lower": "a-z",
    "Print": r"\x20-\x7E",
    "Punct": r"!-/:-@\[-`{-~",
    "Space": r" \t\n\x0B\f\r",
    "Upper": "A-Z",
    "XDigit": "0-9A-Fa-f",
}
_CLASS = re.compile(r"\\p\{(\w+)\}|\\p(\w)")
_TOKEN = re.compile(rf"{_CLASS.pattern}|\\.|.", re.DOTALL)
_PAIR = re.compile(r"\\u([Dd][89ABab][0-9A-Fa-f]{2})\\u([Dd][C-Fc-f][0-9A-Fa-f]{2})")
_REPEATED_ANCHOR = re.compile(r"(?<!\\)\$\{\d+(?:,\d*)?\}")
_POSSESSIVE = re.compile(r"(?<=[*+?}])(?<!\\[*+?}])\+")


@dataclass(frozen=True)
class Pattern:
    """A pattern that a whole text must match."""

    compiled: re.Pattern[str]
    by_category: bool

    def matches(self, text: str) -> bool:
        """Whether the whole of the text matches."""
        return self.compiled.fullmatch(_by_category(text) if self.by_category else text) is not None


@cache
def pattern_of(source: str) -> Pattern:
    """The pattern that a service model writes as `source`.

    Raises:
        re.error: neither Python nor the rewriting understands it; no pattern of the models is such.
    """
    by_category = any(name in _MAJOR for pair in _CLASS.findall(source) for name in pair if name)
    text = _PAIR.sub(lambda match: _astral(match[1], match[2]), source)
    text = _REPEATED_ANCHOR.sub("$", "".join(_tokens(text)))
    return Pattern(re.compile(_POSSESSIVE.sub("", text), re.ASCII), by_category)


def _tokens(source: str) -> Iterator[str]:
    """The pattern with every `\\p{...}` replaced, by a class of its own where it does not stand in one."""
    inside = False
    for match in _TOKEN.finditer(source):
        token, name = match[0], match[1] or match[2]
        if name:
            yield _class(name) if inside else f"[{_class(name)}]"
            continue
        if token in "[]":
            inside = token == "["
        yield token


def _class(name: str) -> str:
    """The inside of a character class."""
    if name in _POSIX:
        return _POSIX[name]
    if name not in _MAJOR:
        raise re.error(f"\\p{{{name}}} is no class that the models are known to use")
    ascii_part = "".join(re.escape(char) for char in _ASCII if unicodedata.category(char)[0] == name)
    return ascii_part + _STAND_IN[name]


def _astral(high: str, low: str) -> str:
    """One code point beyond the first 65,536, which Java's patterns write as two."""
    code = 0x10000 + ((int(high, 16) - 0xD800) << 10) + (int(low, 16) - 0xDC00)
    return f"\\U{code:08X}"


def _by_category(text: str) -> str:
    if text.isascii():
        return text
    return "".join(char if char.isascii() else _STAND_IN[unicodedata.category(char)[0]] for char in text)
