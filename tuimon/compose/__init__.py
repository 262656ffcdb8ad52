"""The one file that knows every room: which objects make which mode of the program."""

from __future__ import annotations

import gc
import logging
import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tuimon.compose.alerting import Alerts
from tuimon.compose.past import (
    Past,
    booted_at,
    history_path,
    open_archive,
    open_history,
    past_of,
    retention_of,
)
from tuimon.compose.reach import abilities_of, reach_of
from tuimon.config.hints import slow_link
from tuimon.config.looks import ascii_only, keeper, looks, theme_of, zone_of
from tuimon.config.settings import Settings

__all__ = [
    "Machine",
    "Past",
    "abilities_of",
    "ascii_only",
    "booted_at",
    "collector_of",
    "dashboard",
    "fill_history",
    "history_path",
    "open_archive",
    "open_history",
    "past_of",
    "recorder",
    "recorder_command",
    "replay",
    "retention_of",
    "shield_children",
    "theme_of",
    "watch_of",
    "zone_of",
]

if TYPE_CHECKING:
    from collections.abc import Callable, MutableMapping, Sequence
    from datetime import tzinfo

    from tuimon.alerts.watch import Watch
    from tuimon.history import History, Locked
    from tuimon.pipeline.fill import Progress
    from tuimon.pipeline.loop import Pipeline
    from tuimon.protocols import Archive, Collector

LOG: Final = logging.getLogger(__name__)
COMMIT_FILLED: Final = 1200.0
"""The same, of made-up seconds, of what can be made up again."""


@dataclass(frozen=True, slots=True)
class Machine:
    """Which machine is looked at: a simulated one (`scenario`), a recorded tree (`root`), or this one."""

    scenario: str = ""
    seed: int = 1
    root: str = ""

    @property
    def is_this(self) -> bool:
        """Whether it is the machine that the program runs on."""
        return not (self.scenario or self.root)


def dashboard(
    machine: Machine,
    settings: Settings,
    *,
    record: bool = True,
    same: Sequence[str] = (),
    at: float | None = None,
    config: str = "",
) -> int:
    """Run the dashboard until it is left; return the exit code.

    The first sample is made while the screen's code is being read, and the history is opened after it. `same` are the
    options that give another tuimon these settings, `at` the moment that is shown first, None for now. `config` is the
    file that settings are kept in.
    """
    gc.disable()  # what is read now stays; looking through it for rubbish takes a tenth of the start
    from tuimon.pipeline.loop import Pipeline
    from tuimon.sources.live import LiveSource

    shield_children(os.environ)
    began = time.time()
    watch = watch_of(settings)
    past = past_of(machine, settings, watch, began, record=record)
    alerts = Alerts(watch, past)
    pipeline = Pipeline(
        collector_of(machine, settings, began),
        evaluate=watch,
        pending=watch.pending,
        open_sink=past.open_sink if past.record else None,
        interval=settings.interval,
        patience=1.0,
    )
    alerts.tell(machine, settings, pipeline.subscribe)
    source = LiveSource(pipeline, abilities_of(machine, record=past.record, read_only=settings.ui.read_only))
    source.start()

    def start_recorder(tell: Callable[[str], None]) -> None:
        from tuimon.pipeline.handover import hand_over

        hand_over(pipeline, recorder_command(past.path, settings, same), tell)

    def painted() -> None:
        gc.enable()
        source.painted()

    try:
        from tuimon.tui.app import run
        from tuimon.tui.session import Session

        return run(
            Session(
                source=source,
                open_archive=past.open_archive,
                first_run=past.first_run,
                notice=past.notice or slow_link(settings, os.environ),
                painted=painted,
                record=start_recorder,
                alerting=alerts,
                ring=alerts.ring(settings, began),
                at=at,
                take_away=taking(past.open_archive, zone_of(settings)),
                **reach_of(machine, settings, source),
                keep=keeper(config) if config else None,
                **looks(settings),
            )
        )
    finally:
        source.stop()
        alerts.close()
        past.close()


def taking(open_archive: Callable[[], Archive | None], tz: tzinfo | None) -> Callable[[str, float, float, str], str]:
    """Return what takes a span of the past away as a file; see `tuimon.compose.takeaway.taker`."""

    def take(form: str, start: float, end: float, text: str = "") -> str:
        from tuimon.compose.takeaway import taker

        return taker(open_archive, tz)(form, start, end, text)

    return take


def replay(path: str, settings: Settings, *, at: float | None = None, config: str = "") -> int:
    """Run the dashboard of a recorded history until it is left; return the exit code. Raises HistoryError."""
    from tuimon import history
    from tuimon.sources.replay import ReplaySource

    path = str(Path(path).absolute())
    source = ReplaySource(history.open_archive(path), path, settings.interval)
    try:
        if source.read() is None:
            raise history.HistoryError(f"{path}: nothing is recorded in it")
        from tuimon.tui.app import run
        from tuimon.tui.session import Session

        return run(
            Session(
                source=source,
                open_archive=lambda: history.open_archive(path),
                at=at,
                take_away=taking(lambda: history.open_archive(path), zone_of(settings)),
                replayed=Path(path).name,
                recorded_seconds=source.recorded_seconds,
                keep=keeper(config) if config else None,
                **looks(settings),
            )
        )
    finally:
        source.stop()


