"""The past of a session: which history it is, how it is opened, to record and to read, and one that is made up."""

from __future__ import annotations

import contextlib
import dataclasses
import logging
import os
import signal
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final
from weakref import WeakSet

from tuimon.config import places

if TYPE_CHECKING:
    from tuimon.alerts.forecast import Point
    from tuimon.alerts.watch import Watch
    from tuimon.compose import Machine
    from tuimon.config.settings import Settings
    from tuimon.history import FileArchive, History, Retention
    from tuimon.protocols import Archive

LOG: Final = logging.getLogger(__name__)
DAY: Final = 86400.0
PATIENCE: Final = 5.0
"""Seconds for which a reader of the past waits for the history to be opened."""
COMMIT: Final = 10.0
"""Seconds between two commits of what is recorded."""
MOST_IN_MEMORY: Final = 64 << 20
"""Bytes that a history may take that had to go into memory, since there is no disk for it."""
RESUMED: Final = 7 * DAY
"""How far back alerts that are still on are looked for."""


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
    past = Past(path, settings, watch, record=record, remark=note)
    past.notice = note
    past.first_run = FIRST_RUN.format(path=_short(path)) if record and not note and _is_to_come(path) else ""
    return past


def _is_to_come(path: str) -> bool:
    """Return whether a history is not there yet, as far as this user may know."""
    if os.path.lexists(path):
        return False
    from tuimon.history.owners import forbidden

    return not forbidden(path)


FIRST_RUN: Final = "First run: what you see is recorded until you quit, into {path}"


def _short(path: str) -> str:
    """Return a path as people write it, with `~` for their home."""
    home = os.environ.get("HOME") or "/"
    return f"~{path.removeprefix(home)}" if len(home) > 1 and path.startswith(f"{home}/") else path


def history_path(settings: Settings) -> tuple[str, str]:
    """Return the history file of this machine, and a line for the user where it is not in its usual place."""
    path = places.history_path(settings.history.path, os.environ, recorded=_is_recorded)
    kind = places.filesystem_type(str(Path(path).parent))
    if kind not in places.REMOTE:
        return path, ""
    folder = places.local_folder(os.environ)
    local = str(Path(folder, Path(path).name)) if folder else ""
    lasting = "" if not folder or _lasts(folder) else ", in memory, until the machine restarts"
    where = f"it is in {local}{lasting}" if local else "nothing is recorded"
    return local, f"{path} is on {kind}, which cannot hold a history: {where}"


def _is_recorded(path: str) -> bool:
    from tuimon.history.lock import recorder_of

    return recorder_of(path) is not None


def _lasts(folder: str) -> bool:
    """Tell whether what is in a folder is there after the machine has restarted."""
    return places.filesystem_type(folder) not in places.IN_MEMORY


def retention_of(settings: Settings) -> Retention:
    """Return how long each tier is kept."""
    from tuimon.history import Retention

    kept = settings.history.retention
    return Retention(**{field.name: getattr(kept, field.name) for field in dataclasses.fields(kept)})


def open_history(
    path: str, settings: Settings, machine_id: str = "", *, commit_every: float = COMMIT, by: str = "", remark: str = ""
) -> History:
    """Open a history to record into; `remark` says why it is not in its usual place. Raises Locked and HistoryError."""
    from tuimon import history

    if remark and not path:
        raise history.HistoryError(remark, "no local disk", "name a file on a local disk with --history")
    cap = settings.history.size_cap
    return history.open_history(
        path,
        machine_id=machine_id,
        commit_every=commit_every,
        retention=retention_of(settings),
        size_cap=min(cap, MOST_IN_MEMORY) if remark and not _lasts(path) else cap,
        interval=settings.interval,
        by=by,
        remark=remark,
    )


def open_archive(settings: Settings) -> Archive:
    """Open the history of this machine to read. Raises HistoryError where there is none."""
    from tuimon import history

    path, _ = history_path(settings)
    if _is_to_come(path):
        raise history.HistoryError(f"{path}: there is no history yet; it is written while tuimon is open")
    return history.open_archive(path)


class Past:
    """The history of a session: opened to record in the pipeline's thread, to read in the reader's."""

    def __init__(
        self, path: str, settings: Settings, watch: Watch, *, record: bool, by: str = "dashboard", remark: str = ""
    ) -> None:
        self.path = path
        self.by = by
        self.remark = remark
        self.record = record and bool(path or remark)
        self.notice = ""
        self.first_run = ""
        self.settings = settings
        self.watch = watch
        self.history: History | None = None
        self.archives: WeakSet[FileArchive] = WeakSet()
        self.opened = threading.Event()
        if not self.record:
            self.opened.set()

    def open_sink(self) -> History:
        """Open the history to record into; alerts that were on when it was last recorded go on. Raises Locked.

        Where another process records, its alerts go on here the first time that this is known.
        """
        from tuimon.history.errors import Locked

        try:
            self.history = open_history(self.path, self.settings, places.machine_id(), by=self.by, remark=self.remark)
            for archive in list(self.archives):  # opened while another process recorded
                archive.follow(self.history)
            self._resume()
        except Locked:
            if not self.opened.is_set():
                self._resume()
            raise
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
            if self.watch.foretells:
                self.watch.remember(_room(archive, now))
            archive.close()
        except Exception:
            LOG.exception("the alerts of before could not be read")

    def open_archive(self) -> Archive | None:
        """Open the history to read, once it is known who records into it; None where there is none."""
        from tuimon.history import open_archive as read

        self.opened.wait(PATIENCE)
        if not self.path or not os.path.lexists(self.path):
            return None
        archive = read(self.path, self.history)
        self.archives.add(archive)
        return archive

    def is_ready(self) -> bool:
        """Return whether the past can be read; what is to be made first is begun, and not waited for."""
        return True

    def close(self) -> None:
        """Let go of what only this session needed."""


def _room(archive: Archive, now: float) -> dict[str, tuple[Point, ...]]:
    """Return what was available on each filesystem in the last day, as points that predictions are made of."""
    from tuimon.alerts.forecast import EVERY, WINDOW

    start = now - WINDOW
    keys = [key for key in archive.keys(start, now) if (key.family, key.metric) == ("filesystem", "available_bytes")]
    window = archive.window(keys, start, now, int(WINDOW / EVERY))
    return {
        key.device: tuple(
            (at, value)
            for at, value in zip(window.times, window.series[key].average, strict=True)
            if value is not None and at < now
        )
        for key in keys
    }


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
        self.begun = threading.Event()
        self.filled = threading.Event()
        self.ended = False
        self.lock = threading.Lock()
        self.filling = threading.Lock()

    def open_sink(self) -> History:
        """Open the history to record into once its past is there. Raises ToCome until then."""
        if not self.filled.is_set():
            from tuimon.history.errors import ToCome

            raise ToCome(f"{self.path}: its past is being made up")
        return super().open_sink()

    def is_ready(self) -> bool:
        """Return whether the past is made up; begin to do so in a thread where nobody has."""
        if not (self.filled.is_set() or self.begun.is_set()):
            self.begun.set()
            threading.Thread(target=self._fill_once, name="tuimon-past", daemon=True).start()
        return self.filled.is_set()

    def open_archive(self) -> Archive | None:
        """Fill the history, once, and open it to read when the recorder has it."""
        self._fill_once()
        return super().open_archive()

    def _fill_once(self) -> None:
        with self.filling:  # the charts and the timeline read it in a thread each
            if not self.filled.is_set():
                self._fill()

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
