"""What fires, the rules and how they stand, and what clients say to alerts: acknowledge, silence, lift."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, Final, Protocol

from fastapi import APIRouter, Depends, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from tuimon import protocols
from tuimon.api.contract import answers
from tuimon.api.parameters import At, choice, nearest, only_known
from tuimon.api.problems import Problem
from tuimon.api.processes import moment
from tuimon.api.words import Word, read_word
from tuimon.api.writing import OLD, answer
from tuimon.model.alerting import Mark, RuleState, Standing, Target
from tuimon.model.catalogue import FAMILIES
from tuimon.model.metric import SeriesKey
from tuimon.model.snapshot import Alert, Frame
from tuimon.model.wire import encode_alert

if TYPE_CHECKING:
    from tuimon.api.reading import Reader
    from tuimon.model import alerting

EVERY: Final = "*"
"""What a client writes for every rule."""


class Alerting(protocols.Alerting, Protocol):
    """The rules as the API sees them: it can also speak of what does not fire."""

    def targets(self) -> tuple[Target, ...]:
        """Return who is told, and how that goes; waits for nothing."""

    def note(
        self, word: alerting.Word, rule: str, series: SeriesKey | None, seconds: float | None, by: str
    ) -> tuple[Mark, str]:
        """Note what is said to a rule's alerts, '' and None: to all; return it, and why only this program knows it."""


def routes(
    newest: Callable[[], Frame | None], rules: Alerting | None, reader: Reader, allowed: Callable[[], bool]
) -> APIRouter:
    """Return the endpoints; `allowed` says whether anything may be said to alerts."""
    router = APIRouter(dependencies=[Depends(only_known)], tags=["alerts"])
    said = {**answers("Said", 404, 415), "status_code": 200}

    @router.get("/alerts", **answers("Alerts", 404), summary="What fires")
    async def alerts(*, request: Request, at: At = None) -> Response:
        """What fires, is pending and is silenced, with who said so; or what fired at a moment of the past.

        What fired is read, never judged anew, and nobody knows any more what was pending.
        """
        frame = moment(newest, None, None)
        if at is not None and at < frame.snapshot.time:
            return await reader.ask(lambda archive: answer(request, of_past(moment(newest, archive, at)), cache=OLD))
        return await run_in_threadpool(lambda: answer(request, of_now(standing_of(rules, frame))))

    @router.get("/alerts/rules", **answers("Rules"), summary="The rules, and how each stands")
    async def all_rules(request: Request) -> Response:
        """Every rule in force: its condition, when it is raised and cleared, and the state of each series that is not at rest."""
        frame = moment(newest, None, None)
        return await run_in_threadpool(lambda: answer(request, of_rules(standing_of(rules, frame))))

    @router.post("/alerts/acknowledge", **said, summary="Acknowledge", openapi_extra=body_of("Word"))
    async def acknowledge(request: Request) -> Response:
        """Say that somebody knows, until the alert clears: nobody is told of it again. With the token only."""
        return await say(request, "acknowledge")

    @router.post("/alerts/silence", **said, summary="Silence", openapi_extra=body_of("Silence"))
    async def silence(request: Request) -> Response:
        """Have a rule say nothing for a time, whether it fires or not. With the token only."""
        return await say(request, "silence")

    @router.post("/alerts/lift", **said, summary="Let it speak again", openapi_extra=body_of("Word"))
    async def lift(request: Request) -> Response:
        """Take back what was said, an acknowledgement and a silence alike. With the token only."""
        return await say(request, "lift")

    async def say(request: Request, word: alerting.Word) -> Response:
        if not allowed():
            raise Problem(403, "alerts are spoken to with a token only: start tuimon with --token-file FILE")
        if rules is None:
            raise Problem(404, "no rules are in force here")
        given, frame = await read_word(request, word), moment(newest, None, None)
        return await run_in_threadpool(lambda: answer(request, spoken(rules, frame, word, given), cache="no-store"))

    return router


def body_of(schema: str) -> dict[str, Any]:
    """Return what the contract shows of an endpoint that takes JSON, and the token."""
    content = {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}}
    return {"requestBody": {"required": True, "content": content}, "security": [{"token": []}]}


def standing_of(rules: Alerting | None, frame: Frame) -> Standing:
    """Return how the rules stand; where nobody can be asked, what the frame knows."""
    if rules is None:
        return Standing(frame.snapshot.time, (), frame.alerts, frame.pending)
    return rules.standing()


def of_now(standing: Standing) -> dict[str, Any]:
    """Return what fires, is pending and is silenced."""
    silences = [shown(one) for one in in_force(standing.marks, time.time())]
    pending = [encode_alert(one) for one in standing.pending]
    return _firing(standing.time, standing.firing) | {"pending": pending, "silences": silences}


