"""What a command can come to nothing by: each is one line for the user, and an exit code."""

from __future__ import annotations

from collections.abc import Iterable

from tuimon.model.text import harmless


class UsageError(Exception):
    """A command line that cannot be understood, or values that make no sense: exit code 2."""


class Failure(Exception):  # noqa: N818  it is no error of the program
    """Something that cannot be done here and now: exit code 1."""


def shown(value: object) -> str:
    """Return a user's text as it may stand in a message."""
    return f"'{harmless(str(value), 80)}'"


def suggestion(wrong: str, known: Iterable[str]) -> str:
    """Return the end of a message: the nearest valid choice, or all of them."""
    import difflib

    choices = list(known)
    near = difflib.get_close_matches(wrong[:80], choices, n=1, cutoff=0.5)
    return f"; did you mean '{near[0]}'?" if near else f"; choose from {', '.join(choices)}"
