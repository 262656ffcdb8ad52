"""`--filter`: only the processes that are meant."""

from __future__ import annotations

import argparse
import dataclasses
from typing import TYPE_CHECKING

from tuimon.cli.errors import UsageError

if TYPE_CHECKING:
    from tuimon.config.settings import Settings
    from tuimon.filters import Filter
    from tuimon.model.snapshot import Frame


def filter_of(options: argparse.Namespace, settings: Settings) -> Filter | None:
    """Return the filter that was asked for, None where none was. Raises UsageError where it is not understood."""
    if not hasattr(options, "filter"):
        return None
    from tuimon import compose
    from tuimon.filters import Mistake, understood

    found = understood(options.filter, compose.zone_of(settings))
    if isinstance(found, Mistake):
        raise UsageError(f"--filter: {found.line}")
    return found


def narrowed(frame: Frame, chosen: Filter) -> Frame:
    """Return a frame with only the processes that pass."""
    snapshot = frame.snapshot
    passing = tuple(chosen.passing(snapshot.processes, snapshot.time))
    return dataclasses.replace(frame, snapshot=dataclasses.replace(snapshot, processes=passing, complete=False))
