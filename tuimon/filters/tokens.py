"""Cutting a filter into tokens. What a letter means depends on what may stand there, so the parser says which it wants."""

from __future__ import annotations

import re
from enum import Enum, auto
from typing import Final, NamedTuple

OPERATORS: Final = ("!=", "!~", "<=", ">=", "==", "=", "<", ">", "~")
"""Longer ones first; `==` is another way to write `=`."""
_SPACE: Final = re.compile(r"\s*")
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_OPERATOR: Final = re.compile("|".join(map(re.escape, OPERATORS)))
_STRAY: Final = re.compile(r"[=<>~!]+(?![=<>~!A-Za-z/])")
_RUN: Final = re.compile(r"[^\s()]+")
_ITEM: Final = re.compile(r"[^\s(),]+")
_LIST: Final = re.compile(r"in(?=\s*\()", re.IGNORECASE)
_NOT_LIST: Final = re.compile(r"not\s+in(?=\s*\()", re.IGNORECASE)


class Wanted(Enum):
    """What may stand at a place: a condition's beginning, an operator, a value, a regular expression, one of a list."""

    CONDITION = auto()
    OPERATOR = auto()
    VALUE = auto()
    PATTERN = auto()
    ITEM = auto()


class Sort(Enum):
    """What a token is. OPEN and CLOSE are brackets; END is behind the last."""

    WORD = auto()
    QUOTED = auto()
    UNCLOSED = auto()
    OPERATOR = auto()
    OPEN = auto()
    CLOSE = auto()
    COMMA = auto()
    END = auto()


class Token(NamedTuple):
    """A piece of the text, [start, end); `text` is what it says, without its quotes."""

    sort: Sort
    text: str
    start: int
    end: int

    @property
    def word(self) -> str:
        """The keyword that it may be: its text in small letters, '' for what is quoted."""
        return self.text.lower() if self.sort is Sort.WORD else ""


def cut(text: str, at: int, wanted: Wanted) -> Token:
    """Return the token that follows a place, where such a thing is wanted."""
    start = _end(_SPACE, text, at)
    if start == len(text):
        return Token(Sort.END, "", start, start)
    letter = text[start]
    if wanted is Wanted.OPERATOR:
        return _operator(text, start)
    if letter in "\"'":
        return _quoted(text, start, letter)
    if letter == "(" and wanted is not Wanted.PATTERN:
        return Token(Sort.OPEN, letter, start, start + 1)
    if letter == ")":
        return Token(Sort.CLOSE, letter, start, start + 1)
    if letter == "," and wanted is Wanted.ITEM:
        return Token(Sort.COMMA, letter, start, start + 1)
    return _word(text, start, wanted)


def _operator(text: str, start: int) -> Token:
    """Return a comparison, `in` or `not in` before a bracket; else END, since no operator follows."""
    found = _OPERATOR.match(text, start) or _LIST.match(text, start) or _NOT_LIST.match(text, start)
    if found is None:
        return Token(Sort.END, "", start, start)
    said = " ".join(found[0].lower().split())
    return Token(Sort.OPERATOR, "=" if said == "==" else said, start, found.end())


def _quoted(text: str, start: int, mark: str) -> Token:
    """Return what is in quotes: up to the same mark again; two of them are one that is meant."""
    at = start + 1
    while (end := text.find(mark, at)) >= 0:
        if text.startswith(mark * 2, end):
            at = end + 2
            continue
        return Token(Sort.QUOTED, text[start + 1 : end].replace(mark * 2, mark), start, end + 1)
    return Token(Sort.UNCLOSED, text[start + 1 :].replace(mark * 2, mark), start, len(text))


def _word(text: str, start: int, wanted: Wanted) -> Token:
    if wanted is Wanted.PATTERN:
        end = _end_of_pattern(text, start)
    elif wanted is Wanted.CONDITION:
        if stray := _STRAY.match(text, start):
            return Token(Sort.OPERATOR, stray[0], start, stray.end())
        end = _end_of_word(text, start)
    else:
        end = _end(_ITEM if wanted is Wanted.ITEM else _RUN, text, start)
    return Token(Sort.WORD, text[start:end], start, end)


def _end(what: re.Pattern[str], text: str, at: int) -> int:
    """Return where that ends which stands at a place."""
    found = what.match(text, at)
    return found.end() if found else at


def _end_of_word(text: str, start: int) -> int:
    """Return where a word ends: a name ends before an operator; `--port=80` and `a/b=c` are no names and go on."""
    name = _NAME.match(text, start)
    if name and _OPERATOR.match(text, name.end()):
        return name.end()
    return _end(_RUN, text, start)


def _end_of_pattern(text: str, start: int) -> int:
    """Return where a regular expression without quotes ends: at a space, or at a bracket that it did not open."""
    depth, at, in_set = 0, start, False
    while at < len(text) and not text[at].isspace():
        letter = text[at]
        if letter == "\\":
            at += 2
            continue
        if in_set:
            in_set = letter != "]"
        elif letter == "[":
            in_set = True
        elif letter == "(":
            depth += 1
        elif letter == ")":
            if depth == 0:
                break
            depth -= 1
        at += 1
    return min(at, len(text))
