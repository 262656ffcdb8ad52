"""Frames to record, small enough to reckon with by hand."""

from __future__ import annotations

from tuimon.history import open_history
from tuimon.model import families as f
from tuimon.model.metric import SeriesKey
from tuimon.model.process import Process
from tuimon.model.snapshot import Alert, Event, Frame, Host, Snapshot

T0 = 1_700_000_400  # a multiple of 600 less none: 1_700_000_400 % 600 == 0
BUSY = SeriesKey("cpu", "", "busy_percent")
USED = SeriesKey("memory", "", "used_bytes")
SDA = SeriesKey("disk", "sda", "busy_percent")
SDB = SeriesKey("disk", "sdb", "busy_percent")
HOST = Host("web1", "Debian 12", "6.1.0", 4, 1_699_000_000.0, "abc", "A CPU")


def process(pid: int = 10, **changes) -> Process:
    made = Process(
        pid=pid, started_at=1000.0 + pid, ppid=1, name=f"p{pid}", command=f"/bin/p{pid} --run", user="root", state="S",
        cpu_percent=1.0, cpu_seconds=5.0, rss_bytes=1 << 20, virtual_bytes=1 << 22, memory_percent=0.1, threads=2,
        nice=0, priority=20, read_bytes_per_second=None, write_bytes_per_second=2560.0, kernel=False,
    )  # fmt: skip
    return made._replace(**changes)


def frame(time: float, busy: float | None = 10.0, disks: dict[str, float | None] | None = None, **changes) -> Frame:
    alerts: tuple[Alert, ...] = changes.pop("alerts", ())
    events: tuple[Event, ...] = changes.pop("events", ())
    members = {"sda": 1.0} if disks is None else disks
    snapshot = Snapshot(
        time=time,
        elapsed=changes.pop("elapsed", 1.0),
        host=HOST,
        cpu=f.Cpu(busy_percent=busy),
        memory=f.Memory(used_bytes=2048 * 1024, total_bytes=1 << 30),
        disk=tuple(f.Disk(name, busy_percent=value) for name, value in members.items()),
        **changes,
    )
    return Frame(snapshot, alerts, events)


def record(path, frames, **options):
    history = open_history(str(path), **options)
    for one in frames:
        history.write(one)
    history.close()
    assert history.status().reason == ""


def tenth(values):
    """Round averages to where recorded tenths are exact."""
    return [None if value is None else round(value, 6) for value in values]
