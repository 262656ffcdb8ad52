"""A dashboard of a machine that never was, at a moment that never passes: its screens are the same on every machine.

The scenario, its seed, the clock and the zone are fixed, questions about the past are answered before the next drawing,
and there is no terminal: what is looked at is what the desk draws.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC
from pathlib import Path

from tuimon.alerts.watch import Watch
from tuimon.collectors.simulated import Incident, open_simulated
from tuimon.collectors.simulated.inspection import SimulatedInspector
from tuimon.config.private import Remembered
from tuimon.history import open_archive, open_history
from tuimon.model.action import Scheduling
from tuimon.model.snapshot import Frame, Recorder
from tuimon.pipeline import fill
from tuimon.pipeline.recent import Recent
from tuimon.protocols import Ability, Archive
from tuimon.tui.bindings import DESK
from tuimon.tui.desk import Desk
from tuimon.tui.past import KEPT, charted
from tuimon.tui.session import Session
from tuimon.tui.style import Row
from tuimon.tui.travel.reader import answer
from tuimon.tui.travel.sight import Question

SIZES = ((200, 50), (120, 40), (80, 24), (40, 12))
NOW = 1_773_496_951.0
"""2026-03-14 14:02:31 UTC: the last frame's."""
DAY = 86400.0
LEAK = Incident(first=DAY - 300.0, length=1e9, ramp=200.0)
YESTERDAY = Incident(first=0.6 * DAY, length=2400.0, ramp=600.0)
RECORDER = Recorder("here", path="/var/lib/tuimon/history.db", bytes=19_293_798)
NAMED = {"comma": ",", "slash": "/", "question_mark": "?", "space": " ", "greater_than_sign": ">"}


class Kept:
    """A sink that keeps the last frames beside those that it passes on."""

    def __init__(self, sink, most: int) -> None:
        self._sink = sink
        self._most = most
        self.frames: list[Frame] = []

    def write(self, frame: Frame) -> None:
        self._sink.write(frame)
        self.frames = [*self.frames[-self._most + 1 :], frame]


def made_up(path: str) -> list[Frame]:
    """Write a day of the machine into a history; return its last five minutes, with a recorder."""
    machine = open_simulated("memory-leak", 3, incident=(YESTERDAY, LEAK), booted_at=NOW - 12 * DAY)
    history = open_history(path)
    kept = Kept(history, 300)
    stretches = fill.Stretch(NOW - 300.0, 150.0), fill.Stretch(NOW, 1.0)
    fill.fill(machine, kept, start=NOW - DAY, stretches=stretches, evaluate=Watch())
    history.close()
    return [replace(frame, recorder=RECORDER) for frame in kept.frames]


class Nobody:
    """An actor that is never asked to act."""

    offers = frozenset({"signal", "nice", "io", "processors"})

    def act(self, target, action):
        raise AssertionError(f"{action} of {target}")

    def scheduling(self, target):
        del target
        return Scheduling(nice=0, io=None, cpus=(0, 1, 2, 3))


class Still:
    """A source whose newest frame stays the newest."""

    abilities = frozenset({Ability.SIGNAL, Ability.INSPECT, Ability.RECORD, Ability.ANSWER})

    def __init__(self, frames: list[Frame]) -> None:
        self.frames = frames

    def newest(self) -> Frame:
        return self.frames[-1]


