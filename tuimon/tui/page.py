"""The whole screen as rows: which panels where, for this terminal's size."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from tuimon.model.snapshot import Alert
from tuimon.protocols import Ability
from tuimon.tui import lines
from tuimon.tui.box import beside, box
from tuimon.tui.keys import KEYS, Key
from tuimon.tui.panels import PANELS
from tuimon.tui.plain import plain_row
from tuimon.tui.style import Row, padded, row_width
from tuimon.tui.table import Table, said
from tuimon.tui.view import View

if TYPE_CHECKING:
    from tuimon.tui.filterprompt import FilterPrompt

Shape = Literal["boxed", "compact", "tiny"]


@dataclass(frozen=True, slots=True)
class Area:
    """A rectangle of the screen that belongs to a panel: rows [top, bottom), cells [left, right)."""

    name: str
    left: int
    top: int
    right: int
    bottom: int

    def has(self, x: int, y: int) -> bool:
        """Whether a cell is in it."""
        return self.left <= x < self.right and self.top <= y < self.bottom


@dataclass(slots=True)
class Page:
    """A drawn screen: its rows, and what is where for the mouse; `body` are the rows of another screen, [top, end).

    `notice` are those of the line to be read.
    """

    rows: list[Row] = field(default_factory=list)
    areas: list[Area] = field(default_factory=list)
    title_row: int = -1
    title_left: int = 0
    keys: list[tuple[int, int, Key]] = field(default_factory=list)
    timeline_row: int = -1
    body: tuple[int, int] = (0, 0)
    notice: tuple[int, int] = (0, 0)

    def panel_at(self, x: int, y: int) -> Area | None:
        """Return the panel under a cell."""
        return next((area for area in self.areas if area.has(x, y)), None)


@dataclass(frozen=True, slots=True)
class Wish:
    """What the user has asked of the screen: an enlarged panel, a line to read, a filter or a time being typed.

    `body` draws another screen in the place of the overview, in so many cells and rows; `details`: it is a process's.

    `passing` is a line that goes by itself: it stands over the last rows and moves nothing.

    `going` is the time that is typed, None where none is, `trouble` what is wrong with it; `timeline` is its line.
    """

    enlarged: str = ""
    body: Callable[[int, int], list[Row]] | None = None
    notice: str = ""
    prompt: FilterPrompt | None = None
    going: str | None = None
    trouble: str = ""
    elsewhere: Alert | None = None
    timeline: Row | None = None
    past: bool = False
    details: bool = False
    abilities: Collection[Ability] = ()
    keys: Sequence[Key] = KEYS
    passing: str = ""

    @property
    def answers(self) -> list[Key]:
        """The keys that there are here."""
        return [key for key in self.keys if key.needs is None or key.needs in self.abilities]


def shape(width: int, height: int) -> Shape:
    """Return the layout for a terminal's size."""
    if width >= 100 and height >= 30:
        return "boxed"
    return "compact" if width >= 60 and height >= 16 else "tiny"


def draw(view: View, table: Table, wish: Wish, width: int, height: int) -> Page:
    """Return the screen for a terminal of exactly so many cells and rows."""
    page = Page()
    form = shape(width, height)
    _head(page, view, wish, width, height)
    below = 1 if wish.timeline is None else 2
    room = height - len(page.rows) - below
    if wish.body is not None:
        page.body = (len(page.rows), len(page.rows) + room)
        page.rows.extend(wish.body(width, room))
    elif wish.enlarged in PANELS and width >= 24 and room >= 5:
        _place(page, [(wish.enlarged, width)], view, room, enlarged=True)
    elif wish.enlarged == "processes" or form == "tiny":
        _tiny_figures(page, view, wish, width)
        _bare_table(page, view, table, width, height - len(page.rows) - below)
    elif form == "compact":
        _compact(page, view, table, width, room)
    else:
        _boxed(page, view, table, width, room)
    _foot(page, table, wish, width, height)
    if view.past is not None:
        page.rows = [past_row(row) for row in page.rows]
    if view.ascii_only:
        page.rows = [plain_row(row) for row in page.rows]
    return page


def _head(page: Page, view: View, wish: Wish, width: int, height: int) -> None:
    page.rows.append(lines.header(view, width))
    if lines.speaking(view.frame.alerts) and shape(width, height) != "tiny":
        page.rows.append(lines.banner(view, width, wish.answers))
    if wish.elsewhere is not None:
        page.rows.append(lines.elsewhere(wish.elsewhere, width, view, wish.keys))
    if view.landed:
        page.rows.append(padded([(" " + ("*" if view.ascii_only else "◆") + " ", "key"), (view.landed, "text")], width))
    if view.missing:
        page.rows.append(padded([(" ! ", "warning"), (view.missing, "text")], width))
    if wish.notice:
        page.notice = (len(page.rows), len(page.rows) + len(told := lines.notice(wish.notice, width, height)))
        page.rows.extend(told)


