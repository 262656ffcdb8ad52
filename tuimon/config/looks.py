"""How a terminal wants the dashboard: from the settings and the environment to colours, glyphs and a zone."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from tuimon.config import places
from tuimon.config.private import Remembered
from tuimon.model.times import parse_zone

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import tzinfo

    from tuimon.config.settings import Settings

SLOW_LINK: Final = 5.0
"""Seconds between two drawings over a slow link."""


def looks(settings: Settings) -> dict[str, Any]:
    """Return what a session of the dashboard takes from the settings, whatever it looks at."""
    return {
        "interval": settings.interval,
        "theme": theme_of(settings, os.environ),
        "ascii_only": ascii_only(settings, os.environ),
        "tz": zone_of(settings),
        "network_bits": settings.ui.network_bits,
        "mouse": settings.ui.mouse,
        "keys": settings.ui.keys,
        "filters": Remembered(Path(places.state_folder(os.environ), "filters")),
        "table": settings.table,
        "frames_a_drawing": max(1, round(SLOW_LINK / settings.interval)) if settings.ui.low_bandwidth else 1,
    }


def keeper(path: str) -> Callable[[Mapping[str, object]], str]:
    """Return what writes settings (key -> value) into a file, and says in a line how that went."""

    def keep_and_tell(values: Mapping[str, object]) -> str:
        from tuimon.config.keep import keep  # noqa: PLC0415  YAML is read only where it is wanted
        from tuimon.config.load import ConfigError  # noqa: PLC0415  as above

        try:
            keep(path, values)
        except ConfigError as error:
            return f"not kept: {error}"
        return f"kept in {path}: {', '.join(values)}"

    return keep_and_tell


def theme_of(settings: Settings, environ: Mapping[str, str]) -> str:
    """Return the theme: as set, without colours where the user wants none (https://no-color.org).

    A terminal that has fewer than 256 colours gets no more than it has.
    """
    if environ.get("NO_COLOR") or settings.ui.theme == "monochrome":
        return "monochrome"
    known = colours(environ)
    return settings.ui.theme if known >= MANY else "eight-colours" if known >= FEW else "monochrome"


MANY: Final = 256
FEW: Final = 8


def colours(environ: Mapping[str, str]) -> int:
    """Return how many colours the terminal has: by COLORTERM, by its name, else by terminfo(5)."""
    term = environ.get("TERM", "")
    if environ.get("COLORTERM", "").lower() in ("truecolor", "24bit") or term.endswith(("-256color", "-direct")):
        return MANY
    if term in ("", "dumb", "unknown"):
        return 0
    try:
        import curses  # noqa: PLC0415  few terminals need it

        curses.setupterm(term)
        return max(0, curses.tigetnum("colors"))
    except (ImportError, OSError, ValueError, curses.error):
        return FEW


def ascii_only(settings: Settings, environ: Mapping[str, str]) -> bool:
    """Tell whether the terminal has no more than ASCII: as set, else by its locale (see `places.locale`)."""
    if settings.ui.glyphs != "auto":
        return settings.ui.glyphs == "ascii"
    return environ.get("TERM") == "linux" or not places.locale(environ).upper().replace("-", "").endswith("UTF8")


def zone_of(settings: Settings) -> tzinfo | None:
    """Return the time zone in which times are shown, None for the machine's own."""
    return parse_zone(settings.ui.tz)
