"""Screens over a recorded history: a whole dashboard, and a desk without one, whose questions are answered at once."""

from __future__ import annotations

import ast
import contextlib
from collections.abc import AsyncIterator, Callable

from textual.pilot import Pilot

from tuimon.collectors.simulated import open_simulated
from tuimon.history import open_archive
from tuimon.model.snapshot import Frame
from tuimon.pipeline.loop import Pipeline
from tuimon.pipeline.recent import Recent
from tuimon.protocols import Archive
from tuimon.sources.live import LiveSource
from tuimon.sources.replay import ReplaySource
from tuimon.tui.app import Dashboard
from tuimon.tui.desk import Desk
from tuimon.tui.keys import KEYS
from tuimon.tui.past import charted
from tuimon.tui.session import Session
from tuimon.tui.travel.reader import answer
from tuimon.tui.travel.sight import Question, Sight


@contextlib.asynccontextmanager
async def dashboard(path, size=(150, 45), **session) -> AsyncIterator[tuple[Dashboard, Pilot[int]]]:
    """Run the dashboard of a live simulated machine whose past is the history in `path`."""
    source = LiveSource(Pipeline(open_simulated("busy", 1)))
    app = Dashboard(Session(source, lambda: open_archive(path), **session))
    try:
        async with app.run_test(size=size) as pilot:
            await until(pilot, lambda: app.frame is not None and app.frame.tick >= 1)
            yield app, pilot
    finally:
        source.stop()


async def until(pilot: Pilot[int], condition: Callable[[], bool]) -> None:
    """Wait until something is so."""
    for _ in range(500):
        if condition():
            return
        await pilot.pause(0.02)
    raise AssertionError("it never came")


def text_of(shown: Dashboard | Desk) -> str:
    """Return what is on the screen, without colours."""
    desk = shown.desk if isinstance(shown, Dashboard) else shown
    return "\n".join("".join(text for text, _ in row) for row in desk.page.rows)


class StillDesk:
    """A desk over an archive of which `newest` is the last frame. Each press is answered and drawn at once."""

    def __init__(self, archive: Archive, newest: Frame, size=(120, 40), **session) -> None:
        self.archive = archive
        self.newest = newest
        self.size = size
        self.desk = Desk(Session(ReplaySource(archive, ""), lambda: archive, **session))
        self.desk.travel.ask = self._ask
        self.desk.travel.ready = True
        self.desk.travel.follow(newest, tuple(charted(newest.snapshot)))
        self.desk.look()
        self.draw()

    def _ask(self, question: Question) -> Sight | None:
        found = answer(self.archive, question, [])
        if isinstance(found, Sight):
            return found
        self.desk.tell(found)
        return None

    def draw(self) -> str:
        """Draw it, and return the text of the screen."""
        self.desk.draw(self.newest, Recent(), *self.size)
        return text_of(self.desk)

    def press(self, key: str) -> str:
        """Do what a key of the table does to the desk; return the screen."""
        action = next(one.action for one in KEYS if one.shown == key)
        name, *arguments = ast.literal_eval(action.replace("desk(", "(").replace("')", "',)"))
        self.desk.do("desk", name, *arguments)
        return self.draw()

    def go(self, at: float) -> str:
        """Go to a moment; return the screen."""
        self.desk.go(at)
        return self.draw()

    @property
    def shown(self) -> Frame | None:
        """The frame of the past that is shown."""
        sight = self.desk.travel.sight
        return sight.frame if sight is not None else None
