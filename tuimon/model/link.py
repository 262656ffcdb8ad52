"""How another machine is reached, as its dashboard says it."""

from __future__ import annotations

from typing import NamedTuple


class Link(NamedTuple):
    """`lost`: nothing comes any more. `line` says why, or, when it came back, what was missed; '' where all is well."""

    lost: bool = False
    line: str = ""


WELL = Link()
