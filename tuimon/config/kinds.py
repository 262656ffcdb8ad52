"""Kinds of settings: how the text of a value is read, what is accepted, and how a value is written back.

Every kind reads text, since a file, an environment variable and an option all give text, and raises ValueError
with what was expected ("a duration from 1 s to 1 min").
"""

from __future__ import annotations

import os.path
import re
from collections.abc import Sequence
from typing import Final, Protocol

from tuimon.config.places import is_remote
from tuimon.model.columns import NARROWEST, SHORT, WIDEST, column_of, split_width
from tuimon.model.times import TimeError, format_duration, parse_duration, parse_zone

_SIZE: Final = re.compile(r"(\d+(?:\.\d+)?)\s*(?:([kmgt])(?:i?b)?|b|bytes?)?", re.ASCII | re.IGNORECASE)
_PERCENT: Final = re.compile(r"(\d+(?:\.\d+)?)\s*%?", re.ASCII)
_POWERS: Final = " kmgt"
_ADDRESS: Final = re.compile(r"[A-Za-z0-9._:%-]{1,253}", re.ASCII)
_ORIGIN: Final = re.compile(r"https?://(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?", re.ASCII)
_PAIR: Final = re.compile(r"(\S+) += +(\S+?)(?:, *| *$)(?=\S|$)")
_TRUE: Final = frozenset({"on", "yes", "true"})
_FALSE: Final = frozenset({"off", "no", "false"})
LONGEST: Final = 4096


class Kind(Protocol):
    """What values a setting takes. `many` says that it is a list of texts."""

    @property
    def many(self) -> bool:
        """Whether the value is a list."""

    @property
    def expected(self) -> str:
        """What is accepted, as the end of a sentence."""

    def parse(self, text: str) -> object:
        """Return the value of a text; ValueError where it is not accepted."""

    def show(self, value: object) -> str:
        """Return a value as the text that gives it."""


class Duration:
    """A length of time, kept in seconds."""

    many = False

    def __init__(self, least: float, most: float) -> None:
        self.least = least
        self.most = most

    @property
    def expected(self) -> str:
        """What is accepted, as the end of a sentence."""
        return f"a duration from {format_duration(self.least)} to {format_duration(self.most)}"

    def parse(self, text: str) -> float:
        """Return the seconds of a text such as `90 s`; a number alone is seconds."""
        try:
            seconds = parse_duration(text)
        except TimeError:
            raise ValueError(self.expected) from None
        if not self.least <= seconds <= self.most:
            raise ValueError(self.expected)
        return seconds

    def show(self, value: object) -> str:
        """Return seconds as the text that gives them."""
        return format_duration(float(str(value)))


class Size:
    """An amount of storage, kept in bytes; K, M, G and T are powers of 1024."""

    many = False

    def __init__(self, least: int, most: int) -> None:
        self.least = least
        self.most = most

    @property
    def expected(self) -> str:
        """What is accepted, as the end of a sentence."""
        return f"a size from {format_size(self.least)} to {format_size(self.most)}"

    def parse(self, text: str) -> int:
        """Return the bytes of a text such as `512 MiB`; a number alone is bytes."""
        found = _SIZE.fullmatch(text.strip())
        if not found or len(text) > 40:
            raise ValueError(self.expected)
        size = int(float(found[1]) * 1024 ** _POWERS.index((found[2] or " ").lower()))
        if not self.least <= size <= self.most:
            raise ValueError(self.expected)
        return size

    def show(self, value: object) -> str:
        """Return bytes as the text that gives them."""
        return format_size(int(str(value)))


class Whole:
    """A whole number."""

    many = False

    def __init__(self, least: int, most: int) -> None:
        self.least = least
        self.most = most

    @property
    def expected(self) -> str:
        """What is accepted, as the end of a sentence."""
        return f"a whole number from {self.least} to {self.most}"

    def parse(self, text: str) -> int:
        """Return the number of a text."""
        word = text.strip()
        if not (word.isascii() and word.isdecimal() and len(word) < 12 and self.least <= int(word) <= self.most):
            raise ValueError(self.expected)
        return int(word)

    def show(self, value: object) -> str:
        """Return the number."""
        return str(value)


