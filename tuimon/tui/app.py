"""The dashboard: hands frames to the drawing, keys and clicks to the table."""

from __future__ import annotations

import contextvars
import gc
import logging
import signal
import threading
from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar, Final

from textual.app import App, ComposeResult, SystemCommand
from textual.binding import Binding, BindingType

from tuimon.model.metric import SeriesKey
from tuimon.pipeline.recent import Recent
from tuimon.tui import page
from tuimon.tui.canvas import Canvas
from tuimon.tui.filterline import typed
from tuimon.tui.keys import KEYS
from tuimon.tui.panels import cpu, disk, memory, network
from tuimon.tui.session import Session
from tuimon.tui.style import THEMES
from tuimon.tui.table import Table
from tuimon.tui.view import View

if TYPE_CHECKING:
    from textual import events
    from textual.screen import Screen

    from tuimon.model.snapshot import Frame, Snapshot, Window

LOG: Final = logging.getLogger(__name__)
KEPT: Final = 600
"""Samples behind the charts: two a cell, on terminals of up to 300 columns of chart."""


def _bindings(*, control: bool) -> list[BindingType]:
    """Return the bindings of the key table: those with Ctrl, which work everywhere, or those of the overview."""
    return [
        Binding(name, f"app.{key.action}", key.word or key.help, show=False, priority=control)
        for key in KEYS
        if key.action != "command_palette"
        for name in key.names
        if name.startswith("ctrl+") is control
    ]


class Overview(Canvas):
    """The canvas with the keys of the overview, which sleep while a dialog is open."""

    BINDINGS: ClassVar[list[BindingType]] = _bindings(control=False)


