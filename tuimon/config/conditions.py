"""The condition of a rule as people write it: `disk.busy_percent[sda] > 90 % for 5 min`, `process nginx missing`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from tuimon.config.quantities import parse_quantity, show_quantity
from tuimon.filters import Mistake, understood
from tuimon.model.catalogue import METRICS, WITH_DEVICES
from tuimon.model.rule import WATCHED, Comparison, Rule, Term, unit_of
from tuimon.model.times import TimeError, format_duration, parse_duration

LONGEST: Final = 400
_FOR: Final = re.compile(r"(.*\S)\s+for\s+([\d.][\w. ]*)", re.DOTALL)
_AND: Final = re.compile(r"""\s+and\s+(?=(?:[^"]*"[^"]*")*[^"]*$)""")
_PROCESS: Final = re.compile(r"""(process|processes)\s+(?:"([^"]+)"|([^\s"]+))\s+(.+)""", re.DOTALL)
_RESTARTS: Final = re.compile(r"(?:restarts|restarting)\s*(?:(>|above|over|more than)\s*(\d+))?\s*(?:in|within)\s+(.+)")
_STATE: Final = re.compile(r"(collector|recorder)(?:\[([^\]]*)\])?\s+failing")
_METRIC: Final = re.compile(
    r"(\w+)(?:\.(\w+))?(?:\[([^\]]*)\])?\s*(>=|<=|>|<|above|over|more than|below|under|less than)\s*(.+)", re.DOTALL
)
_ABOVE: Final = frozenset({">", "above", "over", "more than"})
MAIN: Final = {
    "cpu": "busy_percent",
    "core": "busy_percent",
    "load": "load1",
    "memory": "used_percent",
    "swap": "used_percent",
    "disk": "busy_percent",
    "filesystem": "used_percent",
    "sensor": "temperature_celsius",
    "battery": "charge_percent",
}
"""Family -> the metric that its name alone means."""
OF_PROCESSES: Final = {
    "cpu": "cpu_percent",
    "mem": "memory_percent",
    "memory": "rss_bytes",
    "rss": "rss_bytes",
    "threads": "threads",
    "read": "read_bytes_per_second",
    "write": "write_bytes_per_second",
    "count": "count",
}
EXAMPLE: Final = "a condition such as 'memory.used_percent > 90 %', 'process nginx missing' or 'recorder failing'"


@dataclass(frozen=True, slots=True)
class Condition:
    """What a text asks for: the fields of a Rule that it decides; `for_seconds` is None where it does not say."""

    family: str
    metric: str
    comparison: Comparison
    threshold: float
    device: str = ""
    also: tuple[Term, ...] = ()
    who: str = ""
    together: bool = False
    within_seconds: float = 0.0
    for_seconds: float | None = None

    @property
    def unit(self) -> str:
        """The unit of its threshold."""
        return unit_of(self.family, self.metric)


def parse_condition(text: str) -> Condition:
    """Return what a text asks for. Raises ValueError: one line with what was expected and the nearest valid choice."""
    words = text.strip()
    if not words or len(words) > LONGEST:
        raise ValueError(f"expected {EXAMPLE}")
    lasted = None
    if found := _FOR.fullmatch(words):
        words, lasted = found[1], _duration(found[2])
    first, *rest = _AND.split(words)
    main = _first(first)
    also = tuple(_term(part, main) for part in rest)
    return replace(main, also=also, for_seconds=lasted)


def _duration(text: str) -> float:
    try:
        return parse_duration(text)
    except TimeError:
        raise ValueError(f"expected a length of time after 'for', such as 5 min, got {text!r}") from None


def _first(text: str) -> Condition:
    if found := _PROCESS.fullmatch(text):
        return _process(together=found[1] == "processes", who=_who(found[2], found[3]), what=found[4].strip())
    if found := _STATE.fullmatch(text):
        return Condition(found[1], "failing", ">", 0.5, device=found[2] or "")
    family, metric, device, comparison, threshold = _metric(text)
    return Condition(family, metric, comparison, threshold, device=device)


def _who(quoted: str | None, name: str | None) -> str:
    """Return which processes are meant: a name as it is, a filter in quotes."""
    if quoted is None:
        return name or ""
    found = understood(quoted)
    if isinstance(found, Mistake):
        raise ValueError(f'"{quoted}" is not a filter of processes: {found.line}')  # noqa: TRY004  a text, not a type
    return f'"{quoted}"'


def _process(*, together: bool, who: str, what: str) -> Condition:
    if what == "missing":
        return Condition("process", "missing", ">", 0.5, who=who)
    if found := _RESTARTS.fullmatch(what):
        within = _duration(found[3])
        return Condition("process", "restarts", ">", float(found[2] or 0), who=who, within_seconds=within)
    found = _METRIC.fullmatch(what)
    if found is None or found[2] or found[3]:
        raise ValueError(
            "expected 'missing', 'restarts > 3 in 10 min' or a use such as 'memory > 2 GiB' after the "
            f"processes, got {what!r}"
        )
    if found[1] not in OF_PROCESSES:
        raise ValueError(f"{found[1]!r} is nothing of a process that can be watched{_near(found[1], OF_PROCESSES)}")
    metric = OF_PROCESSES[found[1]]
    if metric == "memory_percent" or (metric == "rss_bytes" and found[5].rstrip().endswith("%")):
        metric = "memory_percent"
    threshold = _amount(found[5], WATCHED["process", metric][0])
    return Condition("process", metric, _comparison(found[4]), threshold, who=who, together=together)


def _term(text: str, main: Condition) -> Term:
    if main.who or main.metric == "failing":
        raise ValueError("'and' joins metrics of the machine only")
    family, metric, device, comparison, threshold = _metric(text)
    if device or (family in WITH_DEVICES and family != main.family):
        raise ValueError(f"after 'and' expected a metric of the machine, or of the same {main.family}, got {text!r}")
    return Term(family, metric, comparison, threshold)


def _metric(text: str) -> tuple[str, str, str, Comparison, float]:
    found = _METRIC.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"expected {EXAMPLE}, got {text!r}")
    family, metric, device, sign, amount = found.groups()
    if family not in METRICS:
        raise ValueError(f"{family!r} is not a family of metrics{_near(family, [*METRICS, 'process', 'collector'])}")
    metric = metric or MAIN.get(family, "")
    known = _metrics_of(family)
    if metric not in known:
        raise ValueError(_no_metric(family, metric, known))
    if device and family not in WITH_DEVICES:
        raise ValueError(f"{family} has no devices, so '[{device}]' cannot be one")
    return family, metric, device or "", _comparison(sign), _amount(amount, unit_of(family, metric))


def _metrics_of(family: str) -> list[str]:
    """Return what of a family can be watched: its gauges, and what only rules know."""
    return [m.name for m in METRICS[family] if m.recorded] + [name for fam, name in WATCHED if fam == family]


def _no_metric(family: str, metric: str, known: list[str]) -> str:
    if not metric:
        return f"expected which metric of {family}{_near('', [f'{family}.{name}' for name in known])}"
    if any(m.name == metric for m in METRICS[family]):
        return f"{family}.{metric} is a total that only grows; watch its rate"
    whole = [f"{family}.{name}" for name in known]
    return f"'{family}.{metric}' is not a metric{_near(f'{family}.{metric}', whole)}"


def _comparison(sign: str) -> Comparison:
    if sign in (">=", "<="):
        raise ValueError(f"expected '>' or '<', got '{sign}'")
    return ">" if sign in _ABOVE else "<"


def _amount(text: str, unit: str) -> float:
    try:
        return parse_quantity(text, unit)
    except ValueError as error:
        raise ValueError(f"expected {error}, got {text.strip()[:40]!r}") from None


def _near(wrong: str, known: Iterable[str]) -> str:
    import difflib  # noqa: PLC0415  only a mistake needs it

    choices = list(known)
    near = difflib.get_close_matches(wrong[:60].lower(), choices, n=1, cutoff=0.5) if wrong else []
    return f"; did you mean '{near[0]}'?" if near else f"; known: {', '.join(choices)}"


def show_condition(rule: Rule) -> str:
    """Return the condition of a rule as the text that gives it."""
    if rule.family == "process":
        group = "processes" if rule.together else "process"
        if rule.metric == "missing":
            return f"{group} {rule.who} missing"
        if rule.metric == "restarts":
            return f"{group} {rule.who} restarts > {rule.threshold:g} in {format_duration(rule.within_seconds)}"
        word = next(name for name, metric in OF_PROCESSES.items() if metric == rule.metric)
        return f"{group} {rule.who} {word} {_limit(rule.comparison, rule.threshold, 'process', rule.metric)}"
    device = f"[{rule.device}]" if rule.device else ""
    if rule.metric == "failing":
        return f"{rule.family}{device} failing"
    parts = [f"{rule.family}.{rule.metric}{device} {_limit(rule.comparison, rule.threshold, rule.family, rule.metric)}"]
    parts += [f"{t.family}.{t.metric} {_limit(t.comparison, t.threshold, t.family, t.metric)}" for t in rule.also]
    return " and ".join(parts)


def _limit(comparison: Comparison, threshold: float, family: str, metric: str) -> str:
    return f"{comparison} {show_quantity(threshold, unit_of(family, metric))}"
