"""Reads what Prometheus reads, strictly, so that pages can be compared."""

from __future__ import annotations

import re
from typing import NamedTuple

Labels = frozenset[tuple[str, str]]
_LINE = re.compile(
    r'([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{((?:[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\[\\"n])*",?)*)\})? (\S+)\Z'
)
_LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"')
_ESCAPED = re.compile(r"\\(.)")


class Series(NamedTuple):
    name: str
    labels: Labels

    def __str__(self) -> str:
        return self.name + "{" + ",".join(f'{name}="{value}"' for name, value in sorted(self.labels)) + "}"


class Exposed(NamedTuple):
    kinds: dict[str, str]
    helps: dict[str, str]
    values: dict[Series, float]

    def value(self, name: str, **labels: str) -> float:
        return self.values[Series(name, frozenset(labels.items()))]

    def of(self, name: str) -> dict[Labels, float]:
        return {series.labels: value for series, value in self.values.items() if series.name == name}


def plain(text: str) -> str:
    return _ESCAPED.sub(lambda found: "\n" if found[1] == "n" else found[1], text)


def parse(page: str) -> Exposed:
    """Read a page; raises AssertionError for what Prometheus would refuse or complain about."""
    found = Exposed({}, {}, {})
    family = ""
    assert page.endswith("\n")
    for line in page[:-1].split("\n"):
        if line.startswith("# HELP "):
            family, _, about = line[7:].partition(" ")
            assert family not in found.helps, f"{family} comes twice"
            found.helps[family] = about
        elif line.startswith("# TYPE "):
            name, _, kind = line[7:].partition(" ")
            assert name == family
            found.kinds[name] = kind
        else:
            match = _LINE.match(line)
            assert match, line
            parts = {f"{family}_sum", f"{family}_count"} if found.kinds[family] == "summary" else set()
            assert match[1] in {family, *parts}, f"{line} stands below {family}"
            labels = frozenset((name, plain(value)) for name, value in _LABEL.findall(match[2] or ""))
            series = Series(match[1], labels)
            assert series not in found.values, f"{series} comes twice"
            found.values[series] = float(match[3])
    return found
