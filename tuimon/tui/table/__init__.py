"""The process table: columns, order, tree, groups, and a selection that never moves off its process. Knows no Textual."""

from __future__ import annotations

from tuimon.tui.table.begin import begin
from tuimon.tui.table.columns import BY_NAME, COLUMNS, Column
from tuimon.tui.table.layout import Placed, place
from tuimon.tui.table.line import Identity, Key, Line
from tuimon.tui.table.table import Table

__all__ = ["BY_NAME", "COLUMNS", "Column", "Identity", "Key", "Line", "Placed", "Table", "begin", "place"]
