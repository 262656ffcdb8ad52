"""The conversation that leads to an action: a menu, a value, a confirmation that names everybody, and what came of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import tzinfo

from tuimon.model.action import Action, Affinity, IoPriority, Nice, Outcome, Signal, Target, target
from tuimon.model.process import Process
from tuimon.model.snapshot import Frame
from tuimon.protocols import Actor
from tuimon.tui.acting import signals
from tuimon.tui.acting.aftermath import Aftermath
from tuimon.tui.acting.caution import Own, caution
from tuimon.tui.acting.wording import deed, hit_list, named, question, report, told
from tuimon.tui.dialogs.ask import Ask
from tuimon.tui.dialogs.checks import Checks
from tuimon.tui.dialogs.menu import RULE, Item, Menu
from tuimon.tui.dialogs.over import Over
from tuimon.tui.dialogs.shape import Button, Said
from tuimon.tui.style import Row

Perform = Callable[[Actor, Sequence[Target], Action], None]
"""Does it, without waiting for it; what came of it is given to `Acting.take` later."""


class Acting:
    """One conversation at a time, in dialogs over the screen. The processes are those that were chosen at its begin."""

    def __init__(
        self, actor: Actor, perform: Perform, *, own_pid: int | None, tz: tzinfo | None, ascii_only: bool
    ) -> None:
        self.targets: tuple[Target, ...] = ()
        self.over = Over()
        self._actor = actor
        self._perform = perform
        self._own_pid = own_pid
        self._tz = tz
        self._ascii_only = ascii_only
        self._frame: Frame | None = None
        self._asking: tuple[Ask, list[str]] | None = None
        self._aftermath = Aftermath()

    def begin(self, chosen: Sequence[Process], frame: Frame) -> None:
        """Ask what to do to these processes of a frame."""
        self.targets = tuple(target(process, frame.snapshot.host) for process in chosen)
        self._frame, self._asking = frame, None
        self.over.open(Menu(self._title, self._items()), self._chosen)

    @property
    def _title(self) -> str:
        return named(self.targets[0]) if len(self.targets) == 1 else f"{len(self.targets)} processes"

    def _items(self) -> list[Item]:
        offers = self._actor.offers
        groups = [
            signals.items() if "signal" in offers else [],
            [item for name, item in _SETTINGS if name in offers],
            [_OTHERS] if "signal" in offers else [],
        ]
        found: list[Item] = []
        for group in filter(None, groups):
            found += [RULE, *group] if found else group
        return found

    def _chosen(self, answer: object) -> None:
        """Go on with what was chosen in the menu: a signal, or what is to be set."""
        if isinstance(answer, Signal):
            self._confirm(answer)
        elif answer == "others":
            self.over.open(Menu(self._title, signals.rare_items()), self._confirm)
        elif answer == "nice":
            self.over.open(self._nice_menu(), self._confirm)
        elif answer == "io":
            self.over.open(self._io_menu(), self._confirm)
        elif answer == "processors":
            self.over.open(self._processors(), self._confirm)

    def _nice_menu(self) -> Menu:
        now = self._actor.scheduling(self.targets[0]).nice
        notes = {-20: "before all others", 0: "as most are", 19: "when nobody else wants to run"}
        items = [
            Item(str(value), "now" if value == now else "", notes.get(value, ""), Nice(value))
            for value in range(-20, 20)
        ]
        return Menu("Nice value of all threads", items, 20 if now is None else now + 20)

    def _io_menu(self) -> Menu:
        now = self._actor.scheduling(self.targets[0]).io
        wanted = [IoPriority("none"), IoPriority("idle")]
        wanted += [IoPriority("best-effort", level) for level in range(8)]
        wanted += [IoPriority("realtime", level) for level in range(8)]
        notes = {"none": "it follows the nice value", "idle": "when nobody else uses the disk"}
        notes |= {"best-effort 0": "before others", "realtime 0": "before everybody, always"}
        items = [
            Item(text, "now" if one == now else "", notes.get(text, ""), one)
            for one in wanted
            if (text := str(one).removeprefix("io "))
        ]
        return Menu("IO priority of all threads", items, wanted.index(now) if now in wanted else 0)

    def _processors(self) -> Checks:
        cores = max(1, self._frame.snapshot.host.cores if self._frame else 1)
        now = self._actor.scheduling(self.targets[0]).cpus
        return Checks(
            "Processors of all threads", cores, range(cores) if now is None else [c for c in now if c < cores]
        )

    def _confirm(self, answer: object) -> None:
        """Ask once more, naming exactly who will be hit. Where there is a caution, Enter alone does nothing."""
        if isinstance(answer, tuple):
            answer = Affinity(answer)
        if not isinstance(answer, Signal | Nice | IoPriority | Affinity) or self._frame is None:
            return
        recorder = self._frame.recorder
        own = Own(self._own_pid, recorder.pid if recorder is not None else None)
        processes = self._frame.snapshot.processes
        cautions = [caution(one, processes, own) for one in self.targets]
        careful = any(cautions)
        buttons = (Button("y", f"{deed(answer)}  y", answer), Button("n", "Cancel", Said.CLOSE))
        style = "warning" if careful else "title"
        asking = Ask(question(answer, self.targets), (), buttons, style=style, chosen=int(careful))
        self._asking = asking, cautions
        self.follow(self._frame)
        self.over.open(asking, self._go)

    def draw(self, rows: list[Row], frame: Frame, width: int, height: int) -> list[Row]:
        """Return a screen with the dialog that is open over it, as of a frame."""
        if self.over.dialog is not None:
            self.follow(frame)
        return self.over.draw(rows, width, height, ascii_only=self._ascii_only)

    def news(self, frame: Frame) -> str:
        """Return a line on what became of those that were sent a signal to end, '' mostly."""
        return self._aftermath.news(frame.snapshot)

    def follow(self, frame: Frame) -> None:
        """Show in the confirmation who has ended since the choice."""
        self._frame = frame
        if self._asking is not None:
            asking, cautions = self._asking
            present = {one.identity for one in frame.snapshot.processes}
            gone = {one.identity for one in self.targets} - present if frame.snapshot.complete else ()
            asking.rows = hit_list(self.targets, cautions, now=frame.snapshot.time, tz=self._tz, gone=gone)

    def _go(self, answer: object) -> None:
        self._asking = None
        if isinstance(answer, Signal | Nice | IoPriority | Affinity):
            self._perform(self._actor, self.targets, answer)

    def take(self, outcomes: Sequence[Outcome]) -> str:
        """Take what came of an action; return a line where all went well, else show who was not reached and why."""
        if self._frame is not None:
            self._aftermath.begin(outcomes, self._frame.snapshot.time)
        if all(one.result == "done" for one in outcomes):
            return told(outcomes)
        rows = report(outcomes, ascii_only=self._ascii_only)
        missed = sum(one.result != "done" for one in outcomes)
        title = f"{outcomes[0].action}: not done for {missed} of {len(outcomes)}"
        self.over.open(Ask(title, rows, (Button("escape", "Close", Said.CLOSE),), style="warning"))
        return ""


_OTHERS = Item("other signals…", "", "", "others")
_SETTINGS = (
    ("nice", Item("nice…", "", "give it the processors sooner or later than others", "nice")),
    ("io", Item("io priority…", "", "let it use the disks sooner or later than others", "io")),
    ("processors", Item("processors…", "", "on which of them it may run", "processors")),
)
