"""The incident report: what it says of a simulated incident, and that names in it are text and never markup."""

from __future__ import annotations

import re
import sys
import xml.etree.ElementTree as ET
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

sys.path.append(str(Path(__file__).parents[1] / "history"))

from recorded import BUSY, T0, frame, process, record

from tuimon.exporters.drawing import blocks, pieces, scale_top, svg, ticks
from tuimon.exporters.report import _plain, to_html, to_markdown
from tuimon.history import open_archive
from tuimon.model.incident import Chart
from tuimon.model.snapshot import Alert, Event, Points, Window
from tuimon.pipeline.incident import incident

EVIL = "<script>alert(1)</script> | ![x](http://evil) `a` \"&' @all"


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    path = str(tmp_path_factory.mktemp("report") / "h.db")
    alert = Alert("cpu", "critical", BUSY, 95.0, 80.0, ">", T0 + 600.0, T0 + 620.0, "CPU")
    frames = []
    for second in range(1200):
        if 300 <= second < 500:
            continue
        events = (Event(T0 + 620.0, "alert_raised", "cpu 95 % > 80 %", alert),) if second == 620 else ()
        evil = process(
            66, name="evil", command=EVIL, user="<b>", cpu_seconds=second * 0.5, rss_bytes=(1 << 20) * (1 + second)
        )
        frames.append(frame(T0 + second, 95.0 if second > 600 else 5.0, processes=(process(1), evil), events=events))
    record(path, frames)
    archive = open_archive(path)
    yield incident(archive, T0, T0 + 1199, now=T0 + 2000)
    archive.close()


class Tags(HTMLParser):
    """Collects the elements of a document, and fails where one is closed that was not opened last."""

    VOID = frozenset({"meta", "br"})

    def __init__(self) -> None:
        super().__init__()
        self.seen: set[str] = set()
        self.open: list[str] = []
        self.text = ""

    def handle_starttag(self, tag, attrs) -> None:
        self.seen.add(tag)
        assert not [name for name, _ in attrs if name.startswith("on")]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs) -> None:
        del attrs
        self.seen.add(tag)

    def handle_endtag(self, tag) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data) -> None:
        self.text += data


def test_the_page_is_whole_needs_nothing_from_elsewhere_and_runs_nothing(found):
    page = "".join(to_html(found))
    tags = Tags()
    tags.feed(page)
    assert tags.open == []
    assert not tags.seen & {"script", "img", "link", "iframe", "b", "a", "object"}
    assert re.findall(r"(?:src|href)\s*=", page) == []
    assert EVIL in tags.text
    assert "evil (66, <b>) used most CPU" in tags.text
    assert "cpu 95 % > 80 %" in tags.text
    assert "Not recorded: " in tags.text


def test_every_chart_is_well_formed_and_shows_the_gap_as_a_gap(found):
    assert {chart.title for chart in found.charts} >= {"CPU", "Disk sda: busy"}
    chart = next(chart for chart in found.charts if chart.title == "CPU")
    drawn = ET.fromstring(svg(chart, found.window, found.events))  # noqa: S314  made here
    lines = drawn.findall(".//{*}polyline")
    assert len(lines) == 2  # before the gap and after it
    assert len(drawn.findall(".//{*}line[@class='e']")) == 1


def test_markdown_has_the_same_and_no_live_markup(found):
    text = "".join(to_markdown(found))
    assert "## Who used it" in text
    assert "<script>" not in text.replace("\\<script\\>", "")
    assert "](http://" not in text
    assert "@all" not in text
    rows = [line for line in text.splitlines() if line.startswith("| 66 ") and "script" in line]
    assert len(rows) == 1
    assert len(re.findall(r"(?<!\\)\|", rows[0])) == 10  # nine cells, whatever the command line


@given(st.text(max_size=60))
def test_any_text_is_one_cell(text):
    shown = _plain(text)
    assert not re.search(r"(?<!\\)(?:\\\\)*[|`<>*_\[\]]", shown)
    assert "@" not in shown


@given(st.lists(st.none() | st.floats(0, 1e12), max_size=80))
def test_pieces_are_all_values_and_nothing_else(values):
    seen = [None] * len(values)
    for first, piece in pieces(values):
        seen[first : first + len(piece)] = piece
    assert seen == values


@given(values=st.lists(st.none() | st.floats(0, 1e15), min_size=1, max_size=300))
def test_any_series_is_drawn_within_the_picture(values):
    known = Points(tuple(values), tuple(values), tuple(values))
    times = tuple(float(at) for at in range(len(values)))
    window = Window(0.0, float(len(values)), 1.0, "1s", times, {BUSY: known})
    drawn = ET.fromstring(svg(Chart("CPU", "percent", (BUSY,)), window))  # noqa: S314  made here
    for line in drawn.findall(".//{*}polyline"):
        for point in line.attrib["points"].split():
            x, y = map(float, point.split(","))
            assert 0 <= x <= 860
            assert 0 <= y <= 150
    assert len(blocks(values, 100)) <= 60


@pytest.mark.parametrize(
    ("highest", "unit", "top"), [(3, "percent", 100), (140, "percent", 200), (0, "bytes", 1), (4.2e6, "x", 5e6)]
)
def test_scales_step_1_2_5(highest, unit, top):
    assert scale_top(highest, unit) == top


@given(start=st.floats(0, 4e9), seconds=st.floats(1, 4e7))
def test_ticks_are_few_and_inside(start, seconds):
    found = ticks(start, seconds, None)
    assert len(found) <= 10
    assert all(start - 1 <= time <= start + seconds + 1 for time in found)
