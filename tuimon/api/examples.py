"""Answers as the contract shows them: small, and held to their schemas by a test."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from tuimon.model.families import Cpu, Filesystem, Load, Memory
from tuimon.model.metric import SeriesKey
from tuimon.model.process import Process
from tuimon.model.snapshot import Alert, Event, Frame, Host, Recorder, Snapshot
from tuimon.model.wire import encode_alert, encode_event, encode_frame

TIME: Final = 1795530600.0
PROCESS: Final = Process(
    pid=4242,
    started_at=1795527000.5,
    ppid=1,
    name="postgres",
    command="postgres -D /var/lib/postgresql",
    user="postgres",
    state="S",
    cpu_percent=12.5,
    cpu_seconds=371.2,
    rss_bytes=268435456,
    virtual_bytes=1073741824,
    memory_percent=3.2,
    threads=4,
    nice=0,
    priority=20,
    read_bytes_per_second=0.0,
    write_bytes_per_second=8192.0,
    kernel=False,
)
ALERT: Final = Alert(
    rule="filesystem-used",
    severity="warning",
    series=SeriesKey("filesystem", "/var", "used_percent"),
    value=91.3,
    threshold=85.0,
    comparison=">",
    since=1795530000.0,
    raised_at=1795530060.0,
)
ACKNOWLEDGED: Final = replace(ALERT, state="acknowledged", said_by="ann", said_at=TIME)
EVENT: Final = Event(1795530060.0, "alert_raised", "filesystem /var used 91.3 % > 85 %", ALERT)
FRAME: Final = Frame(
    Snapshot(
        time=TIME,
        elapsed=1.0,
        host=Host(name="web-1", os="Debian 12", kernel="6.1.0", cores=8, booted_at=1794900000.0),
        cpu=Cpu(busy_percent=31.4, user_percent=22.1, system_percent=8.0, iowait_percent=1.2, cores=8),
        load=Load(load1=2.31, load5=1.98, load15=1.7),
        memory=Memory(used_percent=61.9, used_bytes=10307921510, total_bytes=16651124736),
        filesystem=(Filesystem(device="/var", used_percent=91.3),),
        processes=(PROCESS,),
        complete=False,
    ),
    (ALERT,),
    (),
    Recorder("here", bytes=52428800),
    tick=3600,
)
SERIES: Final[dict[str, Any]] = {
    "family": "cpu",
    "from": 1795527000.0,
    "to": 1795527180.0,
    "step_seconds": 60.0,
    "tier": "1m",
    "time": [1795527000, 1795527060, 1795527120],
    "series": [
        {
            "name": "cpu.busy_percent",
            "family": "cpu",
            "metric": "busy_percent",
            "device": None,
            "unit": "percent",
            "avg": [31.4, None, 29.9],
            "min": [20.1, None, 18.7],
            "max": [77, None, 41.2],
        }
    ],
}
LIFE: Final[dict[str, Any]] = {
    "pid": 4242,
    "started_at": 1795527000.5,
    "ppid": 1,
    "name": "postgres",
    "user": "postgres",
    "command": "postgres -D /var/lib/postgresql",
    "first_seen": 1795527001.0,
    "ended_at": None,
}
_HEAD: Final = {"time": TIME, "complete": True, "total": 213, "count": 1}
_SPAN: Final = {"from": 1795527000.0, "to": TIME}
_SILENCE: Final = {"rule": "cpu-busy", "device": None, "by": "ann", "made_at": TIME, "until": TIME + 7200}
EXAMPLES: Final[dict[str, Any]] = {
    "/api/v1/metrics/current": encode_frame(FRAME),
    "/api/v1/snapshot": encode_frame(FRAME),
    "/api/v1/metrics/{family}": SERIES,
    "/api/v1/series": {name: value for name, value in SERIES.items() if name != "family"},
    "/api/v1/metrics/processes": {
        **_HEAD,
        "processes": [
            {"pid": 4242, "name": "postgres", "user": "postgres", "cpu_percent": 12.5, "rss_bytes": 268435456}
        ],
    },
    "/api/v1/processes/usage": {
        **_SPAN,
        "total": 58,
        "processes": [
            {
                "pid": 4242,
                "started_at": 1795527000.5,
                "name": "postgres",
                "user": "postgres",
                "command": "postgres -D /var/lib/postgresql",
                "cpu_seconds": 371.2,
                "rss_growth_bytes": 1048576,
                "rss_peak_bytes": 268435456,
                "read_bytes": 0.0,
                "write_bytes": 29491200.0,
                "share_percent": 1.3,
            }
        ],
    },
    "/api/v1/history": {
        "start": 1795444200.0,
        "end": TIME,
        "size_bytes": 52428800,
        "tiers": [{"tier": "1s", "since": 1795444200.0}],
        "spans": [
            {"start": 1795444200.0, "end": 1795500000.0, "tier": "1s"},
            {"start": 1795500900.0, "end": TIME, "tier": "1s"},
        ],
        "gaps": [{"start": 1795500000.0, "end": 1795500900.0}],
    },
    "/api/v1/alerts": {
        "time": TIME,
        "alerts": [encode_alert(ACKNOWLEDGED)],
        "firing": [encode_alert(ACKNOWLEDGED)],
        "silenced": [],
        "pending": [],
        "silences": [_SILENCE],
    },
    "/api/v1/alerts/rules": {
        "time": TIME,
        "rules": [
            {
                "name": "filesystem-used",
                "label": "filesystem",
                "condition": "filesystem.used_percent > 85 %",
                "severity": "warning",
                "family": "filesystem",
                "metric": "used_percent",
                "for_seconds": 60.0,
                "clear": 83.0,
                "clear_for_seconds": 30.0,
                "repeat_seconds": 0.0,
                "hint": "",
                "state": "firing",
                "series": [{"device": "/var", "state": "acknowledged", "since": ACKNOWLEDGED.since, "value": 91.3}],
            }
        ],
    },
    "/api/v1/alerts/acknowledge": {
        "word": "acknowledge",
        "rule": "filesystem-used",
        "device": "/var",
        "by": "ann",
        "made_at": TIME,
        "until": None,
        "shared": True,
        "note": "",
        "alerts": [encode_alert(ACKNOWLEDGED)],
    },
    "/api/v1/alerts/silence": {
        "word": "silence",
        **_SILENCE,
        "shared": True,
        "note": "",
        "alerts": [],
    },
    "/api/v1/alerts/lift": {
        "word": "lift",
        **_SILENCE,
        "until": None,
        "shared": True,
        "note": "",
        "alerts": [],
    },
    "/api/v1/keys": {
        **_SPAN,
        "series": [{"name": "disk.busy_percent[sda]", "family": "disk", "metric": "busy_percent", "device": "sda"}],
    },
    "/api/v1/processes/lifetimes": {**_SPAN, "total": 1, "processes": [LIFE]},
    "/api/v1/processes/{pid}/past": {
        "pid": 4242,
        "started_at": 1795527000.5,
        "life": LIFE,
        "step_seconds": 5.0,
        "time": [1795530590.0, 1795530595.0],
        "processes": {"pid": [4242, 4242], "cpu_percent": [12.5, 13.1], "rss_bytes": [268435456, 268435456]},
    },
    "/api/v1/events": {**_SPAN, "total": 1, "events": [encode_event(EVENT)]},
}
"""Path -> what it may answer."""
