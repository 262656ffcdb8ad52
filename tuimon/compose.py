"""The one file that knows every room: which objects make which mode of the program."""

from __future__ import annotations

import contextlib
import dataclasses
import gc
import logging
import os
import signal
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from tuimon.config import places
from tuimon.config.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, MutableMapping, Sequence
    from datetime import tzinfo

    from tuimon.alerts.watch import Watch
    from tuimon.history import History, Locked, Retention
    from tuimon.pipeline.fill import Progress
    from tuimon.pipeline.loop import Pipeline
    from tuimon.protocols import Ability, Archive, Collector

LOG: Final = logging.getLogger(__name__)
DAY: Final = 86400.0
PATIENCE: Final = 5.0
"""Seconds for which a reader of the past waits for the history to be opened."""
COMMIT: Final = 10.0
"""Seconds between two commits of what is recorded."""
COMMIT_FILLED: Final = 1200.0
"""The same, of made-up seconds, of what can be made up again."""
SLOW_LINK: Final = 5.0
"""Seconds between two drawings over a slow link."""
RESUMED: Final = 7 * DAY
"""How far back alerts that are still on are looked for."""


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
    machine: Machine, settings: Settings, *, record: bool = True, same: Sequence[str] = (), at: float | None = None
) -> int:
    """Run the dashboard until it is left; return the exit code.

    The first sample is made while the screen's code is being read, and the history is opened after it. `same` are the
    options that give another tuimon these settings, `at` the moment that is shown first, None for now.
    """
    gc.disable()  # what is read now stays; looking through it for rubbish takes a tenth of the start
    from tuimon.pipeline.loop import Pipeline
    from tuimon.sources.live import LiveSource

    shield_children(os.environ)
    began = time.time()
    watch = watch_of(settings)
    past = past_of(machine, settings, watch, began, record=record)
    pipeline = Pipeline(
        collector_of(machine, settings, began),
        evaluate=watch,
        open_sink=past.open_sink if past.record else None,
        interval=settings.interval,
        patience=1.0,
    )
    source = LiveSource(pipeline, abilities_of(machine, record=past.record))
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
                notice=past.notice,
                painted=painted,
                record=start_recorder,
                at=at,
                **looks(settings),
            )
        )
    finally:
        source.stop()
        past.close()


def looks(settings: Settings) -> dict[str, Any]:
    """Return what a session of the dashboard takes from the settings, whatever it looks at."""
    return {
        "interval": settings.interval,
        "theme": theme_of(settings, os.environ),
        "ascii_only": ascii_only(settings, os.environ),
        "tz": zone_of(settings),
        "network_bits": settings.ui.network_bits,
        "mouse": settings.ui.mouse,
        "frames_a_drawing": max(1, round(SLOW_LINK / settings.interval)) if settings.ui.low_bandwidth else 1,
    }


def replay(path: str, settings: Settings, *, at: float | None = None) -> int:
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
                replayed=Path(path).name,
                **looks(settings),
            )
        )
    finally:
        source.stop()


def shield_children(environ: MutableMapping[str, str]) -> None:
    """Have Pythons that are started from here look for code where this one found tuimon, never in the current folder."""
    home = str(Path(__file__).resolve().parent.parent)
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
    past = Past(_place(settings), settings, watch, record=True, by=RECORDER)
    collector = collector_of(machine, settings)
    try:
        history = _opened(past, locked)
    except BaseException:
        collector.close()
        raise
    return Pipeline(collector, evaluate=watch, open_sink=lambda: history, interval=settings.interval), history


def _opened(past: Past, locked: Callable[[Locked], bool]) -> History:
    from tuimon.history.errors import Locked

    while True:
        try:
            return past.open_sink()
        except Locked as error:
            if not locked(error):
                raise


def _place(settings: Settings) -> str:
    """Return the history to record into. Raises HistoryError where there is no place for one."""
    from tuimon.history.errors import HistoryError

    path, note = history_path(settings)
    if note:
        LOG.warning(note)
    if not path:
        raise HistoryError(note)
    return path


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
        off=[name for name in SWITCHED if not getattr(wanted, name)],
        cadences={name: getattr(wanted, f"{name}_every") for name in ("filesystem", "sensor", "battery")},
        ignored_disks=wanted.ignore_disks,
        ignored_interfaces=wanted.ignore_interfaces,
        ignored_fstypes=wanted.ignore_filesystem_types,
    )


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


def abilities_of(machine: Machine, *, record: bool = False) -> frozenset[Ability]:
    """Return what can be done to a machine beyond looking at it."""
    from tuimon.protocols import Ability

    if not machine.is_this:
        return frozenset()
    return frozenset({Ability.SIGNAL, Ability.RECORD} if record else {Ability.SIGNAL})


