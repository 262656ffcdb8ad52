"""What the table does for a key or a sample, counted: it must not depend on how many processes there are, or only once."""

from __future__ import annotations

from collections import Counter

import pytest
from process_sets import process

from tuimon.filters import Filter, understood
from tuimon.tui.table import BY_NAME, Table, drawing, groups, sums, tree
from tuimon.tui.table import arrangement as arranging
from tuimon.tui.table.arrangement import VIEWS
from tuimon.tui.table.order import Sorting

MANY, SEEN = 3000, 30


def crowd(cpu=1.0):
    return [
        process(pid, cpu * (pid % 7), name=f"p{pid % 50}", ppid=0 if pid == 1 else max(1, pid // 9))
        for pid in range(1, MANY + 1)
    ]


@pytest.fixture
def counts(monkeypatch):
    """Count calls by name."""
    found: Counter[str] = Counter()

    def count(module, name):
        real = getattr(module, name)

        def counted(*arguments, **more):
            found[name] += 1
            return real(*arguments, **more)

        monkeypatch.setattr(module, name, counted)

    count(arranging, "ordered")
    for name in ("parents", "shape", "totals"):
        count(tree, name)
    for name in ("formatted", "plain"):
        count(drawing, name)
    count(groups, "summed")
    count(sums, "total")
    count(Filter, "passing")
    return found


def table_of(view="list"):
    table = Table()
    table.update(crowd(), 600.0)
    table.set_view(view)
    table.rows(120, SEEN)
    return table


@pytest.mark.parametrize("view", VIEWS)
def test_moving_and_scrolling_sort_filter_and_arrange_nothing(counts, view):
    table = table_of(view)
    table.set_filter(understood("p"))
    table.rows(120, SEEN)
    counts.clear()
    for _ in range(10):
        table.move(1)
        table.rows(120, SEEN)
    assert set(counts) <= {"formatted", "plain", "summed", "total"}
    assert counts["formatted"] + counts["plain"] <= 10 * 3, "the row that was selected, the one that is, one that came"
    assert counts["summed"] <= 3, "a group is summed once a sample"


@pytest.mark.parametrize("view", VIEWS)
def test_a_sample_is_sorted_once_and_only_what_is_seen_is_drawn(counts, view):
    table = table_of(view)
    counts.clear()
    table.update(crowd(0.5), 601.0)
    table.rows(120, SEEN)
    assert counts["ordered"] <= 1
    assert counts["parents"] == counts["shape"] == (view == "tree")
    assert counts["totals"] == 0, "the tree keeps its shape"
    assert counts["formatted"] + counts["plain"] <= SEEN
    assert counts["summed"] <= SEEN


def test_a_sample_reads_each_value_once_for_each_key():
    reads: Counter[str] = Counter()

    def counting(name):
        column = BY_NAME[name]

        def value(one):
            reads[name] += 1
            return column.value(one)

        return type(column)(
            column.name, column.title, column.width, column.text, column.keep, value, then="rss_bytes", adds=True
        )

    table = Table()
    table.order_by(Sorting(counting("cpu_percent"), descending=True, then=counting("rss_bytes")))
    table.update(crowd(), 600.0)
    assert reads == {"cpu_percent": MANY, "rss_bytes": MANY}


def test_folding_and_filtering_the_tree_does_not_look_for_parents_again(counts):
    table = table_of("tree")
    counts.clear()
    table.move(1)
    for act in (lambda: table.fold(-1), lambda: table.fold(1), table.fold_all, table.fold_all):
        act()
        table.rows(120, SEEN)
    table.set_filter(understood("p7"))
    table.rows(120, SEEN)
    assert counts["parents"] == 0
    assert counts["totals"] == 0
    assert counts["passing"] == 1


def test_what_is_not_seen_is_not_kept():
    table = table_of()
    for offset in range(0, MANY, SEEN):
        table.cursor.offset = offset
        table.rows(120, SEEN)
    assert len(table._drawer.kept) <= 6 * SEEN + 64
