"""The pane on the desk: opens it, keeps it fed, asks for what it lacks, and takes keys and clicks for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from tuimon.model.process import Process
from tuimon.model.snapshot import Snapshot
from tuimon.tui.detail.lately import Lately
from tuimon.tui.style import Row
from tuimon.tui.travel.sight import Trace, Traced
from tuimon.tui.view import View

if TYPE_CHECKING:
    from tuimon.model.inspection import Inspection
    from tuimon.protocols import Inspector
    from tuimon.tui.detail.draw import Drawn
    from tuimon.tui.detail.pane import Pane


class Details:
    """The pane of a process while it is open, and what a live minute is kept of in case one is opened.

    `open_inspector` gives what looks into processes, None where nothing can; `deliver` gets what it finds out, in a thread of
    its own, and hands it to `take` in the screen's.
    """

    def __init__(
        self,
        open_inspector: Callable[[], Inspector] | None,
        interval: float,
        deliver: Callable[[Inspection], None] | None = None,
    ) -> None:
        self.lately = Lately()
        self.pane: Pane | None = None
        self._deliver = deliver
        self._interval = interval
        self._open_inspector = open_inspector
        self._inspector: Inspector | None = None
        self._waiting: tuple[str, ...] = ()
        self._drawn: Drawn | None = None
        self.top = 0

    def note(self, snapshot: Snapshot) -> None:
        """Take a live sample."""
        self.lately.note(snapshot)
        pane = self.pane
        if pane is not None and pane.process is not None:
            found = next((p for p in snapshot.processes if p[:2] == pane.identity), None)
            if found is not None:
                pane.note(snapshot.time, found)

    def begin(self, process: Process, snapshot: Snapshot) -> None:
        """Open the pane of a process of a sample."""
        from tuimon.tui.detail.pane import Pane  # noqa: PLC0415  not needed for the first paint

        self.pane = Pane(process, snapshot, self._interval)
        self._settle()

    def _settle(self) -> None:
        """Begin with a process: its last minute is known already."""
        if self.pane is not None:
            self._waiting = ()
            self.pane.course.seed(self.lately.of(self.pane.identity))

    def leave(self) -> None:
        """Close the pane; nothing is asked for any more."""
        self.pane = self._drawn = None
        self._waiting = ()
        if self._inspector is not None:
            self._inspector.rest()

    def close(self) -> None:
        """Give everything back."""
        if self._inspector is not None:
            self._inspector.close()
            self._inspector = None

    # What it shows

    def draw(self, view: View, width: int, height: int) -> list[Row]:
        """Return the pane's rows for a place of so many cells and rows; `top` is then the row of the screen that it begins at."""
        from tuimon.tui.detail.draw import draw  # noqa: PLC0415  not needed for the first paint

        if self.pane is None:
            return []
        live = view.past is None and not view.replayed
        self.pane.follow(view.snapshot, live=live)
        self._drawn = draw(self.pane, view, width, height, inspected=live and self._open_inspector is not None)
        return self._drawn.rows

    def ask(self, view: View) -> Trace | None:
        """Have looked into what the open tab lacks; return what the history is to be asked for."""
        pane = self.pane
        if pane is None or self._drawn is None:
            return None
        live = view.past is None and not view.replayed
        if live:
            self._look(view.snapshot.time)
        end = view.snapshot.time if view.past is None else view.past
        span = pane.span_wanted(end, self._drawn.reach, live=view.past is None)
        return None if span is None else Trace(*pane.identity, *span)

    def _look(self, now: float) -> None:
        pane = self.pane
        if pane is None or self._open_inspector is None or self._deliver is None:
            return
        wanted = pane.wish(now)
        if not wanted:
            return
        if self._inspector is None:
            self._inspector = self._open_inspector()
        left = [part for part in self._waiting if part not in wanted]
        self._waiting = (*wanted, *left)
        self._inspector.look(pane.target, self._waiting, pane.inspection, self._deliver)

    def take(self, inspection: Inspection, now: float) -> None:
        """Take what was found out about the process."""
        from tuimon.model.inspection import PENDING  # noqa: PLC0415  as above

        if self.pane is not None:
            self.pane.take(inspection, now)
            self._waiting = tuple(part for part in self._waiting if getattr(inspection, part) is PENDING)

    def trace(self, traced: Traced) -> None:
        """Take what the history has of the process."""
        if self.pane is not None and traced.past is not None and traced.asked.identity == self.pane.identity:
            self.pane.remember(traced.past)

    # Keys and clicks

    def press(self, name: str, way: int = 0) -> None:
        """Do what a key of the table does here; most of them do nothing."""
        pane = self.pane
        if pane is None:
            return
        if name == "row":
            pane.move(way)
        elif name == "page_by":
            pane.move(way * max(1, pane.height - 1))
        elif name == "edge":
            pane.edge(way)
        elif name == "fold":
            pane.turn(way)

    def back(self) -> None:
        """Close what is open, the innermost first."""
        if self.pane is not None and self.pane.tall:
            self.pane.tall = False
        else:
            self.leave()

    def enter(self, snapshot: Snapshot) -> None:
        """Go to the relative that is chosen; elsewhere open the next tab."""
        if self.pane is not None and self.pane.walk(snapshot):
            self._settle()

    def retrace(self) -> None:
        """Go back to the process that was looked at before; from the first one, leave."""
        if self.pane is not None and self.pane.retrace():
            self._settle()
        else:
            self.leave()

    def click(self, x: int, y: int, snapshot: Snapshot) -> float | None:
        """Do what is under a cell of the screen; return the moment to go to where a chart was clicked."""
        if self.pane is None or self._drawn is None:
            return None
        at = y - self.top
        hit = next((one for one in reversed(self._drawn.spots) if one.y == at and one.left <= x < one.right), None)
        if hit is None:
            return None
        if hit.kind == "tab":
            self.pane.open_tab(hit.which)
        elif hit.kind == "relative" and hit.which < len(self.pane.relatives):
            self.pane.at = hit.which
            self.enter(snapshot)
        elif hit.kind == "span":
            self.pane.next_span()
        elif hit.kind == "chart":
            return self._drawn.moment(x, hit)
        return None
