"""Most people run it without root: everything but other users' io must work; with hidepid only one's own is seen."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
pytestmark = [
    pytest.mark.root,
    pytest.mark.skipif(os.getuid() != 0 and not os.environ.get("CI"), reason="becomes another user"),
]


def watch(*command):
    found = subprocess.run(
        command,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, "PYTHONPATH": str(HERE.parent.parent)},
    )
    assert found.returncode == 0, found.stderr
    return json.loads(found.stdout)


def test_without_root_all_is_seen_but_the_io_of_others():
    seen = watch(sys.executable, HERE / "watch_unprivileged.py", "/", "linux", "portable")
    for kind, found in seen.items():
        assert found["faults"] == [], kind
        assert found["families"] == ["core", "disk", "network", "filesystem"]
        processes = found["processes"]
        assert len(processes) > 3
        name, user, known, io, denied = processes["1"]
        assert (user, known, io, denied) == ("root", True, None, True)
        assert name
        name, user, known, io, denied = processes[str(found["me"])]
        assert (user, known, denied) == ("nobody", True, False)
        assert io is not None
        assert found["pss"]["1"] is None
        assert found["pss"][str(found["me"])] > 0


@pytest.mark.parametrize("hidepid", [1, 2])
def test_where_the_processes_of_others_are_hidden_ones_own_are_seen(tmp_path, hidepid):
    tmp_path.chmod(0o755)
    for parent in list(tmp_path.parents)[:3]:
        if parent.is_relative_to("/tmp") and parent != Path("/tmp"):
            parent.chmod(0o755)
    (tmp_path / "proc").mkdir()
    script = f'mount -t proc -o hidepid={hidepid} proc "$1/proc" && shift && exec "$@"'
    seen = watch(
        "unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-c", script, "sh", tmp_path,
        sys.executable, HERE / "watch_unprivileged.py", tmp_path, "linux",
    )["linux"]  # fmt: skip
    assert [family for family, _ in seen["faults"]] == []
    assert [one[1] for one in seen["processes"].values()] == ["65534"]  # its tree has no /etc/passwd
