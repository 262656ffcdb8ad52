"""Write the pages that are made from the code: `make docs`. A test holds the pages to what this makes."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.__main__ import MODULES
from benchmarks.row import Row
from benchmarks.table import limit, number
from tools.api_page import api_page
from tuimon.config.render import to_page, to_yaml
from tuimon.filters import values
from tuimon.filters.fields import FIELDS
from tuimon.model.catalogue import FAMILIES, METRICS, WITH_DEVICES
from tuimon.model.metric import Metric
from tuimon.model.process import ALIASES, COSTLY, DERIVED_HELP, LIVE_ONLY, PROCESS_HELP
from tuimon.tui.keys import GROUPS, KEYS, MOUSE, TYPING, on_charts

ROOT = Path(__file__).resolve().parent.parent

METRICS_INTRODUCTION = """\
# Metrics

Made from `tuimon/model/families.py` by `make docs`; do not edit it here.

A metric has one name everywhere: in the table's columns, in JSON, in alert rules, in the history's views. Its unit is
part of the name. A *gauge* is true of its moment; rates are gauges, made when they are collected. A *counter* only
grows until the machine or the device starts anew; counters travel with the newest snapshot and are not recorded.
What is recorded is kept to the step given under "kept to". A number that is not known (the first sample, after a gap,
after a counter went back, not permitted, not there) is `null`, never 0."""

PROCESS_INTRODUCTION = """\
## process

One process. Its identity is its pid and when it was started. The snapshot has all of them; the history keeps those at
the top and their ancestors. "Live" fields are of the newest sample only; those that cost a file of their own are read
while somebody looks: of the rows on the screen, and of all processes in turns when they are sorted, grouped or
filtered by it.

| field | short | unit | kept | what |
|---|---|---|---|---|"""

DERIVED_INTRODUCTION = """\
Columns and filters know these too:

| field | short | unit | what |
|---|---|---|---|"""


def kept(metric: Metric) -> str:
    """Say how finely the history keeps a metric."""
    return f"{metric.resolution:g}" if metric.recorded else "not recorded"


def metric_lines(family: str) -> Iterator[str]:
    """Give the lines of one family's section."""
    described = inspect.getdoc(FAMILIES[family]) or ""
    yield f"\n## {family}\n"
    yield " ".join(described.split())
    if family in WITH_DEVICES:
        yield "\nOne value a device; `device` is its name."
    yield "\n| metric | unit | kind | kept to | what | from |\n|---|---|---|---|---|---|"
    for metric in METRICS[family]:
        yield (
            f"| `{metric.name}` | {metric.unit.replace('_', ' ')} | {metric.kind} | {kept(metric)}"
            f" | {metric.help} | {metric.source} |"
        )


def short(field: str) -> str:
    """Return the short names of a field of a process."""
    return ", ".join(f"`{alias}`" for alias, name in ALIASES.items() if name == field)


def lasting(field: str) -> str:
    """Say whether the history keeps a field of a process."""
    return "live, costly" if field in COSTLY else "live" if field in LIVE_ONLY else "kept"


def metrics_page() -> str:
    """Return docs/metrics.md."""
    lines = [METRICS_INTRODUCTION]
    for family in FAMILIES:
        lines += metric_lines(family)
    lines.append(f"\n{PROCESS_INTRODUCTION}")
    lines += [
        f"| `{name}` | {short(name)} | {unit} | {lasting(name)} | {text} |"
        for name, (unit, text) in PROCESS_HELP.items()
    ]
    lines.append(f"\n{DERIVED_INTRODUCTION}")
    lines += [f"| `{name}` | {short(name)} | {unit} | {text} |" for name, (unit, text) in DERIVED_HELP.items()]
    return "\n".join(lines) + "\n"


KEYS_INTRODUCTION = """\
# Keys and the mouse

Made from `tuimon/tui/keys.py` by `make docs`; do not edit it here. `?` shows the same on the screen."""


def cell(text: str) -> str:
    """Return text as it may stand in a cell of a Markdown table."""
    return text.replace("|", "\\|")


