"""From one Snapshot to the next: which rules are pending, firing or clearing. Pure and deterministic.

Timers add up the monotonic `elapsed` of the samples, so that a step of the wall clock neither raises nor clears.
Over a gap and over such a step the running timers begin again; what fires goes on firing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final, NamedTuple

from tuimon.alerts import forecast
from tuimon.alerts.readings import Group, Value, Who, grouped, holds, of_faults, of_processes, series_of
from tuimon.alerts.tracks import (
    GONE,
    Reading,
    Step,
    Track,
    beyond,
    cleared,
    going_on,
    made,
    towards_clearing,
    towards_raising,
)
from tuimon.model.catalogue import BY_NAME
from tuimon.model.metric import SeriesKey
from tuimon.model.rule import Rule
from tuimon.model.snapshot import Alert, Event, Snapshot
from tuimon.model.units import span

if TYPE_CHECKING:
    from tuimon.model.alerting import Mark
    from tuimon.model.process import Process

STEP_SECONDS: Final = 2.0
"""Wall time that differs from monotonic time by more than this between two samples was stepped, or slept over."""

TrackKey = tuple[str, SeriesKey]
Starts = Mapping[int, float]
"""Of the processes that a rule is about and that began while it looked, the pid and when: those that have ended too."""


class Room(NamedTuple):
    """What was available on a filesystem in the last day, and what that foretells."""

    points: tuple[forecast.Point, ...] = ()
    forecast: forecast.Forecast | None = None


NO_ROOM: Final = Room()


@dataclass(frozen=True, slots=True)
class State:
    """All that the engine carries from one Snapshot to the next. A series at rest has no track.

    `began` is the time of the first sample, `marks` what people have said, `room` what was available on each
    filesystem in the last day, `starts` what each rule over restarts has counted.
    """

    time: float | None = None
    tracks: Mapping[TrackKey, Track] = field(default_factory=dict)
    began: float | None = None
    marks: tuple[Mark, ...] = ()
    room: Mapping[str, Room] = field(default_factory=dict)
    starts: Mapping[str, Starts] = field(default_factory=dict)


class Plan:
    """Rules made ready to be evaluated again and again. What it remembers of devices changes no answer."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self.rules = tuple(rules)
        self.order = {rule.name: number for number, rule in enumerate(self.rules)}
        self.groups: tuple[Group, ...] = grouped([r for r in self.rules if (r.family, r.metric) in BY_NAME])
        self.processes = tuple((rule, Who(rule.who)) for rule in self.rules if rule.family == "process")
        self.faults = tuple(rule for rule in self.rules if rule.metric == "failing")
        self.forecasts = tuple(rule for rule in self.rules if rule.metric == "full_in_seconds")


def evaluate(
    rules: Sequence[Rule] | Plan, state: State, snapshot: Snapshot, marks: Sequence[Mark] | None = None
) -> tuple[State, tuple[Alert, ...], tuple[Event, ...]]:
    """Return the state after a Snapshot, what fires now in the order of the rules, and what was raised or cleared.

    `marks` are all that people have said by now; None: what they had said before.
    """
    plan = rules if isinstance(rules, Plan) else Plan(rules)
    run = _Run(plan, state, snapshot)
    run.judge()
    heard = state.marks if marks is None else tuple(marks)
    order = plan.order
    raised = [(order[key[0]], track.alert) for key, track in run.tracks.items() if track.alert is not None]
    if len(raised) > 1:
        raised.sort(key=lambda one: one[0])
    firing = tuple(alert for _, alert in raised)
    if heard and firing:
        from tuimon.alerts.marks import marked, said  # noqa: PLC0415  mostly nobody has said anything

        firing = tuple(marked(alert, heard, snapshot.time) for alert in firing)
        if heard != state.marks:
            run.events.extend(said(heard, state.marks, firing, snapshot.time))
    began = snapshot.time if state.began is None else state.began
    return State(snapshot.time, run.tracks, began, heard, run.room, run.starts), firing, tuple(run.events)


def resume(alerts: Iterable[Alert]) -> State:
    """Return the state of a program that begins with alerts still open in its history: firing, not raised again.

    Those whose rule is gone are cleared by the first evaluation, with that reason.
    """
    return State(None, {(a.rule, a.series): Track("firing", a.since, alert=a) for a in alerts})


def pending(rules: Sequence[Rule], state: State) -> tuple[Alert, ...]:
    """Return what holds and has not done so for long enough, as the alerts that they may become."""
    by_name = {rule.name: rule for rule in rules}
    found = [
        replace(made(by_name[name], series, None, track.since, track.since), state="pending")
        for (name, series), track in state.tracks.items()
        if track.phase == "pending" and name in by_name
    ]
    return tuple(found)


