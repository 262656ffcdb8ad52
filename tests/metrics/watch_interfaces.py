"""Run in a network and mount namespace of its own: an interface that goes, and another that gets its name."""

from __future__ import annotations

import json
import subprocess
import sys

from tuimon.collectors import open_readout
from tuimon.model.readings import InterfaceClass
from tuimon.model.snapshot import Snapshot


def ip(*words: str) -> None:
    subprocess.run(["ip", "link", *words], check=True)


def main() -> None:
    subprocess.run(["mount", "-t", "sysfs", "sysfs", "/sys"], check=True)
    readout = open_readout()
    assert readout is not None
    seen: list[dict[str, float]] = []

    def look() -> None:
        assert readout is not None
        classes: tuple[InterfaceClass, ...] = readout.read(Snapshot(1.0)).interface_classes
        seen.append({one.device: dict(one.numbers).get("mtu", -1) for one in classes})

    look()
    ip("add", "x0", "mtu", "1300", "type", "bridge")
    look()
    ip("set", "x0", "mtu", "1301")
    look()
    ip("del", "x0")
    ip("add", "x0", "mtu", "1400", "type", "bridge")
    look()
    ip("del", "x0")
    look()
    sys.stdout.write(json.dumps(seen))


main()