def keys_page() -> str:
    """Return docs/keys.md."""
    lines = [KEYS_INTRODUCTION]
    for group, title in GROUPS.items():
        lines.append(f"\n## {title}\n\n| key | does |\n|---|---|")
        lines += [f"| `{cell(key.shown)}` | {cell(key.help)} |" for key in KEYS if key.group == group]
    lines.append("\n## On the History screen\n\n| key | does |\n|---|---|")
    lines += [f"| `{keys}` | {cell(then)} |" for keys, then in on_charts(KEYS)]
    lines.append("\n## While a filter is typed\n\n| key | does |\n|---|---|")
    lines += [f"| `{keys}` | {cell(then)} |" for keys, then in TYPING]
    lines.append("\nWhat can be typed is told in [filters.md](filters.md).")
    lines.append("\n## Mouse\n\n| do | and it will |\n|---|---|")
    lines += [f"| {cell(what)} | {cell(then)} |" for what, then in MOUSE]
    return "\n".join(lines) + "\n"


MEASURED = re.compile(r"(<!-- measured: begin -->\n).*?(<!-- measured: end -->)", re.DOTALL)


RESULTS = ROOT / "benchmarks" / "results"
COSTS = """# What it costs

The figures that `make bench ARGS="--save"` kept, each benchmark with the day and the machine it was last run on. CPU time
counts all threads and children; peers were measured in the same interleaved run. "meant to be" is what we hold ourselves to.
"""


def measured(name: str, *, whole: bool) -> str:
    """Return the figures of a benchmark as a table: what was measured, and what others take; else those with a bar."""
    kept = json.loads((RESULTS / f"{name}.json").read_text(encoding="utf-8"))
    machine = kept["machine"]
    rows = [row for row in (Row(**values) for values in kept["rows"]) if whole or row.bar is not None]
    remark = f" {machine['remark']}" if "remark" in machine else ""
    said = f"Measured {machine['when'][:10]} on {machine['cores']} cores with Python {machine['python']}.{remark}\n"
    head = "| what | tuimon | meant to be | others |\n|---|---|---|---|"
    table = [f"| {row.name} | {number(row.value)} {row.unit} | {limit(row.bar)} | {row.peer} |" for row in rows]
    return "\n".join([said, head, *table]) + "\n"


def costs_page() -> str:
    """Return docs/costs.md: all figures that were kept."""
    order = [name for name in MODULES if (RESULTS / f"{name}.json").exists()]
    return "\n".join([COSTS, *(f"## {name}\n\n{measured(name, whole=True)}" for name in order)])


def readme_page() -> str:
    """Return README.md with the figures of the dashboard and of the recorder in their place."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    return MEASURED.sub(
        lambda found: (
            found[1] + "\n".join(measured(name, whole=False) for name in ("dashboard", "recorder")) + found[2]
        ),
        text,
    )


FILTER_VALUES = (values.TEXT, values.COUNT, values.PERCENT, values.SIZE, values.RATE, values.FREQUENCY, values.DURATION, values.MOMENT,
                 values.STATE, values.SWITCH)  # fmt: skip


def filter_fields() -> Iterator[str]:
    """Give the table of what can be compared."""
    yield "| field | also | takes | what |\n|---|---|---|---|"
    for field in FIELDS.values():
        also = ", ".join(f"`{name}`" for name in field.names[1:])
        yield f"| `{field.shown}` | {also} | {field.kind.name}{' or size' if field.in_bytes else ''} | {field.help} |"


def filter_values() -> Iterator[str]:
    """Give the table of kinds of values."""
    yield "| kind | operators | written |\n|---|---|---|"
    for kind in FILTER_VALUES:
        operators = " ".join((*kind.operators, *(("in",) if kind.listed else ())))
        yield f"| {kind.name} | `{operators}` | {cell(kind.expected)} |"


def filters_page() -> str:
    """Return docs/filters.md with the tables of fields and values in their place."""
    text = (ROOT / "docs" / "filters.md").read_text(encoding="utf-8")
    for name, table in (("fields", filter_fields), ("values", filter_values)):
        begin, end = f"<!-- {name}: begin -->\n", f"<!-- {name}: end -->\n"
        before, _, rest = text.partition(begin)
        text = before + begin + "\n".join(table()) + "\n" + end + rest.partition(end)[2]
    return text


PAGES: dict[str, Callable[[], str]] = {
    "docs/metrics.md": metrics_page,
    "docs/keys.md": keys_page,
    "docs/configuration.md": to_page,
    "docs/filters.md": filters_page,
    "docs/api.md": api_page,
    "docs/costs.md": costs_page,
    "config.yaml": to_yaml,
    "README.md": readme_page,
}
"""Path in the checkout -> what makes the page."""


def main() -> None:
    """Write every page that is not already as it should be."""
    for name, make in PAGES.items():
        path, text = ROOT / name, make()
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            print(f"wrote {name}")


if __name__ == "__main__":
    main()
