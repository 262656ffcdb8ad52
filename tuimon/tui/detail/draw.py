"""The pane as rows, and what in it can be clicked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from tuimon.model.inspection import AFAR, UNRECORDED, Inspection, Missing
from tuimon.model.process import Process
from tuimon.model.units import span
from tuimon.tui.acting.wording import started
from tuimon.tui.box import box, whole
from tuimon.tui.detail import charts, lists
from tuimon.tui.detail.facts import Fact, command, fact_rows, facts, laid_out, state_words
from tuimon.tui.detail.pane import FAMILY, TABS, Pane, counts
from tuimon.tui.style import Row, cells, fit, padded, row_width
from tuimon.tui.view import View


class Spot(NamedTuple):
    """Cells that can be clicked: row and cells [left, right) of the pane, what it is, and which one of these."""

    y: int
    left: int
    right: int
    kind: str
    which: int = 0


class Drawn(NamedTuple):
    """The pane's rows, its spots, and the time that its charts show."""

    rows: list[Row]
    spots: list[Spot]
    scale: charts.Scale

    @property
    def reach(self) -> float:
        """Seconds that its charts show."""
        return self.scale.reach

    def moment(self, x: int, spot: Spot) -> float:
        """Return the moment at a cell of a chart (epoch seconds)."""
        return self.scale.end - (spot.right - 1 - x) * 2 * self.scale.step