def _foot(page: Page, table: Table, wish: Wish, width: int, height: int) -> None:
    below = 1 if wish.timeline is None else 2
    page.rows = page.rows[: max(0, height - below)]
    page.rows.extend([[(" " * width, "")]] * (height - below - len(page.rows)))
    if wish.timeline is not None:
        page.timeline_row = len(page.rows)
        page.rows.append(wish.timeline)
    if wish.going is not None:
        page.rows.append(lines.going(wish.going, wish.trouble, width))
        return
    if wish.prompt is not None:
        asked = wish.prompt.rows(table.passed, width)[-height:]
        page.rows, page.timeline_row = [*page.rows[: max(0, height - len(asked))], *asked], -1
        return
    charts = wish.body is not None and not wish.details
    row, page.keys = lines.footer(
        width, wish.abilities, past=wish.past, keys=wish.keys, charts=charts, details=wish.details
    )
    page.rows.append(row)
    if wish.passing:
        told = lines.notice(wish.passing, width, height)
        top = max(0, height - len(told))
        page.rows, page.notice, page.keys = [*page.rows[:top], *told], (top, height), []
        page.timeline_row = page.timeline_row if page.timeline_row < top else -1


def past_row(row: Row) -> Row:
    """Return a row in the colours of the past: nobody takes it for now."""
    return [(text, PAST.get(style, style)) for text, style in row]


PAST = {"header": "past", "border": "border.past"} | {
    f"header.{part}": f"past.{part}" for part in ("bright", "dim", "live", "rec", "warning")
}


def _place(page: Page, chosen: list[tuple[str, int]], view: View, height: int, *, enlarged: bool = False) -> None:
    top = len(page.rows)
    parts = []
    left = 0
    for name, width in chosen:
        panel = PANELS[name]
        parts.append(((panel.enlarged if enlarged else panel.draw)(view, width, height), width))
        page.areas.append(Area(name, left, top, left + width, top + height))
        left += width
    page.rows.extend(beside(parts))


def share(names: list[str], weights: dict[str, float], width: int) -> list[tuple[str, int]]:
    """Return each panel with its part of the width; nothing is left over."""
    total = sum(weights[name] for name in names)
    widths = [int(width * weights[name] / total) for name in names]
    widths[-1] += width - sum(widths)
    return list(zip(names, widths, strict=True))


WEIGHTS = {"cpu": 1.5, "memory": 1.0, "disk": 1.0, "network": 1.0, "storage": 1.0}


def _present(view: View, names: tuple[str, ...]) -> list[str]:
    return [name for name in names if PANELS[name].present(view.machine or view.snapshot)]


def _boxed(page: Page, view: View, table: Table, width: int, room: int) -> None:
    first = _present(view, ("cpu", "memory"))
    second = _present(view, ("disk", "network", "storage"))
    if first:
        _place(page, share(first, WEIGHTS, width), view, _shrunk(page, room, 0.27, 7, 16))
    if second:
        _place(page, share(second, WEIGHTS, width), view, max(7, min(12, round((room + _head_rows(page)) * 0.2))))
    _boxed_table(page, view, table, width, room - (len(page.rows) - _before(page)))


def _head_rows(page: Page) -> int:
    """Return how many rows a banner and a notice take."""
    return (_before(page) if page.areas else len(page.rows)) - 1


def _shrunk(page: Page, room: int, part: float, least: int, most: int) -> int:
    """Return the height of the uppermost panels: a banner takes its row from them, and what is below stays put."""
    extra = _head_rows(page)
    return max(least, min(most, round((room + extra) * part)) - extra)


def _before(page: Page) -> int:
    """Return how many rows stand above the first panel."""
    return min((area.top for area in page.areas), default=len(page.rows))


def _boxed_table(page: Page, view: View, table: Table, width: int, height: int) -> None:
    if height < 4:
        return
    top = len(page.rows)
    inner = width - 4
    body: list[Row] = [table.titles(inner, ascii_only=view.ascii_only), *table.rows(inner, height - 3)]
    framed: list[Row] = [[(" ", ""), *row, (" ", "")] for row in body]
    focus = view.focus == "processes"
    page.rows.extend(
        box([("Processes", "title")], said.figure(table, view, width - 18), framed, width, height, focus=focus,
            ascii_only=view.ascii_only)
    )  # fmt: skip
    page.areas.append(Area("processes", 0, top, width, top + height))
    page.title_row, page.title_left = top + 1, 2


def _bare_table(page: Page, view: View, table: Table, width: int, height: int) -> None:
    if height < 2:
        return
    top = len(page.rows)
    titles = table.titles(width, ascii_only=view.ascii_only)
    page.rows.append(_with_words(titles, table, view, width))
    page.rows.extend(table.rows(width, height - 1))
    page.rows.extend([[(" " * width, "")]] * (top + height - len(page.rows)))
    page.areas.append(Area("processes", 0, top, width, top + height))
    page.title_row, page.title_left = top, 0


def _with_words(titles: Row, table: Table, view: View, width: int) -> Row:
    """Return the row of titles with what is to be said of the table at its right end, as far as there is room."""
    kept = list(titles)
    while kept and not kept[-1][0].strip():
        kept.pop()
    if kept:
        kept[-1] = (kept[-1][0].rstrip(), kept[-1][1])
    words = said.brief(table, view, width - row_width(kept) - 1)
    return [*padded(kept, width - row_width(words), "column"), *words] if words else titles


def _compact(page: Page, view: View, table: Table, width: int, room: int) -> None:
    names = _present(view, ("cpu", "memory"))
    if names:
        _place(page, share(names, {"cpu": 1, "memory": 1}, width), view, _shrunk(page, room, 0.33, 5, 9))
    page.rows.append(lines.summary(view, width))
    used = len(page.rows) - _before(page)
    _bare_table(page, view, table, width, room - used)


def _tiny_figures(page: Page, view: View, wish: Wish, width: int) -> None:
    if wish.enlarged != "processes":
        page.rows.extend(lines.figures(view, width))
