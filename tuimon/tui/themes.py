"""The colours: themes by name, each a table from what a text is to how it looks.

The palette of 256 is understood by every terminal of today and costs half the bytes of 24-bit colour; a terminal with 8 or
16 colours gets a theme of its own, and one without any gets none. Where colours differ only in hue a mark or a word says
the same (a critical alert is `▲`, a warning `!`), so that every theme is complete.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

LEVELS: Final = 6
"""Steps of a family's colour from the foot of a chart to its top."""


@dataclass(frozen=True, slots=True)
class Theme:
    """Colours by name: (foreground, attributes), numbers of the 256-colour palette, on one background.

    The palette of 256 is understood by every terminal of today and costs half the bytes of 24-bit colour.
    """

    name: str
    background: str
    colours: dict[str, tuple[str, str]]
    backgrounds: dict[str, str]
    dark: bool = True


def _ramp(family: str, numbers: tuple[int, ...]) -> dict[str, tuple[str, str]]:
    return {f"{family}.{level}": (str(number), "") for level, number in enumerate(numbers)}


_DARK: Final[dict[str, tuple[str, str]]] = {
    "": ("250", ""),
    "text": ("250", ""),
    "bright": ("255", "bold"),
    "dim": ("246", ""),
    "faint": ("239", ""),
    "border": ("238", ""),
    "border.focus": ("109", ""),
    "title": ("254", "bold"),
    "label": ("246", ""),
    "value": ("254", ""),
    "header": ("250", ""),
    "header.bright": ("255", "bold"),
    "header.dim": ("248", ""),
    "header.live": ("114", "bold"),
    "header.rec": ("174", ""),
    "header.warning": ("214", "bold"),
    "past": ("182", ""),
    "past.bright": ("225", "bold"),
    "past.dim": ("146", ""),
    "past.live": ("225", "bold"),
    "past.rec": ("174", ""),
    "past.warning": ("214", "bold"),
    "border.past": ("133", ""),
    "cursor": ("53", "bold"),
    "cpu": ("79", ""),
    "memory": ("140", ""),
    "disk": ("179", ""),
    "network": ("74", ""),
    "other": ("109", ""),
    "warning": ("214", "bold"),
    "critical": ("203", "bold"),
    "tag": ("214", "bold"),
    "select": ("255", ""),
    "select.bright": ("255", "bold"),
    "column": ("248", ""),
    "column.sorted": ("255", "bold"),
    "key": ("109", "bold"),
    "keytext": ("245", ""),
    **_ramp("cpu", (30, 36, 37, 43, 79, 122)),
    **_ramp("memory", (61, 97, 98, 99, 140, 183)),
    **_ramp("disk", (130, 136, 137, 172, 179, 222)),
    **_ramp("network", (31, 32, 68, 74, 75, 117)),
}
_LIGHT: Final[dict[str, tuple[str, str]]] = {
    "": ("236", ""),
    "text": ("236", ""),
    "bright": ("232", "bold"),
    "dim": ("243", ""),
    "faint": ("250", ""),
    "border": ("250", ""),
    "border.focus": ("25", ""),
    "title": ("232", "bold"),
    "label": ("243", ""),
    "value": ("232", ""),
    "header": ("236", ""),
    "header.bright": ("232", "bold"),
    "header.dim": ("241", ""),
    "header.live": ("22", "bold"),
    "header.rec": ("124", ""),
    "header.warning": ("88", "bold"),
    "past": ("90", ""),
    "past.bright": ("53", "bold"),
    "past.dim": ("60", ""),
    "past.live": ("53", "bold"),
    "past.rec": ("124", ""),
    "past.warning": ("88", "bold"),
    "border.past": ("133", ""),
    "cursor": ("231", "bold"),
    "cpu": ("29", ""),
    "memory": ("91", ""),
    "disk": ("130", ""),
    "network": ("25", ""),
    "other": ("25", ""),
    "warning": ("130", "bold"),
    "critical": ("160", "bold"),
    "tag": ("130", "bold"),
    "select": ("255", ""),
    "select.bright": ("255", "bold"),
    "column": ("240", ""),
    "column.sorted": ("232", "bold"),
    "key": ("25", "bold"),
    "keytext": ("240", ""),
    **_ramp("cpu", (66, 30, 29, 24, 23, 22)),
    **_ramp("memory", (135, 134, 97, 91, 55, 54)),
    **_ramp("disk", (137, 136, 131, 130, 94, 58)),
    **_ramp("network", (68, 32, 31, 26, 25, 24)),
}
_CONTRAST: Final[dict[str, tuple[str, str]]] = _DARK | {
    "": ("231", ""),
    "text": ("231", ""),
    "bright": ("231", "bold"),
    "dim": ("252", ""),
    "faint": ("245", ""),
    "border": ("250", ""),
    "border.focus": ("226", "bold"),
    "border.past": ("213", ""),
    "title": ("231", "bold"),
    "label": ("252", ""),
    "value": ("231", "bold"),
    "header": ("231", ""),
    "header.bright": ("231", "bold"),
    "header.dim": ("252", ""),
    "header.live": ("46", "bold"),
    "header.rec": ("217", "bold"),
    "header.warning": ("226", "bold"),
    "past": ("16", ""),
    "past.bright": ("16", "bold"),
    "past.dim": ("16", ""),
    "past.live": ("16", "bold"),
    "past.rec": ("16", ""),
    "past.warning": ("16", "bold"),
    "cursor": ("16", "bold"),
    "cpu": ("51", ""),
    "memory": ("219", ""),
    "disk": ("226", ""),
    "network": ("117", ""),
    "other": ("231", ""),
    "warning": ("226", "bold"),
    "critical": ("210", "bold"),
    "select": ("16", "bold"),
    "select.bright": ("16", "bold"),
    "column": ("231", ""),
    "column.sorted": ("231", "bold"),
    "key": ("226", "bold"),
    "keytext": ("252", ""),
    **_ramp("cpu", (43, 44, 50, 51, 87, 123)),
    **_ramp("memory", (176, 177, 213, 219, 225, 231)),
    **_ramp("disk", (178, 184, 220, 226, 227, 229)),
    **_ramp("network", (75, 111, 81, 117, 153, 195)),
}
"""On black, nothing darker than what has 7:1 against it (WCAG 2.2, 1.4.6), but for frames and empty parts of bars."""