class _Run:
    """One evaluation: from the tracks before to those after."""

    def __init__(self, plan: Plan, state: State, snapshot: Snapshot) -> None:
        self.plan = plan
        self.before = state.tracks
        self.state = state
        self.snapshot = snapshot
        self.step = Step(snapshot.time, None if _jumped(state, snapshot) else snapshot.elapsed)
        self.tracks: dict[TrackKey, Track] = {}
        self.events: list[Event] = []
        self.room: Mapping[str, Room] = state.room
        self.starts: dict[str, Starts] = {}
        self.open = dict.fromkeys(state.tracks)
        self.tracked = {series for _, series in self.open}

    def judge(self) -> None:
        """Look at every series that a rule is about, then at those that are there no more."""
        for group in self.plan.groups:
            self._judge_group(group)
        for rule, who in self.plan.processes:
            found = who.among(self.snapshot.processes, self.snapshot.time)
            value = (
                self._restarts(rule, found) if rule.metric == "restarts" else of_processes(rule, found, self.snapshot)
            )
            self._one(rule, series_of(rule), value)
        for rule in self.plan.faults:
            tracked = [series for name, series in self.open if name == rule.name]
            for series, value in of_faults(rule, self.snapshot, tracked):
                self._one(rule, series, value)
        if self.plan.forecasts:
            self._judge_forecasts()
        if self.open:
            self._judge_absent()

    def _restarts(self, rule: Rule, found: Sequence[Process]) -> float:
        """Return how many began within the rule's time: one that crashes again and again is never there twice."""
        began = self.snapshot.time if self.state.began is None else self.state.began
        since = max(self.snapshot.time - rule.within_seconds, began)
        before = self.state.starts.get(rule.name, {})
        starts = {**before, **{one.pid: one.started_at for one in found}}
        self.starts[rule.name] = {pid: at for pid, at in starts.items() if at > since}
        return float(len(self.starts[rule.name]))

    def _judge_group(self, group: Group) -> None:
        get, watched, tracked = group.get, group.watched, self.tracked
        for item in self.snapshot.family(group.family):
            device = getattr(item, "device", "")
            found = watched.get(device) or group.of(device)
            value = get(item)
            if (value is None or found.low <= value <= found.high) and found.series not in tracked:
                continue
            for rule, key in found.rules:
                track = self.before.get(key)
                if track is not None and (on := going_on(rule, track, value)) is not None:
                    del self.open[key]
                    self.tracks[key] = on
                else:
                    self._advance(rule, key, value)

    def _judge_forecasts(self) -> None:
        room: dict[str, Room] = {}
        for item in self.snapshot.filesystem:
            before = room[item.device] = self.state.room.get(item.device, NO_ROOM)
            usable = item.stale_seconds is None and not item.read_only
            if usable and item.available_bytes is not None:
                points = forecast.taken(before.points, self.snapshot.time, item.available_bytes)
                if points is not before.points:
                    room[item.device] = Room(points, forecast.predicted(points))
            self._forecast(item.device, room[item.device].forecast)
        self.room = room

    def _forecast(self, device: str, found: forecast.Forecast | None) -> None:
        """Judge a prediction; one that is not sure raises nothing, and does not clear what was raised."""
        for rule in self.plan.forecasts:
            if not fnmatchcase(device, rule.device or "*"):
                continue
            key = rule.name, SeriesKey("filesystem", device, rule.metric)
            before = self.before.get(key)
            value = forecast.NEVER if found is None else found.seconds
            if value < rule.threshold and found and found.latest > rule.clear and not (before and before.alert):
                value = forecast.NEVER
            self._advance(rule, key, value, "" if found is None or value == forecast.NEVER else _range(found))

    def _judge_absent(self) -> None:
        """Judge what was on its way and is not there: its device is gone, or what reads it is at fault."""
        failed = {fault.collector for fault in self.snapshot.faults}
        rules = {rule.name: rule for rule in self.plan.rules}
        for key in tuple(self.open):
            rule = rules.get(key[0])
            if rule is None:
                self._retire(self.before[key])
            else:
                self._advance(rule, key, None if key[1].family in failed else GONE)

    def _retire(self, track: Track) -> None:
        if track.alert is not None:
            self.events.append(cleared(track.alert, self.step.time, "its rule is gone"))

    def _one(self, rule: Rule, series: SeriesKey, value: Value) -> None:
        self._advance(rule, (rule.name, series), value)

    def _advance(self, rule: Rule, key: TrackKey, value: Reading, detail: str = "") -> None:
        track = self.before.get(key)
        if track is None:
            if not beyond(rule, value, rule.threshold) or not self._joined(rule, key[1]):
                return
        else:
            self.open.pop(key, None)
        joined = track is None or not rule.also or self._joined(rule, key[1])
        if track is None or track.alert is None:
            moved, event = towards_raising(
                rule, key[1], track, value if joined else rule.clear, self.step, detail=detail
            )
        else:
            moved, event = towards_clearing(rule, track, track.alert, value, self.step, joined=joined, detail=detail)
        if moved is not None:
            self.tracks[key] = moved
        if event is not None:
            self.events.append(event)

    def _joined(self, rule: Rule, series: SeriesKey) -> bool:
        return all(holds(term, self.snapshot, series.device) for term in rule.also)


def _range(found: forecast.Forecast) -> str:
    """Return how sure a prediction is, in words."""
    if found.latest == forecast.NEVER:
        return f"in {span(found.earliest)} at the earliest"
    return f"between {span(found.earliest)} and {span(found.latest)}"


def _jumped(state: State, snapshot: Snapshot) -> bool:
    if state.time is None or snapshot.elapsed is None:
        return True
    return abs(snapshot.time - state.time - snapshot.elapsed) > STEP_SECONDS
