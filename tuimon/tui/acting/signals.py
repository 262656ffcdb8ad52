"""The signals that are offered, the gentlest first (signal(7))."""

from __future__ import annotations

import signal
from typing import Final

from tuimon.model.action import Signal
from tuimon.tui.dialogs.menu import Item

COMMON: Final[tuple[tuple[str, str], ...]] = (
    ("TERM", "ask it to end"),
    ("KILL", "end it at once: it can save nothing"),
    ("INT", "interrupt it, as Ctrl-C does"),
    ("HUP", "hang up: daemons read their settings anew"),
    ("QUIT", "end it with a core dump"),
    ("USR1", "what it takes it for"),
    ("USR2", "what it takes it for"),
    ("STOP", "stop it: it keeps its memory and does nothing"),
    ("CONT", "let it go on"),
)
RARE: Final = (
    "ABRT",
    "ALRM",
    "PIPE",
    "WINCH",
    "TSTP",
    "URG",
    "TRAP",
    "SEGV",
    "BUS",
    "FPE",
    "ILL",
    "VTALRM",
    "PROF",
    "XCPU",
)


def items() -> list[Item]:
    """Return those that this system has, with the numbers that they have here."""
    return [Item(name, number(name), about, Signal(name)) for name, about in COMMON if number(name)]


def rare_items() -> list[Item]:
    """Return the other ones."""
    return [Item(name, number(name), "", Signal(name)) for name in RARE if number(name)]


def number(name: str) -> str:
    """Return a signal's number on this system, '' where it has none of that name."""
    found = getattr(signal, f"SIG{name}", None)
    return "" if found is None else str(int(found))