def draw(pane: Pane, view: View, width: int, height: int, *, inspected: bool) -> Drawn:
    """Return the pane for a place of exactly so many cells and rows; `inspected`: somebody looks into the process."""
    scale = charts.Scale(
        view.snapshot.time if view.past is None else view.past,
        max(4, width - 2 * (width // 3) - 4),
        pane.span,
        pane.interval,
    )
    inspection = pane.shown(inspected=inspected, afar=bool(view.place) and view.past is None)
    chart_rows, spots = _charts(pane, view, scale, width, height)
    rows: list[Row] = [_who(pane, view, width), *chart_rows]
    room = height - len(rows)
    boxed = width >= 60 and room >= 6
    inner = width - 4 if boxed else width - 1
    tabs, tab_spots = tab_row(pane, inspection, width - 6 if boxed else width, boxed=boxed)
    pane.height = max(1, room - 2 if boxed else room - 1)
    body = _body(pane, view, inspection, inner)
    top = len(rows)
    left = 3 if boxed else 0
    spots += [Spot(top, spot.left + left, min(width, spot.right + left), "tab", spot.which) for spot in tab_spots]
    shown, first = _scrolled(pane, body)
    if pane.tab == FAMILY:
        spots += [Spot(top + 1 + first + y, 0, width, "relative", pane.offset + y) for y in range(len(shown) - first)]
    if boxed:
        lined: list[Row] = [[(" ", ""), *padded(row, inner), (" ", "")] for row in shown]
        figure: Row = [(_place(pane), "dim")] if pane.rows > pane.height else []
        rows += box(tabs, figure, lined, width, room, focus=True, ascii_only=view.ascii_only)
    else:
        rows.append(padded(tabs, width, "column"))
        rows += [padded([(" ", ""), *row], width) for row in shown]
    rows = [*rows[:height], *[[(" " * width, "")]] * (height - len(rows))]
    return Drawn(rows, [spot for spot in spots if spot.y < height], scale)


def _who(pane: Pane, view: View, width: int) -> Row:
    """Return the line that names the process: always there, whatever the tab; as much of it as fits whole."""
    process, one, now = pane.process, pane.target, view.snapshot.time
    parts: list[Row] = [
        [(f" {one.pid} ", "bright"), (process.name if process else one.name, "bright")],
        [(f"  {process.user if process else one.user}", "text")],
    ]
    if pane.ended_at is not None:
        parts.append([(f"  ! it has ended, before {started(pane.ended_at, now, view.tz)}", "warning")])
    elif process is None:
        parts.append([("  not among the processes recorded of this moment", "dim")])
    else:
        parts.append([(f"  {state_words(process.state)}", "text")])
        parts.append([(f"  for {span(max(0.0, now - process.started_at))}", "label")])
        parts.append([(f", since {started(process.started_at, now, view.tz)}", "label")])
    back: Row = [(f"{len(pane.trail)} back: Backspace ", "dim")] if pane.trail and width >= 60 else []
    row = whole(parts, width - row_width(back)) or parts[0]
    return [*padded(row, width - row_width(back)), *back]


def _charts(pane: Pane, view: View, scale: charts.Scale, width: int, height: int) -> tuple[list[Row], list[Spot]]:
    """Return the charts, and their spots: a title changes the span, a chart goes to a moment."""
    found = charts.charts(pane.course, pane.process, scale)
    if pane.tall or width < 60 or height < 16:
        return [charts.line(found, width, ascii_only=view.ascii_only)], [Spot(1, 0, width, "span")]
    high = max(5, min(12, round(height * 0.3)))
    spots = [Spot(1, 0, width, "span")]
    left = 0
    for wide in (width // 3, width // 3, width - 2 * (width // 3)):
        spots += [Spot(y, left + 2, left + wide - 2, "chart") for y in range(2, high)]
        left += wide
    return charts.boxes(found, width, high, scale, ascii_only=view.ascii_only), spots


def tab_row(pane: Pane, inspection: Inspection, width: int, *, boxed: bool) -> tuple[Row, list[Spot]]:
    """Return the tabs, the open one in brackets, and where each is; where not all fit, shorter ones, or arrows to the next."""
    found = counts(inspection, pane.relatives)
    whole_names = [tab.title if n is None else f"{tab.title} {n}" for tab, n in zip(TABS, found, strict=True)]
    short = [tab.title if i == pane.tab else f"{tab.title[:2]}…" for i, tab in enumerate(TABS)]
    style = "title" if boxed else "column.sorted"
    for names in (whole_names, short):
        shown = [f"[{name}]" if i == pane.tab else f" {name} " for i, name in enumerate(names)]
        if sum(map(cells, shown)) <= width:
            return _placed([(text, i, style if i == pane.tab else "label") for i, text in enumerate(shown)])
    before, after = (pane.tab - 1) % len(TABS), (pane.tab + 1) % len(TABS)
    title = fit(TABS[pane.tab].title, max(1, min(cells(TABS[pane.tab].title), width - 8)))
    return _placed([(" < ", before, "key"), (f"[{title}]", pane.tab, style), (" > ", after, "key")])


def _placed(parts: list[tuple[str, int, str]]) -> tuple[Row, list[Spot]]:
    row: Row = []
    spots: list[Spot] = []
    x = 0
    for text, number, style in parts:
        row.append((text, style))
        spots.append(Spot(0, x, x + cells(text), "tab", number))
        x += cells(text)
    return row, spots


def _scrolled(pane: Pane, body: list[Row]) -> tuple[list[Row], int]:
    """Return the rows that are seen, and how many of them are titles that stay."""
    titles = lists.TITLES if pane.tab != 0 and len(body) > 1 else 0
    pane.rows = len(body) - titles
    pane.height = max(1, pane.height - titles)
    pane.settle()
    return [*body[:titles], *body[titles + pane.offset : titles + pane.offset + pane.height]], titles


def _place(pane: Pane) -> str:
    return f"{pane.offset + 1}-{min(pane.rows, pane.offset + pane.height)} of {pane.rows}"


def _body(pane: Pane, view: View, inspection: Inspection, width: int) -> list[Row]:
    if pane.tab == 0:
        return _summary(pane, view, inspection, width)
    if pane.tab == FAMILY:
        if not pane.relatives:
            return [[("it is not among the processes that are shown here", "dim")]]
        return lists.family_rows(pane.relatives, pane.at, width, ascii_only=view.ascii_only)
    part = getattr(inspection, TABS[pane.tab].parts[0])
    if isinstance(part, Missing):
        return fact_rows(
            Fact(TABS[pane.tab].title.lower(), str(part), "dim" if part.why == "pending" else "warning"), width
        )
    if not part:
        return [[(f"no {TABS[pane.tab].title.lower()}", "dim")]]
    return _list(pane, inspection, part, width)


def _list(pane: Pane, inspection: Inspection, part: Any, width: int) -> list[Row]:  # noqa: ANN401  each tab's own kind
    makers: dict[str, Callable[[], list[Row]]] = {
        "Threads": lambda: lists.thread_rows(part, pane.shares, width),
        "Files": lambda: lists.file_rows(part, width),
        "Sockets": lambda: lists.socket_rows(part, width),
        "Environment": lambda: lists.variable_rows(part, width),
        "Limits": lambda: lists.limit_rows(part, used(inspection, pane.process), width),
    }
    return makers[TABS[pane.tab].title]()


def used(inspection: Inspection, process: Process | None) -> dict[str, int]:
    """Return what is used of the limits that a process can come near to, as far as it is known."""
    found: dict[str, int] = {}
    if not isinstance(inspection.files, Missing):
        found["open files"] = len(inspection.files)
    if process is not None:
        found |= {
            "resident set": process.rss_bytes,
            "address space": process.virtual_bytes,
            "cpu time": int(process.cpu_seconds),
        }
        found["nice priority"] = 20 - process.nice
    return found


def _summary(pane: Pane, view: View, inspection: Inspection, width: int) -> list[Row]:
    process = pane.process
    parent = next((one.process for one in pane.relatives if process and one.process.pid == process.ppid), None)
    found = facts(inspection, process, parent, view.snapshot.time, view.tz)
    if process is None:
        found = [fact for fact in found if fact.text not in (str(UNRECORDED), str(AFAR))] or found[:1]
    rows = [*fact_rows(command(inspection, process), width), *laid_out(found, width)]
    if (
        pane.height >= len(rows) + len(pane.relatives) + 2 and len(pane.relatives) > 1
    ):  # nothing is left empty for nothing
        rows += [[], *lists.family_rows(pane.relatives, -1, width, ascii_only=view.ascii_only)]
    return rows