class Dashboard(App[int]):
    """The overview of one machine."""

    TITLE = "tuimon"
    BINDINGS: ClassVar[list[BindingType]] = _bindings(control=True)
    CSS = "Screen { layers: base; overflow: hidden; } Overview { width: 100%; height: 100%; }"

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        self.canvas = Overview(THEMES.get(session.theme, THEMES["tuimon-dark"]))
        self.table = Table()
        self.recent = Recent(KEPT, session.interval)
        self.frame: Frame | None = None
        self.page = page.Page()
        self.focus_name = "processes"
        self.enlarged = ""
        self.notice = session.notice
        self.typing = False
        self.bits = session.network_bits
        self.failure: Exception | None = None
        self._waiting = threading.Event()
        self._past_wanted = False

    def compose(self) -> ComposeResult:
        """Textual's own: the one widget."""
        yield self.canvas

    def on_mount(self) -> None:
        """Begin to listen to the source, to the terminal and to signals."""
        self.theme = "textual-dark" if self.canvas.theme.dark else "textual-light"
        self.canvas.typed = self._typed
        self.canvas.resized = self.redraw
        self.canvas.focus()
        context = contextvars.copy_context()
        loop = self._loop
        if loop is None:  # pragma: no cover
            return

        def arrived(_: Frame) -> None:
            if not self._waiting.is_set():
                self._waiting.set()
                loop.call_soon_threadsafe(self._take_newest, context=context)

        if not self.is_headless:
            for number in (signal.SIGTERM, signal.SIGHUP):
                loop.add_signal_handler(number, self.exit, 0)
        self._unsubscribe = self.session.source.subscribe(arrived)
        self.session.source.start()
        if self.session.source.newest() is not None:
            self.call_after_refresh(self._take_newest)

    def on_unmount(self) -> None:
        """Stop listening."""
        self._unsubscribe()

    def _take_newest(self) -> None:
        """Show the newest frame; those that came meanwhile are not shown."""
        self._waiting.clear()
        frame = self.session.source.newest()
        if frame is None or (self.frame is not None and frame.tick == self.frame.tick) or not self.is_running:
            return
        first = self.frame is None
        self.frame = frame
        for key in charted(frame.snapshot):
            self.recent.follow(key)
        self.recent.append(frame.snapshot)
        self.table.update(frame.snapshot.processes)
        self.redraw()
        self.session.source.look_at(self.table.visible)
        if first or (self._past_wanted and frame.recorder is not None and frame.recorder.mode != "off"):
            self._begin_reading(frame.snapshot)
        if first:
            self.call_after_refresh(self._painted)

    def _painted(self) -> None:
        if self.session.painted is not None:
            self.session.painted()
        gc.collect()
        gc.freeze()

    def _begin_reading(self, snapshot: Snapshot) -> None:
        """Read the recent past in a thread of its own, and hand it over; again later, if there is none yet."""
        self._past_wanted = False
        keys = charted(snapshot)
        span = KEPT * self.session.interval
        context, loop = contextvars.copy_context(), self._loop

        def read() -> None:
            try:
                archive = self.session.open_archive()
                if archive is None or loop is None:
                    self._past_wanted = True
                    return
                window = archive.window(keys, snapshot.time - span, snapshot.time, KEPT)
                archive.close()
                loop.call_soon_threadsafe(self._seed, window, context=context)
            except Exception:
                LOG.exception("the recent past could not be read")

        threading.Thread(target=read, name="tuimon-reader", daemon=True).start()

    def _seed(self, window: Window) -> None:
        self.recent.seed(window)
        self.redraw()

    def redraw(self) -> None:
        """Draw the screen anew and send what changed."""
        width, height = self.canvas.size
        if self.frame is None or width < 1 or height < 1:
            return
        self.page = page.draw(self.view(self.frame), self.table, self.wish(), width, height)
        self.canvas.show(self.page.rows)

    def view(self, frame: Frame) -> View:
        """Return what the drawing is given."""
        return View(
            frame=frame,
            column=self.recent.column,
            half=self.recent.steps % 2 == 0,
            tz=self.session.tz,
            ascii_only=self.session.ascii_only,
            network_bits=self.bits,
            focus=self.focus_name,
        )

    def wish(self) -> page.Wish:
        """Return what the user has asked of the screen."""
        return page.Wish(enlarged=self.enlarged, notice=self.notice, typing=self.typing)

    # Keys

    def action_leave(self) -> None:
        """Quit at once."""
        self.exit(0)

    async def action_back(self) -> None:
        """Close what is open, the innermost first."""
        if self.notice:
            self.notice = ""
        elif self.enlarged:
            self.enlarged = ""
        elif self.table.words:
            self.table.set_filter("")
        else:
            self.table.clear_selection()
        self.redraw()

    def action_overview(self) -> None:
        """Go back to the overview."""
        self.enlarged = ""
        self.redraw()

    def action_row(self, rows: int) -> None:
        """Move the selection."""
        self.table.move(rows)
        self._moved()

    def action_page(self, way: int) -> None:
        """Move the selection by a screenful."""
        self.table.move(way * max(1, self.table.height - 1))
        self._moved()

    def action_edge(self, way: int) -> None:
        """Select the first or the last process."""
        self.table.edge(way)
        self._moved()

    def _moved(self) -> None:
        self.redraw()
        self.session.source.look_at(self.table.visible)

    def action_sort_next(self) -> None:
        """Sort by the next column."""
        self.table.step_sort(1)
        self._moved()

    def action_sort_previous(self) -> None:
        """Sort by the column before."""
        self.table.step_sort(-1)
        self._moved()

    def action_reverse(self) -> None:
        """Reverse the order."""
        self.table.reverse()
        self._moved()

    def action_filter(self) -> None:
        """Begin to type a filter."""
        self.typing = True
        self.redraw()

    def _typed(self, event: events.Key) -> bool:
        """Take a key for the filter that is being typed; return whether it was taken."""
        if not self.typing:
            return False
        words, self.typing = typed(self.table.words, event.key, event.character)
        if words != self.table.words:
            self.table.set_filter(words)
        self._moved()
        return True

    def on_paste(self, event: events.Paste) -> None:
        """Take pasted words for the filter that is being typed."""
        if self.typing:
            self.table.set_filter(self.table.words + " ".join(event.text.split()))
            self._moved()

    def action_focus_panel(self, way: int) -> None:
        """Focus the next or the previous panel that is on the screen."""
        names = [area.name for area in self.page.areas]
        if names:
            at = names.index(self.focus_name) if self.focus_name in names else -way
            self.focus_name = names[(at + way) % len(names)]
        self.redraw()

    def action_enlarge(self) -> None:
        """Enlarge the focused panel, or put it back."""
        self.enlarged = "" if self.enlarged else self.focus_name
        self.redraw()

    def action_toggle_bits(self) -> None:
        """Show network rates in bits, or in bytes."""
        self.bits = not self.bits
        self.redraw()

    def action_next_theme(self) -> None:
        """Change the colours."""
        names = list(THEMES)
        chosen = THEMES[names[(names.index(self.canvas.theme.name) + 1) % len(names)]]
        self.theme = "textual-dark" if chosen.dark else "textual-light"
        self.canvas.set_theme(chosen)

    def action_show_help(self) -> None:
        """Show every key."""
        from tuimon.tui.help import Help  # noqa: PLC0415  its widgets are not needed for the first paint

        self.push_screen(Help())

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:  # noqa: ARG002  Textual's
        """Offer the key table in the palette."""
        for key in KEYS:
            if key.action == "command_palette":
                continue
            yield SystemCommand(
                key.help, f"key {key.shown}", lambda action=key.action: self.call_next(self.run_action, action)
            )

    # Mouse

    def on_click(self, event: events.Click) -> None:
        """Do what is under the pointer."""
        if self.screen is not self.canvas.screen:
            return
        x, y = int(event.screen_x), int(event.screen_y)
        if y == self.canvas.size.height - 1:
            key = next((key for start, end, key in self.page.keys if start <= x < end), None)
            if key is not None:
                self.call_next(self.run_action, key.action)
            return
        area = self.page.panel_at(x, y)
        if area is None:
            return
        self.focus_name = area.name
        if area.name == "processes":
            self._click_table(x, y, area)
        elif y == area.top or event.chain > 1:
            self.enlarged = "" if self.enlarged else area.name
        self.redraw()

    def _click_table(self, x: int, y: int, area: page.Area) -> None:
        if y == self.page.title_row:
            self.table.click_title(x - self.page.title_left)
        elif y == area.top:
            self.enlarged = "" if self.enlarged else area.name
        elif y > self.page.title_row:
            self.table.click(y - self.page.title_row - 1)
        self.session.source.look_at(self.table.visible)

    def on_mouse_scroll_down(self) -> None:
        """Scroll the processes."""
        self.table.scroll(3)
        self._moved()

    def on_mouse_scroll_up(self) -> None:
        """Scroll the processes back."""
        self.table.scroll(-3)
        self._moved()

    # Faults

    def _fatal_error(self) -> None:
        """Leave with one line instead of a traceback; the log has it whole."""
        self.failure = self._exception
        LOG.error("the dashboard failed", exc_info=self.failure)
        self._close_messages_no_wait()


def charted(snapshot: Snapshot) -> list[SeriesKey]:
    """Return the series that the overview's charts show."""
    return [cpu.BUSY, memory.USED, *disk.keys(snapshot.disk), *network.keys(snapshot.network)]


def run(session: Session) -> int:
    """Run the dashboard until it is left; return the exit code.

    The caller stops the source. A fault of the dashboard itself is raised again, after the terminal was restored.
    """
    gc.set_threshold(20_000, 20, 50)
    app = Dashboard(session)
    code = app.run(mouse=session.mouse)
    if app.failure is not None:
        raise app.failure
    return code or 0
