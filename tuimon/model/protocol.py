"""Which edition of the HTTP contract a program speaks: `/api/v1/health` says it, so that two tuimons know each other.

The first number is the one in the address: what has another one is another contract. The second grows with what is
added; nothing is ever taken away or given another meaning under the same first number.
"""

from __future__ import annotations

from typing import Final, NamedTuple


class Edition(NamedTuple):
    """An edition of the contract; of two with the same `major` the one with the larger `minor` can more."""

    major: int
    minor: int

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}"


SPOKEN: Final = Edition(1, 1)
"""What this program speaks. 1.1: moments, keys, lifetimes and the like, for the dashboard of another machine."""
NEEDED: Final = Edition(1, 1)
"""The oldest one with which the dashboard of another machine can be shown."""


def edition_of(value: object) -> Edition | None:
    """Return the edition that a text such as `1.1` names, None where it is none."""
    if not isinstance(value, str) or len(value) > 20:
        return None
    parts = value.split(".")
    if len(parts) < 2 or not all(part.isascii() and part.isdecimal() for part in parts[:2]):
        return None
    return Edition(int(parts[0]), int(parts[1]))