def shield_children(environ: MutableMapping[str, str]) -> None:
    """Have Pythons that are started from here look for code where this one found tuimon, never in the current folder."""
    home = str(Path(__file__).resolve().parents[2])
    before = environ.get("PYTHONPATH")
    environ["PYTHONPATH"] = os.pathsep.join([home, before]) if before else home
    environ["PYTHONSAFEPATH"] = "1"


def recorder_command(path: str, settings: Settings, same: Sequence[str]) -> list[str]:
    """Return how a recorder in the background is started that takes over from this process."""
    words = ("record", "--detach", "--handover", "--history", path, "--interval", str(settings.interval))
    return [sys.executable, "-m", "tuimon", *words, *same]


def recorder(machine: Machine, settings: Settings, *, locked: Callable[[Locked], bool]) -> tuple[Pipeline, History]:
    """Return a loop that records a machine with no screen, and its history, which is open already.

    Where another process records into it, `locked` says whether to try again. Raises Locked and HistoryError.
    """
    from tuimon.pipeline.loop import Pipeline

    watch = watch_of(settings)
    path, note = history_path(settings)
    if note:
        LOG.warning(note)
    past = Past(path, settings, watch, record=True, by=RECORDER, remark=note)
    collector = collector_of(machine, settings)
    try:
        history = _opened(past, locked)
    except BaseException:
        collector.close()
        raise
    opened = [history]
    pipeline = Pipeline(
        collector,
        evaluate=watch,
        open_sink=lambda: opened.pop() if opened else past.open_sink(),  # again, where another process took it over
        interval=settings.interval,
    )
    Alerts(watch, past).tell(machine, settings, pipeline.subscribe)
    return pipeline, history


def _opened(past: Past, locked: Callable[[Locked], bool]) -> History:
    from tuimon.history.errors import Locked

    while True:
        try:
            return past.open_sink()
        except Locked as error:
            if not locked(error):
                raise


RECORDER: Final = "record"
"""What the lock of a history says of a recorder without a screen."""


def collector_of(machine: Machine, settings: Settings, began: float | None = None) -> Collector:
    """Return what reads a machine. A simulated one had been up for its days when the session `began`."""
    if machine.scenario:
        from tuimon.collectors.simulated import open_simulated

        return open_simulated(
            machine.scenario, machine.seed, interval=settings.interval, booted_at=booted_at(began or time.time())
        )
    from tuimon.collectors import open_collector

    wanted = settings.collectors
    return open_collector(
        machine.root or "/",
        interval=settings.interval,
        off=switched_off(settings),
        cadences={name: getattr(wanted, f"{name}_every") for name in ("filesystem", "sensor", "battery")},
        ignored_disks=wanted.ignore_disks,
        ignored_interfaces=wanted.ignore_interfaces,
        ignored_fstypes=wanted.ignore_filesystem_types,
    )


def switched_off(settings: Settings) -> list[str]:
    """Return the families that are not to be collected."""
    return [name for name in SWITCHED if not getattr(settings.collectors, name)]


SWITCHED: Final = (
    "processes",
    "core",
    "load",
    "swap",
    "pressure",
    "disk",
    "filesystem",
    "network",
    "tcp",
    "sensor",
    "battery",
)
"""What of collection can be switched off."""


def watch_of(settings: Settings) -> Watch:
    """Return the alert rules in force, with their state."""
    from tuimon.alerts.watch import Watch
    from tuimon.config.rulebook import rules_of

    return Watch(rules_of(settings.alerts))


def fill_history(
    machine: Machine, path: str, settings: Settings, *, start: float, end: float, quick: bool, progress: Progress
) -> int:
    """Fill a history file with a simulated past, alerts included; return of how many samples.

    In steps of the interval with the incident in its last tenth, still on at its end; or, `quick`, as the past of a
    session that begins at its end: coarse but for the last minutes. Raises Locked and HistoryError.
    """
    from tuimon.collectors.simulated import at_the_end, before_live, open_simulated
    from tuimon.pipeline import fill

    span = end - start
    incidents = before_live(span) if quick else (at_the_end(span),)
    # the past of a session ends as the session begins: the same hour of the machine's day, the same processes
    simulated = open_simulated(
        machine.scenario,
        machine.seed,
        incident=incidents,
        start=None if quick else start,
        booted_at=booted_at(end) if quick else None,
    )
    stretches = fill.quick(end) if quick else fill.even(end, settings.interval)
    history = open_history(path, settings, commit_every=COMMIT_FILLED)
    try:
        return fill.fill(
            simulated, history, start=start, stretches=stretches, evaluate=watch_of(settings), progress=progress
        )
    finally:
        history.close()
