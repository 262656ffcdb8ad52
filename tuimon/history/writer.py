"""The recorder: takes every frame, commits every few seconds, and moves data down the tiers as time passes."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol
from weakref import WeakSet

from tuimon.history import schema, store
from tuimon.history.codec import pack_row
from tuimon.history.errors import HistoryError, Locked, brief, plainly
from tuimon.history.happenings import Happenings
from tuimon.history.hot import Slots, newest, runs
from tuimon.history.housekeeping import Housekeeping
from tuimon.history.layouts import Layout, Reader, stored
from tuimon.history.lives import Lives
from tuimon.history.lock import RecorderLock
from tuimon.history.processes import LEVELS, TopProcesses
from tuimon.history.registry import Registry
from tuimon.history.spans import Stretches
from tuimon.history.tiers import Retention
from tuimon.history.unsaved import ProcessRow, Sample, Unsaved
from tuimon.history.whereabouts import Loss, Lost, Whereabouts
from tuimon.model.snapshot import Frame, Recorder, Snapshot

if TYPE_CHECKING:
    from tuimon.history.opening import Opening

MAX_UNSAVED: Final = 3600
"""Samples held in memory while the file cannot be written; then the oldest are dropped."""
NOTED_COMMITS: Final = 360
"""For how many commits the user is told what has happened to the file: an hour."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How a history is kept."""

    retention: Retention
    size_cap: int
    commit_every: float
    interval: float


class Reads(Protocol):
    """Who reads the file in this process."""

    def let_go(self) -> None:
        """Close the file, which is lost; the next read opens what is at its place then."""


