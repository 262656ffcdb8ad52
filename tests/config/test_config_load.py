"""The settings in force: where each came from, and one clear line for each mistake."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuimon.config.load import ConfigError, load
from tuimon.config.settings import DEFAULTS, SETTINGS, value_of, with_values

INVALID = sorted(Path(__file__).parent.joinpath("invalid").glob("*.yaml"))


def written(tmp_path: Path, text: str) -> str:
    path = tmp_path / "config.yaml"
    path.write_text(text, encoding="utf-8")
    return str(path)


@pytest.mark.parametrize("path", INVALID, ids=lambda path: path.stem)
def test_a_mistake_is_one_line_that_names_file_line_and_key(path):
    with pytest.raises(ConfigError) as caught:
        load(str(path), environ={})
    message = str(caught.value)
    assert message.replace(str(path), "FILE") == path.with_suffix(".txt").read_text(encoding="utf-8").strip()
    assert message.isprintable()


def test_every_kind_of_mistake_has_its_message_beside_it():
    assert {path.stem for path in INVALID} == {
        path.stem for path in Path(__file__).parent.joinpath("invalid").glob("*.txt")
    }
    assert len(INVALID) > 30


def test_a_folder_in_the_place_of_a_file_is_refused_with_a_file_in_it(tmp_path):
    with pytest.raises(ConfigError) as caught:
        load(environ={}, options={"history.path": ("--history", str(tmp_path))})
    wanted = f"--history: expected the path of a file, such as {tmp_path}/history.db, got '{tmp_path}'"
    assert str(caught.value)[:90] == wanted[:90]


def test_without_a_file_the_defaults_are_in_force(tmp_path):
    loaded = load(environ={"XDG_CONFIG_HOME": str(tmp_path)})
    assert loaded.settings == DEFAULTS
    assert loaded.path == ""
    assert loaded.origins == {}


def test_a_file_says_what_differs_and_the_line_is_known(tmp_path):
    path = written(tmp_path, "# mine\ninterval: 2 s\nhistory:\n  size_cap: 1 GiB\n  retention: {samples: 2 d}\n")
    loaded = load(path, environ={})
    assert loaded.settings.interval == 2
    assert loaded.settings.history.size_cap == 1024**3
    assert loaded.settings.history.retention.samples == 172800
    assert loaded.settings.ui == DEFAULTS.ui
    assert loaded.origins == {
        "interval": f"{path}:2",
        "history.size_cap": f"{path}:4",
        "history.retention.samples": f"{path}:5",
    }


def test_an_option_goes_before_the_environment_and_that_before_the_file(tmp_path):
    path = written(tmp_path, "interval: 2 s\nui: {theme: tuimon-light, tz: UTC}\n")
    environ = {"TUIMON_INTERVAL": "3", "TUIMON_UI_THEME": "monochrome"}
    loaded = load(path, environ=environ, options={"interval": ("--interval", "4 s")})
    assert loaded.settings.interval == 4
    assert loaded.settings.ui.theme == "monochrome"
    assert loaded.settings.ui.tz == "UTC"
    assert loaded.origins["interval"] == "--interval"
    assert loaded.origins["ui.theme"] == "TUIMON_UI_THEME"
    assert loaded.origins["ui.tz"] == f"{path}:2"


def test_the_places_of_the_file_in_their_order(tmp_path):
    own = tmp_path / "tuimon"
    own.mkdir()
    (own / "config.yaml").write_text("interval: 2\n")
    named = tmp_path / "named.yaml"
    named.write_text("interval: 3\n")
    asked = tmp_path / "asked.yaml"
    asked.write_text("interval: 4\n")
    environ = {"XDG_CONFIG_HOME": str(tmp_path)}
    assert load(environ=environ).settings.interval == 2
    environ["TUIMON_CONFIG"] = str(named)
    assert load(environ=environ).settings.interval == 3
    assert load(str(asked), environ=environ).settings.interval == 4


def test_the_home_folder_is_where_xdg_says_by_default(tmp_path):
    folder = tmp_path / ".config" / "tuimon"
    folder.mkdir(parents=True)
    (folder / "config.yaml").write_text("interval: 7\n")
    assert load(environ={"HOME": str(tmp_path)}).settings.interval == 7


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("0.5", "TUIMON_INTERVAL: expected a duration from 1 s to 60 s, got '0.5'"),
        ("", "TUIMON_INTERVAL: expected a duration from 1 s to 60 s, got ''"),
    ],
)
def test_a_mistake_in_the_environment_names_the_variable(text, message):
    with pytest.raises(ConfigError) as caught:
        load(environ={"TUIMON_INTERVAL": text})
    assert str(caught.value) == message


def test_values_that_contradict_each_other_name_the_one_that_was_given():
    with pytest.raises(ConfigError) as caught:
        load(environ={"TUIMON_ALERTS_CPU_CLEAR": "90 %"})
    assert str(caught.value) == (
        "TUIMON_ALERTS_CPU_CLEAR: key 'alerts.cpu.clear': expected at most alerts.cpu.above (80 %), got '90 %'"
    )


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ConfigError, match=r"nowhere\.yaml: cannot be read: No such file or directory"):
        load(str(tmp_path / "nowhere.yaml"), environ={})


def test_a_folder_is_no_file(tmp_path):
    with pytest.raises(ConfigError, match="cannot be read: Is a directory"):
        load(str(tmp_path), environ={})


def test_a_file_that_may_not_be_read_is_named():
    with pytest.raises(ConfigError, match="/proc/self/mem: cannot be read: Input/output error"):
        load("/proc/self/mem", environ={})


@pytest.mark.parametrize("text", ["", "# nothing\n", "---\n", "interval:\n", "history: ~\nui: null\n"])
def test_nothing_said_leaves_the_defaults(tmp_path, text):
    assert load(written(tmp_path, text), environ={}).settings == DEFAULTS


def test_a_list_may_be_written_in_either_way(tmp_path):
    for text in ("[eth*, lo]", '"eth*, lo"', "\n    - eth*\n    - lo"):
        path = written(tmp_path, f"collectors:\n  ignore_interfaces: {text}\n")
        assert load(path, environ={}).settings.collectors.ignore_interfaces == ("eth*", "lo")


def test_an_empty_list_is_a_list(tmp_path):
    path = written(tmp_path, "collectors:\n  ignore_disks: []\n")
    assert load(path, environ={}).settings.collectors.ignore_disks == ()


def test_a_byte_order_mark_is_no_mistake(tmp_path):
    path = tmp_path / "bom.yaml"
    path.write_bytes(b"\xef\xbb\xbfinterval: 2 s\n")
    assert load(str(path), environ={}).settings.interval == 2


@pytest.mark.parametrize("key", SETTINGS)
def test_what_is_shown_of_a_default_gives_it_back(key):
    one = SETTINGS[key]
    assert one.kind.parse(one.kind.show(one.default)) == one.default


@pytest.mark.parametrize("key", SETTINGS)
def test_every_setting_can_be_given_in_the_environment(key):
    one = SETTINGS[key]
    loaded = load(environ={one.variable: one.kind.show(one.default)})
    assert loaded.settings == DEFAULTS
    assert loaded.origins == {key: one.variable}


def test_no_two_settings_share_a_variable():
    assert len({one.variable for one in SETTINGS.values()}) == len(SETTINGS)


def test_a_value_is_put_where_it_belongs():
    changed = with_values(DEFAULTS, {"alerts.memory.for": 5.0})
    assert changed.alerts.memory.for_ == 5.0
    assert value_of(changed, SETTINGS["alerts.memory.for"]) == 5.0
    assert changed.alerts.cpu == DEFAULTS.alerts.cpu


KEYS = st.sampled_from([*SETTINGS, "history", "ui", "x", "<<", "interval"]).map(lambda key: key.split(".")[-1])
SCALARS = st.text(max_size=12) | st.sampled_from(["1 s", "on", "~", "&a b", "*a", "!!int 3", "80 %", "[", "{", "- "])


@given(st.recursive(SCALARS, lambda inner: st.dictionaries(KEYS, inner, max_size=4), max_leaves=8))
def test_settings_of_any_shape_load_or_are_refused_in_one_line(tmp_path_factory, found):
    check(tmp_path_factory, block(found))


def block(value: object, depth: int = 0) -> str:
    """Write nested dictionaries as YAML, whatever their texts contain."""
    if not isinstance(value, dict):
        return f" {value}\n"
    pad = "  " * depth
    lines = "".join(f"{pad}{key}:{block(inner, depth + 1)}" for key, inner in value.items())
    return f"\n{lines}" if depth else lines


@given(st.binary(max_size=60) | st.text(alphabet="intervalu:{}[]&*!|>'\"#-? \n\t,", max_size=60).map(str.encode))
def test_any_bytes_load_or_are_refused_in_one_line(tmp_path_factory, raw):
    check(tmp_path_factory, raw)


def check(factory: pytest.TempPathFactory, text: str | bytes) -> None:
    path = factory.getbasetemp() / "any.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass"))
    with contextlib.suppress(ConfigError):
        load(str(path), environ={})
        return
    try:
        load(str(path), environ={})
    except ConfigError as error:
        message = str(error)
    assert message.startswith(str(path))
    assert "\n" not in message
    assert len(message) < 600


@pytest.mark.root
def test_a_folder_that_may_not_be_entered_holds_no_configuration_for_this_user(tmp_path):
    if os.geteuid() != 0:
        pytest.skip("only root can become a user that may not enter")
    closed = tmp_path / "tuimon"
    closed.mkdir(mode=0o700)
    closed.joinpath("config.yaml").write_text("interval: 5 s\n")
    code = "from tuimon.config.load import load; print(load(environ={'XDG_CONFIG_HOME': %r}).settings.interval)"
    for uid, interval in ((0, "5.0"), (65534, "1.0")):
        done = subprocess.run(
            [sys.executable, "-c", f"import os; import tuimon.config.file; os.setuid({uid}); " + code % str(tmp_path)],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.stdout.strip() == interval, done.stderr
