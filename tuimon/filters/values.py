"""Kinds of values: what may be written after a comparison, what it means, and how it is written back.

Sizes count by 1024 and rates by 1000, as on the screens; KiB, MiB and so on are by 1024 everywhere.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Final, Protocol

from tuimon.model.times import LATEST, TimeError, parse_duration, parse_time

Value = float | str | bool

EQUAL: Final = ("=", "!=")
ORDERED: Final = (*EQUAL, "<", "<=", ">", ">=")
SEARCHED: Final = (*EQUAL, "~", "!~")

LARGEST: Final = 1e18
"""What is larger is a slip of the finger: no machine has an exabyte of anything."""
_NUMBER: Final = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+)) ?([a-z%/]*)", re.ASCII | re.IGNORECASE)
_CLOCK: Final = re.compile(r"(?:(\d{1,6}):)?(\d{1,7}):(\d{2}(?:\.\d{1,3})?)", re.ASCII)
_PREFIXES: Final = "kmgtp"


class Kind(Protocol):
    """What a field is compared with.

    `operators` are those that make sense. `expected` says what may be written. `words`: how many words a value may have
    without quotes. `offered` are values to complete, `units` what may follow a number.
    """

    name: str
    operators: tuple[str, ...]
    listed: bool
    expected: str
    words: int
    offered: tuple[str, ...]
    units: tuple[str, ...]

    def read(self, text: str) -> Value | None:
        """Return the value of a text, None where it is none of this kind."""

    def show(self, value: Value) -> str:
        """Return a value as the text that gives it."""

    def begins(self, text: str) -> bool:
        """Return whether a text that is no value may become one when more is typed."""
        return any(one.startswith(text.lower()) for one in self.offered)


class Amount(Kind):
    """A number with units: `units` says what each is worth, in small letters, `shown` those that are written."""

    operators = ORDERED
    offered = ()
    words = 2

    def __init__(
        self, name: str, expected: str, units: Mapping[str, float], shown: Mapping[str, float], *, listed: bool = False
    ) -> None:
        self.name = name
        self.expected = expected
        self.listed = listed
        self.units = tuple(unit for unit in shown if unit)
        self._worth = units
        self._shown = shown

    def read(self, text: str) -> Value | None:
        """Return a number in the field's own unit."""
        found = _NUMBER.fullmatch(text)
        if not found or len(text) > 40:
            return None
        worth = self._worth.get(found[2].lower())
        return None if worth is None else bounded(float(found[1]) * worth)

    def begins(self, text: str) -> bool:
        """Return whether a number, or its unit, is only begun."""
        found = _NUMBER.fullmatch(text)
        unit = found[2].lower() if found else ""
        return text in {"+", "-", "."} or (found is not None and any(one.startswith(unit) for one in self._worth))

    def show(self, value: Value) -> str:
        """Return a number in the largest unit that divides it."""
        number = float(value)
        for unit, worth in reversed(tuple(self._shown.items())):
            if number and number % worth == 0:
                return decimal(number / worth) + unit
        return decimal(number) + next(iter(self._shown))


class Length(Kind):
    """A length of time, in seconds: `90s`, `2h`, `1h30m`, and `41:07` as the CPU time is shown."""

    name = "duration"
    operators = ORDERED
    listed = False
    expected = "a length of time such as 90s, 2h or 1h30m"
    words = 4
    offered = ()
    units = ("s", "min", "h", "d")

    def read(self, text: str) -> Value | None:
        """Return seconds; a number alone is seconds."""
        if len(text) > 40:
            return None
        if clock := _CLOCK.fullmatch(text):
            return bounded(int(clock[1] or 0) * 3600.0 + int(clock[2]) * 60.0 + float(clock[3]))
        try:
            return bounded(parse_duration(text))
        except TimeError:
            return None

    def begins(self, text: str) -> bool:
        """Return whether it begins as a number does."""
        return text[:1].isdecimal()

    def show(self, value: Value) -> str:
        """Return seconds in the largest unit that divides them."""
        number = float(value)
        for unit, worth in (("d", 86400), ("h", 3600), ("min", 60)):
            if number and number % worth == 0:
                return decimal(number / worth) + unit
        return decimal(number) + "s"


