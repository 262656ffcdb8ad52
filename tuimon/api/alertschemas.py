"""JSON Schemas of what is said of alerts, and to them."""

from __future__ import annotations

from typing import Final

from tuimon.api.shapes import EPOCH, FLAG, NUMBER, TEXT, Schema, an_object, many, maybe, ref, said

LONGEST_SILENCE: Final = 366 * 86400.0
"""Seconds."""


def alerting() -> dict[str, Schema]:
    """Return them by name."""
    rule = said(TEXT, "the rule's name, '*' for every rule")
    device = said(TEXT, "of which device; of all that the rule watches if not given")
    by = {"type": "string", "maxLength": 64, "description": "who says it; API if not given"}
    length: Schema = {
        "anyOf": [
            {"type": "string", "pattern": "^[1-9][0-9]{0,3} ?(s|min|h|d)$"},
            {"type": "number", "minimum": 1, "maximum": LONGEST_SILENCE},
        ],
        "description": "for how long: 90s, 2h, 1d; a number alone is seconds",
    }
    given = {"type": "object", "additionalProperties": False, "required": ["rule"]}
    mark: dict[str, Schema] = {
        "rule": said(TEXT, "the rule that it is about, '*' for every rule"),
        "device": maybe(TEXT, "the device that it is about; null for all that the rule watches"),
        "by": said(TEXT, "who said it"),
        "made_at": said(NUMBER, EPOCH),
        "until": maybe(NUMBER, f"the end of a silence ({EPOCH})"),
    }
    state = {"type": "string", "enum": ["inactive", "pending", "firing", "acknowledged", "silenced"]}
    return {
        "Word": {**given, "properties": {"rule": rule, "device": device, "by": by}},
        "Silence": {
            **given,
            "required": ["rule", "for"],
            "properties": {"rule": rule, "device": device, "for": length, "by": by},
        },
        "Said": an_object(
            "What was said, and to which alerts.",
            word={"type": "string", "enum": ["acknowledge", "silence", "lift"]},
            **mark,
            shared=said(FLAG, "whether it stands in the history, where the recorder and every dashboard see it"),
            note=said(TEXT, "why only this tuimon knows it, where it does"),
            alerts=many(ref("Alert"), "those that it is about, as they are now"),
        ),
        "Alerts": an_object(
            time=said(NUMBER, EPOCH),
            alerts=many(ref("Alert"), "all that fire, whatever was said to them, as a frame has them"),
            firing=many(ref("Alert"), "those of them that are not silenced; `state` says which are acknowledged"),
            silenced=many(ref("Alert"), "those of them that are; until when is in `until`"),
            pending=maybe(many(ref("Alert")), "what holds, but not for long enough yet; null of the past"),
            silences=maybe(
                many(an_object(**mark)), "the silences in force, whether anything fires or not; null of the past"
            ),
        ),
        "Rules": an_object(
            time=said(NUMBER, EPOCH),
            rules=many(
                an_object(
                    name=TEXT,
                    label=said(TEXT, "what alerts call it"),
                    condition=said(TEXT, "as it is written in the configuration"),
                    severity={"type": "string", "enum": ["info", "warning", "critical"]},
                    family=TEXT,
                    metric=TEXT,
                    for_seconds=said(NUMBER, "how long it must hold before the alert is raised"),
                    clear=said(NUMBER, "the threshold beyond which it is over, in the metric's unit"),
                    clear_for_seconds=said(NUMBER, "how long it must be over before the alert is cleared"),
                    repeat_seconds=said(NUMBER, "after which targets are told again while it lasts; 0: never"),
                    hint=said(TEXT, "what a reader might do"),
                    state=said(
                        {"type": "string", "enum": ["inactive", "pending", "firing"]}, "the worst of its series"
                    ),
                    series=many(
                        an_object(device=TEXT, state=state, since=said(NUMBER, EPOCH), value=maybe(NUMBER)),
                        "those that are not at rest",
                    ),
                )
            ),
        ),
    }
