"""What the user has in front of them: the table, what is enlarged, what is being typed. Knows no Textual."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from tuimon.model.process import NOTHING, Wanted
from tuimon.model.snapshot import Frame, Snapshot
from tuimon.model.times import TimeError, parse_time
from tuimon.pipeline.recent import Recent
from tuimon.tui.keys import KEYS, Key
from tuimon.tui.lines import most_severe
from tuimon.tui.page import Area, Page, Wish
from tuimon.tui.page import draw as draw_page
from tuimon.tui.reaching import Reaching
from tuimon.tui.session import Session
from tuimon.tui.style import Row, row_width
from tuimon.tui.table import Table, begin
from tuimon.tui.travel.scene import moment_at, past_view, timeline_row
from tuimon.tui.travel.sight import Answer, Differed, Happened, Happenings, Refusal, Traced, Used
from tuimon.tui.travel.traveller import Traveller
from tuimon.tui.view import View

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tuimon.model.inspection import Inspection
    from tuimon.tui.acting.acting import Acting, Perform
    from tuimon.tui.charts.charts import Charts
    from tuimon.tui.detail.details import Details
    from tuimon.tui.dialogs.over import Over
    from tuimon.tui.filterprompt import FilterPrompt
    from tuimon.tui.table.hands import Hands

HISTORY = "history"  # what is enlarged while the History screen is open
SOME_FRAMES = 8  # for so many of them a line that answers a key is shown


@dataclass(slots=True)
class Desk(Reaching):
    """The state of the overview; each method is what a key or a click does to it."""

    session: Session
    notice: str = ""
    bits: bool = False
    table: Table = field(default_factory=Table)
    page: Page = field(default_factory=Page)
    focus: str = "processes"
    enlarged: str = ""
    prompt: FilterPrompt | None = None
    silent: float = 0.0
    travel: Traveller = field(default_factory=Traveller)
    going: str | None = None
    trouble: str = ""
    acting: Acting | None = None
    perform: Perform | None = None
    keep: Callable[[Mapping[str, object]], None] | None = None
    run: Callable[[str], None] | None = None
    frame: Frame | None = None
    passing: tuple[str, int] = ("", 0)
    keys: tuple[Key, ...] = KEYS
    over_: Over | None = None
    charts: Charts | None = None
    _hands: Hands | None = None
    inside: Details | None = None
    looked_into: Callable[[Inspection], None] | None = None

    def __post_init__(self) -> None:
        """Begin at now."""
        self.travel.interval = self.session.interval
        self.travel.at = self.session.at
        self.travel.timeline.fit(self.session.recorded_seconds)
        self.table = begin(self.session.table, tz=self.session.tz, ascii_only=self.session.ascii_only)

    @property
    def hands(self) -> Hands:
        """What keys and clicks do to the table."""
        if self._hands is None:
            from tuimon.tui.table.hands import Hands  # noqa: PLC0415  not needed for the first paint

            self._hands = Hands(self.table, self.over, lambda: self.travel.live, self.keep, self.keys)
        return self._hands

    @property
    def typing(self) -> bool:
        """Whether a filter is being typed."""
        return self.prompt is not None

    def draw(self, frame: Frame, recent: Recent, width: int, height: int) -> Page:
        """Draw the screen for a terminal of this size, and remember what is where."""
        common = View(
            frame=frame,
            column=recent.column,
            half=recent.steps % 2 == 0,
            silent=self.silent,
            tz=self.session.tz,
            ascii_only=self.session.ascii_only,
            network_bits=self.bits,
            focus=self.focus,
            replayed=self.session.replayed,
            place=self.session.place,
        )
        if self.acting is not None and (news := self.acting.news(frame)):
            self.say(news)
        view = past_view(common, self.travel)
        live = view.past is None
        goes = self.notice if self.notice == self.passing[0] else ""
        wish = Wish(
            enlarged=self.enlarged,
            body=self._body(view),
            details=self.pane is not None,
            notice="" if goes else self.notice,
            passing=goes,
            prompt=self.prompt,
            going=self.going,
            trouble=self.trouble,
            elsewhere=None if live or not frame.alerts else most_severe(frame.alerts),
            past=not live,
            timeline=timeline_row(view, self.travel, width, height),
            abilities=self.abilities,
            keys=self.keys,
        )
        self.frame = frame
        if self.passing[0] and frame.tick >= self.passing[1]:
            self.notice = "" if self.notice == self.passing[0] else self.notice
            self.passing = ("", 0)
        self.page = draw_page(view, self.table, wish, width, height)
        if self.pane is not None:
            self.detail.top = self.page.body[0]
            if (question := self.detail.ask(view)) is not None:
                self.travel.ask(question)
        if self.acting is not None:
            self.page.rows = self.acting.draw(self.page.rows, frame, width, height)
        if self.over_ is not None:
            self.page.rows = self.over_.draw(self.page.rows, width, height, ascii_only=self.session.ascii_only)
        return self.page

    def _body(self, view: View) -> Callable[[int, int], list[Row]] | None:
        """Return what draws another screen in the place of the overview, None where the overview is shown."""
        if self.pane is not None:
            return partial(self.detail.draw, view)
        return partial(self.charts.draw, view) if self.charts is not None and self.enlarged == HISTORY else None

    @property
    def shown(self) -> Snapshot | None:
        """What the screen shows the figures of: now, or what was recorded of the moment looked at."""
        if self.travel.live:
            return self.travel.newest.snapshot if self.travel.newest else None
        return self.travel.sight.frame.snapshot if self.travel.sight and self.travel.sight.frame else None

    def look(self) -> None:
        """Give the table the processes of the moment that is shown."""
        shown = self.shown
        if shown is not None or not self.travel.waiting:
            if not self.travel.live:
                self.table.thaw()  # the past stands still by itself
            if shown is None:
                self.table.update((), self.travel.now)
            else:
                self.table.update(shown.processes, shown.time, shown.host.cores)

    def say(self, line: str) -> None:
        """Show a line for some frames, or until it is hidden."""
        self.notice = line
        self.passing = (line, SOME_FRAMES + (self.frame.tick if self.frame else 0))

    def back(self) -> None:
        """Close what is open, the innermost first; of the past, last."""
        if self.notice:
            self.notice = ""
        elif self.pane is not None:
            self.detail.back()
        elif self.enlarged:
            self.enlarged = ""
        elif self.table.words:
            self.table.set_filter(None)
        elif self.table.tagged:
            self.table.tagged.clear()
        elif self.table.selected is not None or self.table.following or self.table.ended:
            self.table.clear_selection()
        elif not self.travel.live:
            self.go_live()

    # Time

    def step(self, way: int) -> None:
        """Go to the recorded moment before (-1) or after (1) the one that is shown."""
        self.travel.step(way)
        self.look()

    def skip(self, seconds: int) -> None:
        """Go so far back or on."""
        self.travel.skip(seconds)
        self.look()

    def leap(self, way: int) -> None:
        """Go to the next (1) or the previous (-1) event."""
        self.travel.leap(way)

    def to_alert(self) -> None:
        """Go to where the alert that is shown began."""
        newest = self.travel.newest
        past = self.travel.sight.frame if self.travel.sight else None
        frame = newest if self.travel.live else past
        if frame is not None and frame.alerts:
            self.travel.go(most_severe(frame.alerts).since)
            self.look()

    def open_alerts(self) -> None:
        """Show the alerts screen, with what happened in the last days as soon as that is read."""
        from tuimon.tui.alarms import SINCE  # noqa: PLC0415  not needed for the first paint

        self.travel.ask(Happened(self.travel.now - SINCE, self.travel.now + 1))

    def acknowledge(self) -> None:
        """Acknowledge the alert of the banner."""
        self.alarms.acknowledge(self.firing)

    def silence(self) -> None:
        """Silence the alert of the banner, for a time that is asked for."""
        self.alarms.silence(self.firing)

    def go_live(self) -> None:
        """Go back to now."""
        self.travel.back_to_live()
        self.look()

    def go(self, at: float) -> None:
        """Go to a moment (epoch seconds)."""
        self.travel.go(at)
        self.look()

    def begin_going(self) -> None:
        """Begin to type a time."""
        self.going, self.trouble = "", ""

    def type_time(self, key: str, character: str | None) -> None:
        """Take a key for the time that is being typed."""
        from tuimon.tui.filterline import typed  # noqa: PLC0415  nothing is typed before the first paint

        words, on = typed(self.going or "", key, character)
        if on or not words:
            self.going, self.trouble = (words if on else None), ""
            return
        try:
            moment = parse_time(words, now=self.travel.now, tz=self.session.tz)
        except TimeError as error:
            self.going, self.trouble = words, str(error)
            return
        self.going = None
        self.notice = moment.note or self.notice
        self.go(moment.epoch)

    def zoom(self, way: int) -> None:
        """Show a longer (1) or a shorter (-1) span in the timeline."""
        self.travel.timeline.zoom(way)

    def next_heat(self) -> None:
        """Show the heat of another metric in the timeline."""
        self.travel.timeline.next_metric()

    def mark(self) -> None:
        """Mark this moment, for what is asked about the span from it to another."""
        self.travel.set_mark()

    def who(self) -> None:
        """Ask who used the span from the mark to here, or the minutes around here."""
        shown = self.travel.newest if self.travel.live else self.travel.sight.frame if self.travel.sight else None
        landed = self.travel.landed
        alert = landed.alert if landed else None
        if alert is None and shown is not None and shown.alerts:
            alert = most_severe(shown.alerts)
        self.travel.who(alert.series.family if alert else "cpu")

    def differ(self) -> None:
        """Ask what is different here from what was at the mark, or an hour ago."""
        self.travel.differ()

    def tell(self, answer: Answer) -> None:
        """Take what was read of the past: for the screen, or for a sheet over it."""
        from tuimon.tui.travel import sheets  # noqa: PLC0415  not needed for the first paint

        tz = self.session.tz
        if self.charts is not None and self.charts.take(answer):
            return
        if isinstance(answer, Used):
            asked = answer.asked
            self.over.open(sheets.users(answer.usage, asked.start, asked.end, tz, by=asked.by), self._find)
        elif isinstance(answer, Differed):
            self.over.open(sheets.different(answer.difference, tz), self._find)
        elif isinstance(answer, Happenings):
            self.alarms.open(self.firing, answer.events, self.travel.now)
        elif isinstance(answer, Refusal) and isinstance(answer.question, Happened):
            self.alarms.open(self.firing, (), self.travel.now)
        elif isinstance(answer, Traced):
            self.detail.trace(answer)
        else:
            self.travel.take(answer)
            self.look()

    # The History screen

    def do(self, whose: str, name: str, *arguments: int) -> None:
        """Do what a key does on the screen that is open: to the desk, or to the table."""
        if self.pane is not None and whose == "table":
            self.detail.press(name, *arguments)
            return
        charts = self.charts if self.charts_open else None
        if charts is None or not charts.do(whose, name, arguments):
            getattr(self if whose == "desk" else self.hands, name)(*arguments)

    @property
    def charts_open(self) -> bool:
        """Whether the History screen is in front."""
        return self.enlarged == HISTORY and self.pane is None

    def open_charts(self) -> None:
        """Show the History screen, or the overview again."""
        self.enlarged = "" if self.enlarged == HISTORY else HISTORY
        if self.charts is None:
            from tuimon.tui.charts.charts import Charts  # noqa: PLC0415  not needed for the first paint

            self.charts = Charts(self.travel, self.over)
            self.travel.timeline.fit_recorded(self.travel.now)

    def processes(self) -> None:
        """Show the processes over the whole screen."""
        self.enlarged = "processes"

    @property
    def span(self) -> tuple[float, float]:
        """What is taken away: from the mark to here, else what the timeline shows."""
        line = self.travel.timeline
        if self.travel.mark is not None:
            return self.travel.stretch
        return line.start, min(line.end, self.travel.now)

    def take_away(self, chosen: Callable[[object], None]) -> None:
        """Ask in which form the span is to be taken away."""
        from tuimon.tui.dialogs.menu import Item, Menu  # noqa: PLC0415  as above
        from tuimon.tui.travel import sheets  # noqa: PLC0415  as above

        items = [Item(words, "", about, form) for form, words, about in sheets.FORMS]
        self.over.open(Menu(f"Take away {sheets.stretch(*self.span, self.session.tz)}", items), chosen)

    def _find(self, answer: object) -> None:
        """Select a process in the table; say so where it is not there."""
        if isinstance(answer, tuple) and not self.table.find(answer):
            self.say(f"process {answer[0]} is not among those that are shown here")

    def overview(self) -> None:
        """Go back to the overview."""
        self.enlarged = ""
        if self.pane is not None:
            self.detail.leave()

    def scroll(self, rows: int) -> None:
        """Scroll what the wheel is over: a dialog, else the processes."""
        if (over := self.dialog) is not None:
            over.scroll(rows)
        elif self.charts_open:
            self.zoom(1 if rows > 0 else -1)
        else:
            (self.pane or self.table).scroll(rows)

    def filter(self) -> None:
        """Begin to type a filter, with the one that is in force."""
        if self.pane is not None:
            return
        from tuimon.tui.filterprompt import FilterPrompt  # noqa: PLC0415  the language is not needed for the first paint

        self.prompt = FilterPrompt(self.table.filter, self.session.filters, self.session.tz)

    def type(self, key: str, character: str | None) -> None:
        """Take a key for the filter that is being typed."""
        if self.prompt is None:
            return
        going_on = self.prompt.press(key, character, self.table.everyone)
        self._apply(self.prompt)
        if not going_on:
            self.prompt = None

    def paste(self, text: str) -> None:
        """Take pasted words for the filter that is being typed."""
        if self.prompt is not None:
            self.prompt.paste(text, self.table.everyone)
            self._apply(self.prompt)

    def _apply(self, prompt: FilterPrompt) -> None:
        """Show what the last text asks for that was understood."""
        if prompt.found is not self.table.filter:
            self.table.set_filter(prompt.found)

    @property
    def looked_at(self) -> tuple[Sequence[int], Wanted]:
        """The pids that are on the screen now, and the costly fields that are wanted of the machine."""
        if not self.travel.live or not any(area.name == "processes" for area in self.page.areas):
            return (), NOTHING
        return self.table.visible, self.table.wanted

    def focus_panel(self, way: int) -> None:
        """Focus the next or the previous panel that is on the screen; in the details, another part."""
        if self.pane is not None:
            self.pane.turn(way)
            return
        names = [area.name for area in self.page.areas]
        if names:
            at = names.index(self.focus) if self.focus in names else -way
            self.focus = names[(at + way) % len(names)]

    def enlarge(self) -> None:
        """Enlarge the focused panel, or put it back; in the details, the open part."""
        if self.pane is not None:
            self.pane.tall = not self.pane.tall
            return
        self.enlarged = "" if self.enlarged else self.focus

    def toggle_bits(self) -> None:
        """Show network rates in bits, or in bytes."""
        self.bits = not self.bits

    def click(self, x: int, y: int, clicks: int, button: int = 1) -> Key | None:
        """Do what is under the pointer; return the key whose word in the footer was clicked."""
        if (over := self.dialog) is not None:
            over.click(x, y)
            return None
        if self.prompt is not None:
            self._click_prompt(self.prompt, x, y - len(self.page.rows) + 2)
            return None
        if self.notice and self.page.notice[0] <= y < self.page.notice[1]:
            self.notice = ""
            return None
        if y == len(self.page.rows) - 1:
            key = next((key for start, end, key in self.page.keys if start <= x < end), None)
            if key is None or key.action != "desk('filter')" or self.charts_open:
                return key
            self.filter()
            if self.prompt is not None:
                self.prompt.offer(self.table.everyone)  # whoever has the mouse in hand goes on with it
            return None
        top, end = self.page.body
        if self.pane is not None and top <= y < end:
            self._click_detail(x, y, button)
            return None
        if self.charts is not None and top <= y < end:
            if (moment := self.charts.moment_at(x, y - top)) is not None:
                self.go(moment)
            return None
        if (moment := moment_at(self.page, self.travel, x, y)) is not None:
            self.go(moment)
            return None
        area = self.page.panel_at(x, y)
        if area is not None:
            self.focus = area.name
            self._click_panel(area, x, y, clicks if button == 1 else 0)
        return None

    def _click_prompt(self, prompt: FilterPrompt, x: int, line: int) -> None:
        """Take what is under the pointer into the filter; elsewhere on the screen keep it, as Enter does."""
        if line < 0:
            self.type("enter", None)
            return
        prompt.click(x, line, row_width(self.page.rows[-1]), self.table.everyone, len(self.table.shown))
        self._apply(prompt)

    def _click_detail(self, x: int, y: int, button: int) -> None:
        if button != 1:
            self.act()
        elif self.shown is not None and (moment := self.detail.click(x, y, self.shown)) is not None:
            self.go(moment)

    def _click_panel(self, area: Area, x: int, y: int, clicks: int) -> None:
        if y == self.page.title_row and area.name == "processes":
            if clicks:
                self.table.click_title(x - self.page.title_left)
            else:
                self.hands.menu()
        elif area.name == "processes" and y > self.page.title_row:
            if self.table.click(y - self.page.title_row - 1, x - self.page.title_left if clicks else -1):
                return  # two clicks on the mark of a fold are two folds, no double click
            if not clicks:
                self.act()
            elif x == self.page.title_left:
                self.tag()
            elif clicks > 1:
                self.details()
        elif y == area.top or clicks > 1:
            self.enlarge()
