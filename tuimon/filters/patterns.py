"""Regular expressions that cannot hang: what is accepted, as a tree, and the way from its text to a search.

Python's own engine tries one way after another, and on a long command line `(a+)+$` has more of them than a life has
seconds; whoever names processes could choose the line. Here all ways are followed at once (see automaton.py), so what
that cannot do - back references, looking around - is refused (docs/decisions/0016-filters.md).
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from typing import Final, NamedTuple

from tuimon.filters.automaton import Automaton, Char, Edge, Either, Node, Repeat, Sequence, size

LARGEST: Final = 500
"""Letters of a pattern once its repetitions are written out."""
DEEPEST: Final = 30
_COUNTED: Final = re.compile(r"\{(\d{1,4}|(?=,))(?:(,)(\d{0,4}))?\}", re.ASCII)
_MEANT: Final = {"t": "\t", "n": "\n", "r": "\r", "f": "\f", "v": "\v"}
KEPT: Final = 2_000_000
"""Letters of texts whose answer is remembered: most command lines stay as they are from one sample to the next."""


class PatternError(ValueError):
    """A text that is no regular expression, or none that is searched in bounded time; `position` is where."""

    def __init__(self, message: str, position: int) -> None:
        super().__init__(message)
        self.position = position


class Pattern:
    """A regular expression to search texts with; the case of letters does not matter."""

    def __init__(self, node: Node) -> None:
        self._automaton = Automaton(node)
        self._needed, self._is_all = needed(node)
        self._known: dict[str, bool] = {}
        self._kept = 0

    def search(self, text: str) -> bool:
        """Return whether it matches somewhere in a text, in time that grows with the text's length and no faster."""
        if self._needed and text.isascii():  # what most texts do not have, and that is known at once
            there = self._needed in text.lower()
            if self._is_all or not there:
                return there
        found = self._known.get(text)
        if found is None:
            self._kept += len(text)
            if self._kept > KEPT:
                self._known.clear()
                self._kept = len(text)
            found = self._known[text] = self._automaton.search(text)
        return found


@functools.lru_cache(maxsize=16)
def pattern(text: str) -> Pattern:
    """Return what searches with a regular expression. Raises PatternError."""
    node = Reader(text).whole()
    if size(node) > LARGEST:
        raise PatternError("it is too large once its repetitions are written out", 0)
    return Pattern(node)


def needed(node: Node) -> tuple[str, bool]:
    """Return the longest text that whatever matches has in it, in small letters, and whether that is all it asks for.

    Only of ASCII, where either case of a text is as long as the other.
    """
    parts = node.parts if isinstance(node, Sequence) else (node,)
    letters = [part.letter.lower() if isinstance(part, Char) and part.letter.isascii() else "" for part in parts]
    runs = "".join(letter or "\n" for letter in letters).split("\n")
    return max(runs, key=len), all(letters)


def variants(letter: str) -> frozenset[str]:
    """Return a letter in both cases; what takes two letters in the other case has none."""
    forms = (letter, letter.lower(), letter.upper(), letter.swapcase(), letter.casefold())
    return frozenset(form for form in forms if len(form) == 1)


Test = Callable[[str], bool]


def is_word(letter: str) -> bool:
    r"""Return whether a letter is one of `\w`."""
    return letter.isalnum() or letter == "_"


def _contrary(test: Test) -> Test:
    return lambda letter: not test(letter)


_CLASSES: Final[dict[str, Test]] = {
    "d": str.isdecimal,
    "w": is_word,
    "s": str.isspace,
    "D": _contrary(str.isdecimal),
    "W": _contrary(is_word),
    "S": _contrary(str.isspace),
}


class Set(NamedTuple):
    """Letters between brackets: ranges of them, and classes. Either case of a letter is in it when one is."""

    ranges: tuple[tuple[str, str], ...]
    classes: tuple[Test, ...]
    negated: bool

    def has(self, letter: str) -> bool:
        """Return whether a letter is meant."""
        return self.negated is not (
            any(test(letter) for test in self.classes)
            or any(first <= form <= last for form in variants(letter) for first, last in self.ranges)
        )


def _literal(letter: str) -> Char:
    return Char(variants(letter).__contains__, letter)


