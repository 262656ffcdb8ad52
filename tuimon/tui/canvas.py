"""One widget that shows rows of runs and sends only what changed (docs/decisions/0011-one-canvas.md)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

from rich.segment import Segment
from rich.style import Style
from textual._compositor import CompositorUpdate
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from tuimon.tui.patch import Span, changes, sequence
from tuimon.tui.style import Row, Theme, style_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.console import Console, ConsoleOptions, RenderResult
    from textual.events import Key


class Patch(CompositorUpdate):
    """Bytes that are ready to be sent."""

    def __init__(self, text: str) -> None:
        self.text = text

    def render_segments(self, console: Console) -> str:  # noqa: ARG002  Textual's signature
        """Return the bytes."""
        return self.text

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield Segment(self.text)


class Codes:
    """Escape sequences from one named style to another, each worked out once."""

    def __init__(self, theme: Theme, console: Console) -> None:
        self._theme = theme
        self._system = console._color_system  # noqa: SLF001  Rich has no public name for the enum
        self._between: dict[tuple[str, str], str] = {}

    def __call__(self, before: str, name: str) -> str:
        """Return the sequence from one style to another; before: "reset" where the terminal may be in any."""
        found = self._between.get((before, name))
        if found is None:
            found = self._between[before, name] = self._work_out(before, name)
        return found

    def _work_out(self, before: str, name: str) -> str:
        style = style_of(self._theme, name)
        if before == "reset":
            return "\x1b[0m" + self._sgr(style)
        was = style_of(self._theme, before)
        if style == was:
            return ""
        if (was.bold, was.dim, was.reverse) != (style.bold, style.dim, style.reverse):
            return "\x1b[0m" + self._sgr(style)
        part = Style(
            color=style.color if style.color != was.color else None,
            bgcolor=style.bgcolor if style.bgcolor != was.bgcolor else None,
        )
        return self._sgr(part)

    def _sgr(self, style: Style) -> str:
        return style.render("\0", color_system=self._system).split("\0", 1)[0]


@runtime_checkable
class Terminal(Protocol):
    """A driver that says when its terminal takes no more."""

    @property
    def behind(self) -> bool:
        """Whether the terminal has not taken what was drawn before."""

    def when_caught_up(self, then: Callable[[], None]) -> None:
        """Have something called, in a thread, whenever the terminal has taken all that it was given."""


class Canvas(Widget, can_focus=True):
    """Shows rows; `show` sends only the cells that differ from what is on the screen."""

    DEFAULT_CSS = "Canvas { width: 1fr; height: 1fr; }"

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.theme = theme
        self._rows: list[Row] = []
        self._strips: dict[int, Strip] = {}
        self._styles_by_name: dict[str, Style] = {}
        self._codes: Codes | None = None
        self.bytes_sent = 0
        self.typed: Callable[[Key], bool] | None = None
        self.resized: Callable[[], None] | None = None

    def set_theme(self, theme: Theme) -> None:
        """Change the colours; everything is sent again."""
        self.theme = theme
        self._codes = None
        self._styles_by_name.clear()
        self._strips.clear()
        self.refresh()

    def show(self, rows: list[Row]) -> None:
        """Show rows instead of those on the screen."""
        old, self._rows = self._rows, rows
        if len(old) != len(rows) or self.screen is not self.app.screen or not self.is_mounted:
            self._strips.clear()
            self.refresh()
            return
        changed = [(y, changes(was, new)) for y, (was, new) in enumerate(zip(old, rows, strict=True)) if was != new]
        for y, _ in changed:
            self._strips.pop(y, None)
        self._send(changed)

    def _send(self, changed: list[tuple[int, list[Span]]]) -> None:
        if self.app.is_headless or not changed:
            if changed:
                self.refresh()
            return
        if self._codes is None:
            self._codes = Codes(self.theme, self.app.console)
        region = self.region
        text = sequence(changed, region.x, region.y, self._codes)
        self.bytes_sent += len(text)
        self.app._display(self.screen, Patch(text))  # noqa: SLF001  the one seam below Textual's compositor

    def on_resize(self) -> None:
        """Have everything drawn for the new size, and sent: what is on the terminal is not known."""
        self._rows = []
        self._strips.clear()
        if self.resized is not None:
            self.resized()

    def on_key(self, event: Key) -> None:
        """Offer a key to who is typing, before it is looked up in the bindings."""
        if self.typed is not None and self.typed(event):
            event.stop()
            event.prevent_default()

    def rows(self) -> list[Row]:
        """Return what is shown."""
        return self._rows

    def render_lines(self, crop: Region) -> list[Strip]:
        """Answer Textual's compositor when it draws anew."""
        left, right = crop.x, crop.right
        return [self._strip(y).crop(left, right) for y in range(crop.y, crop.bottom)]

    def _strip(self, y: int) -> Strip:
        strip = self._strips.get(y)
        if strip is None:
            row = self._rows[y] if y < len(self._rows) else [(" " * self.size.width, "")]
            segments = [Segment(text, self._style(name)) for text, name in row if text]
            strip = Strip(segments).adjust_cell_length(self.size.width, self._style(""))
            self._strips[y] = strip
        return strip

    def _style(self, name: str) -> Style:
        style = self._styles_by_name.get(name)
        if style is None:
            style = self._styles_by_name[name] = style_of(self.theme, name)
        return style
