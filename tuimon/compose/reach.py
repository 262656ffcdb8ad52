"""What can be done to a machine beyond looking at it: which objects do it, and where."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tuimon.compose import Machine
    from tuimon.config.settings import Settings
    from tuimon.protocols import Ability


def abilities_of(machine: Machine, *, record: bool = False, read_only: bool = False) -> frozenset[Ability]:
    """Return what can be done to a machine; of one that is not this one, nothing."""
    from tuimon.protocols import Ability

    if not machine.is_this:
        return frozenset()
    return frozenset({Ability.RECORD} if record else ()) | frozenset(() if read_only else {Ability.SIGNAL})


def reach_of(machine: Machine, settings: Settings, abilities: frozenset[Ability]) -> dict[str, Any]:
    """Return the parts of a Session that reach for processes."""
    from tuimon.protocols import Ability

    reach: dict[str, Any] = {"own_pid": os.getpid() if machine.is_this else None, "read_only": settings.ui.read_only}
    if Ability.SIGNAL in abilities:
        from tuimon.collectors import open_actor

        reach["open_actor"] = open_actor
    return reach
