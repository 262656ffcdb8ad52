"""Hypothesis strategies for the values that travel, made from the catalogue: a new metric is covered at once."""

from __future__ import annotations

import dataclasses
from typing import Any

from hypothesis import strategies as st

from tuimon.model.catalogue import FAMILIES, METRICS, WITH_DEVICES
from tuimon.model.metric import Metric, SeriesKey
from tuimon.model.process import Process
from tuimon.model.snapshot import Alert, Event, Fault, Frame, Host, Recorder, Snapshot
from tuimon.model.text import harmless

EPOCHS = st.integers(min_value=1_000_000_000_000, max_value=4_000_000_000_000).map(lambda ms: ms / 1000)
"""Moments between 2001 and 2096, in whole milliseconds: what the history keeps exactly."""

HARMLESS = st.text(st.characters(exclude_categories=["C", "Zl", "Zp"]), max_size=40).map(harmless)
"""Text that may go to a terminal."""

HOSTILE = st.text(max_size=60) | st.sampled_from(
    [
        "\x1b[2J",
        "\x1b]0;title\x07",
        "a\nb",
        "\u202egpj.exe",
        "\udcff",
        "\x9b31m",
        "</script>",
        "'; DROP TABLE x;--",
        "漢字",
    ]
)
"""Names as an attacker would choose them."""

DEVICES = st.text(st.characters(exclude_categories=["C", "Zl", "Zp"]), min_size=1, max_size=20).map(harmless)

UPPER = {
    "percent": 100.0,
    "bytes": 2.0**50,
    "bytes_per_second": 2.0**40,
    "per_second": 1e9,
    "count": 1e9,
    "seconds": 1e9,
    "celsius": 150.0,
    "hertz": 1e10,
    "rpm": 20_000.0,
    "watts": 10_000.0,
}


def numbers(metric: Metric) -> st.SearchStrategy[float | int | None]:
    """What one metric may be: whole where its field is annotated so, unknown now and then."""
    annotation = str(FAMILIES[metric.family].__annotations__[metric.name])
    upper = UPPER[metric.unit]
    known: st.SearchStrategy[float | int]
    if annotation.startswith("int"):
        known = st.integers(0, int(upper))
    else:
        known = st.floats(0, upper, allow_nan=False, allow_infinity=False)
    return st.none() | known


def plain(annotation: str) -> st.SearchStrategy[Any]:
    """What a field that is no metric may be, by its annotation."""
    return {
        "str": HARMLESS,
        "int": st.integers(0, 4096),
        "bool": st.booleans(),
        "bool | None": st.none() | st.booleans(),
        "float | None": st.none() | st.floats(0, 4e9),
    }[annotation]


def family(name: str) -> st.SearchStrategy[Any]:
    """One value of one family."""
    cls = FAMILIES[name]
    metrics = {metric.name: metric for metric in METRICS[name]}
    fields = {
        field.name: numbers(metrics[field.name]) if field.name in metrics else plain(str(field.type))
        for field in dataclasses.fields(cls)
    }
    if "device" in fields:
        fields["device"] = DEVICES
    return st.builds(cls, **fields)


def devices(name: str, max_size: int = 3) -> st.SearchStrategy[tuple[Any, ...]]:
    """The values of a family with devices, each device once."""
    return st.lists(family(name), max_size=max_size, unique_by=lambda value: value.device).map(tuple)