class History:
    """A Sink that records frames into one file. `write` is called from one thread; reads go through an Archive."""

    def __init__(self, lock: RecorderLock, db: sqlite3.Connection, opening: Opening, *, note: str = "") -> None:
        self.path = opening.path
        self.mutex = threading.Lock()
        self.generation = 0  # how many files this recorder has gone on in after it lost one
        self.readers: WeakSet[Reads] = WeakSet()
        self._lock = lock
        self._opening = opening
        self._settings = opening.settings
        self._note = note  # what the user should know of what has happened
        self._noted = NOTED_COMMITS  # for how many commits more
        self._trouble = self._brief = ""  # what is wrong now
        self._damage = ""  # what the background check found
        self._lost: Lost | None = None  # the file that has no successor yet
        self._dropped = 0
        self._turn = -1  # which stretch of `commit_every` the next sample is in, as of the last commit
        self._closed = False
        self._samples: list[Sample] = []
        self._process_rows: list[ProcessRow] = []
        self._use(db)

    def _use(self, db: sqlite3.Connection) -> None:
        """Take up a file where it ends."""
        self._db = db
        self._place = Whereabouts(self.path, store.name_file(db))
        self._segment, self._last_time = _last_sample(db)
        self._slots = Slots(db)
        self._registry = Registry(db)
        self._reader = Reader()
        self._layout: Layout | None = None
        self._resolutions: list[float] = []
        self._lives = Lives(db, self._last_time)
        self._top = [TopProcesses(level) for level in LEVELS]
        self._happenings = Happenings(db, self._last_time / 1000)
        self._stretches = Stretches(db, self._settings.interval)
        self._housekeeping = Housekeeping(self._settings.retention, self._settings.size_cap, self._lives.dropped)
        self._bytes = store.size_of(self.path)

    def write(self, frame: Frame) -> None:
        """Take a frame. What cannot be stored now is kept, and `status` says why.

        Raises Locked, and is over, where another process records by now, since somebody removed the lock.
        """
        if self._closed:
            return
        try:
            self._take(frame)
            self._housekeeping.tick()
        except zlib.error as error:  # of a hot row that is being sealed
            self._damage = str(error)
        except Exception as error:  # a frame that cannot be taken must not stop the loop
            self._trouble = f"a sample was not recorded: {error or type(error).__name__}"
            self._brief = "sample left out"
        now = frame.snapshot.time
        turn = int((now + self._settings.interval) // self._settings.commit_every)
        if turn != self._turn:  # a commit never spans two minutes: all of it is one hot row
            self._turn = turn
            self.flush(now)
            status = self.status()
            self._lock.tell(status.brief, status.reason)

    def _take(self, frame: Frame) -> None:
        snapshot = frame.snapshot
        time = round(snapshot.time * 1000)
        self._begin_segment(time)
        if self._reader.changed(snapshot) or self._layout is None:
            self._layout = self._registry.layout(self._reader.keys(snapshot), snapshot)
            self._resolutions = [series.resolution for series in self._layout.series]
        data = pack_row(stored(self._reader.values(snapshot), self._resolutions))
        self._samples.append((self._segment, time, self._layout.id, data))
        self._stretches.take(self._segment, time, snapshot.elapsed)
        self._happenings.take(frame)
        if snapshot.processes:
            self._take_processes(snapshot, time)

    def _take_processes(self, snapshot: Snapshot, time: int) -> None:
        due = [top for top in self._top if top.due(snapshot.time)]
        self._lives.take(snapshot.processes, time, thorough=bool(due))
        for top in due:
            row = top.row(snapshot, self._lives)
            self._process_rows.append((top.level.seconds, self._segment, time, row))

    def flush(self, now: float) -> bool:
        """Commit what is held and do the housekeeping that is due; return whether a file took it."""
        for again in (True, False):
            try:
                self._lock.keep()
                self._have_a_file()
                self._make_room()
                self._store(now)
            except Locked:
                self._leave()
                raise
            except (sqlite3.Error, zlib.error, OSError, HistoryError) as error:
                self._undo()
                if not again or not _is_damage(error):
                    return self._fail(error)
                self._damage = str(error)
            else:
                break
        self._place.note()
        self._bytes = store.size_of(self.path)
        self._trouble = self._brief = ""
        self._noted -= bool(self._note)
        if not self._noted:
            self._note = ""
        return True

    def _leave(self) -> None:
        """Let go of a file that another process records into by now."""
        self._closed = True
        with self.mutex:
            self._samples.clear()
            self._process_rows.clear()
        with contextlib.suppress(sqlite3.Error):
            self._db.close()

    def _undo(self) -> None:
        with contextlib.suppress(sqlite3.Error):
            self._db.execute("ROLLBACK")
        self._slots.undone()
        self._housekeeping.undone()
        self._registry.undone()

    def _have_a_file(self) -> None:
        """See that the file is in its place and whole, else go on in another one, with what is still held.

        Raises sqlite3.Error, OSError and HistoryError where there is none to be had.
        """
        lost = self._lost or self._found_lost()
        if lost is None:
            return
        fresh, note = self._opening.after(lost)
        self._move_to(fresh)
        if note:
            self._note, self._noted = note, NOTED_COMMITS
        self._lost, self._damage = None, ""

    def _found_lost(self) -> Lost | None:
        """Return how the file is lost, None where it is not; let go of it, and number in memory what is sampled now."""
        loss: Loss = "damaged" if self._damage else self._place.loss()
        if self._place.touched:
            self._opening.look_at_all(self)
        if not loss:
            return None
        with self.mutex:
            readers = list(self.readers)
        for reader in readers:
            reader.let_go()
        self._place.let_go(self._db, loss)
        self._lost = Lost(loss, self._damage)
        self._move_to(blank())
        return self._lost

    def _store(self, now: float) -> None:
        db = self._db
        parts = (self._registry, self._stretches, self._lives, self._happenings)
        db.execute("BEGIN IMMEDIATE")
        for part in parts:
            part.save(db)
        rows = runs(self._samples, self._process_rows, self._slots.next_number)
        self._slots.save(db, rows)
        self._housekeeping.run(db, self._registry, self._segment, now)
        if self._closed:
            self._housekeeping.finish(db, self._registry, self._segment, now)
        with self.mutex:
            db.execute("COMMIT")
            self._samples.clear()
            self._process_rows.clear()
            self._slots.saved(rows)
            for part in parts:
                part.saved()
        self._housekeeping.committed(db)

    def _make_room(self) -> None:
        """Empty the log where it has grown because somebody did not end a read; raise where that read still lasts."""
        log, cap = store.log_size(self.path), self._settings.size_cap
        if log <= cap // 4 and (self._bytes <= cap or log <= 2 * store.log_limit(cap)):
            return
        self._db.execute("PRAGMA busy_timeout = 0")
        busy = self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        self._db.execute(f"PRAGMA busy_timeout = {store.TIMEOUT_MS}")
        if busy:
            why = f"somebody has not ended a read for long, {log >> 20} MiB wait beside the file (see 'tuimon doctor')"
            raise HistoryError(why, "held by a reader")

    def _fail(self, error: Exception) -> bool:
        """Keep what could not be stored, within bounds."""
        self._brief = brief(error)
        self._trouble = f"{plainly(error)}: what is sampled is kept in memory until the history can be written again"
        excess = len(self._samples) - MAX_UNSAVED
        if excess > 0:
            self._dropped += excess
            with self.mutex:
                del self._samples[:excess]
                del self._process_rows[: max(0, len(self._process_rows) - MAX_UNSAVED // 5)]
                self._registry.forget({layout for _, _, layout, _ in self._samples})
        if self._dropped:
            self._trouble += f"; {self._dropped} samples are lost, it was for too long"
        return False

    def _move_to(self, db: sqlite3.Connection) -> None:
        """Go on in another file, with the samples and events that the one before did not take."""
        with self.mutex:
            held, layouts, happenings = self._samples, self._registry.layouts, self._happenings
            self._use(db)
            self._samples = []
            for _, time, layout, data in held:
                self._begin_segment(time)
                number = self._registry.layout(tuple(series.key for series in layouts[layout].series)).id
                self._samples.append((self._segment, time, number, data))
                self._stretches.take(self._segment, time, None)
            self._happenings.inherit(happenings)
            self._process_rows.clear()
            self.generation += 1

    def _begin_segment(self, time: int) -> None:
        """Note the time of a sample (ms): a step back begins a segment."""
        if time < self._last_time:
            self._segment += 1
        self._last_time = time

    def damaged(self, why: str) -> None:
        """Say from another thread that the file is damaged: the next commit moves it aside."""
        self._damage = why

    def unsaved(self) -> Unsaved:
        """Return what is not in the file yet; call it with `mutex` held, together with beginning to read."""
        return Unsaved(
            tuple(self._samples),
            self._registry.layouts,
            tuple(self._process_rows),
            dict(self._lives.unsaved),
            self._stretches.unwritten(),
            self._happenings.unwritten(),
        )

    def status(self) -> Recorder:
        """Say how recording goes."""
        left_out = self._reader.left_out
        found = {
            self._trouble: self._brief,
            self._note: "begun anew",
            f"{left_out} series left out: too many devices" if left_out else "": "some left out",
            self._opening.remark: "kept elsewhere",
        }
        found.pop("", None)
        return Recorder(
            "off" if self._closed else "here",
            self.path,
            self._bytes,
            "; ".join(found),
            interval=self._settings.interval,
            brief=next(iter(found.values()), ""),
            held=len(self._samples) if self._trouble else 0,
            lost=self._dropped,
        )

    def close(self) -> None:
        """Commit what is held, then let go of the file and its lock; may be called twice."""
        if self._closed:
            return
        self._closed = True
        self._lives.finish()
        self._stretches.finish()
        stored_all = self._turn < 0
        with contextlib.suppress(Locked):
            stored_all = stored_all or self.flush(self._last_time / 1000)
        with contextlib.suppress(sqlite3.Error):
            if stored_all:
                self._db.execute("INSERT OR REPLACE INTO meta VALUES ('clean', 1)")
            self._db.close()
        self._lock.release()


def _is_damage(error: Exception) -> bool:
    """Return whether an error says that the file is damaged, not that it cannot be written now."""
    other = (sqlite3.OperationalError, sqlite3.IntegrityError, sqlite3.ProgrammingError)
    return isinstance(error, sqlite3.DatabaseError | zlib.error) and not isinstance(error, other)


def blank() -> sqlite3.Connection:
    """Return an empty history in memory, which is never read."""
    db = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    schema.create(db)
    return db


def _last_sample(db: sqlite3.Connection) -> tuple[int, int]:
    """Return the present segment, and the newest time in it (ms)."""
    span = db.execute('SELECT segment, "end" FROM span ORDER BY id DESC LIMIT 1').fetchone() or (1, 0)
    last = newest(db) or (1, 0)
    return max(span, last)
