"""What keys, clicks and menus do to the table: one method each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from tuimon.tui.dialogs.over import Over
from tuimon.tui.keys import KEYS, Key
from tuimon.tui.table.columns import Column
from tuimon.tui.table.table import Table


class Hands:
    """The keys of the table. Dialogs are opened in `over`; `live` says whether what is shown moves by itself.

    `keep` writes settings into the user's file, None where there is none. `keys` is the key table in force.
    """

    def __init__(
        self,
        table: Table,
        over: Over,
        live: Callable[[], bool],
        keep: Callable[[Mapping[str, object]], None] | None = None,
        keys: Sequence[Key] = KEYS,
    ) -> None:
        self.table = table
        self.over = over
        self._live = live
        self._keep = keep
        self._keys = {key.action: key.shown for key in keys}

    # Where the user is

    def row(self, rows: int) -> None:
        """Move the selection."""
        self.table.move(rows)

    def page_by(self, way: int) -> None:
        """Move the selection by a screenful."""
        self.table.move(way * max(1, self.table.height - 1))

    def edge(self, way: int) -> None:
        """Select the first (-1) or the last (1) line."""
        self.table.edge(way)

    def follow(self) -> None:
        """Keep the selected process in sight, or no longer."""
        self.table.follow()

    # Order

    def sort(self, way: int) -> None:
        """Sort by the next (1) or the previous (-1) column."""
        self.table.step_sort(way)

    def reverse(self) -> None:
        """Reverse the order."""
        self.table.reverse()

    def reorder(self) -> None:
        """Put the tree in order anew."""
        self.table.reorder()

    def sort_menu(self) -> None:
        """Ask which column to sort by."""
        from tuimon.tui.table import choosing  # noqa: PLC0415  dialogs are not needed for the first paint

        self.over.open(choosing.sort_menu(self.table.sorting, ascii_only=self.table.ascii_only), self._sorted)

    def _sorted(self, answer: object) -> None:
        from tuimon.tui.table import choosing  # noqa: PLC0415  as above

        if answer == choosing.THEN:
            self.over.open(choosing.then_menu(self.table.sorting), self._then_sorted)
        elif answer == choosing.REVERSE:
            self.table.reverse()
        elif isinstance(answer, Column):
            self.table.sort_by(answer)

    def _then_sorted(self, answer: object) -> None:
        self.table.then_by(answer if isinstance(answer, Column) else None)

    # Arrangement

    def tree(self) -> None:
        """Show the processes as a tree, or as a list again."""
        self.table.toggle_tree()

    def group(self) -> None:
        """Show the processes in groups by the next thing that there is, or as a list again."""
        self.table.next_grouping()

    def fold(self, way: int) -> None:
        """Fold (-1) or open (1) what is selected."""
        self.table.fold(way)

    def fold_all(self) -> None:
        """Fold everything, or open everything."""
        self.table.fold_all()

    def menu(self) -> None:
        """Ask what to do to the table."""
        from tuimon.tui.table import choosing  # noqa: PLC0415  as above

        self.over.open(choosing.table_menu(self.table, self._keys), self._arranged)

    def _arranged(self, answer: object) -> None:
        if isinstance(answer, tuple):
            self.table.set_view(answer[1])
        elif isinstance(answer, str):
            getattr(self, answer)()

    # What is seen

    def columns(self) -> None:
        """Ask which columns to show."""
        from tuimon.tui.table.choosing import ColumnList  # noqa: PLC0415  as above

        columns = ColumnList(self.table.columns, self.table.show_columns, saves=self._keep is not None)
        self.over.open(columns, lambda _: self.keep())

    def keep(self) -> None:
        """Have the next session begin with the table as it is now."""
        if self._keep is not None:
            self._keep(settings_of(self.table))

    def unfilter(self) -> None:
        """Show all processes again."""
        self.table.set_filter(None)

    def freeze(self) -> None:
        """Have the table stand still, or go on; the past stands still by itself."""
        if self._live():
            self.table.freeze()

    def toggle_cpu(self) -> None:
        """Show the CPU of processes in percent of one core, or of the machine."""
        self.table.toggle_cpu()


def settings_of(table: Table) -> dict[str, object]:
    """Return the settings (key -> value) with which a table begins as this one is."""
    by = table.sorting
    return {
        "table.columns": tuple(str(one) for one in table.columns),
        "table.sort": by.column.short,
        "table.then": "auto" if by.then is None else by.then.short,
        "table.view": table.view,
        "table.cpu_of": "machine" if table.by_machine else "core",
    }
