"""`notify.targets` and the words of a notice: how they are written."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tuimon.config.records import Given, RecordError, unknown_field
from tuimon.model.rule import SEVERITIES
from tuimon.model.snapshot import Severity
from tuimon.model.text import harmless

FIELDS: Final = {
    "name": "what the target is called on screens, in rules and in the API; never the URL",
    "url": "an apprise URL; ${NAME} in it is taken from the environment",
    "url_file": "a file with the URL in it, readable by you alone",
    "severities": "which severities it wants (all)",
}
WORDS: Final = {
    "severity": "INFO, WARNING, CRITICAL, or CLEARED",
    "text": "the alert in one line, as on the screen",
    "subject": "what it is about: label and device",
    "rule": "the name of the rule",
    "metric": "such as cpu.busy_percent",
    "value": "with its unit",
    "threshold": "with its unit",
    "since": "when it began, in the zone of ui.tz",
    "host": "the name of the machine",
    "top": "the processes that have the most of it, and how much",
    "hint": "of the rule",
    "command": "the command that shows the moment",
}
"""What may stand in braces in a template."""
_FIELD: Final = re.compile(r"\{(\w*)\}")
_VARIABLE: Final = re.compile(r"\$\{(\w+)\}")
_SCHEMA: Final = re.compile(r"([a-z][a-z0-9]*)://", re.IGNORECASE)
LONGEST: Final = 4000


@dataclass(frozen=True, slots=True)
class WrittenTarget:
    """A target as it was written. `url` may hold a secret: it is shown nowhere."""

    name: str
    url: str = field(default="", repr=False)
    url_file: str = ""
    severities: tuple[Severity, ...] = SEVERITIES


class UnresolvedError(ValueError):
    """A URL that cannot be had; the message holds nothing of it."""


def resolved(target: WrittenTarget) -> str:
    """Return the URL of a target, with what it takes from the environment or a file. Raises UnresolvedError."""
    url = target.url
    if target.url_file:
        try:
            url = Path(target.url_file).expanduser().read_text(encoding="utf-8").strip()
        except (OSError, ValueError) as error:
            raise UnresolvedError(f"{target.url_file}: cannot be read: {getattr(error, 'strerror', error)}") from None
    for name in _VARIABLE.findall(url):
        if not os.environ.get(name):
            raise UnresolvedError(f"the environment variable {name} is not set")
    return _VARIABLE.sub(lambda found: os.environ[found[1]], url)


class Targets:
    """Who is told."""

    many = True
    expected = "a list of apprise URLs, or of name, url or url_file, and severities"

    def parse(self, text: str) -> tuple[WrittenTarget, ...]:
        """Return the targets of a text with spaces between their URLs."""
        return tuple(self.record({"": Given((word,), 0)}) for word in text.split())

    def show(self, value: object) -> str:
        """Return the names, and no URL."""
        return ", ".join(one.name for one in value) if isinstance(value, tuple) else ""

    def record(self, fields: Mapping[str, Given]) -> WrittenTarget:
        """Return one target. Raises RecordError."""
        if "" in fields:
            return WrittenTarget(_named("", fields[""].text), _url("", fields[""].text))
        for name in fields:
            if name not in FIELDS:
                raise unknown_field(name, list(FIELDS))
        if ("url" in fields) == ("url_file" in fields):
            raise RecordError("", "expected url or url_file, one of the two")
        url = _url("url", fields["url"].text) if "url" in fields else ""
        name = harmless(fields["name"].text.strip(), 60) if "name" in fields else _named("url", url)
        wanted = fields["severities"].text.replace(",", " ").lower().split() if "severities" in fields else SEVERITIES
        if unknown := [word for word in wanted if word not in SEVERITIES]:
            raise RecordError(
                "severities", f"expected some of {', '.join(SEVERITIES)}, got {harmless(unknown[0], 40)!r}"
            )
        severities = tuple(one for one in SEVERITIES if one in wanted)
        return WrittenTarget(name, url, fields["url_file"].text.strip() if "url_file" in fields else "", severities)


def _url(field_: str, text: str) -> str:
    url = text.strip()
    if not _SCHEMA.match(url) and not _VARIABLE.match(url):
        raise RecordError(field_, "expected an apprise URL such as mailtos://user:${PASSWORD}@example.org")
    return url


def _named(field_: str, url: str) -> str:
    """Return the name of a target that was given none: the kind of its URL."""
    found = _SCHEMA.match(url.strip())
    if found is None:
        raise RecordError(
            field_, "expected an apprise URL such as mailtos://user:${PASSWORD}@example.org, or a name for it"
        )
    return found[1].lower()


class Template:
    r"""The words of a notice: text with fields in braces; `\n` begins a line."""

    many = False
    expected = "a text with fields such as {text} or {host}"

    def parse(self, text: str) -> str:
        """Return the template; ValueError that names the nearest field where it has one that there is not."""
        if len(text) > LONGEST:
            raise ValueError(self.expected)
        for name in _FIELD.findall(text):
            if name not in WORDS:
                import difflib  # noqa: PLC0415  only a mistake needs it

                near = difflib.get_close_matches(name, WORDS, n=1)
                advice = f"did you mean {{{near[0]}}}?" if near else f"fields are {', '.join(WORDS)}"
                raise ValueError(f"{self.expected}; {{{name}}} is none: {advice}")
        return text.replace("\n", "\\n")

    def show(self, value: object) -> str:
        """Return the template."""
        return str(value)


def fill(template: str, values: Mapping[str, str]) -> str:
    """Return a template with its fields filled in; a line all of whose fields are empty is left out."""
    lines = []
    for line in template.replace("\\n", "\n").split("\n"):
        names = _FIELD.findall(line)
        if names and not any(values.get(name) for name in names):
            continue
        lines.append(_FIELD.sub(lambda found: values.get(found[1], ""), line))
    return "\n".join(lines).strip()
