"""config.yaml and the docs are what the declarations make of them; the declarations agree with the rooms they set."""

from __future__ import annotations

from pathlib import Path

import pytest

from tuimon.alerts.rules import DEFAULT_RULES
from tuimon.collectors.options import CADENCES, Options
from tuimon.compose import SWITCHED, retention_of
from tuimon.config.load import load
from tuimon.config.render import to_table, to_text, to_yaml
from tuimon.config.rulebook import OF_KEYS
from tuimon.config.settings import DEFAULTS, SETTINGS, THEMES
from tuimon.history.tiers import Retention
from tuimon.model.catalogue import FAMILIES

ROOT = Path(__file__).resolve().parents[2]


def test_config_yaml_is_made_from_the_declarations():
    assert (ROOT / "config.yaml").read_text(encoding="utf-8") == to_yaml()


def test_config_yaml_says_every_setting_at_its_default():
    loaded = load(str(ROOT / "config.yaml"), environ={})
    assert loaded.settings == DEFAULTS
    given = {key for key in SETTINGS if key != "history.path"} | {"history.path"}
    assert set(loaded.origins) == given


def test_the_table_of_the_docs_names_every_setting():
    table = to_table()
    assert table.count("\n") == len(SETTINGS) + 2
    assert all(f"| `{key}` |" in table for key in SETTINGS)


def test_what_is_in_force_names_its_origin(tmp_path):
    path = tmp_path / "c.yaml"
    path.write_text("interval: 2 s\n")
    text = to_text(load(str(path), environ={"TUIMON_UI_TZ": "UTC"}))
    rows = {line.split()[0]: line for line in text.splitlines()}
    assert rows["interval"].split() == ["interval", "2", "s", f"{path}:1"]
    assert rows["ui.tz"].split() == ["ui.tz", "UTC", "TUIMON_UI_TZ"]
    assert rows["ui.theme"].split() == ["ui.theme", "tuimon-dark", "default"]
    assert set(rows) == set(SETTINGS)


def test_every_setting_says_what_it_is_for():
    assert all(one.help and not one.help.endswith(".") for one in SETTINGS.values())


def test_the_themes_are_those_of_the_screen():
    from tuimon.tui.style import THEMES as DRAWN

    assert tuple(DRAWN) == THEMES


def test_the_collectors_defaults_are_those_of_the_collectors():
    wanted, own = DEFAULTS.collectors, Options()
    assert wanted.ignore_disks == own.ignored_disks
    assert wanted.ignore_interfaces == own.ignored_interfaces
    assert wanted.ignore_filesystem_types == own.ignored_fstypes
    for name in ("filesystem", "sensor", "battery"):
        assert getattr(wanted, f"{name}_every") == CADENCES[name]


def test_what_can_be_switched_off_are_families_with_a_setting():
    assert set(SWITCHED) <= {*FAMILIES, "processes"}
    assert all(SETTINGS[f"collectors.{name}"].default is True for name in SWITCHED)


@pytest.mark.parametrize("rule", [rule for rule in DEFAULT_RULES if rule.name in OF_KEYS], ids=lambda rule: rule.name)
def test_the_rules_defaults_are_those_of_the_engine(rule):
    wanted = getattr(DEFAULTS.alerts, OF_KEYS[rule.name])
    assert (wanted.above, wanted.clear, wanted.for_) == (rule.threshold, rule.clear, rule.for_seconds)


def test_the_retention_is_that_of_the_history():
    assert retention_of(DEFAULTS) == Retention()
