"""The help: every key and what the mouse does, from the one table."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

from tuimon.protocols import Ability
from tuimon.tui.keys import CHARTS, GROUPS, KEYS, MOUSE, TYPING, Key, offered
from tuimon.tui.plain import plain


def help_text(abilities: Collection[Ability], keys: Sequence[Key] = KEYS) -> Text:
    """Return the help as text with styles."""
    text = Text()
    for group, title in GROUPS.items():
        text.append(f"{title}\n", "bold")
        for key in offered(abilities, keys):
            if key.group == group:
                text.append(f"  {key.shown:<12}", "bold cyan")
                text.append(f"{key.help}\n")
        text.append("\n")
    for title, told in (("On the History screen", CHARTS), ("While a filter is typed", TYPING), ("Mouse", MOUSE)):
        text.append(f"{title}\n", "bold")
        for what, does in told:
            text.append(f"  {what}\n", "bold cyan")
            text.append(f"              {does}\n")
        text.append("\n")
    text.append("How to read it\n", "bold")
    text.append("  Sizes by 1024 (KiB, K in tables), rates by 1000 (kB/s).\n")
    text.append("  CPU% of a process is of one core, or of the machine: the table's title says which.\n")
    text.append("  TREND is its CPU of the last minute, 6 s a cell, full at one core.\n")
    text.append("  … not known yet   denied: not permitted, run as root   ! warning   ▲ critical\n")
    return text


class Help(ModalScreen[None]):
    """Shows the help over the dashboard; any of its keys closes it."""

    CSS = """
    Help { align: center middle; }
    Help VerticalScroll { width: 90%; max-width: 84; height: auto; max-height: 90%; border: round $accent;
        background: $surface; padding: 0 2; }
    Help VerticalScroll.ascii { border: ascii $accent; scrollbar-size: 0 0; }
    Help Static { width: 100%; height: auto; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,question_mark,f1,enter", "dismiss", "close", show=False),
    ]

    def __init__(
        self, abilities: Collection[Ability] = (), keys: Sequence[Key] = KEYS, *, ascii_only: bool = False
    ) -> None:
        super().__init__()
        self._abilities = abilities
        self._offered = tuple(keys)
        self._ascii_only = ascii_only

    def compose(self) -> ComposeResult:
        """Textual's own."""
        text = help_text(self._abilities, self._offered)
        with VerticalScroll(classes="ascii" if self._ascii_only else "") as box:
            box.border_title = "tuimon: keys"
            box.border_subtitle = "Esc closes"
            if self._ascii_only:
                text.plain = plain(text.plain)
            yield Static(text)

    def on_click(self) -> None:
        """Close on a click anywhere."""
        self.dismiss()