class Reader:
    """Reads a regular expression."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._depth = 0

    def whole(self) -> Node:
        """Return the tree of the text. Raises PatternError."""
        found = self._either()
        if self._at < len(self._text):
            raise PatternError("there is no '(' that this ')' closes", self._at)
        return found

    def _next(self) -> str:
        return self._text[self._at : self._at + 1]

    def _skip(self, what: str) -> bool:
        """Go over a text if it stands here."""
        if not self._text.startswith(what, self._at):
            return False
        self._at += len(what)
        return True

    def _either(self) -> Node:
        ways = [self._sequence()]
        while self._skip("|"):
            ways.append(self._sequence())
        return ways[0] if len(ways) == 1 else Either(tuple(ways))

    def _sequence(self) -> Node:
        parts: list[Node] = []
        while self._next() not in {"", "|", ")"}:
            start = self._at
            part = self._repeated(self._one(), start)
            parts.append(part)
        return parts[0] if len(parts) == 1 else Sequence(tuple(parts))

    def _repeated(self, node: Node, start: int) -> Node:
        counts = self._counts()
        if counts is None:
            return node
        if isinstance(node, Edge) and self._text[start] != "(":
            raise PatternError("there is nothing to repeat", start)
        self._skip("?")  # as few as possible or as many: found is found
        if self._counts() is not None:
            raise PatternError("a repetition cannot be repeated; put brackets around it", self._at - 1)
        least, most = counts
        if most is not None and least > most:
            raise PatternError("the repetition asks for more than it allows", start)
        found = Repeat(node, least, most)
        if size(found) > LARGEST:
            raise PatternError("it is too large once its repetitions are written out", start)
        return found

    def _counts(self) -> tuple[int, int | None] | None:
        """Return how often what stands before is wanted, None where nothing says so."""
        for mark, counts in (("*", (0, None)), ("+", (1, None)), ("?", (0, 1))):
            if self._skip(mark):
                return counts
        found = _COUNTED.match(self._text, self._at)
        if found is None:
            return None
        self._at = found.end()
        least = int(found[1] or 0)
        if not found[2]:
            return least, least
        return least, int(found[3]) if found[3] else None

    def _one(self) -> Node:
        start, letter = self._at, self._next()
        self._at += 1
        if letter == "(":
            return self._group(start)
        if letter == "[":
            return Char(self._set())
        if letter == "\\":
            return self._escaped(start)
        if letter in "*+?":
            raise PatternError("there is nothing to repeat", start)
        if letter in "^$":
            return Edge(letter)
        return Char(bool) if letter == "." else _literal(letter)

    def _group(self, start: int) -> Node:
        if self._skip("?") and not self._skip(":"):
            raise PatternError(
                "after '(?' only ':' is understood: looking around cannot be done in bounded time", start
            )
        self._depth += 1
        if self._depth > DEEPEST:
            raise PatternError(f"at most {DEEPEST} brackets can be in each other", start)
        found = self._either()
        if not self._skip(")"):
            raise PatternError("a '(' is not closed", len(self._text))
        self._depth -= 1
        return found

    def _escaped(self, start: int) -> Node:
        letter = self._next()
        self._at += 1
        if letter in _CLASSES:
            return Char(_CLASSES[letter])
        if letter in {"b", "B"}:
            return Edge(letter)
        return _literal(self._meant(letter, start))

    def _meant(self, letter: str, start: int) -> str:
        """Return the letter that is meant by one after a backslash."""
        if not letter:
            raise PatternError("a letter is missing after '\\'", len(self._text))
        if letter.isdecimal():
            raise PatternError("back references cannot be done in bounded time", start)
        if letter.isalpha() and letter not in _MEANT:
            raise PatternError(f"'\\{letter}' means nothing here", start)
        return _MEANT.get(letter, letter)

    def _set(self) -> Test:
        negated = self._skip("^")
        ranges: list[tuple[str, str]] = []
        classes: list[Test] = []
        first = True
        while first or self._next() != "]":
            first = False
            low = self._member()
            if not isinstance(low, str):
                classes.append(low)
                continue
            high: str | Test = low
            if self._next() == "-" and self._text[self._at + 1 : self._at + 2] not in {"]", ""}:
                self._at += 1
                high = self._member()
            if not isinstance(high, str) or low > high:
                raise PatternError("the range ends before it begins", self._at - 1)
            ranges.append((low, high))
        self._at += 1
        return Set(tuple(ranges), tuple(classes), negated).has

    def _member(self) -> str | Test:
        """Return a letter or a class of a set."""
        at, letter = self._at, self._next()
        if not letter:
            raise PatternError("a '[' is not closed", len(self._text))
        self._at += 1
        if letter != "\\":
            return letter
        letter = self._next()
        self._at += 1
        return _CLASSES.get(letter) or ("\b" if letter == "b" else self._meant(letter, at))