class Stage:
    """The desk with the machine behind it, for a screen of one size."""

    def __init__(self, frames: list[Frame], archive: Archive, size: tuple[int, int], **session) -> None:
        self.size = size
        self._archive = archive
        self._asked: list[Question] = []
        self._told: list = []
        self._recent = Recent(KEPT, 1.0)
        source = Still(frames)
        self.desk = Desk(
            Session(
                source,
                lambda: archive,
                tz=UTC,
                open_inspector=lambda: SimulatedInspector(self._find),
                open_actor=Nobody,
                filters=Remembered(),
                **session,
            )
        )
        self.desk.travel.ask = self._asked.append
        self.desk.looked_into = self._told.append
        self.desk.perform = lambda *_: None
        self.desk.travel.ready = True
        for key in charted(frames[-1].snapshot):
            self._recent.follow(key)
        for frame in frames:
            self._recent.append(frame.snapshot)
        for frame in frames[-60:]:
            self.desk.detail.note(frame.snapshot)
            self.desk.travel.follow(frame, tuple(charted(frame.snapshot)))
            self.desk.look()
        self._frame = frames[-1]
        self.rows: list[Row] = []
        self.draw()

    def _find(self, identity: tuple[int, float]):
        return next((p for p in self._frame.snapshot.processes if p[:2] == identity), None)

    def draw(self) -> None:
        """Draw until nothing more is asked for."""
        for _ in range(8):
            self.rows = self.desk.draw(self._frame, self._recent, *self.size).rows
            if not self._asked and not self._told:
                return
            asked, told = self._asked[:], self._told[:]
            self._asked.clear()
            self._told.clear()
            for question in asked:
                self.desk.tell(answer(self._archive, question, []))
            for inspection in told:
                self.desk.look_into(inspection)
        raise AssertionError("what is drawn asks for more and more")

    def press(self, *keys: str) -> None:
        """Press keys, by Textual's names, or type a text that begins with `type `."""
        for key in keys:
            if key.startswith("type "):
                for character in key.removeprefix("type "):
                    self._press(character)
            else:
                self._press(key)
            self.draw()

    def _press(self, key: str) -> None:
        character = key if len(key) == 1 else NAMED.get(key)
        desk = self.desk
        if desk.asking:
            desk.answer(key, character)
        elif desk.going is not None:
            desk.type_time(key, character)
        elif desk.typing:
            desk.type(key, character)
        else:
            whose, *call = DESK[key]
            desk.do(whose, *call)

    @property
    def dialog(self) -> tuple[int, int, int, int] | None:
        """Where a dialog lies over the screen: left, top, right, bottom."""
        over = self.desk.dialog
        return None if over is None else (over._left, over._top, over._right, over._bottom)


@dataclass(frozen=True, slots=True)
class Scene:
    """A screen: its name, the keys that lead there from the overview, and where the dashboard is opened otherwise."""

    name: str
    keys: tuple[str, ...] = ()
    session: tuple[tuple[str, object], ...] = ()


ALONE = ("2", "slash", "type leaky", "enter", "home")
"""One process, chosen: what is laid over it is what the picture is about."""
SCENES = (
    Scene("overview"),
    Scene("overview-ascii", session=(("ascii_only", True),)),
    Scene("overview-notice", session=(("notice", "over a slow link: --low-bandwidth (ui.low_bandwidth) draws every 5 s"),)),
    *(Scene(f"enlarged-{name}", (*["tab"] * (at + 1), "m")) for at, name in enumerate(("cpu", "memory", "disk", "network", "storage"))),
    Scene("processes-list", ("2", "down", "down", "space", "down")),
    Scene("processes-tree", ("2", "t", "home", "down", "down", "f")),
    Scene("processes-groups", ("2", "G", "home", "down", "right")),
    Scene("columns", (*ALONE, "c")),
    Scene("sort", (*ALONE, "O")),
    Scene("view", (*ALONE, "v")),
    Scene("filter", ("slash", "type cpu > 1 and us")),
    Scene("filter-mistake", ("slash", "type cpu > lots")),
    Scene("details", ("home", "enter")),
    Scene("details-files", ("home", "enter", "right", "right")),
    Scene("details-environment", ("home", "enter", *["right"] * 4)),
    Scene("details-family", ("home", "enter", "left")),
    Scene("signal", ("home", "K")),
    Scene("signal-question", (*ALONE, "K", "enter")),
    Scene("help", (*ALONE, "question_mark")),
    Scene("palette", (*ALONE, "ctrl+p")),
    Scene("palette-typed", (*ALONE, "ctrl+p", "type theme")),
    Scene("history", ("h",)),
    Scene("history-compared", ("h", "c")),
    Scene("history-metrics", ("h", "slash")),
    Scene("past", ("less_than_sign", "comma")),
    Scene("past-history", ("h", "left_square_bracket")),
    Scene("past-time", ("g", "type 13:30")),
    Scene("past-event", ("N",)),
    Scene("who", (*ALONE, "w")),
    Scene("different", (*ALONE, "d")),
    Scene("take-away", ("e",)),
)  # fmt: skip
"""The last is opened by the dashboard itself, not by the desk: it is named here and drawn below."""


@contextmanager
def staged(folder: Path) -> Iterator[Callable[[Scene, tuple[int, int]], Stage]]:
    """Give what draws a scene at a size; the machine's day is made up once."""
    path = str(folder / "day.db")
    frames = made_up(path)
    archive = open_archive(path)

    def stage(scene: Scene, size: tuple[int, int]) -> Stage:
        one = Stage(frames, archive, size, **dict(scene.session))
        if scene.name == "take-away":
            one.desk.take_away(lambda _: None)
            one.draw()
        else:
            one.press(*scene.keys)
        return one

    try:
        yield stage
    finally:
        archive.close()
