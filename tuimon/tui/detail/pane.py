"""The pane of one process: which one, which tab, how far it is scrolled, and what is to be asked about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from tuimon.model.action import Target, target
from tuimon.model.inspection import PENDING, Inspection, Missing, recorded
from tuimon.model.process import Process, ProcessPast
from tuimon.model.snapshot import Snapshot
from tuimon.tui.detail.charts import SPANS
from tuimon.tui.detail.course import KEPT, Course
from tuimon.tui.detail.kin import Relative, family

Identity = tuple[int, float]


@dataclass(frozen=True, slots=True)
class Tab:
    """One tab: what it is called, the parts that it shows, and how often they are asked for (seconds; 0: once)."""

    title: str
    parts: tuple[str, ...]
    every: float


TABS: Final[tuple[Tab, ...]] = (
    Tab("Summary", ("command", "executable", "folder", "owner", "schedule", "io", "group", "memory"), 3.0),
    Tab("Threads", ("threads",), 2.0),
    Tab("Files", ("files",), 5.0),
    Tab("Sockets", ("sockets",), 3.0),
    Tab("Environment", ("environment",), 0.0),
    Tab("Limits", ("limits", "files", "threads", "schedule"), 5.0),
    Tab("Family", (), 0.0),
)
FAMILY: Final = len(TABS) - 1
LOST: Final = 4.0
"""Seconds after which a part that was asked for and did not come is asked for again."""


@dataclass(frozen=True, slots=True)
class Step:
    """A process that was looked at before, and the tab that was open."""

    target: Target
    tab: int


class Pane:
    """One process at a time; walking to a relative keeps the way back."""

    def __init__(self, process: Process, snapshot: Snapshot, interval: float) -> None:
        self.interval = interval
        self.tab = 0
        self.tall = False
        self.zoom = 0
        self.trail: list[Step] = []
        self.shares: dict[int, float] = {}
        self._go(target(process, snapshot.host), process)

    def _go(self, wanted: Target, process: Process | None) -> None:
        self.target = wanted
        self.process = process
        self.ended_at: float | None = None
        self.inspection = Inspection(*wanted.identity)
        self.course = Course(self.interval)
        self.offset = 0
        self.at = -1
        self.settled = False
        self.height = 1
        self.rows = 0
        self.shares = {}
        self.relatives: list[Relative] = []
        self._threads: tuple[float, dict[int, float]] | None = None
        self._asked: dict[str, float] = {}
        self._late: set[str] = set()
        self._traced: tuple[float, float] | None = None

    @property
    def identity(self) -> Identity:
        """The process that is looked at."""
        return self.target.identity

    # What is known of it

    def follow(self, snapshot: Snapshot, *, live: bool) -> None:
        """Take the sample that is shown: of now, or of a moment of the past."""
        found = next((p for p in snapshot.processes if p.identity == self.identity), None)
        if found is not None:
            self.process = found
            self.ended_at = None
        elif live and snapshot.complete and self.ended_at is None:
            self.ended_at = snapshot.time
        elif not live:
            self.process = None
        self.relatives = family(self.identity, snapshot.processes)
        if self.at < 0 or self.at >= len(self.relatives):
            self.at = next((i for i, one in enumerate(self.relatives) if one.own), 0)

    def note(self, time: float, process: Process) -> None:
        """Take a live sample of it into its charts."""
        self.course.note(time, process)

    def shown(self, *, inspected: bool, afar: bool = False) -> Inspection:
        """Return what is known beside its row; where nobody looks into it, why not: it is recorded, or of a machine `afar`."""
        return self.inspection if inspected else recorded(*self.identity, afar=afar)

    def wish(self, now: float) -> tuple[str, ...]:
        """Return the parts that are to be asked for now (epoch seconds), those of the open tab, () mostly."""
        if self.ended_at is not None or self.inspection.ended:
            return ()
        tab = TABS[self.tab]
        due = [part for part in tab.parts if part not in self._late and self._is_due(part, tab.every, now)]
        for part in due:
            self._asked[part] = now
        return tuple(due)

    def _is_due(self, part: str, every: float, now: float) -> bool:
        asked = self._asked.get(part)
        wait = LOST if getattr(self.inspection, part) is PENDING else every
        return asked is None or (wait > 0 and not 0 <= now - asked < wait)

    def take(self, inspection: Inspection, now: float) -> None:
        """Take what was found out; of a part that did not come in time nobody asks again."""
        if (inspection.pid, inspection.started_at) != self.identity:
            return
        before, self.inspection = self.inspection, inspection
        if inspection.threads is not before.threads and not isinstance(inspection.threads, Missing):
            self._measure({one.tid: one.cpu_seconds for one in inspection.threads}, now)
        for part in TABS[self.tab].parts:
            found = getattr(inspection, part)
            if isinstance(found, Missing) and found.why in {"late", "failed"}:
                self._late.add(part)

    def _measure(self, seconds: dict[int, float], now: float) -> None:
        """Reckon what each thread used since it was last looked at."""
        if self._threads is not None and now > self._threads[0]:
            then, used = self._threads
            self.shares = {
                tid: max(0.0, (total - used[tid]) * 100 / (now - then)) for tid, total in seconds.items() if tid in used
            }
        self._threads = now, seconds

    def span_wanted(self, end: float, reach: float, *, live: bool) -> tuple[float, float] | None:
        """Return the span that the history is to be asked for, for charts of `reach` seconds up to `end`; None mostly.

        Live, what was read once serves for as long as live samples go on from it.
        """
        if self._traced is not None and self._traced[0] <= end - reach and end <= self._traced[1]:
            return None
        start = end - 1.5 * reach
        self._traced = start, end + (0.8 * KEPT * self.interval if live else 0.5 * reach)
        return start, end + (self.interval if live else 0.5 * reach)

    def remember(self, past: ProcessPast) -> None:
        """Take its recorded rows."""
        if (past.pid, past.started_at) == self.identity or abs(past.started_at - self.identity[1]) < 0.011:
            self.course.remember(past)

    # Keys

    @property
    def span(self) -> float:
        """Seconds that the charts are to show; 0: a sample a step."""
        return SPANS[self.zoom]

    def next_span(self) -> None:
        """Show a longer span in the charts, after the longest the shortest."""
        self.zoom = (self.zoom + 1) % len(SPANS)

    def turn(self, way: int) -> None:
        """Go to the next (1) or the previous (-1) tab."""
        self.open_tab((self.tab + way) % len(TABS))

    def open_tab(self, tab: int) -> None:
        """Open a tab."""
        self.tab, self.offset, self.settled = tab, 0, False

    def move(self, rows: int) -> None:
        """Scroll, or choose another relative."""
        if self.tab == FAMILY and self.relatives:
            self.at = max(0, min(self.at + rows, len(self.relatives) - 1))
            self.offset = max(min(self.offset, self.at), self.at - self.height + 1)
        else:
            self.scroll(rows)

    def settle(self) -> None:
        """Bring the chosen relative into sight when the family is first shown."""
        if not self.settled:
            self.settled = True
            if self.tab == FAMILY:
                self.offset = self.at - self.height // 2
        self.scroll(0)

    def scroll(self, rows: int) -> None:
        """Scroll without choosing."""
        self.offset = max(0, min(self.offset + rows, self.rows - self.height))

    def edge(self, way: int) -> None:
        """Go to the top (-1) or to the bottom (1)."""
        self.move(way * (self.rows + len(self.relatives)))

    def walk(self, snapshot: Snapshot) -> bool:
        """Go to the relative that is chosen; return whether there was another one to go to."""
        if self.tab != FAMILY or not 0 <= self.at < len(self.relatives) or self.relatives[self.at].own:
            return False
        chosen = self.relatives[self.at].process
        self.trail.append(Step(self.target, self.tab))
        self._go(target(chosen, snapshot.host), chosen)
        return True

    def retrace(self) -> bool:
        """Go back to the process that was looked at before; return whether there was one."""
        if not self.trail:
            return False
        step = self.trail.pop()
        self._go(step.target, None)
        self.tab = step.tab
        return True


def counts(inspection: Inspection, relatives: Sequence[Relative]) -> list[int | None]:
    """Return how many entries each tab has, None where that is not known or means nothing."""
    found: list[int | None] = [None]
    for part in ("threads", "files", "sockets", "environment"):
        value = getattr(inspection, part)
        found.append(None if isinstance(value, Missing) else len(value))
    return [*found, None, max(0, len(relatives) - 1) or None]
