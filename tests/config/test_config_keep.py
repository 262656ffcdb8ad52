"""Single settings written into the user's file: everything else in it stays, to the letter and to the comment."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuimon.config.keep import keep, put
from tuimon.config.load import ConfigError, load
from tuimon.config.render import to_yaml
from tuimon.config.settings import DEFAULTS

COLUMNS = ("pid", "user:12", "command")
VALUES = {"table.columns": COLUMNS, "table.sort": "rss", "table.view": "tree"}

FORMS = {
    "nothing": "",
    "a comment": "# mine\n",
    "another section": "interval: 2 s\nui:\n  theme: tuimon-light  # bright\n",
    "no end of line": "interval: 2 s",
    "an empty section": "table:\ninterval: 2 s\n",
    "an empty section at the end": "interval: 2 s\ntable:  # mine\n",
    "a list over lines": "table:\n  columns:\n    - pid\n    - cpu\n  # about the order\n  sort: pid  # yes\n# the end\n",
    "a list at its key's depth": "table:\n  columns:\n  - pid\n  - cpu\ninterval: 2 s\n",
    "a list in brackets": "table:\n    columns: [pid,\n              cpu]   # two\n    sort: pid\n",
    "all in braces": "{interval: 2 s, table: {sort: pid}}\n",
    "a section in braces": "table: {sort: pid, columns: [cpu]}  # short\ninterval: 2 s\n",
    "a value left empty": "table:\n  sort:\n  columns:\ninterval: 2 s\n",
    "quoted": 'table:\n  "sort": "pid"\n  then: \'user\'\n',
    "windows": "table:\r\n  sort: pid\r\ninterval: 2 s\r\n",
    "the whole of it": to_yaml(),
}


def comments(text):
    return [line.partition("#")[2] for line in text.splitlines() if "#" in line]


@pytest.mark.parametrize("form", FORMS)
def test_what_is_kept_is_in_force_and_the_rest_is_as_it_was(tmp_path, form):
    path = tmp_path / "config.yaml"
    path.write_text(FORMS[form], encoding="utf-8", newline="")
    before = load(str(path), environ={}).settings
    keep(str(path), VALUES)
    after = load(str(path), environ={}).settings
    assert (after.table.columns, after.table.sort, after.table.view) == (COLUMNS, "rss", "tree")
    assert after.table.then == before.table.then
    assert (after.interval, after.ui, after.collectors) == (before.interval, before.ui, before.collectors)
    assert comments(path.read_text(encoding="utf-8")) == comments(FORMS[form])
    again = path.read_bytes()
    for line in FORMS[form].splitlines(keepends=True):
        assert not line.startswith("interval") or line.rstrip("\n").encode() in again, "ends of lines too"
    keep(str(path), VALUES)
    assert path.read_bytes() == again


@given(
    st.sampled_from(sorted(FORMS)),
    st.lists(st.sampled_from([("table.sort", "rss"), ("table.sort", "cpu"), ("table.view", "tree"), ("ui.tz", "UTC")])),
)
def test_one_after_the_other_the_last_one_counts(form, edits):
    text = FORMS[form]
    for key, value in edits:
        text = put(text, key, value)
    for key, value in dict(edits).items():
        assert text.count(f"{key.partition('.')[2]}: {value}") + text.count(f'"{key.partition(".")[2]}": {value}') >= 1


def test_a_file_that_is_not_there_is_made_for_its_owner_alone(tmp_path):
    path = tmp_path / "new" / "config.yaml"
    keep(str(path), VALUES)
    assert load(str(path), environ={}).settings.table.sort == "rss"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [one.name for one in path.parent.iterdir()] == ["config.yaml"]


def test_its_mode_and_a_link_to_it_stay(tmp_path):
    path, link = tmp_path / "real.yaml", tmp_path / "config.yaml"
    path.write_text("interval: 2 s\n")
    path.chmod(0o644)
    link.symlink_to(path)
    keep(str(link), VALUES)
    assert link.is_symlink()
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    assert load(str(path), environ={}).settings.table.view == "tree"


def test_a_file_with_a_mistake_is_left_to_its_owner(tmp_path):
    path = tmp_path / "config.yaml"
    path.write_text("intervall: 2 s\n")
    with pytest.raises(ConfigError, match="did you mean 'interval'"):
        keep(str(path), VALUES)
    assert path.read_text() == "intervall: 2 s\n"


def test_where_it_cannot_be_written_it_is_said_in_one_line(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match=r"cannot be (written|read)"):
        keep(str(tmp_path / "file" / "config.yaml"), VALUES)
    assert DEFAULTS.table.sort == "cpu"
    assert Path(tmp_path / "file").read_text() == ""