_SAFE: Final[dict[str, tuple[str, str]]] = _DARK | {
    "border.focus": ("117", ""),
    "border.past": ("175", ""),
    "header.live": ("117", "bold"),
    "header.rec": ("223", ""),
    "header.warning": ("220", "bold"),
    "cpu": ("74", ""),
    "memory": ("175", ""),
    "disk": ("222", ""),
    "network": ("67", ""),
    "other": ("251", ""),
    "warning": ("220", "bold"),
    "critical": ("208", "bold reverse"),
    "key": ("117", "bold"),
    **_ramp("cpu", (31, 32, 38, 74, 117, 159)),
    **_ramp("memory", (96, 132, 139, 175, 182, 225)),
    **_ramp("disk", (136, 142, 178, 179, 222, 230)),
    **_ramp("network", (61, 62, 67, 68, 110, 153)),
}
"""Blue, orange, yellow and purple of the set that Okabe and Ito chose for all kinds of sight; never red against green."""

_FEW: Final[dict[str, tuple[str, str]]] = dict.fromkeys(_DARK, ("default", "")) | {
    "bright": ("default", "bold"),
    "title": ("default", "bold"),
    "border.focus": ("6", ""),
    "border.past": ("5", ""),
    "header.bright": ("default", "bold"),
    "header.live": ("2", "bold"),
    "header.rec": ("1", ""),
    "header.warning": ("3", "bold"),
    **{name: ("default", "reverse bold") for name in _DARK if name.partition(".")[0] in ("past", "cursor", "select")},
    "cpu": ("6", ""),
    "memory": ("5", ""),
    "disk": ("3", ""),
    "network": ("4", ""),
    "other": ("6", ""),
    "warning": ("3", "bold"),
    "critical": ("1", "bold"),
    "column.sorted": ("default", "bold"),
    "key": ("6", "bold"),
    **{f"{family}.{level}": (colour, "") for family, colour in
       (("cpu", "6"), ("memory", "5"), ("disk", "3"), ("network", "4")) for level in range(LEVELS)},
    **{f"{family}.band": (colour, "dim") for family, colour in
       (("cpu", "6"), ("memory", "5"), ("disk", "3"), ("network", "4"))},
}  # fmt: skip
"""The eight colours that every terminal with any has, on whatever ground the user chose."""

LIKE: Final = {"ghost": "dim", "other.band": "dim"} | {
    f"{family}.band": f"{family}.1" for family in ("cpu", "memory", "disk", "network")
}
"""Styles of charts with axes that are like another where a theme does not say: of what was before, of extremes."""
_BOLD: Final = {"tag", "title", "bright", "warning", "critical", "key", "column.sorted"}

THEMES: Final[dict[str, Theme]] = {
    "tuimon-dark": Theme(
        "tuimon-dark", "234", _DARK, {"header": "236", "select": "24", "column": "236", "past": "53", "cursor": "219"}
    ),
    "tuimon-light": Theme(
        "tuimon-light",
        "231",
        _LIGHT,
        {"header": "254", "select": "25", "column": "254", "past": "225", "cursor": "90"},
        dark=False,
    ),
    "high-contrast": Theme(
        "high-contrast",
        "16",
        _CONTRAST,
        {"header": "16", "select": "226", "column": "238", "past": "219", "cursor": "226"},
    ),
    "colour-blind": Theme(
        "colour-blind", "234", _SAFE, {"header": "236", "select": "24", "column": "236", "past": "53", "cursor": "230"}
    ),
    "eight-colours": Theme("eight-colours", "default", _FEW, {}),
    "monochrome": Theme(
        "monochrome",
        "default",
        {name: ("default", "bold" if name in _BOLD or name.startswith("header.") else "") for name in _DARK}
        | {name: ("default", "reverse bold") for name in _DARK if name == "cursor" or name.startswith("past")}
        | {"select": ("default", "reverse"), "select.bright": ("default", "reverse bold")}
        | dict.fromkeys(("faint", "border", *LIKE), ("default", "dim")),
        {},
    ),
}

for _theme in THEMES.values():
    for _name in {name for other in THEMES.values() for name in other.colours}:
        _like = LIKE.get(_name, _name.partition(".")[0])
        _theme.colours.setdefault(_name, _theme.colours.get(_like, _theme.colours[""]))
