"""The part of the desk that reaches for processes: their details, and what is done to them. Knows no Textual."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from tuimon.model.process import Process
from tuimon.protocols import Ability
from tuimon.tui.keys import BACK, Key, offered, written

if TYPE_CHECKING:
    from tuimon.model.inspection import Inspection
    from tuimon.model.snapshot import Alert, Frame, Snapshot
    from tuimon.tui.acting.acting import Acting, Perform
    from tuimon.tui.alarms import Alarms
    from tuimon.tui.detail.details import Details
    from tuimon.tui.detail.pane import Pane
    from tuimon.tui.dialogs.over import Over
    from tuimon.tui.session import Session
    from tuimon.tui.table import Table
    from tuimon.tui.travel.traveller import Traveller

READ_ONLY = "read-only: ui.read_only in the settings takes away what changes processes"
NOT_HERE = "nothing can be done to these processes: they are not this machine's"
PAST = "nothing can be done to processes of the past"
ENDED = "it has ended: nothing can be done to it"
CHOOSE = "choose a process first: with the arrows or a click"


class Reaching:
    """What keys and clicks on a process, on the tagged ones and in the details do; the desk is made of it."""

    if TYPE_CHECKING:
        session: Session
        table: Table
        travel: Traveller
        over_: Over | None
        frame: Frame | None
        acting: Acting | None
        perform: Perform | None
        inside: Details | None
        looked_into: Callable[[Inspection], None] | None
        say: Callable[[str], None]
        go: Callable[[float], None]
        keys: Sequence[Key]
        run: Callable[[str], None] | None

        @property
        def shown(self) -> Snapshot | None:
            """What the screen shows the figures of."""

    # Dialogs

    @property
    def over(self) -> Over:
        """Where dialogs are opened."""
        if self.over_ is None:
            from tuimon.tui.dialogs.over import Over  # noqa: PLC0415  not needed for the first paint

            self.over_ = Over()
        return self.over_

    @property
    def dialog(self) -> Over | None:
        """What has a dialog open: keys and clicks are for it."""
        overs = (self.over_, self.acting.over if self.acting is not None else None)
        return next((over for over in overs if over is not None and over.dialog is not None), None)

    def show_help(self) -> None:
        """Show every key."""
        from tuimon.tui.help import Help  # noqa: PLC0415  not needed for the first paint

        self.over.open(Help(self.session.source.abilities, self.keys))

    def palette(self) -> None:
        """Offer what can be done here, to be found by its name."""
        from tuimon.tui.dialogs.palette import Palette  # noqa: PLC0415  as above

        keys = [key for key in offered(self.abilities, self.keys) if key.action != "desk('palette')"]
        self.over.open(Palette(keys), self._picked)

    def _picked(self, action: object) -> None:
        if self.run is not None:
            self.run(str(action))

    @property
    def asking(self) -> bool:
        """Whether a dialog is open."""
        return self.dialog is not None

    def answer(self, key: str, character: str | None) -> None:
        """Give a key to the dialog that is open."""
        if (over := self.dialog) is not None:
            over.press(key, character)

    # Doing something

    @property
    def abilities(self) -> frozenset[Ability]:
        """What may be done to what is shown: to the past, nothing."""
        return self.session.source.abilities - (frozenset() if self.travel.live else {Ability.SIGNAL})

    def tag(self) -> None:
        """Tag the selected process, or take its tag away."""
        if Ability.SIGNAL in self.abilities and self.pane is None:
            self.table.tag()

    @property
    def _meant(self) -> list[Process]:
        """The processes that something would be done to: the one whose details are open, else those of the table."""
        pane = self.pane
        if pane is None:
            return self.table.chosen
        return [pane.process] if pane.process is not None and pane.ended_at is None else []

    def act(self) -> None:
        """Ask what to do to the tagged processes, else to the selected one."""
        session = self.session
        if session.open_actor is None or self.perform is None or self.frame is None:
            self.say(READ_ONLY if session.read_only else NOT_HERE)
            return
        if not self.travel.live:
            back = written(self.keys, (BACK,)).split(" ")[0]
            self.say(f"{PAST}: {back} goes back to now" if back else PAST)
            return
        chosen = self._meant
        if not chosen:
            self.say(ENDED if self.pane is not None else f"{CHOOSE}; Space tags several")
            return
        if self.acting is None:
            from tuimon.tui.acting.acting import Acting  # noqa: PLC0415  not needed for the first paint

            self.acting = Acting(
                session.open_actor(),
                self.perform,
                own_pid=session.own_pid,
                tz=session.tz,
                ascii_only=session.ascii_only,
            )
        self.acting.begin(chosen, self.frame)

    @property
    def firing(self) -> tuple[Alert, ...]:
        """What fires now, whatever moment is shown."""
        return self.travel.newest.alerts if self.travel.newest else ()

    @property
    def alarms(self) -> Alarms:
        """What may be done about alerts."""
        from tuimon.tui.alarms import Alarms  # noqa: PLC0415  not needed for the first paint

        return Alarms(
            self.over,
            self.session.alerting,
            self.go,
            self.say,
            self.session.tz,
            answers=Ability.ANSWER in self.session.source.abilities,
            place=self.session.place,
        )

    # Details

    @property
    def detail(self) -> Details:
        """The details of a process, and what is kept of the last minute for them."""
        if self.inside is None:
            from tuimon.tui.detail.details import Details  # noqa: PLC0415  not needed for the first paint

            self.inside = Details(self.session.open_inspector, self.session.interval, self.looked_into)
        return self.inside

    @property
    def pane(self) -> Pane | None:
        """The details that are open."""
        return None if self.inside is None else self.inside.pane

    def details(self) -> None:
        """Open the details of the selected process; in them, go to the relative that is chosen."""
        shown = self.shown
        if shown is None:
            return
        if self.pane is not None:
            self.detail.enter(shown)
            return
        process = next((p for p in shown.processes if p[:2] == self.table.selected), None)
        if process is None:
            self.say(CHOOSE)
        else:
            self.detail.begin(process, shown)

    def retrace(self) -> None:
        """Go back to the process whose details were open before, or to the table."""
        self.detail.retrace()

    def next_span(self) -> None:
        """Show a longer span in the charts of the details."""
        if self.pane is not None:
            self.pane.next_span()

    def look_into(self, inspection: Inspection) -> None:
        """Take what was found out about the process whose details are open."""
        if self.frame is not None:
            self.detail.take(inspection, self.frame.snapshot.time)
