"""Groups: everybody is in exactly one, and what a group shows is what its members have."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from process_sets import SAMPLES, process

from tuimon.model.process import Process
from tuimon.tui.table import BY_NAME, COLUMNS, Table
from tuimon.tui.table.columns import chosen
from tuimon.tui.table.groups import BY, Groups, grouped, ordered_groups
from tuimon.tui.table.order import Sorting
from tuimon.tui.table.sums import ADDED, differing, summed

CROWD = [
    process(1, 1, name="nginx", user="root", rss_bytes=100),
    process(2, 20, name="nginx", user="www", rss_bytes=50),
    process(3, 30, name="nginx", user="www", rss_bytes=50),
    process(4, 40, name="postgres", user="db", rss_bytes=900),
    process(5, 0, name="kworker/0:1", user="root", kernel=True, rss_bytes=0, command=""),
    process(6, 0, name="kworker/u8:2-events", user="root", kernel=True, rss_bytes=0, command=""),
]


def table_of(view, processes=CROWD) -> Table:
    table = Table()
    table.rows(120, 10)
    table.update(processes, 100.0)
    table.set_view(view)
    return table


def text(table, width=120, height=20):
    return ["".join(part for part, _ in row).rstrip() for row in table.rows(width, height)]


@given(SAMPLES, st.sampled_from(list(BY)))
def test_everybody_is_in_one_group_and_sums_are_what_all_have_together(processes, way):
    found = grouped(processes, way)
    members = [member for group in found for member in group.members]
    assert sorted(members, key=id) == sorted(processes, key=id)
    lines = Groups(found, way, ())
    shown = [lines.line(at).process for at in range(len(lines))]
    for name in ADDED:
        of_all = [value for one in processes if (value := getattr(one, name)) is not None]
        of_groups = [value for one in shown if (value := getattr(one, name)) is not None]
        assert sum(of_groups) == pytest.approx(sum(of_all)), name


@given(SAMPLES, st.sampled_from(list(BY)), st.sampled_from(COLUMNS), st.booleans())
def test_groups_are_in_order_of_what_they_show(processes, way, column, descending):
    groups = ordered_groups(grouped(processes, way), Sorting(column, descending))
    values = [group.value(column) for group in groups]
    known = [value for value in values if value is not None]
    assert values == known + [None] * (len(values) - len(known))
    assert known == sorted(known, reverse=descending)
    if column.adds and column.name in Process._fields:
        lines = Groups(groups, way, ())
        assert values == [getattr(lines.line(at).process, column.name) for at in range(len(lines))]


@given(SAMPLES.filter(bool))
def test_what_is_not_the_same_in_all_is_left_blank(processes):
    blank = differing(processes)
    whole = summed(processes, processes[0])
    for name in ("user", "nice", "ppid", "name"):
        if name not in blank:
            assert all(getattr(one, name) == getattr(whole, name) for one in processes)


def test_unknown_adds_nothing_and_is_unknown_only_where_all_are():
    one, two = process(1, None, pss_bytes=5), process(2, 3.0)
    both = summed([one, two], one)
    assert (both.cpu_percent, both.pss_bytes, both.swap_bytes) == (3.0, 5, None)


def test_a_group_is_folded_at_first_and_shows_its_members_when_opened():
    table = table_of("program")
    assert [line.split()[0] for line in text(table)] == ["×3", "×1", "×2"]
    assert "▸ nginx" in text(table)[0]
    assert "51.0" in text(table)[0]
    table.move(1)
    table.fold(1)
    assert [table.lines.key(at) for at in range(4)] == [("program", "nginx"), (3, 1.0), (2, 1.0), (1, 1.0)]
    assert table.selected == ("program", "nginx")
    table.move(2)
    table.fold(-1)
    assert table.selected == ("program", "nginx"), "from a member up to its group"
    table.fold(-1)
    assert len(table.lines) == 3


def test_without_a_pid_the_count_stands_beside_the_name():
    table = table_of("program")
    table.show_columns(chosen(("cpu", "command")))
    assert any("▸ nginx ×3" in line for line in text(table))


def test_a_group_shows_what_its_members_have_in_common():
    table = table_of("program")
    lines = text(table)
    assert " root " not in lines[0], "nginx is root's and www's"
    assert " db " in lines[1]


def test_threads_of_the_kernel_are_one_program():
    table = table_of("program")
    assert any("kworker" in line and "×2" in line for line in text(table))


def test_groups_by_container_wait_for_what_is_not_known_yet():
    processes = [process(1, cgroup="/system.slice/a.service"), process(2), process(3, cgroup="/system.slice/a.service")]
    table = table_of("container", processes)
    labels = {line.split()[0]: line.rsplit("  ", 1)[-1] for line in text(table)}
    assert "a.service" in labels["×2"]
    assert "not known yet" in labels["×1"]
    assert table.wanted.everywhere == {"cgroup"}


def test_the_selection_stays_on_its_group_and_on_its_member():
    table = table_of("user")
    table.move(1)
    group = table.selected
    table.update([one._replace(cpu_percent=100.0 - (one.cpu_percent or 0)) for one in CROWD], 101.0)
    assert table.selected == group
    table.fold(1)
    table.fold(1)
    member = table.selected
    table.set_view("list")
    assert table.selected == member
    assert BY_NAME["pid"].value(CROWD[0]) == 1


def test_what_is_done_is_done_to_the_members_of_a_group_and_to_tagged_ones_first():
    table = table_of("user")
    assert table.chosen == []
    table.move(1)
    assert {one.pid for one in table.chosen} == {2, 3}
    table.tag()
    assert table.tagged == {(2, 1.0), (3, 1.0)}
    table.set_view("list")
    table.edge(1)
    assert {one.pid for one in table.chosen} == {2, 3}
    table.tagged.clear()
    assert len(table.chosen) == 1


def test_a_folded_branch_of_the_tree_is_not_what_is_done_to():
    table = table_of("tree", [process(1), process(2, ppid=1)])
    table.move(1)
    table.fold(-1)
    assert [one.pid for one in table.chosen] == [1]
