"""A line of text being edited: one pure function from the line and a key to the line."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

LONGEST: Final = 2000
_WORD_BEFORE: Final = re.compile(r"\S*\s*\Z")
_WORD_AFTER: Final = re.compile(r"\s*\S*")


@dataclass(frozen=True, slots=True)
class Line:
    """A text and a cursor in it, before the letter of that number."""

    text: str = ""
    cursor: int = 0


def line(text: str) -> Line:
    """Return a text with the cursor at its end."""
    return Line(text, len(text))


def inserted(at: Line, text: str) -> Line:
    """Return a line with text put in at the cursor."""
    text = text[: max(0, LONGEST - len(at.text))]
    return Line(at.text[: at.cursor] + text + at.text[at.cursor :], at.cursor + len(text))


def edited(at: Line, key: str, character: str | None) -> Line:
    """Return the line after a key, by Textual's name of it; the same line where the key means nothing in one."""
    text, cursor = at.text, at.cursor
    match key:
        case "left" | "ctrl+b":
            return Line(text, max(0, cursor - 1))
        case "right" | "ctrl+f":
            return Line(text, min(len(text), cursor + 1))
        case "home" | "ctrl+a":
            return Line(text, 0)
        case "end" | "ctrl+e":
            return line(text)
        case "ctrl+left":
            return Line(text, _word_before(at))
        case "ctrl+right":
            return Line(text, _word_after(at))
        case "backspace" | "ctrl+h":
            return _without(at, max(0, cursor - 1), cursor)
        case "delete" | "ctrl+d":
            return _without(at, cursor, cursor + 1)
        case "ctrl+w":
            return _without(at, _word_before(at), cursor)
        case "ctrl+u":
            return _without(at, 0, cursor)
        case "ctrl+k":
            return Line(text[:cursor], cursor)
    return inserted(at, character) if character is not None and character.isprintable() else at


def typed(words: str, key: str, character: str | None) -> tuple[str, bool]:
    """Return a short line after a key, and whether typing goes on: Enter ends it, Escape empties it too."""
    if key == "enter":
        return words.strip(), False
    if key == "escape":
        return "", False
    return edited(line(words), key, character).text, True


def _without(at: Line, start: int, end: int) -> Line:
    return Line(at.text[:start] + at.text[end:], start)


def _word_before(at: Line) -> int:
    found = _WORD_BEFORE.search(at.text[: at.cursor])
    return found.start() if found else 0


def _word_after(at: Line) -> int:
    found = _WORD_AFTER.match(at.text, at.cursor)
    return found.end() if found else len(at.text)
