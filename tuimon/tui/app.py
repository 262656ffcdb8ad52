"""The dashboard: hands frames to the desk, keys and clicks too, and shows what it draws."""

from __future__ import annotations

import contextlib
import contextvars
import gc
import logging
import os
import signal
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Final, TypeVar

from textual.actions import parse
from textual.app import App, ComposeResult
from textual.binding import BindingType

from tuimon.model.link import WELL
from tuimon.pipeline.recent import Recent
from tuimon.tui.bindings import DESK, NEEDS, bindings
from tuimon.tui.canvas import Canvas, Terminal
from tuimon.tui.desk import Desk
from tuimon.tui.keys import keymap
from tuimon.tui.past import KEPT, charted, read_recent
from tuimon.tui.recorder import STARTING, change, fault, mended, refusal
from tuimon.tui.session import Session
from tuimon.tui.style import THEMES
from tuimon.tui.travel.reader import PastReader

if TYPE_CHECKING:
    import asyncio

    from rich.console import RenderableType
    from textual import events
    from textual.driver import Driver

    from tuimon.model.action import Action, Outcome, Target
    from tuimon.model.inspection import Inspection
    from tuimon.model.snapshot import Frame, Window
    from tuimon.protocols import Actor
    from tuimon.tui.travel.sight import Answer

T = TypeVar("T")
LOG: Final = logging.getLogger(__name__)
SILENCE: Final = 5.0
"""Seconds between two looks whether frames still come."""
LINK: Final = 1.0
"""The same where a link to another machine can be lost."""
TORN: Final = 2.5
"""Intervals without a sample after which the charts have a hole that the history may fill."""


