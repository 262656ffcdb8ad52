"""Which expressions of Grafana dashboards are live on node_exporter, and which of those on tuimon.

    python -m benchmarks.dashboards [--rules FILE] DASHBOARD.json ...

A real Prometheus scrapes both for a minute, then every expression is asked of each. Dashboards are not kept here; get them
from where they are published. Recording rules (`--rules`, as Prometheus reads them) are evaluated when dashboards need some.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import re
import shutil
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.scrape import free_port, running

SCRAPED_SECONDS = 45
JOB = "node-exporter"
SELECTOR = re.compile(r"\b((?:node|process|go|promhttp)_\w+|instance(?:_\w+)?:node_[\w:]+)\s*(\{[^}]*\})?(?![\w(:])")


def expressions(dashboard: Any) -> Iterator[str]:
    """Yield the expressions of a dashboard that ask for something of node_exporter's."""
    if isinstance(dashboard, dict):
        found = dashboard.get("expr")
        if isinstance(found, str) and SELECTOR.search(found):
            yield found
    inside = dashboard.values() if isinstance(dashboard, dict) else dashboard if isinstance(dashboard, list) else ()
    for one in inside:
        yield from expressions(one)


def concrete(expression: str, which: str, instance: str) -> str:
    """Return an expression as Grafana would ask it of one target: variables filled in, each selector bound to it."""
    text = re.sub(r'\bjob\s*=~?\s*"[^"]*"', f'job="{JOB}"', expression)
    text = re.sub(r'\binstance\s*=~?\s*"[^"]*\$[^"]*"', f'instance="{instance}"', text)
    text = re.sub(r'(\w+)\s*=~?\s*"\$\{?\w+(?::\w+)?\}?"', r'\1=~".*"', text)
    text = re.sub(r"\[(?:\$[\w{}:]+|\d+[smh])\]", "[20s]", text)
    text = re.sub(r"\$\{?(?:__)?(?:rate_)?(?:interval|range)\}?", "20s", text)
    text = re.sub(r"\$\{?\w+(?::\w+)?\}?", ".*", text)
    return SELECTOR.sub(lambda found: bound(found[1], found[2] or "{}", which), text)


def bound(name: str, labels: str, which: str) -> str:
    """Return a selector that is of one target alone."""
    inner = labels[1:-1].strip().rstrip(",")
    return f'{name}{{{inner}{"," if inner else ""}which="{which}"}}'


def live(address: str, expression: str) -> bool:
    """Return whether an expression has an answer now; one that cannot be read has none, and is told."""
    asked = urllib.parse.urlencode({"query": expression})
    try:
        with urllib.request.urlopen(f"{address}/api/v1/query?{asked}", timeout=20) as answer:  # noqa: S310  loopback
            return bool(json.load(answer)["data"]["result"])
    except urllib.error.HTTPError as error:
        print(f"not understood: {expression}: {error}", file=sys.stderr)
        return False


@contextlib.contextmanager
def both(rules: Path | None) -> Iterator[tuple[str, dict[str, str]]]:
    """Run both and a Prometheus that scrapes them; yield its address and the targets by name."""
    ports = {which: free_port() for which in ("node_exporter", "tuimon", "prometheus")}
    exporter = shutil.which("prometheus-node-exporter") or "node_exporter"
    targets = {which: f"127.0.0.1:{ports[which]}" for which in ("node_exporter", "tuimon")}
    jobs = [
        {
            "job_name": which,
            "scrape_interval": "1s",
            "static_configs": [{"targets": [target], "labels": {"job": JOB, "which": which, "cluster": "c"}}],
        }
        for which, target in targets.items()
    ]
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        config = {"rule_files": [str(rules.resolve())] if rules else [], "scrape_configs": jobs}
        (folder / "prometheus.yml").write_text(json.dumps(config | {"global": {"evaluation_interval": "1s"}}))
        stack.enter_context(
            running([exporter, f"--web.listen-address={targets['node_exporter']}"], ports["node_exporter"])
        )
        tuimon = [sys.executable, "-m", "tuimon", "--serve", "--port", str(ports["tuimon"])]
        stack.enter_context(running(tuimon, ports["tuimon"]))
        listens = f"127.0.0.1:{ports['prometheus']}"
        prometheus = ["prometheus", f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/tsdb"]
        stack.enter_context(running([*prometheus, f"--web.listen-address={listens}"], ports["prometheus"]))
        yield f"http://{listens}", targets


def main() -> int:
    """Print a line a dashboard; 1 where an expression is live on node_exporter alone."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.dashboards")
    parser.add_argument("dashboards", nargs="+", type=Path, metavar="DASHBOARD.json")
    parser.add_argument("--rules", type=Path, help="recording rules that the dashboards need")
    options = parser.parse_args()
    dark = total = 0
    with both(options.rules) as (address, targets):
        time.sleep(SCRAPED_SECONDS)
        for path in options.dashboards:
            asked = list(dict.fromkeys(expressions(json.loads(path.read_text()))))
            of = {
                which: {one for one in asked if live(address, concrete(one, which, at))}
                for which, at in targets.items()
            }
            lost = of["node_exporter"] - of["tuimon"]
            total += len(of["node_exporter"])
            dark += len(lost)
            print(
                f"{path.name}: {len(asked)} expressions, {len(of['node_exporter'])} live on node_exporter, "
                f"{len(of['node_exporter'] & of['tuimon'])} of these on tuimon, {len(of['tuimon'])} on tuimon in all"
            )
            for one in sorted(lost):
                print(f"  dark on tuimon: {one}")
    print(f"live on node_exporter: {total}; dark on tuimon: {dark}")
    return min(dark, 1)


if __name__ == "__main__":
    sys.exit(main())
