"""Time phrases: what people type for a moment or a length of time, and how a moment is shown to them.

Inside the program a moment is epoch seconds UTC. A zone is a `tzinfo`, or None for the machine's own local time.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Final, NamedTuple

UNITS: Final[dict[str, float]] = {
    "ms": 0.001,
    "s": 1,
    "min": 60,
    "h": 3600,
    "d": 86400,
    "w": 7 * 86400,
    "y": 365 * 86400,
}
MANY: Final = 300
"""Of so many of a unit a length of time is written; of more in several units."""
_NAMES: Final[dict[str, str]] = {
    "ms": "ms|milliseconds?",
    "s": "s|secs?|seconds?",
    "min": "m|mins?|minutes?",
    "h": "h|hrs?|hours?",
    "d": "d|days?",
    "w": "w|weeks?",
    "y": "y|years?",
}
_PART: Final = re.compile(
    r"\s*(\d+(?:\.\d+)?)\s*(?:" + "|".join(f"(?P<{unit}>{names})" for unit, names in _NAMES.items()) + r")(?![a-z])",
    re.ASCII,
)
_NUMBER: Final = re.compile(r"\d+(?:\.\d+)?", re.ASCII)
_CLOCK: Final = re.compile(r"(?:(today|yesterday)(?:\s+(?:at\s+)?|$))?(?:(\d{1,2}):(\d{2})(?::(\d{2}))?)?", re.ASCII)
_EPOCH: Final = re.compile(r"@?(\d{9,}(?:\.\d+)?)|@(\d+(?:\.\d+)?)", re.ASCII)
_ISO_DATE: Final = re.compile(r"\d{4}-?\d{2}-?\d{2}(?:[T ].*)?|\d{4}-?W\d{2}.*", re.ASCII)

ACCEPTED: Final = "14:30, yesterday 03:12, 2h ago, 2026-11-24T14:30, 2026-11-24T14:30Z or an epoch"
LATEST: Final = 253_402_300_000.0  # the end of year 9999, the last that datetime can show


class TimeError(ValueError):
    """A text that names no time; its message is one line for the user."""


class Moment(NamedTuple):
    """A moment in epoch seconds, and what a person should know about how it was understood ('' mostly)."""

    epoch: float
    note: str = ""


def parse_duration(text: str) -> float:
    """Return a length of time in seconds: `90s`, `10 min`, `1h30m`, `1 d`; a number alone is seconds.

    Raises TimeError. A year is 365 days; there are no months, since they have no length.
    """
    wanted = text.strip().lower()
    if _NUMBER.fullmatch(wanted):
        return float(wanted)
    seconds, at = 0.0, 0
    while at < len(wanted) and (part := _PART.match(wanted, at)):
        seconds += float(part[1]) * UNITS[part.lastgroup or "s"]
        at = part.end()
    if not wanted or at < len(wanted):
        raise TimeError(f"{text!r} is not a length of time; write it as 90s, 10 min, 2h or 1d")
    return seconds


def format_duration(seconds: float) -> str:
    """Return a length of time in the largest unit that divides it: `1 d`, `90 s`; `parse_duration` reads it back.

    What would be more than three hundred of a unit is written in several: `12 h 36 min`.
    """
    for unit in ("d", "h", "min", "s"):
        if seconds and seconds % UNITS[unit] == 0 and (unit != "min" or seconds >= 120):
            return _in_units(seconds) if seconds > MANY * UNITS[unit] else f"{seconds / UNITS[unit]:.0f} {unit}"
    return f"{seconds:.0f} s" if seconds == int(seconds) else f"{seconds!r} s"


def _in_units(seconds: float) -> str:
    """Return whole seconds in days, hours, minutes and seconds, without those that there are none of."""
    parts = []
    for unit in ("d", "h", "min", "s"):
        count, seconds = divmod(seconds, UNITS[unit])
        parts += [f"{count:.0f} {unit}"] if count else []
    return " ".join(parts)


def parse_zone(name: str) -> tzinfo | None:
    """Return a time zone by its IANA name; None, which is the machine's own, for '' and `local`.

    Raises TimeError with the nearest name.
    """
    if name.lower() in {"", "local"}:
        return None
    if name.upper() in {"UTC", "Z"}:
        return UTC
    import zoneinfo  # noqa: PLC0415  most starts need no zone but the machine's own

    try:
        return zoneinfo.ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise TimeError(f"{name!r} is not a time zone{_nearest(name, zoneinfo.available_timezones())}") from None


def _nearest(name: str, known: set[str]) -> str:
    import difflib  # noqa: PLC0415  only a mistake needs it

    by_lower = {zone.lower(): zone for zone in sorted(known)}
    found = difflib.get_close_matches(name.lower(), by_lower, n=1, cutoff=0.5)
    return f"; did you mean {by_lower[found[0]]!r}?" if found else "; write it as Europe/Berlin, UTC or local"


def parse_time(text: str, *, now: float, tz: tzinfo | None = None) -> Moment:
    """Return the moment that a text names, seen from `now` (epoch seconds) in a zone.

    ISO 8601 with or without an offset, epoch seconds, `14:30`, `03:12:05`, `today 9:00`, `yesterday 14:30`,
    `2h ago`, `now`. A clock time alone is the newest such time that has been. Raises TimeError.
    """
    wanted = " ".join(text.split())
    lower = wanted.lower()
    if lower == "now":
        return Moment(now)
    if lower.endswith(" ago"):
        return _checked(now - parse_duration(lower.removesuffix(" ago")), text)
    if epoch := _EPOCH.fullmatch(wanted):
        return _checked(float(epoch[1] or epoch[2]), text)
    if wanted and (clock := _CLOCK.fullmatch(lower)):
        return _clock_time(clock, text, now, tz)
    return _iso(wanted, text, tz)


def _checked(epoch: float, text: str) -> Moment:
    if 0 <= epoch <= LATEST:
        return Moment(epoch)
    if LATEST < epoch <= LATEST * 1000:
        raise TimeError(f"{text!r} is too late for epoch seconds; are these milliseconds?")
    raise TimeError(f"{text!r} is outside the years 1970 to 9999")


def _clock_time(clock: re.Match[str], text: str, now: float, tz: tzinfo | None) -> Moment:
    day, hour, minute, second = clock.groups()
    today = datetime.fromtimestamp(now, tz).date()
    try:
        at = time(int(hour or 0), int(minute or 0), int(second or 0))
    except ValueError:
        raise TimeError(f"{text!r} is not a time of day; hours go from 00:00 to 23:59") from None
    found = _local(today - timedelta(days=day == "yesterday"), at, tz)
    if day is None and found.epoch > now:
        earlier = _local(today - timedelta(days=1), at, tz)
        return Moment(earlier.epoch, earlier.note or "yesterday's, since today's is still to come")
    return found


def _iso(wanted: str, text: str, tz: tzinfo | None) -> Moment:
    try:
        found = datetime.fromisoformat(wanted)
    except ValueError as error:
        raise TimeError(_advice(wanted, text, str(error))) from None
    if found.tzinfo is None:
        return _local(found.date(), found.time(), tz)
    return _checked(found.timestamp(), text)


def _advice(wanted: str, text: str, reason: str) -> str:
    """Say what is wrong with a text that is no time, by what it resembles most."""
    if _ISO_DATE.fullmatch(wanted):
        return f"{text!r} is not a date and time: {reason.partition(':')[0]}"
    if _PART.match(wanted.lower()):
        return f"{text!r} is not a time; did you mean {wanted + ' ago'!r}?"
    return f"{text!r} is not a time; write it as {ACCEPTED}"


def _local(day: date, at: time, tz: tzinfo | None) -> Moment:
    """Return a local time of day as a moment, and say so when the zone's clocks had it twice or never (PEP 495)."""
    local = datetime.combine(day, at, tzinfo=tz)
    try:
        first, second = local.timestamp(), local.replace(fold=1).timestamp()
    except (OverflowError, ValueError, OSError):
        raise TimeError(f"'{day} {at}' is outside the years 1970 to 9999") from None
    shown = f"{day} {at.isoformat('seconds' if at.second else 'minutes')}"
    note = ""
    if first < second:
        note = f"{shown} happened twice, at {_offset(first, tz)} and {_offset(second, tz)}; the first is meant"
    elif first > second:
        taken = datetime.fromtimestamp(first, tz).strftime("%H:%M")
        note = f"{shown} never was: the clocks went forward; {taken} is meant"
    return Moment(_checked(first, shown).epoch, note)


def _offset(epoch: float, tz: tzinfo | None) -> str:
    return aware(epoch, tz).strftime("%z %Z")


def aware(epoch: float, tz: tzinfo | None = None) -> datetime:
    """Return a moment as a datetime of a zone, of the machine's own for None."""
    return datetime.fromtimestamp(epoch, UTC).astimezone(tz)


def format_local(epoch: float, tz: tzinfo | None = None) -> str:
    """Return a moment for people: `2026-11-24 14:30:05 CET`."""
    return aware(epoch, tz).strftime("%Y-%m-%d %H:%M:%S %Z")


def format_utc(epoch: float) -> str:
    """Return a moment for machines, ISO 8601 in UTC: `2026-11-24T13:30:05Z`, with milliseconds where it has any."""
    milliseconds = round(epoch * 1000)
    shown = datetime.fromtimestamp(milliseconds // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{shown}.{milliseconds % 1000:03}Z" if milliseconds % 1000 else f"{shown}Z"