class Overview(Canvas):
    """The canvas with the keys of the overview."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(control=False)


class Dashboard(App[int]):
    """The overview of one machine."""

    TITLE = "tuimon"
    ENABLE_COMMAND_PALETTE = False  # the desk has its own
    BINDINGS: ClassVar[list[BindingType]] = bindings(control=True)
    CSS = "Screen { layers: base; overflow: hidden; } Overview { width: 100%; height: 100%; }"

    def __init__(self, session: Session, driver: type[Driver] | None = None) -> None:
        super().__init__(driver_class=driver)
        self.session = session
        self.desk = Desk(session, notice=session.notice, bits=session.network_bits)
        self.past = PastReader(session.open_archive, self._past_read, ahead=session.reads_ahead)
        self.desk.travel.ask = self.past.ask
        self.canvas = Overview(THEMES.get(session.theme, THEMES["tuimon-dark"]))
        self.recent = Recent(KEPT, session.interval)
        self.frame: Frame | None = None
        self.failure: BaseException | None = None
        self._past_wanted = True
        self._torn = False
        self._link = WELL
        self._terminal: Terminal | None = None
        self._owed = False  # a drawing, to a terminal that takes none
        self._heard_at = time.monotonic()
        self._happened: deque[str] = deque(maxlen=1)  # of frames that came and were passed over too
        self._stop_listening: Callable[[], None] | None = None
        self._here: contextvars.Context | None = None
        self.desk.perform = self._perform
        self.desk.keep = self._keep if session.keep is not None else None
        self.keys = keymap(session.keys)
        self.desk.keys = self.keys.keys
        self.desk.looked_into = self._looked_into
        self.desk.run = self._later

    def compose(self) -> ComposeResult:
        """Textual's own: the one widget."""
        yield self.canvas

    def on_mount(self) -> None:
        """Begin to listen to the source, to the terminal and to signals."""
        self.theme = "textual-dark" if self.canvas.theme.dark else "textual-light"
        self.canvas.typed = self._typed
        self.canvas.resized = self.redraw
        self.canvas.focus()
        if self._loop is not None:
            self._listen(self._loop)

    def _listen(self, loop: asyncio.AbstractEventLoop) -> None:
        context = self._here = contextvars.copy_context()
        loop.set_exception_handler(self._loop_failed)

        def arrived(frame: Frame) -> None:
            self._happened.extend(event.text for event in frame.events if event.kind == "clock_step")
            if self.session.ring is not None and (sound := self.session.ring(frame)):
                loop.call_soon_threadsafe(self._ring, sound, context=context)
            loop.call_soon_threadsafe(self._take_newest, context=context)

        if not self.is_headless:
            for number in (signal.SIGTERM, signal.SIGHUP):
                loop.add_signal_handler(number, self.exit, 0)
        if isinstance(self._driver, Terminal):
            self._terminal = self._driver
            self._terminal.when_caught_up(self._caught_up)
        self._stop_listening = self.session.source.subscribe(arrived)
        self.session.source.start()
        self.call_after_refresh(self._take_newest)
        self.set_interval(SILENCE if self.session.link is None else LINK, self._listen_for_silence)

    def _listen_for_silence(self) -> None:
        """Say so when no frames come any more: what is on the screen is then not of now."""
        silent = time.monotonic() - self._heard_at
        if self._look_at_link() or silent > SILENCE + 2 * self.session.interval:
            self.desk.silent = silent
            self.redraw()

    def _look_at_link(self) -> bool:
        """Say what became of the link to the machine, if it is far away; return whether it is lost."""
        link = self.session.link() if self.session.link is not None else WELL
        before, self._link = self._link, link
        if link.line and link != before:
            if link.lost:
                self.desk.notice = link.line
            else:
                self.desk.say(link.line)
            self.redraw()
        return link.lost

    def on_unmount(self) -> None:
        """Stop listening."""
        self.past.close()
        if self.desk.inside is not None:
            self.desk.inside.close()
        if self._stop_listening is not None:
            self._stop_listening()

    def _soon(self, work: Callable[..., None], *given: object) -> None:
        """Do something in the screen's own thread; may be called in any."""
        loop = self._loop
        if loop is not None and not loop.is_closed():
            with contextlib.suppress(RuntimeError):  # closed meanwhile
                loop.call_soon_threadsafe(work, *given, context=self._here)

    def _past_read(self, answer: Answer) -> None:
        """Take what the reader of the past found, in the screen's own thread."""
        self._soon(self._show_past, answer)

    def _looked_into(self, inspection: Inspection) -> None:
        """Take what was found out about a process, in the screen's own thread."""
        self._soon(self._show_inside, inspection)

    def _show_inside(self, inspection: Inspection) -> None:
        self.desk.look_into(inspection)
        self.redraw()

    def _show_past(self, answer: Answer) -> None:
        self.desk.tell(answer)
        self._changed()

    def _take_newest(self) -> None:
        """Show the newest frame; those that came meanwhile, and one that is shown already, are passed over."""
        frame = self.session.source.newest()
        if frame is None or not self.is_running or (self.frame is not None and frame.tick == self.frame.tick):
            return
        before = self.frame.recorder if self.frame else None
        now = frame.recorder
        told = (
            self._happened.pop() if self._happened and not (now and now.brief) else ""
        )  # what is wrong still is not hidden
        self.desk.notice = change(before, now) or fault(before, now) or mended(before, now) or told or self.desk.notice
        if before is None and now is not None and now.mode == "here":
            self.desk.notice = self.desk.notice or self.session.first_run
        first, self.frame = self.frame is None, frame
        self._heard_at, self.desk.silent = time.monotonic(), self._age(frame)
        for key in charted(frame.snapshot):
            self.recent.follow(key)
        whole = not first and self._is_whole_again(frame)
        self.recent.append(frame.snapshot)
        if not first:
            self.desk.detail.note(frame.snapshot)
        self.desk.travel.follow(frame, tuple(charted(frame.snapshot)))
        if first and self.session.at is not None:
            self.desk.go(self.session.at)
        if self.desk.travel.live:
            self.desk.look()
        if frame.tick < 2 or frame.tick % self.session.frames_a_drawing == 0:  # the first has no rates yet
            self._changed()
        self._past_wanted |= whole
        if first or (self._past_wanted and frame.recorder is not None and frame.recorder.mode != "off"):
            self.desk.travel.timeline.known &= not whole
            self._begin_reading(frame)
        if first:
            self.call_after_refresh(self._painted)

    def _is_whole_again(self, frame: Frame) -> bool:
        """Return whether this is the first frame on time after some that were missing."""
        before = self._torn
        self._torn = frame.snapshot.time - (self.recent.newest_at or 0.0) > TORN * self.session.interval
        return before and not self._torn

    def _ring(self, sound: str) -> None:
        """Have the terminal tell of an alert, between two drawings."""
        if self._driver is not None and not self.is_headless:
            self._driver.write(sound)

    def _age(self, frame: Frame) -> float:
        """Return for how long no frame has come: of a recording, since its last one was taken."""
        age = time.time() - frame.snapshot.time if self.session.replayed else 0.0
        return age if age > 2 * SILENCE else 0.0

    def _painted(self) -> None:
        """Do what had to wait for the first paint; what lives from now on is left out of later collections."""
        if self.session.painted is not None:
            self.session.painted()
        self.desk.travel.ready = True
        self.redraw()
        gc.collect()
        gc.freeze()

    def _begin_reading(self, frame: Frame) -> None:
        self._past_wanted = False
        seed = partial(self._soon, self._seed)
        read_recent(self.session.open_archive, frame.snapshot, self.session.interval, seed)

    def _seed(self, window: Window | None) -> None:
        """Fill the charts with the past; there may be one later, if there is none yet."""
        if window is None:
            self._past_wanted = True
            return
        self.recent.seed(window)
        self.redraw()

    def redraw(self) -> None:
        """Draw the screen anew and send what changed: to a terminal that takes nothing, once it does again."""
        if self._terminal is not None and self._terminal.behind:
            self._owed = True
            return
        self._owed = False
        width, height = self.canvas.size
        if self.frame is not None and width > 0 and height > 0:
            self.canvas.show(self.desk.draw(self.frame, self.recent, width, height).rows)

    def _caught_up(self) -> None:
        """Draw what was held back; called in the writer's thread."""
        if self._owed:
            self._soon(self.redraw)

    def _changed(self) -> None:
        """Show what a key, a click or a sample did, and tell the source which processes are seen."""
        self.redraw()
        self.session.source.look_at(*self.desk.looked_at)

    # Keys

    def action_desk(self, name: str, *arguments: int) -> None:
        """Do what a key of the table does to the desk."""
        self.desk.do("desk", name, *arguments)
        self._changed()

    def action_table(self, name: str, *arguments: int) -> None:
        """Do what a key does to the process table, or to the details that are in its place."""
        self.desk.do("table", name, *arguments)
        self._changed()

    def action_leave(self) -> None:
        """Quit at once."""
        self.exit(0)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002  Textual's
        """Textual's own: offer only what the source can do."""
        needed = NEEDS.get(action)
        return needed is None or needed in self.session.source.abilities

    def action_record(self) -> None:
        """Have a recorder in the background take over from this dashboard."""
        if self.session.record is None or self.desk.notice == STARTING:
            return
        if no := refusal(self.frame.recorder if self.frame else None):
            self._say(no)
            return
        self._say(STARTING)
        self.session.record(lambda line: self._soon(self._say, line))

    def _perform(self, actor: Actor, targets: Sequence[Target], action: Action) -> None:
        """Do something to processes aside, and tell what came of it."""
        self._aside(lambda: [actor.act(one, action) for one in targets], self._acted)

    def _keep(self, values: Mapping[str, object]) -> None:
        """Keep settings in the user's file, aside: a home on a server may never answer."""
        if (keep := self.session.keep) is not None:
            self._aside(lambda: keep(values), self._told)

    def _told(self, line: str) -> None:
        self.desk.say(line)
        self._changed()

    def _acted(self, outcomes: Sequence[Outcome]) -> None:
        if self.desk.acting is not None and outcomes:
            self.desk.say(self.desk.acting.take(outcomes))
            self._changed()

    def action_take_away(self) -> None:
        """Ask in which form the span is wanted, and write it aside."""
        take = self.session.take_away
        if take is None:
            self._say("nothing is recorded that could be taken away")
            return

        def chosen(form: object) -> None:
            start, end = self.desk.span
            picture = self._later_picture() if form == "svg" else ""
            self._aside(lambda: f"written: {take(str(form), start, end, picture)}", self._say)

        self.desk.take_away(chosen)
        self._changed()

    def _later_picture(self) -> str:
        """Return the screen as SVG, without the dialog that asked for it."""
        self.redraw()
        return self.export_screenshot(title="tuimon")

    def _aside(self, work: Callable[[], T], then: Callable[[T], None]) -> None:
        """Do something in a thread of its own, then something with what came of it; or say why it could not be done."""

        def done() -> None:
            try:
                found = work()
            except Exception as error:
                LOG.exception("what was asked for could not be done")
                self._soon(self._say, f"cannot be done: {error}")
            else:
                self._soon(then, found)

        threading.Thread(target=done, name="tuimon-aside", daemon=True).start()

    def _say(self, line: str) -> None:
        """Show a line until it is hidden."""
        self.desk.notice = line
        self.redraw()

    def action_next_theme(self) -> None:
        """Change the colours."""
        names = list(THEMES)
        chosen = THEMES[names[(names.index(self.canvas.theme.name) + 1) % len(names)]]
        self.theme = "textual-dark" if chosen.dark else "textual-light"
        self.canvas.set_theme(chosen)

    def _later(self, action: str) -> None:
        """Run an action once the dialog that asked for it is closed."""
        self.call_next(self.run_action, action)

    def _typed(self, event: events.Key) -> bool:
        """Take a key of the desk, or of the filter that is being typed; return whether it was taken.

        At once, not by a binding: that would come after the next key, which may be a letter of the filter.
        """
        if self.desk.asking:
            self.desk.answer(event.key, event.character)
            self._changed()
        elif self.desk.going is not None:
            self.desk.type_time(event.key, event.character)
            self._changed()
        elif self.desk.typing:
            self.desk.type(event.key, event.character)
            self._changed()
        elif event.key in self.keys.actions:
            self._chosen(self.keys.actions[event.key])
        elif event.key in DESK:
            whose, *call = DESK[event.key]
            (self.action_desk if whose == "desk" else self.action_table)(*call)
        else:
            return False
        return True

    def _chosen(self, action: str) -> None:
        """Do what a key does that the user gave something to do."""
        if action.startswith("desk("):
            arguments: Any = parse(action)[2]
            self.action_desk(*arguments)
        elif action:
            self._later(action)

    def on_paste(self, event: events.Paste) -> None:
        """Textual's own: text was pasted."""
        if self.desk.typing:
            self.desk.paste(event.text)
            self._changed()

    # Mouse

    def on_click(self, event: events.Click) -> None:
        """Textual's own: do what is under the pointer."""
        if self.screen is self.canvas.screen:
            key = self.desk.click(int(event.screen_x), int(event.screen_y), event.chain, event.button)
            self._changed()
            if key is not None:
                self._later(key.action)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Textual's own: scroll the processes; over the timeline, go on in time."""
        self._wheel(event, 1)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Textual's own: scroll the processes back; over the timeline, go back in time."""
        self._wheel(event, -1)

    def _wheel(self, event: events.MouseEvent, way: int) -> None:
        if int(event.screen_y) == self.desk.page.timeline_row and not self.desk.asking:
            self.desk.step(way)
        else:
            self.desk.scroll(3 * way)
        self._changed()

    # Faults

    def _loop_failed(self, _: asyncio.AbstractEventLoop, told: dict[str, Any]) -> None:
        """Have a callback that failed end the dashboard like any other fault of it."""
        error = told.get("exception")
        if isinstance(error, Exception):
            self._handle_exception(error)
        else:
            LOG.error("the event loop says: %s", told.get("message"))

    def panic(self, *renderables: RenderableType) -> None:
        """Leave with one line when Textual itself gives up: the log has what it says."""
        told = "; ".join(str(renderable) for renderable in renderables)
        self.failure = self.failure or sys.exception() or RuntimeError("the terminal cannot be used any more")
        LOG.error("Textual gave up: %s", told, exc_info=sys.exception())
        self._close_messages_no_wait()

    def _fatal_error(self) -> None:
        """Leave with one line instead of a traceback; the log has it whole."""
        self.failure = self._exception
        LOG.error("the dashboard failed", exc_info=self.failure)
        self._close_messages_no_wait()


def run(session: Session) -> int:
    """Run the dashboard until it is left; return the exit code.

    The caller stops the source. A fault of the dashboard itself is raised again, after the terminal was restored.
    """
    gc.set_threshold(20_000, 20, 50)
    driver = None
    if os.name == "posix":
        from tuimon.tui.driver import install  # noqa: PLC0415  Windows has another one

        driver = install()
    app = Dashboard(session, driver)
    try:
        code = app.run(mouse=session.mouse)
    finally:
        session.filters.close()
    if app.failure is not None:
        raise app.failure
    return code or 0