def watch_of(settings: Settings) -> Watch:
    """Return the alert rules in force, with their state."""
    from tuimon.alerts.rules import DEFAULT_RULES
    from tuimon.alerts.watch import Watch

    rules = []
    for rule in DEFAULT_RULES:
        wanted = getattr(settings.alerts, rule.family)
        if wanted.enabled:
            critical = rule.critical if rule.critical is None else max(rule.critical, wanted.above)
            rules.append(
                dataclasses.replace(
                    rule, threshold=wanted.above, clear=wanted.clear, for_seconds=wanted.for_, critical=critical
                )
            )
    return Watch(rules)


def theme_of(settings: Settings, environ: Mapping[str, str]) -> str:
    """Return the theme: as set, without colours where the user wants none (https://no-color.org)."""
    return "monochrome" if environ.get("NO_COLOR") else settings.ui.theme


def ascii_only(settings: Settings, environ: Mapping[str, str]) -> bool:
    """Tell whether the terminal has no more than ASCII: as set, else by its locale (see `places.locale`)."""
    if settings.ui.glyphs != "auto":
        return settings.ui.glyphs == "ascii"
    return environ.get("TERM") == "linux" or not places.locale(environ).upper().replace("-", "").endswith("UTF8")


def zone_of(settings: Settings) -> tzinfo | None:
    """Return the time zone in which times are shown, None for the machine's own."""
    from tuimon.model.times import parse_zone

    return parse_zone(settings.ui.tz)


# -- The past ---------------------------------------------------------------------------------------------------------


def booted_at(began: float) -> float:
    """Return when a simulated machine was started, whose session began at a moment (both epoch seconds)."""
    from tuimon.collectors.simulated.machine import UPTIME

    return began // 1 - UPTIME


def past_of(machine: Machine, settings: Settings, watch: Watch, began: float = 0.0, *, record: bool) -> Past:
    """Return the history of a session: this machine's, one that was named, or a temporary one."""
    if machine.scenario and not settings.history.path:
        return MadeUpPast(machine, settings, watch, began, record=record)
    if machine.root and not settings.history.path:
        return Past("", settings, watch, record=False)
    path, note = history_path(settings)
    past = Past(path, settings, watch, record=record)
    first = record and not Path(path).exists()
    past.notice = note or (FIRST_RUN.format(path=_short(path)) if first else "")
    return past


FIRST_RUN: Final = "First run: what you see is recorded until you quit, into {path}"


def _short(path: str) -> str:
    """Return a path as people write it, with `~` for their home."""
    home = os.environ.get("HOME") or "/"
    return f"~{path.removeprefix(home)}" if len(home) > 1 and path.startswith(f"{home}/") else path


def history_path(settings: Settings) -> tuple[str, str]:
    """Return the history file of this machine, and a line for the user where it is not in its usual place."""
    from tuimon.history.lock import holder

    path = places.history_path(settings.history.path, os.environ, recorded=lambda path: holder(path) is not None)
    kind = places.filesystem_type(str(Path(path).parent))
    if kind not in places.REMOTE:
        return path, ""
    folder = places.local_folder(os.environ)
    local = str(Path(folder, Path(path).name)) if folder else ""
    where = f"it is in {local}" if local else "nothing is recorded"
    return local, f"{path} is on {kind}, which cannot hold a history: {where}"


def retention_of(settings: Settings) -> Retention:
    """Return how long each tier is kept."""
    from tuimon.history import Retention

    kept = settings.history.retention
    return Retention(**{field.name: getattr(kept, field.name) for field in dataclasses.fields(kept)})


def open_history(
    path: str, settings: Settings, machine_id: str = "", commit_every: float = COMMIT, by: str = ""
) -> History:
    """Open a history to record into. Raises Locked and HistoryError."""
    from tuimon import history

    return history.open_history(
        path,
        machine_id=machine_id,
        commit_every=commit_every,
        retention=retention_of(settings),
        size_cap=settings.history.size_cap,
        interval=settings.interval,
        by=by,
    )


def open_archive(settings: Settings) -> Archive:
    """Open the history of this machine to read. Raises HistoryError where there is none."""
    from tuimon import history

    path, _ = history_path(settings)
    if not Path(path).exists():
        raise history.HistoryError(f"{path}: there is no history yet; it is written while tuimon is open")
    return history.open_archive(path)


