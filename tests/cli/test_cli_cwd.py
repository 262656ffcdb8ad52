"""Code that lies about in the current folder is never run."""

from __future__ import annotations

import subprocess
import sys

from tuimon.compose import shield_children


def test_children_run_no_code_of_the_current_folder_and_still_find_tuimon(tmp_path):
    (tmp_path / "sqlite3.py").write_text("open('pwned', 'w').close()\n")
    environ = {}
    shield_children(environ)
    path = tmp_path / "made.db"
    words = ["fill", "calm", "--span", "1m", "--history", str(path)]
    done = subprocess.run(
        [sys.executable, "-m", "tuimon", *words],
        cwd=tmp_path, env=environ | {"HOME": str(tmp_path)}, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert path.exists()
    assert not (tmp_path / "pwned").exists()
