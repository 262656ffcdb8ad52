"""What `tuimon doctor` finds."""

from __future__ import annotations

from typing import Literal, NamedTuple


class Finding(NamedTuple):
    """One thing that was looked at: whether it works, what was seen, and what to do where something is missing."""

    level: Literal["ok", "note", "FAIL"]
    what: str
    seen: str
    remedy: str = ""
