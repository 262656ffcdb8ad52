"""The process table: the order of its rows, and a selection that follows its process whatever happens."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from process_sets import SAMPLES, process
from rich.cells import cell_len

from tuimon.filters import understood
from tuimon.model.process import Wanted
from tuimon.tui.table import BY_NAME, COLUMNS, Table
from tuimon.tui.table.arrangement import VIEWS
from tuimon.tui.table.columns import chosen
from tuimon.tui.table.order import Sorting, ordered, sorting


def pids(table: Table) -> list[int]:
    return [one.pid for one in table.shown]


def test_the_busiest_is_on_top_and_equals_keep_their_order():
    table = Table()
    table.update([process(3, 1), process(1, 0), process(2, 9), process(4, 0)], 0.0)
    assert pids(table) == [2, 3, 1, 4]


def test_those_that_are_equal_are_ordered_by_the_second_key():
    table = Table()
    table.update([process(1, 0, rss_bytes=5), process(2, 7), process(3, 0, rss_bytes=9), process(4, 0, rss_bytes=7)])
    assert pids(table) == [2, 3, 4, 1], "memory decides between those that do nothing"
    table.then_by(BY_NAME["pid"])
    assert pids(table) == [2, 1, 3, 4]
    table.then_by(None)
    assert pids(table) == [2, 3, 4, 1]


@given(SAMPLES, st.sampled_from(COLUMNS), st.sampled_from(COLUMNS), st.booleans())
def test_an_order_is_whole_and_stable_and_the_unknown_come_last(processes, first, second, descending):
    by = Sorting(first, descending, second)
    rows = ordered(processes, by)
    assert sorted(rows, key=id) == sorted(processes, key=id)
    values = [first.value(one) for one in rows]
    known = [value for value in values if value is not None]
    assert values == known + [None] * (len(values) - len(known))
    assert known == sorted(known, reverse=descending)
    assert ordered(rows, by) == rows, "an order that is there already stays"


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


def test_every_column_that_is_seen_can_be_reached_by_key():
    table = Table(chosen(tuple(column.short for column in COLUMNS)))
    table.titles(400)
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


@pytest.mark.parametrize("way", [1, -1])
def test_stepping_from_a_column_that_is_not_seen_begins_at_an_end(way):
    table = Table(chosen(("pid", "user", "command")))
    table.titles(100)
    table.order_by(sorting(BY_NAME["cpu_percent"]))
    table.step_sort(way)
    assert table.sort.name == ("pid" if way > 0 else "command")


def test_only_the_rows_that_are_seen_are_formatted():
    table = Table()
    table.update([process(pid, pid) for pid in range(5000)])
    for view in VIEWS:
        table.set_view(view)
        assert len(table.rows(120, 20)) == min(20, len(table.lines))
        assert len(table._drawer.kept) <= 20 + 20 * VIEWS.index(view)


def test_rows_in_which_nothing_changed_are_not_made_again():
    table = Table()
    sample = [process(pid, pid) for pid in range(50)]
    table.update(sample, 100.0)
    before = table.rows(120, 20)
    table.update([*sample[:49], process(49, 48.5)], 100.5)
    again = table.rows(120, 20)
    assert [old is new for old, new in zip(before, again, strict=True)].count(False) <= 2


def test_what_stands_still_is_neither_sorted_nor_filtered_again(monkeypatch):
    """A key that only moves the selection looks at no process but those on the screen."""
    table = Table()
    table.update([process(pid, pid) for pid in range(5000)])
    table.set_filter(understood("proc"))
    table.rows(120, 20)
    looked = []
    monkeypatch.setattr("tuimon.tui.table.arrangement.ordered", lambda *_: looked.append(1))
    monkeypatch.setattr("tuimon.filters.Filter.passing", lambda *_: looked.append(1))
    table.move(1)
    table.move(1)
    table.rows(120, 20)
    assert not looked


# Freezing and following


def test_a_frozen_table_stands_still_and_can_be_sorted_and_filtered():
    table = Table()
    table.update([process(1, 5), process(2, 9)], 100.0)
    table.freeze()
    table.update([process(1, 50), process(3, 90)], 101.0)
    assert pids(table) == [2, 1]
    assert table.frozen_at == 100.0
    table.sort_by(BY_NAME["pid"])
    assert pids(table) == [1, 2]
    table.set_filter(understood("2"))
    assert pids(table) == [2]
    table.set_filter(understood(""))
    table.freeze()
    assert pids(table) == [1, 3], "it goes on with the newest"
    assert table.frozen_at is None
    assert table.now == 101.0


def test_a_followed_process_stays_in_sight_whatever_happens():
    table = Table()
    table.rows(120, 5)
    table.update([process(pid, 100 - pid) for pid in range(1, 50)])
    table.click(2)
    table.follow()
    assert table.following == (3, 1.0)
    for rows in (40, -40, 7):
        table.scroll(rows)
        table.update([process(pid, 100 - pid if pid != 3 else 51.5 + rows) for pid in range(1, 50)])
        assert 3 in table.visible
        assert table.selected == (3, 1.0)
    table.sort_by(BY_NAME["pid"])
    assert 3 in table.visible
    table.set_filter(understood("44"))
    assert table.selected is None
    table.set_filter(understood(""))
    assert table.selected == (3, 1.0), "it is found again"
    table.move(1)
    assert table.following is None, "the user has gone to another one"


def test_following_opens_what_hides_the_process_and_ends_with_it():
    table = Table()
    family = [process(1), process(2, ppid=1), process(3, ppid=2), process(4, ppid=3)]
    table.update(family)
    table.set_view("tree")
    table.cursor.select(table.lines, 3)
    table.follow()
    table.fold_all()
    assert table.selected == (4, 1.0)
    assert (1, 1.0) not in table.arranged.folded
    table.set_view("user")
    assert table.selected == (4, 1.0)
    table.update(family[:3])
    assert (table.following, table.ended) == (None, (4, 1.0))
    table.move(1)
    assert table.ended is None


# What must be read for it


def test_costly_fields_are_wanted_only_while_they_are_needed():
    table = Table(chosen(("pid", "pss", "command")))
    table.update([process(1)])
    table.rows(80, 5)
    pss, cgroup = frozenset({"pss_bytes"}), frozenset({"cgroup"})
    assert table.wanted == Wanted(shown=pss)
    table.sort_by(BY_NAME["pss_bytes"])
    assert table.wanted == Wanted(pss, pss)
    table.sort_by(BY_NAME["pid"])
    table.set_view("container")
    assert table.wanted == Wanted(pss, pss | cgroup), "sums need all"
    table.set_view("tree")
    assert table.wanted == Wanted(shown=pss)
    table.columns = chosen(("pid", "container"))
    table.rows(80, 5)
    assert table.wanted == Wanted(shown=cgroup)
    assert Table().wanted == Wanted()


def test_what_has_no_room_costs_nothing():
    table = Table(chosen(("pid", "cpu", "mem", "command", "pss")))
    table.update([process(1)])
    table.rows(40, 5)
    assert table.hidden == 1
    assert table.wanted == Wanted()


# Any use keeps it sound


class Using(RuleBasedStateMachine):
    """Any sequence of samples, keys and clicks keeps the table sound."""

    def __init__(self) -> None:
        super().__init__()
        self.table = Table()
        self.now = 100.0
        self.before: object = None

    def stays(self) -> None:
        """What was selected before is selected now, or nothing is."""
        assert self.table.selected in {self.before, None}

    @rule(sample=SAMPLES, passed=st.floats(-5, 70))
    def sample(self, sample, passed):
        self.now += passed
        self.before = self.table.selected
        self.table.update(sample, self.now, 4)
        if self.table.following is None:
            self.stays()

    @rule(rows=st.integers(-40, 40))
    def move(self, rows):
        self.table.move(rows)

    @rule(rows=st.integers(-40, 40))
    def scroll(self, rows):
        self.before = self.table.selected
        self.table.scroll(rows)
        self.stays()

    @rule(way=st.sampled_from([-1, 1]))
    def edge(self, way):
        self.table.edge(way)

    @rule(row=st.integers(-1, 40), x=st.integers(-1, 120))
    def click(self, row, x):
        self.table.click(row, x)

    @rule(x=st.integers(-1, 120))
    def click_title(self, x):
        self.before = self.table.selected
        self.table.click_title(x)
        if self.table.following is None:
            self.stays()

    @rule(words=st.sampled_from(["", "1", "proc", "nginx", "nothing"]))
    def filter(self, words):
        self.before = self.table.selected
        self.table.set_filter(understood(words))
        if self.table.following is None:
            self.stays()

    @rule(
        act=st.sampled_from(
            ["reverse", "reorder", "toggle_tree", "next_grouping", "fold_all", "freeze", "follow", "toggle_cpu", "tag"]
        )
    )
    def key(self, act):
        getattr(self.table, act)()

    @rule(way=st.sampled_from([-1, 1]))
    def fold(self, way):
        self.table.fold(way)

    @rule(way=st.sampled_from([-1, 1]))
    def sort(self, way):
        self.table.step_sort(way)

    @rule(words=st.lists(st.sampled_from([column.short for column in COLUMNS]), max_size=8))
    def choose(self, words):
        self.table.columns = chosen(tuple(words))

    @rule(width=st.integers(1, 200), height=st.integers(0, 20))
    def draw(self, width, height):
        titles = self.table.titles(width)
        rows = self.table.rows(width, height)
        assert len(rows) <= height
        assert all(sum(cell_len(text) for text, _ in row) == width for row in (titles, *rows))

    @invariant()
    def what_is_selected_is_there(self):
        if self.table.selected is not None:
            assert self.table.lines.place(self.table.selected) is not None
        assert 0 <= self.table.offset <= max(0, len(self.table.lines) - 1)

    @invariant()
    def every_line_says_where_it_is(self):
        keys = [self.table.lines.key(at) for at in range(len(self.table.lines))]
        assert len(set(keys)) == len(keys)
        assert [self.table.lines.place(key) for key in keys] == list(range(len(keys)))
        assert [self.table.lines.line(at).key for at in range(len(keys))] == keys

    @invariant()
    def what_is_tagged_lives(self):
        assert self.table.tagged <= {one.identity for one in self.table.everyone}


TestUsing = Using.TestCase
TestUsing.settings = settings(max_examples=40, stateful_step_count=25)
