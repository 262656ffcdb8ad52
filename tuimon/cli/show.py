"""`tuimon show`: one snapshot on standard output."""

from __future__ import annotations

import argparse
import itertools
import os
import sys
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

from tuimon import compose
from tuimon.cli.errors import Failure, UsageError
from tuimon.cli.filtered import filter_of, narrowed
from tuimon.cli.page import lines
from tuimon.cli.run import machine_of, moment_of
from tuimon.config.settings import Settings
from tuimon.model.snapshot import Frame
from tuimon.model.times import format_local
from tuimon.model.wire import TOP, encode_frame, to_json

if TYPE_CHECKING:
    from tuimon.filters import Filter

PAIR = 0.15
"""Seconds between the two samples that make rates."""


def run(options: argparse.Namespace, settings: Settings) -> int:
    """Print the machine as it is, once or again and again, or as it was recorded at a moment."""
    watch = hasattr(options, "watch")
    chosen = filter_of(options, settings)
    if hasattr(options, "at"):
        if watch:
            raise UsageError("--at and --watch exclude each other: the past does not go on")
        _print(_past(options, settings), options, settings, chosen)
        return 0
    for number, frame in enumerate(_frames(options, settings)):
        if number and not hasattr(options, "json"):
            print()
        _print(frame, options, settings, chosen)
        if not watch:
            break
    return 0


def _print(frame: Frame, options: argparse.Namespace, settings: Settings, chosen: Filter | None) -> None:
    total = len(frame.snapshot.processes)
    if chosen is not None:
        frame = narrowed(frame, chosen)
    if hasattr(options, "json"):
        indent = 2 if sys.stdout.isatty() and not hasattr(options, "watch") else None
        print(to_json(encode_frame(frame, TOP if chosen is None else None), indent=indent), flush=True)
        return
    width = os.get_terminal_size(sys.stdout.fileno()).columns if sys.stdout.isatty() else None
    for line in lines(frame, compose.zone_of(settings), width, passed_of=None if chosen is None else total):
        print(line)
    sys.stdout.flush()


def _frames(options: argparse.Namespace, settings: Settings) -> Iterator[Frame]:
    """Yield frames with rates, which take two samples, an interval apart; the first look says whose io to read."""
    machine = machine_of(options)
    collector = compose.collector_of(machine, settings)
    try:
        everyone = [process.pid for process in collector.sample().processes]
        snapshot = collector.sample(everyone)
        due = time.monotonic()
        wait = 0.0 if machine.scenario else PAIR
        for tick in itertools.count():
            due = max(due + wait, time.monotonic())
            time.sleep(max(0.0, due - time.monotonic()))
            snapshot = collector.sample([process.pid for process in snapshot.processes])
            yield Frame(snapshot, tick=tick)
            wait = settings.interval
    finally:
        collector.close()


def _past(options: argparse.Namespace, settings: Settings) -> Frame:
    at = moment_of(options.at, settings)
    archive = compose.open_archive(settings)
    try:
        frame = archive.frame(at)
        if frame is None:
            spans = archive.spans()
            zone = compose.zone_of(settings)
            held = f"it begins {format_local(spans[0].start, zone)}" if spans else "it is empty"
            raise Failure(f"the history has nothing of {format_local(at, zone)}; {held}")
        return frame
    finally:
        archive.close()
