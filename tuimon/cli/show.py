"""`tuimon show`: one snapshot on standard output."""

from __future__ import annotations

import argparse
import os
import sys
import time

from tuimon import compose
from tuimon.cli.errors import Failure
from tuimon.cli.page import lines
from tuimon.cli.run import machine_of, moment_of
from tuimon.config.settings import Settings
from tuimon.model.snapshot import Frame
from tuimon.model.times import format_local
from tuimon.model.wire import TOP, encode_frame, to_json

PAIR = 0.15
"""Seconds between the two samples that make rates."""


def run(options: argparse.Namespace, settings: Settings) -> int:
    """Print the machine as it is, or as it was recorded at a moment."""
    frame = _past(options, settings) if hasattr(options, "at") else _now(options, settings)
    if hasattr(options, "json"):
        print(to_json(encode_frame(frame, TOP), indent=2 if sys.stdout.isatty() else None))
        return 0
    width = os.get_terminal_size(sys.stdout.fileno()).columns if sys.stdout.isatty() else None
    for line in lines(frame, compose.zone_of(settings), width):
        print(line)
    return 0


def _now(options: argparse.Namespace, settings: Settings) -> Frame:
    """Return a frame with rates, which take two samples; the first look only says whose io there is to read."""
    machine = machine_of(options)
    collector = compose.collector_of(machine, settings)
    try:
        everyone = [process.pid for process in collector.sample().processes]
        collector.sample(everyone)
        if not machine.scenario:
            time.sleep(PAIR)
        return Frame(collector.sample(everyone))
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
