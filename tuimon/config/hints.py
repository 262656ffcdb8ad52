"""What is said to a user once: a hint leaves its name in the state folder, and is not said again."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tuimon.config import places
from tuimon.config.private import append

if TYPE_CHECKING:
    from tuimon.config.settings import Settings

SLOW: Final = "over a slow link: --low-bandwidth (ui.low_bandwidth) draws every 5 s only; this is said once"


def slow_link(settings: Settings, environ: Mapping[str, str]) -> str:
    """Return the hint for a session over SSH, the first time; '' where it was said before or does not help."""
    if settings.ui.low_bandwidth or not environ.get("SSH_CONNECTION"):
        return ""
    return SLOW if once("low-bandwidth", environ) else ""


def once(name: str, environ: Mapping[str, str]) -> bool:
    """Return whether a hint was not said before, and remember that it is now; where that cannot be, it is not said."""
    file = Path(places.state_folder(environ), "hints")
    with contextlib.suppress(OSError):
        if file.exists() and name in file.read_text(encoding="utf-8", errors="replace").split():
            return False
        append(file, f"{name}\n")
        return True
    return False
