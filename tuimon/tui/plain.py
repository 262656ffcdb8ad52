"""ASCII for terminals that have nothing else: one table for all that is drawn."""

from __future__ import annotations

from typing import Final

from rich.cells import cell_len

from tuimon.tui.style import Row

TABLE: Final = str.maketrans(
    {
        "·": "-",
        "…": "~",
        "°": " ",
        "↑": "^",
        "↓": "v",
        "▲": "^",
        "▼": "v",
        "△": "^",
        "▽": "v",
        "▾": "-",
        "▸": "+",
        "←": "<",
        "→": ">",
        "●": "*",
        "◉": "o",
        "▏": "_",
        "⏎": "<",
        "—": "-",
        "\N{REPLACEMENT CHARACTER}": "?",
    }
)


def plain(text: str) -> str:
    """Return a text in ASCII, as many cells wide: what has no likeness becomes question marks."""
    if text.isascii():
        return text
    text = text.translate(TABLE)
    return text if text.isascii() else "".join([c if c.isascii() else "?" * cell_len(c) for c in text])


def plain_row(row: Row) -> Row:
    """Return a row in ASCII."""
    return [(plain(text), style) for text, style in row]
