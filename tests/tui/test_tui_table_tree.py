"""The tree: everybody once, parents before children, whatever the pids say; and a shape that stays while values move."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st
from process_sets import SAMPLES, process

from tuimon.filters import understood
from tuimon.tui.plain import plain
from tuimon.tui.style import cells
from tuimon.tui.table import BY_NAME, Table
from tuimon.tui.table.columns import chosen
from tuimon.tui.table.sums import summed
from tuimon.tui.table.tree import Tree, below, parents, shape, totals, with_ancestors

FAMILY = [
    process(1, 0),
    process(10, 1, ppid=1, name="nginx"),
    process(11, 5, ppid=10, name="nginx"),
    process(12, 7, ppid=10, name="nginx"),
    process(20, 3, ppid=1, name="sshd"),
    process(21, 90, ppid=20, name="sh"),
]


def tree_of(processes, *folded):
    return Tree(shape(processes, parents(processes)), parents(processes), {(pid, 1.0) for pid in folded})


def family(**cpu):
    return [one._replace(cpu_percent=cpu.get(f"p{one.pid}", one.cpu_percent)) for one in FAMILY]


def table_of(processes=FAMILY, view="tree") -> Table:
    table = Table()
    table.rows(120, 10)
    table.update(processes, 100.0)
    table.set_view(view)
    return table


def pids(table):
    return [int(table.lines.key(at)[0]) for at in range(len(table.lines))]


def text(table, width=120, height=20):
    return ["".join(part for part, _ in row).rstrip() for row in table.rows(width, height)]


@given(SAMPLES)
def test_everybody_is_in_the_tree_once_and_after_their_parent(processes):
    parent_of = parents(processes)
    tree = tree_of(processes)
    order = [one.pid for one in tree.shown]
    assert sorted(order) == sorted(one.pid for one in processes)
    for pid, parent in parent_of.items():
        assert order.index(parent) < order.index(pid)
    by_pid = {one.pid: one for one in processes}
    for pid, parent in parent_of.items():
        assert by_pid[pid].ppid == parent
        assert by_pid[parent].started_at <= by_pid[pid].started_at + 1


@given(SAMPLES)
def test_a_circle_of_parents_is_cut_and_nothing_else(processes):
    parent_of = parents(processes)
    by_pid = {one.pid: one for one in processes}
    for one in processes:
        parent = by_pid.get(one.ppid)
        if one.pid in parent_of or parent is None or parent.started_at > one.started_at + 1:
            continue
        at, seen = one, set()  # it has no parent here although it could: it is where a circle was cut
        while at.pid not in seen:
            seen.add(at.pid)
            at = by_pid[at.ppid]
        assert at is one


@given(SAMPLES, st.sets(st.integers(1, 25)))
def test_what_is_below_a_folded_one_is_away_and_in_its_sums(processes, folded):
    identities = {one.identity for one in processes if one.pid in folded}
    tree = Tree(shape(processes, parents(processes)), parents(processes), identities)
    shown = [tree.line(at) for at in range(len(tree))]
    members = [member.pid for line in shown for member in line.members]
    assert sorted(members) == sorted(one.pid for one in processes), "everybody is in exactly one line"
    assert sum(line.process.rss_bytes for line in shown) == sum(one.rss_bytes for one in processes)
    assert all(line.fold == "folded" for line in shown if len(line.members) > 1)


@given(SAMPLES)
def test_sums_of_branches_are_those_of_who_is_below(processes):
    parent_of = parents(processes)
    children = shape(processes, parent_of).children
    sums = totals(processes, parent_of, BY_NAME["rss_bytes"].value)
    assert sums == {one.pid: sum(other.rss_bytes for other in below(one, children)) for one in processes}


@given(SAMPLES, st.sets(st.integers(1, 25)))
def test_a_filter_keeps_who_passes_and_the_way_to_them(processes, wanted):
    parent_of = parents(processes)
    passed = [one for one in processes if one.pid in wanted]
    kept = with_ancestors(passed, parent_of)
    assert {one.pid for one in passed} <= kept
    for pid in kept:
        assert parent_of.get(pid) is None or parent_of[pid] in kept
    leaves = kept - {parent_of[pid] for pid in kept if pid in parent_of}
    assert leaves <= {one.pid for one in passed}, "nobody is kept who leads to nobody"


@given(SAMPLES)
def test_the_lines_of_the_tree_lead_from_each_to_its_parent(processes):
    parent_of = parents(processes)
    tree = tree_of(processes)
    depth = {None: -1}
    for at, one in enumerate(tree.shown):
        depth[one.pid] = depth[parent_of.get(one.pid)] + 1
        stem = tree.line(at).stem
        assert cells(stem) == 2 * depth[one.pid]
        assert not depth[one.pid] or stem[-2:] in {"├─", "└─"}


def test_a_parent_that_is_younger_than_its_child_has_only_taken_the_pid():
    assert parents([process(1), process(5, started=9.0), process(6, ppid=5, started=2.0)]) == {5: 1}


def test_branches_are_ordered_by_what_is_in_them():
    assert pids(table_of()) == [1, 20, 21, 10, 12, 11]


def test_the_shape_stays_while_values_move_and_goes_with_a_key():
    table = table_of()
    moved = family(p11=99.0, p21=0.0)
    table.update(moved, 101.0)
    assert pids(table) == [1, 20, 21, 10, 12, 11]
    assert table.arranged.ordered_at == 100.0
    table.reorder()
    assert pids(table) == [1, 10, 11, 12, 20, 21]
    assert table.arranged.ordered_at == 101.0


def test_who_is_new_comes_last_among_the_siblings_and_who_goes_moves_nobody():
    table = table_of()
    grown = [*FAMILY, process(13, 99, ppid=10), process(14, 100, ppid=10), process(2, 50, ppid=1)]
    table.update(grown, 101.0)
    assert pids(table) == [1, 20, 21, 10, 12, 11, 14, 13, 2]
    table.update([one for one in grown if one.pid != 12], 102.0)
    assert pids(table) == [1, 20, 21, 10, 11, 14, 13, 2]


@given(st.lists(SAMPLES, min_size=2, max_size=5))
def test_those_that_stay_never_change_places_with_a_sibling(samples):
    table = table_of(samples[0])
    for before, after in itertools.pairwise(samples):
        order = pids(table)
        table.update(after, 101.0)
        same = {one.identity for one in before} & {one.identity for one in after}
        kept = [one.pid for one in after if one.identity in same]
        parents_ = parents(before), parents(after)
        now = pids(table)
        for one in kept:
            for other in kept:
                if one != other and all(p.get(one) == p.get(other) for p in parents_):
                    assert (order.index(one) < order.index(other)) == (now.index(one) < now.index(other))


def test_folding_by_key_goes_up_and_down_the_tree():
    table = table_of()
    table.cursor.select(table.lines, pids(table).index(12))
    table.fold(-1)
    assert table.selected == (10, 1.0), "from a leaf up to its parent"
    table.fold(-1)
    assert pids(table) == [1, 20, 21, 10]
    assert table.selected == (10, 1.0)
    table.fold(1)
    assert pids(table) == [1, 20, 21, 10, 12, 11]
    table.fold(1)
    assert table.selected == (12, 1.0), "from an open one down to its first child"
    table.fold_all()
    assert pids(table) == [1]
    assert table.selected == (1, 1.0), "what it is folded away in"
    table.fold_all()
    assert len(pids(table)) == len(FAMILY)


def test_folding_by_mouse_is_on_the_mark_alone():
    table = table_of()
    text(table)
    start = next(one.start for one in table.placed if one.column.name == "command")
    at = pids(table).index(10)
    table.click(at, start + 20)
    assert pids(table) == [1, 20, 21, 10, 12, 11]
    table.click(at, start + 2)
    assert pids(table) == [1, 20, 21, 10]
    assert table.selected == (10, 1.0)
    table.click(at, start + 3)
    assert pids(table) == [1, 20, 21, 10, 12, 11]


def test_a_folded_branch_shows_its_sums_and_how_many_it_hides():
    table = table_of()
    table.arranged.folded = {(10, 1.0)}
    table.update(FAMILY, 101.0)
    line = next(line for line in text(table) if " 10 " in line)
    assert "13.0" in line
    assert "▸ (+2) /bin/nginx" in line
    assert summed(FAMILY[1:4], FAMILY[1]).threads == 3


def test_a_filter_in_the_tree_shows_the_way_dim_and_counts_who_passes():
    table = table_of()
    table.set_filter(understood("sh"))
    assert pids(table) == [1, 20, 21]
    assert table.passed == 2
    contexts = [table.lines.line(at).context for at in range(3)]
    assert contexts == [True, False, False]
    table.arranged.folded = {(1, 1.0)}
    table.update(FAMILY, 101.0)
    assert table.lines.line(0).process.cpu_percent == 93.0, "the sum of those that pass"


def test_ascii_has_a_tree_too():
    table = table_of()
    table.ascii_only = table.arranged.ascii_only = True
    table.arranged.folded = {(10, 1.0)}
    table.update(FAMILY, 101.0)
    lines = [plain(line) for line in text(table)]
    assert any("|-- /bin/sshd" in line for line in lines)
    assert any("`-+ (+2) /bin/nginx" in line for line in lines)


def test_without_a_command_another_column_names_the_lines():
    table = table_of()
    for words, naming in (
        (("pid", "cpu", "name:30"), "name"),
        (("user:20", "pid"), "user"),
        (("cpu", "pid:20"), "pid"),
    ):
        table.show_columns(chosen(words))
        lines = text(table)
        assert any("├─▾ " in line for line in lines), naming
        start = next(one.start for one in table.placed if one.column.name == naming)
        table.click(1, start + 2)
        assert table.arranged.folded
        table.click(1, start + 2)
        assert not table.arranged.folded
    table.show_columns(chosen(("cpu", "mem")))
    assert len(text(table)) == len(FAMILY)