class Address:
    """The name or the address of a machine, as it is looked up when it is needed."""

    many = False
    expected = "an address or the name of a machine, such as 127.0.0.1, ::1 or localhost"

    def parse(self, text: str) -> str:
        """Return the name, without the brackets that an IPv6 address may stand in."""
        word = text.strip()
        word = word[1:-1] if word.startswith("[") and word.endswith("]") else word
        if not _ADDRESS.fullmatch(word):
            raise ValueError(self.expected)
        return word

    def show(self, value: object) -> str:
        """Return the name."""
        return str(value)


class Origins:
    """Where pages of other servers come from: a scheme and a host, with its port where it is not the usual one."""

    many = True
    expected = "a list of origins such as https://graphs.example.org"

    def parse(self, text: str) -> tuple[str, ...]:
        """Return the origins of a text with commas between them, as browsers write them."""
        found = tuple(word.lower() for part in text.split(",") if (word := part.strip()))
        if len(text) > LONGEST or not all(_ORIGIN.fullmatch(word) for word in found):
            raise ValueError(self.expected)
        return found

    def show(self, value: object) -> str:
        """Return the origins with commas between them."""
        return ", ".join(value) if isinstance(value, tuple) else str(value)


class Percent:
    """A share, kept in percent."""

    many = False

    def __init__(self, least: float = 0, most: float = 100) -> None:
        self.least = least
        self.most = most

    @property
    def expected(self) -> str:
        """What is accepted, as the end of a sentence."""
        return f"a percentage from {self.least:g} % to {self.most:g} %"

    def parse(self, text: str) -> float:
        """Return the number of a text such as `80 %` or `80`."""
        found = _PERCENT.fullmatch(text.strip())
        if not found or not self.least <= float(found[1]) <= self.most:
            raise ValueError(self.expected)
        return float(found[1])

    def show(self, value: object) -> str:
        """Return a percentage as the text that gives it."""
        number = float(str(value))
        return f"{number:.0f} %" if number == int(number) else f"{number!r} %"


class Switch:
    """On or off."""

    many = False
    expected = "on or off"

    def parse(self, text: str) -> bool:
        """Return whether a text says on (`on`, `yes`, `true`)."""
        word = text.strip().lower()
        if word not in _TRUE | _FALSE:
            raise ValueError(self.expected)
        return word in _TRUE

    def show(self, value: object) -> str:
        """Return `on` or `off`."""
        return "on" if value else "off"


class Choice:
    """One of a few words."""

    many = False

    def __init__(self, words: Sequence[str]) -> None:
        self.words = words

    @property
    def expected(self) -> str:
        """What is accepted, as the end of a sentence."""
        return "one of " + ", ".join(self.words)

    def parse(self, text: str) -> str:
        """Return the word, in the spelling of the list."""
        word = text.strip().lower()
        if word not in self.words:
            raise ValueError(self.expected)
        return word

    def show(self, value: object) -> str:
        """Return the word."""
        return str(value)


class Zone:
    """The name of a time zone, checked against the machine's list."""

    many = False
    expected = "a time zone such as Europe/Berlin, UTC or local"

    def parse(self, text: str) -> str:
        """Return the name."""
        name = text.strip()
        try:
            parse_zone(name)
        except TimeError:
            raise ValueError(self.expected) from None
        return name or "local"

    def show(self, value: object) -> str:
        """Return the name."""
        return str(value)


class Path:
    """The path of a file, `~` allowed; '' where the program chooses. `usual` is how such a file is called."""

    many = False
    expected = "the path of a file"

    def __init__(self, usual: str) -> None:
        self.usual = usual

    def parse(self, text: str) -> str:
        """Return the path with the home folder in place of `~`."""
        if "\0" in text or len(text) > LONGEST:
            raise ValueError(self.expected)
        path = os.path.expanduser(text)  # noqa: PTH111  a text in, a text out
        if path.endswith("/") or (path and not is_remote(path) and os.path.isdir(path)):  # noqa: PTH112  as above
            raise ValueError(f"{self.expected}, such as {os.path.join(path, self.usual)}")  # noqa: PTH118  as above
        return path

    def show(self, value: object) -> str:
        """Return the path."""
        return str(value)


