"""A ring as the bytes for a terminal: BEL, and a notice for its desktop as OSC 9 or OSC 777. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tuimon.model.alerting import Ring
from tuimon.model.text import harmless

BEL: Final = "\a"
LONGEST: Final = 300
"""Characters of a notice: GNU screen passes on some 700 bytes at a time."""
NOTHING_OF_IT: Final = frozenset({"", "dumb", "linux", "unknown"})
"""Terminals by TERM that have no desktop; some of them would print the notice."""
BY_777: Final = ("foot", "rxvt", "contour")
"""Beginnings of TERM of terminals that take OSC 777."""


def sequence(ring: Ring, way: str, environ: Mapping[str, str], *, ascii_only: bool = False) -> str:
    """Return the bytes of a ring; `way` is "osc9", "osc777" or "auto", by what the environment says of the terminal."""
    bell = BEL if ring.bell else ""
    if not ring.title or environ.get("TERM", "") in NOTHING_OF_IT:
        return bell
    title, text = (_contained(part, ascii_only=ascii_only) for part in (ring.title, ring.text))
    if way == "osc777" or (way == "auto" and _takes_777(environ)):
        notice = f"\x1b]777;notify;{title.replace(';', ',')};{text}{BEL}"
    else:
        notice = f"\x1b]9;{title}: {text}{BEL}"
    return bell + passed_on(notice, environ)


def passed_on(notice: str, environ: Mapping[str, str]) -> str:
    """Return a sequence as what stands between here and the terminal, tmux(1) or screen(1), passes it on."""
    if environ.get("TMUX") or environ.get("TERM", "").startswith("tmux"):
        return "\x1bPtmux;" + notice.replace("\x1b", "\x1b\x1b") + "\x1b\\"
    if environ.get("STY"):
        return f"\x1bP{notice}\x1b\\"
    return notice


def _contained(text: str, *, ascii_only: bool) -> str:
    """Return text that cannot end the sequence that it is in."""
    said = harmless(text, LONGEST)
    return said.encode("ascii", "replace").decode() if ascii_only else said


def _takes_777(environ: Mapping[str, str]) -> bool:
    return environ.get("TERM", "").startswith(BY_777) or "VTE_VERSION" in environ