class Past:
    """The history of a session: opened to record in the pipeline's thread, to read in the reader's."""

    def __init__(self, path: str, settings: Settings, watch: Watch, *, record: bool, by: str = "dashboard") -> None:
        self.path = path
        self.by = by
        self.record = record and bool(path)
        self.notice = ""
        self.settings = settings
        self.watch = watch
        self.history: History | None = None
        self.opened = threading.Event()
        if not self.record:
            self.opened.set()

    def open_sink(self) -> History:
        """Open the history to record into; alerts that were on when it was last recorded go on. Raises Locked."""
        try:
            self.history = open_history(self.path, self.settings, places.machine_id(), by=self.by)
            self._resume()
        finally:
            self.opened.set()
        return self.history

    def _resume(self) -> None:
        from tuimon.alerts.watch import open_alerts
        from tuimon.history import open_archive as read

        try:
            archive = read(self.path, self.history)
            now = time.time()
            self.watch.resume(open_alerts(archive.events(now - RESUMED, now)))
            archive.close()
        except Exception:
            LOG.exception("the alerts of before could not be read")

    def open_archive(self) -> Archive | None:
        """Open the history to read, once it is known who records into it; None where there is none."""
        from tuimon.history import open_archive as read

        self.opened.wait(PATIENCE)
        return read(self.path, self.history) if self.path and Path(self.path).exists() else None

    def close(self) -> None:
        """Let go of what only this session needed."""


class MadeUpPast(Past):
    """The history of a simulated machine: temporary, filled with a day in a process of its own when first read."""

    def __init__(self, machine: Machine, settings: Settings, watch: Watch, began: float, *, record: bool) -> None:
        temporary = Path(os.environ.get("TMPDIR") or "/tmp")  # noqa: S108  the name in it is one that nobody can know
        for left in temporary.glob("tuimon-*-????????"):
            if _is_left_over(left):
                _remove(left)
        self.folder = Path(temporary, f"tuimon-{os.getpid()}-{os.urandom(4).hex()}")
        self.folder.mkdir(0o700)
        super().__init__(str(self.folder / "history.db"), settings, watch, record=record)
        self.machine = machine
        self.began = began or time.time()
        self.filler = 0
        self.filled = threading.Event()
        self.ended = False
        self.lock = threading.Lock()

    def open_sink(self) -> History:
        """Open the history to record into once its past is there. Raises Locked until then."""
        if not self.filled.is_set():
            from tuimon.history.errors import Locked

            raise Locked(self.path, self.filler or None)
        return super().open_sink()

    def open_archive(self) -> Archive | None:
        """Fill the history, once, and open it to read when the recorder has it."""
        if not self.filled.is_set():
            self._fill()
        return super().open_archive()

    def _fill(self) -> None:
        words = ("fill", self.machine.scenario, "--seed", str(self.machine.seed), "--quick", "--history", self.path)
        times = ("--interval", str(self.settings.interval), "--until", repr(self.began))
        arguments = [sys.executable, "-m", "tuimon", *words, *times]
        nowhere = [(os.POSIX_SPAWN_OPEN, fd, os.devnull, os.O_RDWR, 0) for fd in (0, 1, 2)]
        with self.lock:
            if self.ended:
                return
            self.filler = os.posix_spawn(sys.executable, arguments, os.environ, file_actions=nowhere)
        _, status = os.waitpid(self.filler, 0)
        if status and not self.ended:
            LOG.warning("the simulated past was not filled: status %d", status)
        self.filled.set()

    def close(self) -> None:
        """Remove the temporary history."""
        with self.lock:
            self.ended = True
        if self.filler and not self.filled.is_set():
            os.kill(self.filler, signal.SIGKILL)
            self.filled.wait(PATIENCE)
        _remove(self.folder)


def _is_left_over(folder: Path) -> bool:
    """Tell whether a temporary history is this user's and its session was killed."""
    pid = folder.name.split("-")[1]
    try:
        if not pid.isdecimal() or folder.lstat().st_uid != os.getuid():
            return False
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except (OSError, OverflowError):
        return False
    return False


def _remove(folder: Path) -> None:
    """Remove a temporary history; one that is gone already is as good."""
    with contextlib.suppress(OSError):
        for file in folder.iterdir():
            file.unlink()
        folder.rmdir()


def fill_history(
    machine: Machine, path: str, settings: Settings, *, start: float, end: float, quick: bool, progress: Progress
) -> int:
    """Fill a history file with a simulated past, alerts included; return of how many samples.

    In steps of the interval with the incident in its last tenth, still on at its end; or, `quick`, as the past of a
    session that begins at its end: coarse but for the last minutes. Raises Locked and HistoryError.
    """
    from tuimon.alerts.watch import Watch
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
        return fill.fill(simulated, history, start=start, stretches=stretches, evaluate=Watch(), progress=progress)
    finally:
        history.close()