def of_past(frame: Frame) -> dict[str, Any]:
    """Return what fired at a moment of the past."""
    return _firing(frame.snapshot.time, frame.alerts) | {"pending": None, "silences": None}


def _firing(at: float, alerts: Sequence[Alert]) -> dict[str, Any]:
    found = [encode_alert(one) for one in alerts]
    return {
        "time": at,
        "alerts": found,
        "firing": [one for one in found if one["state"] != "silenced"],
        "silenced": [one for one in found if one["state"] == "silenced"],
    }


def in_force(marks: Iterable[Mark], now: float) -> list[Mark]:
    """Return the silences that hold and that nobody has taken back or said anew, in the order they were said."""
    found: dict[tuple[str, SeriesKey | None], Mark] = {}
    for mark in sorted(marks, key=lambda one: one.made_at):
        if mark.word == "silence":
            found[mark.rule, mark.series] = mark
        elif mark.word == "lift":
            for key in [key for key in found if mark.is_about(*key)]:
                del found[key]
    return [one for one in found.values() if one.until is not None and now < one.until]


def shown(mark: Mark) -> dict[str, Any]:
    """Return what somebody said, as the API writes it."""
    return {
        "rule": mark.rule or EVERY,
        "device": None if mark.series is None else mark.series.device,
        "by": mark.by,
        "made_at": mark.made_at,
        "until": mark.until,
    }


def of_rules(standing: Standing) -> dict[str, Any]:
    """Return every rule, with the series that are not at rest."""
    active = (*standing.firing, *standing.pending)
    return {"time": standing.time, "rules": [_rule(one, active) for one in standing.rules]}


def _rule(rule: RuleState, active: Iterable[Alert]) -> dict[str, Any]:
    return {
        "name": rule.name,
        "label": rule.label,
        "condition": rule.condition,
        "severity": rule.severity,
        "family": rule.family,
        "metric": rule.metric,
        "for_seconds": rule.for_seconds,
        "clear": rule.clear,
        "clear_for_seconds": rule.clear_for_seconds,
        "repeat_seconds": rule.repeat_seconds,
        "hint": rule.hint,
        "state": rule.state,
        "series": [
            {"device": one.series.device, "state": one.state, "since": one.since, "value": one.value}
            for one in active
            if one.rule == rule.name
        ],
    }


def spoken(rules: Alerting, frame: Frame, word: alerting.Word, given: Word) -> dict[str, Any]:
    """Note what a client says, and return it with the alerts that it is about. Raises Problem."""
    standing = rules.standing()
    rule, series = _about(standing, frame, given)
    about = [one for one in standing.firing if rule in ("", one.rule) and series in (None, one.series)]
    if word == "acknowledge" and rule and not about:
        raise Problem(404, f"no alert of {_named(given)} fires", parameter="rule", nearest=_fires(standing))
    mark, note = rules.note(word, rule, series, given.seconds, given.by)
    alerts = [one for one in rules.standing().firing if mark.is_about(one.rule, one.series)]
    return {
        "word": word,
        **shown(mark),
        "shared": not note,
        "note": note,
        "alerts": [encode_alert(one) for one in alerts],
    }


def _about(standing: Standing, frame: Frame, given: Word) -> tuple[str, SeriesKey | None]:
    """Return the rule and the series that a client names, '' and None for all. Raises Problem."""
    if given.rule == EVERY:
        if given.device is not None:
            raise Problem(422, "a device goes with one rule", parameter="device", expected="a rule's name in rule")
        return "", None
    known = {one.name: one for one in standing.rules}
    rule = known.get(given.rule)
    if rule is None:
        close = nearest(given.rule, list(known))
        expected = "the name of a rule, or * for every rule; /api/v1/alerts/rules lists them"
        raise Problem(422, f"'{given.rule[:80]}' is not a rule", parameter="rule", expected=expected, nearest=close)
    return rule.name, None if given.device is None else _series(standing, frame, rule, given.device)


def _series(standing: Standing, frame: Frame, rule: RuleState, device: str) -> SeriesKey:
    active = {one.series.device for one in (*standing.firing, *standing.pending) if one.rule == rule.name}
    if rule.family in FAMILIES:
        active |= {getattr(item, "device", "") for item in frame.snapshot.family(rule.family)}
        if device not in active:
            said = f"'{device[:80]}' is not a device of {rule.family}"
            devices = sorted(active - {""})
            raise choice("device", device, devices, detail=said, otherwise="no device: there is but one")
    return rule.key(device)


def _named(given: Word) -> str:
    rule = "any rule" if given.rule == EVERY else given.rule
    return rule if given.device is None else f"{rule} of {given.device[:80]}"


def _fires(standing: Standing) -> str:
    return standing.firing[0].rule if standing.firing else ""
