"""Amounts as people write them beside a metric: `80 %`, `2 GiB`, `10 MB/s`, `100 ms`, `80 °C`."""

from __future__ import annotations

import re
from typing import Final

from tuimon.model.times import TimeError, format_duration, parse_duration

_AMOUNT: Final = re.compile(r"(-?\d+(?:\.\d+)?)\s*(.*)", re.ASCII | re.DOTALL)
_BYTES: Final = re.compile(r"(?:([kmgtp])(?:i?b)?|b|bytes?)?", re.IGNORECASE)
_RATE: Final = re.compile(r"(?:([kmgt])(i?)(b(?:its?)?)?|b(?:its?|ytes?)?)?\s*(?:/\s*s(?:ec)?|ps)?", re.IGNORECASE)
_SCALED: Final = re.compile(r"([kmg])?", re.IGNORECASE)
_EVENTS: Final = re.compile(r"([kmg])?\s*(?:/\s*s(?:ec)?)?", re.IGNORECASE)
_HERTZ: Final = re.compile(r"(?:([kmgt])?hz)?", re.IGNORECASE)
_WORDS: Final = {"percent": ("%", "percent"), "celsius": ("°c", "c"), "rpm": ("rpm",), "watts": ("w", "watts")}
_POWERS: Final = " kmgtp"

EXAMPLES: Final = {
    "percent": "a percentage such as 80 %",
    "bytes": "a size such as 2 GiB",
    "bytes_per_second": "a rate such as 10 MB/s",
    "per_second": "a number a second such as 100/s",
    "count": "a number such as 20",
    "seconds": "a length of time such as 100 ms or 24 h",
    "celsius": "a temperature such as 80 °C",
    "hertz": "a frequency such as 800 MHz",
    "rpm": "a speed such as 1200 rpm",
    "watts": "a power such as 30 W",
}
"""Unit of the catalogue -> what is written for it."""


def parse_quantity(text: str, unit: str) -> float:
    """Return an amount in the catalogue's unit; ValueError with what is expected. A number alone is in that unit.

    Sizes are by 1024, rates and counts by 1000 (1024 for Ki, Mi, Gi); `10 Mbit/s` is bits.
    """
    found = _AMOUNT.fullmatch(text.strip())
    if unit == "seconds":
        return _seconds(text)
    if found is None or len(text) > 40:
        raise ValueError(EXAMPLES[unit])
    factor = _factor(found[2].strip(), unit)
    if factor is None:
        raise ValueError(EXAMPLES[unit])
    return float(found[1]) * factor


def _seconds(text: str) -> float:
    try:
        return parse_duration(text)
    except TimeError:
        raise ValueError(EXAMPLES["seconds"]) from None


def _factor(suffix: str, unit: str) -> float | None:
    """Return what a number is multiplied by for what stands after it, None where that does not belong to the unit."""
    if unit in _WORDS:
        return 1.0 if not suffix or suffix.lower() in _WORDS[unit] else None
    pattern = {"bytes": _BYTES, "bytes_per_second": _RATE, "per_second": _EVENTS, "hertz": _HERTZ}.get(unit, _SCALED)
    found = pattern.fullmatch(suffix)
    if found is None:
        return None
    power = _POWERS.index((found[1] or " ").lower())
    if unit == "bytes":
        return float(1024**power)
    if unit == "bytes_per_second":
        base = 1024 if found[2] else 1000
        return float(base**power) / (8 if "bit" in suffix.lower() else 1)
    return float(1000**power)


def _shorter(value: float, power: int, base: int) -> tuple[float, int]:
    """Return an amount in the largest unit that says it exactly in five digits: 12.5 MB/s, not 12500 kB/s."""
    whole = value * base**power
    for larger in range(4, power, -1):
        short = float(f"{whole / base**larger:.5g}")
        if abs(short) >= 1 and short * base**larger == whole:
            return short, larger
    return value, power


def show_quantity(value: float, unit: str) -> str:
    """Return an amount as the text that gives it, in the largest unit that divides it."""
    if unit == "seconds":
        return format_duration(value) if value >= 1 or value == 0 else f"{value * 1000:g} ms"
    base = 1024 if unit == "bytes" else 1000
    power = 0
    if unit in ("bytes", "bytes_per_second", "hertz"):
        while value and power < 4 and value % base == 0:
            value, power = value / base, power + 1
        value, power = _shorter(value, power, base)
    name = " kMGT"[power].strip() if unit != "bytes" else " KMGT"[power].strip()
    sign = {
        "percent": " %",
        "bytes": f" {name}iB" if power else " B",
        "bytes_per_second": f" {name}B/s",
        "per_second": "/s",
        "celsius": " °C",
        "hertz": f" {name}Hz",
        "rpm": " rpm",
        "watts": " W",
    }.get(unit, "")
    return f"{value:.15g}{sign}"
