"""The text that Prometheus reads (exposition format 0.0.4): families of samples, each with its help and type."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from typing import Final, Literal

Kind = Literal["counter", "gauge", "untyped"]
_ODD: Final = re.compile("[^a-zA-Z0-9_:]")


class Page:
    """Families of samples. A series that is told twice keeps its first value: Prometheus would refuse the page."""

    def __init__(self) -> None:
        self._families: dict[str, tuple[str, dict[str, str]]] = {}

    def family(self, name: str, kind: Kind, about: str) -> Family:
        """Return the family of this name, begun if there is none."""
        known = self._families.get(name)
        if known is None:
            known = f"# HELP {name} {helped(about)}\n# TYPE {name} {kind}\n", {}
            self._families[name] = known
        return Family(name, known[1])

    def one(self, name: str, kind: Kind, about: str, value: float | None) -> None:
        """Add a family with one sample and no labels; none where the value is not known."""
        if value is not None:
            self.family(name, kind, about).add("", value)

    def text(self) -> str:
        """Return the page, families in the order of their names; those without a sample are left out."""
        lines = []
        for _, (head, samples) in sorted(self._families.items()):
            if samples:
                lines.append(head)
                lines.extend(samples.values())
        return "".join(lines)


class Family:
    """One family of a page."""

    __slots__ = ("_name", "_samples")

    def __init__(self, name: str, samples: dict[str, str]) -> None:
        self._name = name
        self._samples = samples

    def add(self, labels: str, value: float | None) -> None:
        """Add a sample with `labels` (made by `labelled`), unless there is one; an unknown value is left out."""
        if value is not None and labels not in self._samples:
            self._samples[labels] = f"{self._name}{labels} {number(value)}\n"


def labelled(**labels: str) -> str:
    """Return labels as they stand behind a name, in the order given."""
    return joined(labels.items())


def joined(labels: Iterable[tuple[str, str]]) -> str:
    """Return labels as they stand behind a name."""
    return "{" + ",".join([f'{name}="{escaped(value)}"' for name, value in labels]) + "}"


def escaped(text: str) -> str:
    """Return text as it stands in a label: backslash, quote and newline escaped."""
    if '"' in text or "\\" in text or "\n" in text:
        return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
    return text


def helped(text: str) -> str:
    """Return text as it stands in a help line: backslash and newline escaped."""
    return text.replace("\\", r"\\").replace("\n", r"\n")


def number(value: float) -> str:
    """Return a number as Prometheus reads it, exactly."""
    if isinstance(value, int):
        return str(int(value))
    if math.isfinite(value):
        return repr(value)
    return "NaN" if math.isnan(value) else "+Inf" if value > 0 else "-Inf"


def named(text: str) -> str:
    """Return text as a part of a name: what may not stand in one becomes an underscore."""
    return _ODD.sub("_", text)
