"""What a control group's path says of whose processes are in it: a container, a service, a session."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

_ID: Final = re.compile(r"(?:^|[-/:_])([0-9a-f]{64}|[0-9a-f]{32})(?:\.scope)?(?:/|$)")
_ENGINES: Final = (
    ("kubepods", "k8s"),
    ("docker", "docker"),
    ("libpod", "podman"),
    ("podman", "podman"),
    ("crio", "cri-o"),
    ("containerd", "containerd"),
    ("buildkit", "buildkit"),
)
_NAMED: Final = re.compile(r"(?:^|/)(lxc)(?:\.payload)?[./]([^/]+)|systemd-(nspawn)@([^/]+?)\.service")
_UNIT: Final = re.compile(r"([^/]+)\.(?:service|scope|socket|mount|swap)(?=/|$)")
_ESCAPE: Final = re.compile(r"\\x([0-9a-fA-F]{2})")
ROOT: Final = "/"


@lru_cache(4096)
def workload(cgroup: str) -> str:
    """Return the innermost container (`docker:3f2a61e0c8d4`), else unit (`sshd.service`), else the path itself.

    The names are those of the engine's cgroup drivers and of systemd (systemd.unit(5)); '' is the root group.
    """
    path = cgroup.rstrip("/")
    if not path:
        return ROOT
    if named := list(_NAMED.finditer(path)):
        last = named[-1]
        return f"{last[1] or last[3]}:{unescaped(last[2] or last[4])}"
    if found := _ID.findall(path):
        engine = next((short for word, short in _ENGINES if word in path), "container")
        return f"{engine}:{found[-1][:12]}"
    if units := list(_UNIT.finditer(path)):
        return unescaped(units[-1][0])
    return path


def unescaped(name: str) -> str:
    r"""Return a systemd name with its `\x2d` as the ASCII characters that they stand for."""
    return _ESCAPE.sub(lambda found: chr(int(found[1], 16)) if 32 < int(found[1], 16) < 127 else found[0], name)
