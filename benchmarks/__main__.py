"""`make bench`: measure everything, print one table, keep the figures.

python -m benchmarks [--quick] [--only NAME ...] [--save]

What only waits for half an hour to pass runs beside all others; it takes a hundredth of a core.
"""

from __future__ import annotations

import argparse
import importlib
import inspect
import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.row import Row
from benchmarks.table import table

MODULES = (
    "collector",
    "scrape",
    "api",
    "stream",
    "hold",
    "history",
    "simulated",
    "filters",
    "alerts",
    "travel",
    "processes",
    "dashboard",
    "charts",
    "recorder",
    "crash",
    "hours",
    "year",
    "soak",
    "apisoak",
)
BESIDE = ("soak",)
LONG = ("hold", "hours", "year", "soak", "apisoak")
"""Minutes, however quickly they are run."""
RESULTS = Path(__file__).resolve().parent / "results"


def run_module(name: str, *, quick: bool) -> list[Row]:
    """Run one benchmark; those that know no quick way are run as they are."""
    run: Any = importlib.import_module(f"benchmarks.{name}").run
    rows: list[Row] = run(quick=quick) if "quick" in inspect.signature(run).parameters else run()
    return rows


def measure(names: Sequence[str], *, quick: bool) -> dict[str, list[Row]]:
    """Run benchmarks one after the other, and beside them what only waits; return the rows of each."""
    with ThreadPoolExecutor() as pool:
        beside = {name: pool.submit(run_module, name, quick=quick) for name in names if name in BESIDE}
        found = {}
        for name in names:
            print(f"measuring: {name}", file=sys.stderr, flush=True)
            found[name] = beside[name].result() if name in beside else run_module(name, quick=quick)
    return {name: found[name] for name in names}


def machine() -> dict[str, Any]:
    """Say what the figures were measured on."""
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
    return {
        "when": time.strftime("%Y-%m-%dT%H:%MZ", time.gmtime()),
        "commit": commit.stdout.strip(),
        "python": platform.python_version(),
        "kernel": platform.release(),
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[0], 2),
    }


def main() -> int:
    """Print the table. A missed bar is said in it; a busy machine is no failure."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure tuimon.")
    parser.add_argument("--quick", action="store_true", help="one short round beside btop alone")
    parser.add_argument("--only", nargs="+", choices=MODULES, help="run these only (default: all; quick: no long ones)")
    parser.add_argument("--save", action="store_true", help=f"keep the figures in {RESULTS.name}/, a file a benchmark")
    options = parser.parse_args()
    if options.quick and options.save:
        parser.error("--save: figures of a quick run are not kept; leave --quick away")
    about = machine()
    found = measure(options.only or [n for n in MODULES if not (options.quick and n in LONG)], quick=options.quick)
    print("  ".join(f"{key} {value}" for key, value in about.items()))
    print(table([row for rows in found.values() for row in rows]))
    if options.save:
        for name, rows in found.items():
            keep(RESULTS / f"{name}.json", about, rows)
    return 0


def keep(path: Path, about: dict[str, Any], rows: Sequence[Row]) -> None:
    """Keep the figures of one benchmark; `make docs` puts them into README.md and docs/costs.md."""
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps({"machine": about, "rows": [asdict(row) for row in rows]}, indent=1) + "\n")
    print(f"kept in {path}")


if __name__ == "__main__":
    sys.exit(main())
