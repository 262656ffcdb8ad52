"""The process table: columns, order, tree, groups, and a selection that never moves off its process. Knows no Textual."""

from __future__ import annotations

from dataclasses import replace
from datetime import tzinfo

from tuimon.config.settings import Table as TableSettings
from tuimon.model.columns import column_of
from tuimon.tui.table.columns import BY_NAME, COLUMNS, Column, Placed, chosen, place
from tuimon.tui.table.line import Identity, Key, Line
from tuimon.tui.table.order import sorting
from tuimon.tui.table.table import Table

__all__ = ["BY_NAME", "COLUMNS", "Column", "Identity", "Key", "Line", "Placed", "Table", "begin", "place"]


def begin(wanted: TableSettings, *, tz: tzinfo | None, ascii_only: bool) -> Table:
    """Return a table as the settings have it."""
    table = Table(chosen(wanted.columns))
    table.tz, table.ascii_only, table.arranged.ascii_only = tz, ascii_only, ascii_only
    by = sorting(BY_NAME[column_of(wanted.sort)])
    then = column_of(wanted.then)
    table.arranged.sorting = replace(by, then=BY_NAME[then]) if then else by
    table.arranged.view = wanted.view
    table.by_machine = wanted.cpu_of == "machine"
    return table
