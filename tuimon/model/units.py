"""Numbers for people: sizes by 1024, rates by 1000, widths that do not jump."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

UNKNOWN: Final = "…"
_BINARY: Final = ("B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB")
_COMPACT: Final = ("", "K", "M", "G", "T", "P", "E")
_DECIMAL: Final = ("", "k", "M", "G", "T", "P", "E")


def scaled(value: float, base: int) -> tuple[float, int]:
    """Return a value divided so that it shows with at most three digits before the point, and by which power."""
    power = 0
    while abs(value) >= 999.5 and power < 6:
        value /= base
        power += 1
    return value, power


def three_digits(value: float) -> str:
    """Return a number in at most four characters: 0.5, 12.3 becomes 12, 999."""
    if value == 0:
        return "0"
    return f"{value:.1f}" if abs(value) < 9.95 else f"{value:.0f}"


def size(value: float | None) -> str:
    """Return bytes as people read them: `14.7 GiB`; `…` when unknown."""
    if value is None:
        return UNKNOWN
    number, power = scaled(value, 1024)
    return f"{three_digits(number)} {_BINARY[power]}"


def compact_size(value: float | None) -> str:
    """Return bytes for a table, at most five characters: `9.8G`."""
    if value is None:
        return UNKNOWN
    number, power = scaled(value, 1024)
    return f"{three_digits(number)}{_COMPACT[power]}"


def rate(value: float | None, unit: str = "B/s") -> str:
    """Return a rate as people read it: `4.2 MB/s`."""
    if value is None:
        return UNKNOWN
    number, power = scaled(value, 1000)
    return f"{three_digits(number)} {_DECIMAL[power]}{unit}"


def compact_rate(value: float | None) -> str:
    """Return a rate for a table, at most four characters: `4.2M`."""
    if value is None:
        return UNKNOWN
    number, power = scaled(value, 1000)
    return f"{three_digits(number)}{_DECIMAL[power]}"


def percent(value: float | None, digits: int = 1) -> str:
    """Return a percentage without its sign."""
    return UNKNOWN if value is None else f"{value:.{digits}f}"


def span(seconds: float | None) -> str:
    """Return a length of time with two units at most: `12d 04:31`, `6 min`, `2 h 05 min`."""
    if seconds is None:
        return UNKNOWN
    whole = int(seconds)
    days, rest = divmod(whole, 86400)
    hours, minutes = rest // 3600, rest % 3600 // 60
    if days:
        return f"{days}d {hours:02}:{minutes:02}"
    if hours:
        return f"{hours} h {minutes:02} min"
    return f"{minutes} min" if minutes else f"{whole} s"


def cpu_time(seconds: float) -> str:
    """Return CPU time as top(1) does: `41:07.22`, `2:11:40`, `12d 04:31`."""
    if seconds >= 360000:
        return span(seconds)
    minutes, rest = divmod(seconds, 60)
    if minutes >= 60:
        return f"{int(minutes) // 60}:{int(minutes) % 60:02}:{int(rest):02}"
    return f"{int(minutes)}:{rest:05.2f}"


def duration(seconds: float | None) -> str:
    """Return a short duration: `1.2 ms`, `340 us`, `2.1 s`."""
    if seconds is None:
        return UNKNOWN
    for limit, factor, name in ((0.001, 1e6, "us"), (1, 1e3, "ms")):
        if seconds < limit:
            return f"{three_digits(seconds * factor)} {name}"
    return f"{three_digits(seconds)} s"


def hertz(value: float | None) -> str:
    """Return a clock frequency: `3.41 GHz`."""
    if value is None:
        return UNKNOWN
    return f"{value / 1e9:.2f} GHz" if value >= 1e9 else f"{value / 1e6:.0f} MHz"


def in_unit(value: float | None, unit: str) -> str:
    """Return a metric's value with its unit as people read it, by the unit's name in the catalogue."""
    if value is None:
        return UNKNOWN
    if unit in _WRITERS:
        return _WRITERS[unit](value)
    return f"{percent(value)}{_SIGNS[unit]}" if unit in _SIGNS else plain_number(value)


def plain_number(value: float) -> str:
    """Return a number without a unit: `0.42`, `12.5`, `4.1k`."""
    if abs(value) < 10 and value != int(value):
        return f"{value:.2f}"
    return compact_rate(value)


_SIGNS: Final = {"percent": " %", "celsius": " °C", "watts": " W"}
_WRITERS: Final[dict[str, Callable[[float], str]]] = {
    "bytes": size,
    "bytes_per_second": rate,
    "hertz": hertz,
    "seconds": duration,
    "per_second": lambda value: f"{plain_number(value)}/s",
    "rpm": lambda value: f"{value:.0f} rpm",
}
