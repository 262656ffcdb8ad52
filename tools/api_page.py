"""docs/api.md, made from the contract that the API itself shows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from tuimon.api.access import Access
from tuimon.api.app import App, Served
from tuimon.api.contract import WHY
from tuimon.model.process import NOTHING

INTRODUCTION: Final = """\
# The API

Made from the contract (`/openapi.json`) by `make docs`; do not edit it here. `/docs` of a running tuimon shows the same, to
try, with no internet.

To try what follows on a machine that never was, with a day of past:

    tuimon --serve --simulate busy --token-file token &
    export TUIMON=http://127.0.0.1:8420 TOKEN=$(cat token)

The token is any line of 16 characters or more: `openssl rand -hex 32 > token; chmod 600 token`. Without one, tuimon listens on
the loopback address only and leaves out command lines, exports and acknowledgements; the examples then need no header. How
it is reached from elsewhere, behind a proxy or with https is in [deployment](deployment.md), the page for Prometheus in
[prometheus.md](prometheus.md).

## What holds everywhere

- **Times** are epoch seconds in UTC in answers. A parameter takes those, ISO 8601 (without an offset it is UTC), and phrases:
  `2h ago`, `yesterday 03:12`, `now`.
- **Unknown is `null`**, never 0: the first sample of a rate, a gap, what may not be read. Names carry their unit;
  [metrics.md](metrics.md) explains each, `/api/v1/catalogue` is the same for programs.
- **Series** are columns in equal steps. `points` (at the most so many) or `step` says how fine; the answer names the tier of the
  history that it came from, and its true step. Averages come with the minimum and the maximum of each step.
- **Errors** are problem documents (RFC 9457, `application/problem+json`): `detail` in one line, `parameter`, `expected`, `nearest`.
- **The newest snapshot** has an ETag a sample: send it as `If-None-Match`, and 304 says that there is nothing newer. Ask as often
  as you like; it is encoded once a sample. What is read of the past has one of its content. Everything comes as gzip to those who accept it.
- **Limits**: {points} points a series, {values} numbers an answer, a span of 20 years, bodies of 64 KiB, `serve.connections`
  connections (those that are let in stay so when more come), `serve.streams` streams, heads of 64 KiB, ten seconds for a request to
  come, `serve.request_time` for a question about the past. Beyond them: an error that says which.