class Moment(Kind):
    """A moment, kept as the phrase that names it: what `2h ago` is depends on when it is asked."""

    name = "time"
    operators = ORDERED
    listed = False
    expected = "a time such as 14:30, 2h ago or yesterday 03:12"
    words = 4
    offered = ("today", "yesterday")
    units = ("min ago", "h ago", "d ago")

    def read(self, text: str) -> Value | None:
        """Return the phrase if it names a moment."""
        phrase = " ".join(text.split())
        try:
            parse_time(phrase, now=LATEST / 2)
        except TimeError:
            return None
        return phrase

    def begins(self, text: str) -> bool:
        """Return whether it begins as a number or a day does."""
        return text[:1].isdecimal() or text == "@" or super().begins(text)

    def show(self, value: Value) -> str:
        """Return the phrase."""
        return str(value)


class Text(Kind):
    """Text; the case of letters does not matter."""

    name = "text"
    operators = SEARCHED
    listed = True
    expected = "a text, in quotes if it has spaces"
    words = 1
    offered = ()
    units = ()

    def read(self, text: str) -> Value | None:
        """Return the text."""
        return text

    def show(self, value: Value) -> str:
        """Return the text."""
        return str(value)


class State(Kind):
    """The state of a process: a letter as ps(1) shows it, or a word."""

    name = "state"
    operators = EQUAL
    listed = True
    words = 1
    units = ()
    offered = ("running", "sleeping", "waiting", "zombie", "stopped", "traced", "idle")
    expected = f"a state: {', '.join(offered)}, or its letter"
    _letters: Final = dict(zip(offered, "RSDZTtI", strict=True))

    def read(self, text: str) -> Value | None:
        """Return the letter."""
        if text in "RSDZTtIXPKW" and len(text) == 1:
            return text
        if len(text) == 1 and text in "rsdzi":
            return text.upper()
        return self._letters.get(text.lower())

    def show(self, value: Value) -> str:
        """Return the word of a letter that has one."""
        return next((word for word, letter in self._letters.items() if letter == value), str(value))


class Switch(Kind):
    """Yes or no."""

    name = "switch"
    operators = EQUAL
    listed = False
    expected = "yes or no"
    words = 1
    offered = ("yes", "no")
    units = ()
    _said: Final = dict.fromkeys(("yes", "true", "on"), True) | dict.fromkeys(("no", "false", "off"), False)

    def read(self, text: str) -> Value | None:
        """Return whether a text says yes."""
        return self._said.get(text.lower())

    def show(self, value: Value) -> str:
        """Return `yes` or `no`."""
        return "yes" if value else "no"


def bounded(number: float) -> float | None:
    """Return a number that can be meant, to nine places behind the point."""
    return round(number, 9) if math.isfinite(number) and abs(number) <= LARGEST else None


def decimal(number: float) -> str:
    """Return a number in digits that give it back exactly, without an exponent."""
    if number == int(number):
        return str(int(number))
    text = repr(number)
    if "e" not in text:
        return text
    from decimal import Decimal  # noqa: PLC0415  a number this small is rare

    return format(Decimal(text), "f")


def _scale(base: int, endings: tuple[str, ...]) -> dict[str, float]:
    """Return what prefixes with these endings are worth, and with `i` in between by 1024."""
    worth: dict[str, float] = {}
    for power, prefix in enumerate(_PREFIXES, 1):
        for ending in endings:
            worth[prefix + ending] = float(base) ** power
            worth[f"{prefix}i{ending}"] = 1024.0**power
    return worth


COUNT: Final = Amount("number", "a number", {"": 1, "k": 1e3, "m": 1e6}, {"": 1}, listed=True)
PERCENT: Final = Amount("percent", "a percentage such as 5 or 5%", {"": 1, "%": 1}, {"%": 1})
SIZE: Final = Amount(
    "size",
    "a size such as 512MiB or 1.5G",
    {"": 1, "b": 1} | _scale(1024, ("", "b")),
    {"B": 1} | {f"{prefix}iB": 1024.0**power for power, prefix in enumerate("KMGTP", 1)},
)
RATE: Final = Amount(
    "rate",
    "a rate such as 10k/s or 1.5MB/s",
    {"": 1, "/s": 1, "b": 1, "b/s": 1} | _scale(1000, ("", "/s", "b", "b/s")),
    {"B/s": 1} | {f"{prefix}B/s": 1000.0**power for power, prefix in enumerate("kMGTP", 1)},
)
FREQUENCY: Final = Amount(
    "frequency",
    "a number a second such as 100/s or 2k",
    {"": 1, "/s": 1} | {f"{p}{e}": 1000.0**n for n, p in enumerate(_PREFIXES, 1) for e in ("", "/s")},
    {"/s": 1},
)
DURATION: Final = Length()
MOMENT: Final = Moment()
TEXT: Final = Text()
STATE: Final = State()
SWITCH: Final = Switch()
