"""The process table: order, filter, and a selection that follows its process."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from rich.cells import cell_len

from tuimon.filters import understood
from tuimon.model.process import Process
from tuimon.tui.table import BY_NAME, COLUMNS, Table, place


def process(pid: int, cpu: float = 0.0, name: str = "proc", started: float = 1.0, user: str = "root") -> Process:
    return Process(
        pid, started, 1, name, f"/bin/{name} --x", user, "S", cpu, 1.0, 4096, 8192, 0.1, 1, 0, 20, None, None, False
    )


def pids(table: Table) -> list[int]:
    return [p.pid for p in table.shown]


def test_the_busiest_is_on_top_and_equals_keep_their_order():
    table = Table()
    table.update([process(3, 1), process(1, 0), process(2, 9), process(4, 0)], 0.0)
    assert pids(table) == [2, 3, 1, 4]


def test_the_selection_follows_the_process_and_its_row_stays_put():
    table = Table()
    table.rows(120, 5)
    table.update([process(pid, 100 - pid) for pid in range(50)], 0.0)
    table.click(3)
    assert table.selected == (3, 1.0)
    table.update([process(pid, 100 - pid if pid != 3 else 60.5) for pid in range(50)], 0.0)
    assert table.selected == (3, 1.0)
    assert pids(table).index(3) - table.offset == 3, "on the same row of the screen"


def test_a_pid_that_is_used_again_is_another_process():
    table = Table()
    table.update([process(7, 5)], 0.0)
    table.click(0)
    table.update([process(7, 5, started=2.0)], 0.0)
    assert table.selected is None


def test_the_first_arrow_selects_the_top_row_and_the_next_one_moves():
    table = Table()
    table.rows(120, 5)
    table.update([process(pid, 100 - pid) for pid in range(9)], 0.0)
    table.move(1)
    assert table.selected == (0, 1.0)
    table.move(1)
    assert table.selected == (1, 1.0)


def test_a_click_on_a_title_sorts_and_again_reverses():
    table = Table()
    table.update([process(2, 1), process(1, 2)], 0.0)
    table.titles(120)
    at = next(p for p in table.placed if p.column is BY_NAME["pid"])
    table.click_title(at.start)
    assert (table.sort.name, table.descending, pids(table)) == ("pid", False, [1, 2])
    table.click_title(at.start)
    assert pids(table) == [2, 1]


def test_every_column_can_be_reached_by_key():
    table = Table()
    table.titles(250)
    reached = set()
    for _ in COLUMNS:
        table.step_sort(1)
        reached.add(table.sort.name)
    assert reached == {column.name for column in COLUMNS}


def test_what_passes_the_filter_is_shown_and_counted_by_the_sample_s_own_time():
    table = Table()
    table.update([process(4312, name="Leaky", user="app", started=100.0), process(2, started=5000.0)], 5060.0)
    for text, found in (("leaky APP", [4312]), ("age < 2 min", [2]), ("leaky root", []), ("", [4312, 2])):
        table.set_filter(understood(text))
        assert pids(table) == found
        assert table.words == text
    table.set_filter(None)
    assert pids(table) == [4312, 2]


@given(st.integers(1, 300))
def test_columns_fit_their_width(width):
    placed = place(width)
    assert all(p.start + p.width <= width or p.column.width for p in placed)
    names = [p.column.name for p in placed]
    if width >= 40:
        assert {"pid", "cpu_percent", "memory_percent", "command"} <= set(names)


def test_only_the_rows_that_are_seen_are_formatted():
    table = Table()
    table.update([process(pid, pid) for pid in range(5000)], 0.0)
    assert len(table.rows(120, 20)) == 20
    assert len(table._drawn) == 20


class Using(RuleBasedStateMachine):
    """Any sequence of samples, keys and clicks keeps the table sound."""

    def __init__(self) -> None:
        super().__init__()
        self.table = Table()

    @rule(samples=st.lists(st.tuples(st.integers(1, 30), st.floats(0, 100)), max_size=30, unique_by=lambda s: s[0]))
    def sample(self, samples):
        self.table.update([process(pid, cpu) for pid, cpu in samples], 0.0)

    @rule(rows=st.integers(-40, 40))
    def move(self, rows):
        self.table.move(rows)

    @rule(rows=st.integers(-40, 40))
    def scroll(self, rows):
        self.table.scroll(rows)

    @rule(way=st.sampled_from([-1, 1]))
    def edge(self, way):
        self.table.edge(way)

    @rule(row=st.integers(-1, 40))
    def click(self, row):
        self.table.click(row)

    @rule(words=st.sampled_from(["", "1", "proc", "nothing"]))
    def filter(self, words):
        self.table.set_filter(understood(words))

    @rule(way=st.sampled_from([-1, 1]))
    def sort(self, way):
        self.table.step_sort(way)

    @rule(width=st.integers(1, 200), height=st.integers(0, 20))
    def draw(self, width, height):
        rows = self.table.rows(width, height)
        assert len(rows) <= height
        assert all(sum(cell_len(text) for text, _ in row) == width for row in rows)

    @invariant()
    def what_is_selected_is_there(self):
        if self.table.selected is not None:
            assert self.table.selected in [p.identity for p in self.table.shown]
        assert 0 <= self.table.offset <= max(0, len(self.table.shown) - 1)


TestUsing = Using.TestCase