- Unknown parameters are refused, not passed over: a typing mistake would otherwise look like an answer.
- Within `/api/v1`, fields and parameters are added, never changed or removed: pass over what you do not know."""

QUERIES: Final = {
    "/api/v1/metrics/current": "",
    "/api/v1/health": "",
    "/api/v1/catalogue": "",
    "/api/v1/metrics/{family}": "?from=2h+ago&points=100&device=nvme0n1&metric=read_bytes_per_second",
    "/api/v1/series": "?metric=cpu.busy_percent&metric=memory.used_percent&from=6h+ago&step=5min",
    "/api/v1/metrics/processes": "?filter=cpu+%3E+1+and+user+%3D+www-data&sort=mem&limit=10&fields=pid,name,cpu,rss",
    "/api/v1/processes/usage": "?from=1h+ago&limit=5",
    "/api/v1/processes/{pid}": "?at=10+min+ago",
    "/api/v1/snapshot": "?at=1h+ago",
    "/api/v1/frames": "?from=10+min+ago&to=9+min+ago&step=10s",
    "/api/v1/history": "",
    "/api/v1/keys": "?from=1h+ago",
    "/api/v1/moments": "?at=10+min+ago&before=2&after=2",
    "/api/v1/processes/lifetimes": "?from=1h+ago&limit=5",
    "/api/v1/processes/tables": "?from=11+min+ago&to=10+min+ago",
    "/api/v1/processes/{pid}/past": "?from=30+min+ago",
    "/api/v1/alerts": "",
    "/api/v1/alerts/rules": "",
    "/api/v1/alerts/acknowledge": "",
    "/api/v1/alerts/silence": "",
    "/api/v1/alerts/lift": "",
    "/api/v1/events": "?from=1d+ago",
    "/api/v1/stream": "?families=cpu,memory",
    "/metrics": "",
    "/api/v1/export": "?format=csv&from=1h+ago&metric=cpu&metric=memory",
}
"""Path -> the query of its example."""
BODIES: Final = {
    "/api/v1/alerts/acknowledge": '{"rule": "*", "by": "ann"}',
    "/api/v1/alerts/silence": '{"rule": "filesystem-used", "device": "/", "for": "2h"}',
    "/api/v1/alerts/lift": '{"rule": "filesystem-used", "device": "/"}',
}
"""Path -> what its example says to it."""
NAMES: Final = {"{family}": "disk", "{pid}": "1"}


class _Nobody:
    """A source of nothing: the contract does not depend on a machine."""

    abilities: frozenset[Any] = frozenset()

    def start(self) -> None:
        """Begin nothing."""

    def subscribe(self, subscriber: Any) -> Any:  # noqa: ANN401, ARG002  as the protocol has it
        """Tell nobody."""
        return lambda: None

    def newest(self) -> None:
        """Return no frame."""

    def look_at(self, pids: Any, wanted: Any = NOTHING) -> None:  # noqa: ANN401  as above
        """Do nothing."""

    def stop(self) -> None:
        """End nothing."""


def api_page() -> str:
    """Return docs/api.md."""
    from tuimon.api.parameters import MOST_POINTS, MOST_VALUES  # noqa: PLC0415  beside its use

    contract = App(Served(_Nobody()), Access()).web.openapi()
    lines = [INTRODUCTION.format(points=f"{MOST_POINTS:,}", values=f"{MOST_VALUES:,}")]
    lines.append("\n## What there is\n\n| path | what |\n|---|---|")
    paths = {path: next(iter(methods.values())) for path, methods in contract["paths"].items()}
    lines += [f"| [`{path}`](#{_anchor(path)}) | {one['summary']} |" for path, one in paths.items()]
    lines.append("\n## Statuses\n\n| status | when |\n|---|---|\n| 200 | what was asked for |")
    lines.append("| 304 | what was asked for is still what `If-None-Match` names |")
    lines += [f"| {status} | {text} |" for status, text in WHY.items()]
    for path, one in paths.items():
        lines += _endpoint(path, one)
        if "requestBody" in one:
            lines += _body(one["requestBody"], contract["components"]["schemas"])
    return "\n".join(lines) + "\n"


def _anchor(path: str) -> str:
    return "".join(letter for letter in path.lower() if letter.isalnum() or letter in "_-")


def _endpoint(path: str, one: dict[str, Any]) -> Iterator[str]:
    """Give the lines of one endpoint's section."""
    yield f"\n## {path}\n\n{one['summary']}. {one['description']}\n"
    yield f"    {_curl(path)}\n"
    if one.get("parameters"):
        yield "| parameter | takes | what |\n|---|---|---|"
        for parameter in one["parameters"]:
            schema = parameter["schema"]
            text = parameter.get("description") or schema.get("description", "one of the families")
            yield f"| `{parameter['name']}` | {_taken(schema)} | {text} |".replace(" or `null`", "")
        yield ""
    answer = one["responses"]["200"]["content"]
    schema = next((kind["schema"].get("$ref", "") for kind in answer.values() if "$ref" in kind["schema"]), "")
    said = "A `POST`. " if path in BODIES else ""
    what = f" `{schema.rpartition('/')[2]}` as" if schema else ""
    yield f"{said}Answers{what} {', '.join(f'`{kind}`' for kind in answer)}."


def _body(body: dict[str, Any], schemas: dict[str, Any]) -> Iterator[str]:
    """Give the lines that say what an endpoint is sent."""
    schema = schemas[body["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]]
    yield "\n| in the body | takes | what |\n|---|---|---|"
    for name, one in schema["properties"].items():
        needed = "; must be given" if name in schema["required"] else ""
        yield f"| `{name}` | {_taken(one)} | {one['description']}{needed} |"


def _curl(path: str) -> str:
    asked = path
    for name, value in NAMES.items():
        asked = asked.replace(name, value)
    header = "" if path.endswith("health") else '-H "Authorization: Bearer $TOKEN" '
    if path in BODIES:
        said = f"-H 'Content-Type: application/json' -d '{BODIES[path]}'"
        return f'curl -s {header}{said} "$TUIMON{asked}"'
    if path.endswith("stream"):
        return f'curl -s -N {header}"$TUIMON{asked}{QUERIES[path]}"'
    return f'curl -s --compressed {header}"$TUIMON{asked}{QUERIES[path]}"'


def _taken(schema: dict[str, Any]) -> str:
    """Say in words what a parameter takes."""
    kinds = [one for one in schema.get("anyOf", [schema]) if one.get("type") != "null"]
    if "anyOf" in kinds[0]:
        return _taken(kinds[0])
    if kinds[0].get("format") == "date-time":
        return "a time"
    if "pattern" in kinds[0]:
        return "a length of time"
    if "enum" in kinds[0]:
        return ", ".join(f"`{word}`" for word in kinds[0]["enum"])
    bounds = kinds[0].get("minimum"), kinds[0].get("maximum")
    words = {"string": "a text", "integer": "a whole number", "number": "a number", "boolean": "`true`, `false`"}
    if kinds[0].get("type") == "array":
        return "a text, again and again"
    said = words.get(kinds[0].get("type", ""), "a text")
    return f"{said} from {bounds[0]:,} to {bounds[1]:,}" if None not in bounds else said