def processes(texts: st.SearchStrategy[str] = HARMLESS) -> st.SearchStrategy[Process]:
    """One process; `texts` makes its name, command line and user."""
    rates = st.none() | st.floats(0, 1e12)
    return st.builds(
        Process,
        pid=st.integers(1, 2**22),
        started_at=EPOCHS,
        ppid=st.integers(0, 2**22),
        name=texts,
        command=texts,
        user=texts,
        state=st.sampled_from("RSDZTtI"),
        cpu_percent=st.none() | st.floats(0, 25_600),
        cpu_seconds=st.floats(0, 1e9),
        rss_bytes=st.integers(0, 2**50),
        virtual_bytes=st.integers(0, 2**56),
        memory_percent=st.none() | st.floats(0, 100),
        threads=st.integers(1, 2**15),
        nice=st.integers(-20, 19),
        priority=st.integers(-100, 39),
        read_bytes_per_second=rates,
        write_bytes_per_second=rates,
        kernel=st.booleans(),
        minor_faults_per_second=rates,
        major_faults_per_second=rates,
        processor=st.none() | st.integers(0, 4095),
        pss_bytes=st.none() | st.integers(0, 2**50),
        swap_bytes=st.none() | st.integers(0, 2**50),
        open_files=st.none() | st.integers(0, 2**20),
        cgroup=st.none() | texts,
        denied=st.booleans(),
    )


HOSTS = st.builds(
    Host,
    name=HARMLESS,
    os=HARMLESS,
    kernel=HARMLESS,
    cores=st.integers(1, 256),
    booted_at=st.none() | EPOCHS,
    machine_id=HARMLESS,
    cpu_model=HARMLESS,
)
FAULTS = st.builds(Fault, collector=st.sampled_from([*FAMILIES, "processes"]), message=HARMLESS, since=EPOCHS)


def snapshots(max_devices: int = 3, max_processes: int = 5) -> st.SearchStrategy[Snapshot]:
    """What was true of a machine that never was."""
    optional = {"pressure", "tcp"}
    fields: dict[str, st.SearchStrategy[Any]] = {}
    for name in FAMILIES:
        values = devices(name, max_devices) if name in WITH_DEVICES else family(name)
        fields["self_" if name == "self" else name] = st.none() | values if name in optional else values
    table = st.lists(processes(), max_size=max_processes, unique_by=lambda one: one.pid).map(tuple)
    return st.builds(
        Snapshot,
        time=EPOCHS,
        elapsed=st.none() | st.floats(0.05, 60),
        host=HOSTS,
        processes=table,
        complete=st.booleans(),
        faults=st.lists(FAULTS, max_size=2).map(tuple),
        **fields,
    )


def series_keys() -> st.SearchStrategy[SeriesKey]:
    """A series that the catalogue allows."""
    metrics = [metric for metrics in METRICS.values() for metric in metrics]
    return st.sampled_from(metrics).flatmap(
        lambda metric: st.builds(
            SeriesKey,
            family=st.just(metric.family),
            device=DEVICES if metric.devices else st.just(""),
            metric=st.just(metric.name),
        )
    )


ALERTS = st.builds(
    Alert,
    rule=HARMLESS,
    severity=st.sampled_from(["info", "warning", "critical"]),
    series=series_keys(),
    value=st.none() | st.floats(0, 1e12),
    threshold=st.floats(0, 1e12),
    comparison=st.sampled_from([">", "<"]),
    since=EPOCHS,
    raised_at=EPOCHS,
    label=HARMLESS,
)
EVENTS = st.builds(
    Event,
    time=EPOCHS,
    kind=st.sampled_from(
        ["alert_raised", "alert_cleared", "recorder_started", "recorder_stopped", "clock_step", "fault", "boot"]
    ),
    text=HARMLESS,
    alert=st.none() | ALERTS,
)
RECORDERS = st.builds(
    Recorder,
    mode=st.sampled_from(["here", "other", "off"]),
    path=HARMLESS,
    bytes=st.integers(0, 2**40),
    reason=HARMLESS,
    pid=st.none() | st.integers(1, 2**22),
    interval=st.floats(1, 60),
    by=st.sampled_from(["", "dashboard", "record"]),
)


def frames(max_devices: int = 3, max_processes: int = 5) -> st.SearchStrategy[Frame]:
    """A snapshot with what fires and what happened."""
    return st.builds(
        Frame,
        snapshot=snapshots(max_devices, max_processes),
        alerts=st.lists(ALERTS, max_size=2).map(tuple),
        events=st.lists(EVENTS, max_size=2).map(tuple),
        recorder=st.none() | RECORDERS,
        tick=st.integers(0, 2**31),
    )
