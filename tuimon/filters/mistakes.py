"""What is wrong with a filter, as a value: a screen, a command and an API each say it in their own way."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from tuimon.model.text import harmless


@dataclass(frozen=True, slots=True)
class Mistake:
    """Why a text is no filter: `message` in one line, the characters it is about, what would have been right.

    `position` counts from 0. `expected` are texts that could stand there, or say what could; `nearest` is the valid name
    that resembles most what stands there, '' where none does. `incomplete`: the text is right as far as it goes.
    """

    position: int
    length: int
    message: str
    expected: tuple[str, ...] = ()
    nearest: str = ""
    incomplete: bool = False

    @property
    def line(self) -> str:
        """The message with the place that it is about, counted from 1 as people do."""
        return f"at character {self.position + 1}: {self.message}"


class Wrong(Exception):  # noqa: N818  it never leaves this room: what leaves it is the Mistake
    """Carries a mistake from where it is found to who asked."""

    def __init__(self, mistake: Mistake) -> None:
        super().__init__(mistake.message)
        self.mistake = mistake


def nearest(wrong: str, known: Iterable[str]) -> str:
    """Return the known word that a wrong one resembles most, '' where none does."""
    import difflib  # noqa: PLC0415  only a mistake needs it

    found = difflib.get_close_matches(wrong[:40].lower(), list(known), n=1, cutoff=0.6)
    return found[0] if found else ""


def quoted(text: str, limit: int = 30) -> str:
    """Return a part of the user's text as it may stand in a message."""
    short = text if len(text) <= limit else text[: limit - 1] + "…"
    return f"'{harmless(short)}'"
