"""The page itself: what is escaped, what is left out, and that anybody who reads the format can read it."""

from __future__ import annotations

import dataclasses
import math

import pytest
import strategies
from engines import lint
from exposed import parse
from hypothesis import given, settings
from hypothesis import strategies as st

from tuimon.exporters.exposition import Page, escaped, labelled, number
from tuimon.exporters.prometheus import exposition
from tuimon.model.catalogue import METRICS
from tuimon.model.metric import SeriesKey
from tuimon.model.readings import Frequencies, Interface, Mounted, Readings, Space
from tuimon.model.snapshot import Alert, Fault, Frame, Recorder, Snapshot
from tuimon.model.text import harmless

TEXTS = st.text().map(harmless)


def test_labels_are_escaped_as_the_format_wants_it():
    assert labelled(a='x"y', b="c:\\d", c="e\nf") == '{a="x\\"y",b="c:\\\\d",c="e\\nf"}'
    assert escaped("é{},= ") == "é{},= "


@pytest.mark.parametrize(
    ("value", "text"),
    [(3, "3"), (True, "1"), (2.5, "2.5"), (1e-9, "1e-09"), (math.inf, "+Inf"), (-math.inf, "-Inf"), (math.nan, "NaN")],
)
def test_numbers_are_exact(value, text):
    assert number(value) == text


@given(st.one_of(st.integers(-(2**70), 2**70), st.floats(allow_nan=False)))
def test_a_number_is_read_back_as_it_was(value):
    assert float(number(value)) == float(value)


def test_a_page_is_in_order_and_says_each_thing_once():
    page = Page()
    family = page.family("b_total", "counter", "Back\\slash\nand line.")
    family.add(labelled(x="1"), 1)
    family.add(labelled(x="1"), 2)
    family.add(labelled(x="2"), None)
    page.one("a", "gauge", "First.", 0.5)
    page.one("unknown", "gauge", "Nothing is known of it.", None)
    page.family("empty", "gauge", "Nothing in it.")
    assert page.text() == (
        "# HELP a First.\n# TYPE a gauge\na 0.5\n"
        '# HELP b_total Back\\\\slash\\nand line.\n# TYPE b_total counter\nb_total{x="1"} 1\n'
    )


@given(st.lists(TEXTS, min_size=1, max_size=5, unique=True))
def test_names_that_somebody_chose_come_back_as_they_were(names):
    space = Space(100, 50, 40, 10, 5)
    readings = Readings(
        1.0,
        interfaces=tuple(Interface(name, (1,) * 16) for name in names),
        mounts=tuple(Mounted("/dev/x", name, "ext4", read_only=False, space=space) for name in names),
    )
    page = parse(exposition(Frame(Snapshot(1.0)), readings))
    points = {dict(labels)["mountpoint"] for labels in page.of("node_filesystem_size_bytes")}
    devices = {dict(labels)["device"] for labels in page.of("node_network_receive_bytes_total")}
    assert points == devices == set(names)


@given(strategies.frames(max_devices=2, max_processes=0))
@settings(max_examples=30)
def test_every_frame_makes_a_page_that_can_be_read(frame):
    page = parse(exposition(frame))
    assert page.value("tuimon_samples_total") == frame.tick + 1
    firing = [alert for alert in frame.alerts if alert.state == "firing"]
    assert sum(page.of("tuimon_alerts_firing").values()) == len(firing)


def test_what_fires_has_the_labels_of_alerts():
    key = SeriesKey("filesystem", '/data "x"', "used_percent")
    alert = Alert("filesystem-used", "critical", key, 96.5, 85.0, ">", 1000.0, 1060.0)
    snapshot = Snapshot(1100.0, faults=(Fault("disk", "no", 900.0),))
    recorder = Recorder("off", reason="full", held=5, lost=7, interval=2.0)
    text = exposition(Frame(snapshot, (alert,), recorder=recorder, tick=41))
    page = parse(text)
    series = {"alertname": "filesystem-used", "metric": "filesystem.used_percent", "device": '/data "x"'}
    assert page.value("tuimon_alerts", **series, alertstate="firing", severity="critical", handled="") == 1
    assert page.value("tuimon_alert_value", **series) == 96.5
    assert page.value("tuimon_alert_start_time_seconds", **series) == 1000
    assert page.value("tuimon_alerts_firing", severity="critical") == 1
    assert page.value("tuimon_alerts_firing", severity="warning") == 0
    assert page.value("tuimon_recorder_mode", mode="off") == 1
    assert page.value("tuimon_recorder_lost_samples_total") == 7
    assert page.value("tuimon_collector_fault_start_time_seconds", collector="disk") == 900
    assert page.value("tuimon_samples_total") == 42
    assert lint(text) <= {""}


def test_what_a_person_has_said_to_an_alert_is_told():
    key = SeriesKey("cpu", "", "busy_percent")
    made = [
        Alert("a", "warning", key, 1.0, 0.5, ">", 1.0, 2.0),
        Alert("b", "warning", key, 1.0, 0.5, ">", 1.0, 2.0, state="acknowledged"),
        Alert("c", "warning", key, 1.0, 0.5, ">", 1.0, 2.0, state="silenced", until=9.0),
    ]
    waiting = Alert("d", "warning", key, None, 0.5, ">", 1.0, 1.0, state="pending")
    text = exposition(Frame(Snapshot(1.0), tuple(made), pending=(waiting,)))
    page = parse(text)
    assert lint(text) <= {""}
    assert page.value("tuimon_alert_start_time_seconds", alertname="d", metric="cpu.busy_percent", device="") == 1
    assert {dict(labels)["alertname"] for labels in page.of("tuimon_alert_raised_time_seconds")} == {"a", "b", "c"}
    assert {dict(labels)["alertname"] for labels in page.of("tuimon_alert_value")} == {"a", "b", "c"}
    told = {dict(labels)["alertname"]: dict(labels) for labels in page.of("tuimon_alerts")}
    assert {name: (one["alertstate"], one["handled"]) for name, one in told.items()} == {
        "a": ("firing", ""), "b": ("firing", "acknowledged"), "c": ("firing", "silenced"), "d": ("pending", ""),
    }  # fmt: skip
    assert page.value("tuimon_alerts_firing", severity="warning") == 1


def test_percents_of_the_catalogue_are_told_as_ratios():
    snapshot = dataclasses.replace(Snapshot(1.0))
    snapshot = dataclasses.replace(snapshot, cpu=dataclasses.replace(snapshot.cpu, limit_used_percent=25.0))
    page = parse(exposition(Frame(snapshot)))
    assert page.value("tuimon_cpu_limit_used_ratio") == 0.25
    declared = next(metric for metric in METRICS["cpu"] if metric.name == "limit_used_percent")
    assert page.helps["tuimon_cpu_limit_used_ratio"] == declared.help


def test_what_is_not_known_is_not_told():
    page = parse(exposition(Frame(Snapshot(1.0)), Readings(1.0)))
    always = {"node_time_seconds", "node_time_zone_offset_seconds", "node_textfile_scrape_error"}
    assert {name for name in page.kinds if name.startswith("node_")} == always
    frequencies = Readings(1.0, frequencies=(Frequencies("0", (("scaling_cur_freq", 1e9),)),))
    page = parse(exposition(Frame(Snapshot(1.0)), frequencies))
    assert page.value("node_cpu_scaling_frequency_hertz", cpu="0") == 1e9
    assert "node_cpu_frequency_hertz" not in page.kinds
