"""What can be done to a machine beyond looking at it: which objects do it, and where."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tuimon.compose import Machine
    from tuimon.config.settings import Settings
    from tuimon.model.process import Process
    from tuimon.protocols import Ability, Inspector, Source


def abilities_of(machine: Machine, *, record: bool = False, read_only: bool = False) -> frozenset[Ability]:
    """Return what can be done to a machine; to one that is not this one, nothing but to look into it and to answer its alerts."""
    from tuimon.protocols import Ability

    if not machine.is_this:
        return frozenset({Ability.INSPECT, Ability.ANSWER})
    wanted = (
        {Ability.INSPECT, Ability.ANSWER}
        | ({Ability.RECORD} if record else set())
        | (set() if read_only else {Ability.SIGNAL})
    )
    return frozenset(wanted)


def reach_of(machine: Machine, settings: Settings, source: Source) -> dict[str, Any]:
    """Return the parts of a Session that reach for processes."""
    from tuimon.protocols import Ability

    reach: dict[str, Any] = {"own_pid": os.getpid() if machine.is_this else None, "read_only": settings.ui.read_only}
    if Ability.INSPECT in source.abilities:
        reach["open_inspector"] = lambda: inspector_of(machine, source)
    if Ability.SIGNAL in source.abilities:
        from tuimon.collectors import open_actor

        reach["open_actor"] = open_actor
    return reach


def inspector_of(machine: Machine, source: Source) -> Inspector:
    """Return what looks into the processes of a machine."""
    if not machine.scenario:
        from tuimon.collectors import open_inspector

        return open_inspector(machine.root or "/")
    from tuimon.collectors.simulated.inspection import SimulatedInspector

    def find(identity: tuple[int, float]) -> Process | None:
        frame = source.newest()
        return next((p for p in frame.snapshot.processes if p[:2] == identity), None) if frame is not None else None

    return SimulatedInspector(find)