class Patterns:
    """Names with `*` and `?`, as a shell matches file names."""

    many = True

    def __init__(self, what: str) -> None:
        self.what = what

    @property
    def expected(self) -> str:
        """What is accepted, as the end of a sentence."""
        return f"a list of names of {self.what}, with * and ?"

    def parse(self, text: str) -> tuple[str, ...]:
        """Return the patterns of a text with commas between them."""
        if len(text) > LONGEST:
            raise ValueError(self.expected)
        return tuple(word for part in text.split(",") if (word := part.strip()))

    def show(self, value: object) -> str:
        """Return the patterns with commas between them."""
        return ", ".join(value) if isinstance(value, tuple) else str(value)


class Columns:
    """Columns of the process table, in their order; `user:12` is 12 cells wide."""

    many = True
    expected = "columns such as pid, user:12, cpu, command"

    def parse(self, text: str) -> tuple[str, ...]:
        """Return the columns of a text with commas between them, by the names by which they are offered."""
        if len(text) > LONGEST:
            raise ValueError(self.expected)
        return tuple(self._one(word) for part in text.split(",") if (word := part.strip()))

    def _one(self, word: str) -> str:
        name, colon, width = word.partition(":")
        try:
            split_width(word)
        except ValueError:
            raise ValueError(f"a width from {NARROWEST} to {WIDEST} cells after {name}:") from None
        return f"{short_column(name)}{colon}{width}"

    def show(self, value: object) -> str:
        """Return the columns with commas between them."""
        return ", ".join(value) if isinstance(value, tuple) else str(value)


class OneColumn:
    """One column of the process table."""

    many = False

    def __init__(self, nothing: str = "") -> None:
        self.nothing = nothing

    @property
    def expected(self) -> str:
        """What is accepted, as the end of a sentence."""
        return f"a column such as cpu{f' or {self.nothing}' if self.nothing else ''}"

    def parse(self, text: str) -> str:
        """Return the column by the name by which it is offered, or the word for none."""
        word = text.strip().lower()
        return word if word == self.nothing else short_column(word)

    def show(self, value: object) -> str:
        """Return the name."""
        return str(value)


def short_column(word: str) -> str:
    """Return the name by which a column is offered; ValueError that names the nearest one where there is none."""
    field = column_of(word)
    if field:
        return SHORT[field]
    import difflib  # noqa: PLC0415  only a mistake needs it

    near = difflib.get_close_matches(word.strip().lower()[:40], [*SHORT.values(), *SHORT], n=1)
    raise ValueError(
        f"a column of the process table; did you mean {near[0]}?" if near else f"one of {', '.join(SHORT.values())}"
    )


class Keys:
    """Keys that do what others do: `F5 = .`, or nothing: `e = none`. `known` are the keys that can be meant."""

    many = True

    def __init__(self, known: Sequence[str]) -> None:
        self.known = tuple(known)

    @property
    def expected(self) -> str:
        """What is accepted, as the end of a sentence."""
        return "a list of keys and the keys whose work they do, as 'F5 = .' or 'e = none'"

    def parse(self, text: str) -> tuple[str, ...]:
        """Return the pairs of a text with commas (and spaces) between them, each as `F5 = .`."""
        if len(text) > LONGEST:
            raise ValueError(self.expected)
        rest, pairs = text.strip(), []
        while rest:
            found = _PAIR.match(rest)
            if found is None:
                raise ValueError(self.expected)
            pairs.append(f"{found[1]} = {self._meant(found[2])}")
            rest = rest[found.end() :]
        return tuple(pairs)

    def _meant(self, meant: str) -> str:
        if meant in self.known or meant == "none":
            return meant
        by_lower = {key.lower(): key for key in self.known}
        if meant.lower() in by_lower and len(meant) > 1:
            return by_lower[meant.lower()]
        raise ValueError(f"a key of the dashboard after '=', one of {' '.join(self.known)} or none, not {meant!r}")

    def show(self, value: object) -> str:
        """Return the pairs with commas between them."""
        return ", ".join(value) if isinstance(value, tuple) else str(value)


def format_size(size: int) -> str:
    """Return bytes in the largest unit that divides them: `512 MiB`."""
    power = 0
    while size and size % 1024 == 0 and power < 4:
        size //= 1024
        power += 1
    return f"{size} {('B', 'KiB', 'MiB', 'GiB', 'TiB')[power]}"
