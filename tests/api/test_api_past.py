"""The past over HTTP: series, processes, moments, events, exports, and the mistakes that can be made in asking."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import os
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote

import pytest
from servers import TOKEN, UNTIL, UNTIL_EPOCH

from tuimon.api import looking
from tuimon.history import open_archive
from tuimon.model.metric import SeriesKey
from tuimon.model.process import NOTHING, Wanted
from tuimon.model.snapshot import Frame, Snapshot
from tuimon.model.wire import decode_frame

SPAN = f"from={UNTIL_EPOCH - 1200}&to={UNTIL}"


@pytest.fixture
def ask(simulated):
    """Ask the API for a path below /api/v1 and return what it answered."""

    def get(path: str, status: int = 200):
        answer = simulated.get(f"/api/v1/{path}")
        assert answer.status == status, answer.body
        return answer.json

    return get


def test_series_are_columns_from_a_named_tier(ask, past):
    found = ask(f"metrics/cpu?{SPAN}&points=20&metric=busy_percent")
    assert (found["family"], found["tier"], found["step_seconds"]) == ("cpu", "1m", 60)
    assert len(found["time"]) == 20
    (one,) = found["series"]
    assert (one["name"], one["unit"], one["device"]) == ("cpu.busy_percent", "percent", None)
    archive = open_archive(past)
    window = archive.window([SeriesKey("cpu", "", "busy_percent")], UNTIL_EPOCH - 1200, UNTIL_EPOCH, 20)
    archive.close()
    points = window.series[SeriesKey("cpu", "", "busy_percent")]
    assert one["avg"] == pytest.approx(points.average, abs=1e-3)
    assert one["min"] == pytest.approx(points.minimum)
    assert one["max"] == pytest.approx(points.maximum)
    assert max(one["max"]) > 90, "the incident is in it"


def test_times_are_iso_or_epoch_and_gaps_are_null(ask):
    one = ask("metrics/memory?from=2026-11-20T11:50:00Z&to=2026-11-20T12:00:00Z&step=1min&metric=used_percent")
    same = ask(f"metrics/memory?from={UNTIL_EPOCH - 600}&to={UNTIL_EPOCH}.0&points=10&metric=used_percent")
    assert one == same
    zone = quote("2026-11-20T12:50:00+01:00")
    assert ask(f"metrics/memory?from={zone}&to={UNTIL}&step=60&metric=used_percent") == one
    before = ask(f"metrics/cpu?from={UNTIL_EPOCH - 3600}&to={UNTIL_EPOCH - 600}&points=50&metric=busy_percent")
    assert before["series"][0]["avg"][0] is None
    assert before["series"][0]["avg"][-1] is not None


def test_devices_have_series_of_their_own(ask):
    everyone = ask(f"metrics/disk?{SPAN}&points=2&metric=busy_percent")["series"]
    assert len(everyone) > 1
    device = everyone[0]["device"]
    (one,) = ask(f"metrics/disk?{SPAN}&points=2&metric=busy_percent&device={quote(device)}")["series"]
    assert one == everyone[0]
    named = ask(f"series?{SPAN}&points=2&metric={quote(one['name'])}&metric=load.load1,cpu.busy_percent")
    assert [series["name"] for series in named["series"]] == ["cpu.busy_percent", "load.load1", one["name"]]


def test_every_family_is_answered(ask):
    for family in ask("catalogue")["families"]:
        assert ask(f"metrics/{family}?{SPAN}&points=3")["family"] == family


def test_processes_now_and_then(ask):
    now = ask("metrics/processes?limit=5&fields=pid,cpu,name")
    assert now["complete"]
    assert (now["count"], len(now["processes"])) == (5, 5)
    assert set(now["processes"][0]) == {"pid", "cpu_percent", "name"}
    then = ask(f"metrics/processes?at={UNTIL_EPOCH - 30}&limit=1")
    assert not then["complete"]
    assert then["processes"][0]["name"] == "crunch", "who did it"
    assert then["time"] == pytest.approx(UNTIL_EPOCH - 30, abs=6)


def test_processes_are_filtered_sorted_and_laid_out(ask):
    filtered = ask(f"metrics/processes?limit=1000&filter={quote('user = root and not kernel = yes')}")
    assert filtered["count"] > 0
    assert {one["user"] for one in filtered["processes"]} == {"root"}
    columns = ask("metrics/processes?limit=50&sort=mem&layout=columns")["processes"]
    assert columns["memory_percent"] == sorted(columns["memory_percent"], reverse=True)
    assert len(columns["pid"]) == 50
    names = ask("metrics/processes?limit=1000&sort=name&fields=name&layout=columns")["processes"]["name"]
    assert [name.lower() for name in names] == sorted(name.lower() for name in names)
    pids = ask("metrics/processes?limit=9&sort=pid&order=desc&fields=pid&layout=columns")["processes"]["pid"]
    assert pids == sorted(pids, reverse=True)
    assert ask("metrics/processes?limit=0")["processes"] == []


def test_costly_fields_are_read_of_those_that_are_asked_about(serving, tmp_path):
    served = serving("--no-record", "--history", str(tmp_path / "none.db"), token=TOKEN)
    mine = os.getpid()
    asked = f"/api/v1/metrics/processes?filter=pid+%3D+{mine}"
    assert served.get(asked).json["processes"][0]["pss_bytes"] is None, "nobody asked for it"
    (found,) = served.get(f"{asked}&fields=pid,pss_bytes,open_files,container,rss_bytes").json["processes"]
    assert found["pid"] == mine
    assert 0 < found["pss_bytes"] <= found["rss_bytes"] * 1.5
    assert found["open_files"] >= 3
    biggest = served.get("/api/v1/metrics/processes?sort=pss_bytes&fields=pid,pss_bytes&limit=3").json["processes"]
    sizes = [one["pss_bytes"] for one in biggest]
    assert None not in sizes
    assert sizes == sorted(sizes, reverse=True)


def test_what_is_not_shown_is_not_searched_either(open_to_all, simulated):
    path = f"/api/v1/metrics/processes?limit=0&filter={quote('cmd ~ gunicorn')}"
    limited = path.replace("limit=0", "limit=9")
    assert simulated.get(limited).json["count"] > 0
    assert open_to_all.get(limited).json["count"] == 0
    assert "command" not in open_to_all.get("/api/v1/metrics/processes?fields=name").json["processes"][0]
    shown = open_to_all.get(f"/api/v1/processes/usage?{SPAN}").json["processes"]
    assert {one["command"] for one in shown} == {""}
    frame = open_to_all.get(f"/api/v1/snapshot?at={UNTIL_EPOCH - 30}").json
    assert {one["command"] for one in frame["processes"]} == {""}


def test_one_process_and_its_life(ask):
    live = ask("metrics/processes?limit=1")["processes"][0]
    found = ask(f"processes/{live['pid']}?start={live['started_at']}")
    assert found["running"]
    assert found["process"]["name"] == live["name"]
    culprit = ask(f"metrics/processes?at={UNTIL_EPOCH - 30}&limit=1")["processes"][0]
    past = ask(f"processes/{culprit['pid']}?at={UNTIL_EPOCH - 30}")
    assert (past["process"]["name"], past["life"]["name"], past["running"]) == ("crunch", "crunch", False)
    assert ask("processes/4194303", 404)["parameter"] == "pid"


def test_who_used_a_span(ask):
    found = ask(f"processes/usage?{SPAN}&limit=3")
    assert len(found["processes"]) == 3
    assert found["processes"][0]["name"] == "crunch"


def test_moments_are_whole_frames(ask):
    frame = decode_frame(ask(f"snapshot?at={UNTIL_EPOCH - 30}"))
    assert frame.snapshot.cpu.busy_percent > 50
    assert [alert.series.family for alert in frame.alerts] == ["cpu"]
    several = ask(f"frames?from={UNTIL_EPOCH - 60}&to={UNTIL_EPOCH}&step=10s")["frames"]
    times = [decode_frame(one).snapshot.time for one in several]
    assert len(times) == 6
    assert times == sorted(set(times))
    assert decode_frame(ask("snapshot")).snapshot.complete


def test_what_is_recorded_fires_and_happened(ask):
    history = ask("history")
    assert history["end"] - history["start"] == pytest.approx(1200, abs=5)
    assert history["gaps"] == []
    assert ask(f"alerts?at={UNTIL_EPOCH - 30}")["alerts"][0]["series"]["metric"] == "busy_percent"
    (raised,) = ask(f"events?{SPAN}&kind=alert_raised")["events"]
    assert "CPU" in raised["text"]


@pytest.mark.parametrize("form", ["csv", "json", "jsonl"])
def test_exports_come_as_files(simulated, form):
    answer = simulated.get(f"/api/v1/export?{SPAN}&format={form}&metric=cpu.busy_percent&step=1min")
    assert answer.status == 200
    assert f'.{form}"' in answer.headers["content-disposition"]
    assert "content-length" not in answer.headers, "it is streamed"
    text = answer.body.decode()
    if form == "csv":
        rows = list(csv.DictReader(io.StringIO(text)))
        assert (len(rows), rows[0]["time"]) == (20, "2026-11-20T11:40:00Z")
    elif form == "json":
        assert json.loads(text)["columns"][:2] == ["time", "cpu.busy_percent"]
    else:
        assert len(text.splitlines()) == 20


def test_processes_are_exported_too(simulated):
    answer = simulated.get(f"/api/v1/export?{SPAN}&processes=true")
    names = {row["name"] for row in csv.DictReader(io.StringIO(answer.body.decode()))}
    assert "crunch" in names


def test_exports_want_a_token(open_to_all):
    answer = open_to_all.get(f"/api/v1/export?{SPAN}")
    assert answer.status == 403
    assert "--token-file" in answer.json["detail"]


MISTAKES = {
    "metrics/cpuu": (404, "family", "cpu"),
    "metrics/cpu?form=1": (422, "form", "from"),
    "metrics/cpu?metric=bsy_percent": (422, "metric", "busy_percent"),
    "metrics/cpu?metric=user_seconds_total": (422, "metric", ""),
    "metrics/cpu?points=0": (422, "points", "1"),
    "metrics/cpu?points=99999": (422, "points", "10000"),
    "metrics/cpu?points=many": (422, "points", ""),
    "metrics/cpu?points=5&step=1s": (422, "step", ""),
    "metrics/cpu?from=2h": (422, "from", ""),
    "metrics/cpu?from=now&to=1h+ago": (422, "from", ""),
    "metrics/cpu?from=1h+ago&from=2h+ago": (422, "from", ""),
    "metrics/cpu?from=1970-01-02&to=2026-01-01": (422, "from", ""),
    "metrics/cpu?from=1d+ago&step=1s": (422, "step", "9s"),
    "metrics/cpu?device=x": (422, "device", ""),
    f"metrics/disk?{SPAN}&device=nvme0n2": (404, "device", "nvme0n1"),
    "series": (422, "metric", ""),
    "series?metric=cpu.busy": (422, "metric", "busy_percent"),
    "metrics/processes?sort=cup": (422, "sort", "cpu"),
    "metrics/processes?order=up": (422, "order", ""),
    "metrics/processes?filter=cup+%3E+1": (422, "filter", "cpu"),
    "metrics/processes?fields=pid,nmae": (422, "fields", "name"),
    "metrics/processes?limit=-1": (422, "limit", "0"),
    "processes/abc": (422, "pid", ""),
    "snapshot?at=1999-01-01": (404, "at", "2026-11-20T11:40:00Z"),
    "snapshot?at=2026-13-01": (422, "at", ""),
    "frames?from=1h+ago&step=1s": (422, "step", "30s"),
    "events?kind=alert_rised": (422, "kind", "alert_raised"),
    "export?format=xls": (422, "format", ""),
    "export?processes=perhaps": (422, "processes", ""),
}


@pytest.mark.parametrize("path", MISTAKES)
def test_a_mistake_names_the_parameter_and_the_nearest_valid_choice(simulated, path):
    status, parameter, nearest = MISTAKES[path]
    answer = simulated.get(f"/api/v1/{path}")
    assert answer.status == status, answer.body
    assert answer.headers["content-type"] == "application/problem+json"
    found = answer.json
    assert (found["status"], found["parameter"], found.get("nearest", "")) == (status, parameter, nearest)
    assert found["detail"]
    assert "\n" not in found["detail"]
    assert status == 404 or found.get("expected") or parameter == "metric"


def test_many_may_ask_at_once(simulated):
    paths = [f"/api/v1/metrics/cpu?{SPAN}", "/api/v1/metrics/current", f"/api/v1/snapshot?at={UNTIL_EPOCH - 9}"] * 8
    with ThreadPoolExecutor(12) as pool:
        assert {answer.status for answer in pool.map(simulated.get, paths)} == {200}


def test_where_nothing_is_recorded_that_is_said(serving, tmp_path):
    served = serving("--no-record", "--history", str(tmp_path / "none.db"))
    assert served.get("/api/v1/history").status == 404
    assert served.get(f"/api/v1/processes/{served.process.pid}").json["process"]["name"]
    assert served.get("/api/v1/metrics/processes").status == 200
    assert served.end() == 0


class Looked:
    """A source that says whom it was told to look at."""

    def __init__(self) -> None:
        self.told: list[tuple[tuple[int, ...], Wanted]] = []

    def newest(self) -> None:
        return None

    def look_at(self, pids, wanted=NOTHING) -> None:
        self.told.append((tuple(pids), wanted))


async def test_who_is_asked_about_no_more_is_looked_at_no_more(monkeypatch):
    monkeypatch.setattr(looking, "KEPT_SECONDS", 0.05)
    monkeypatch.setattr(looking, "PATIENCE_SECONDS", 0.0)
    source = Looked()
    one, frame = looking.Looking(source), Frame(Snapshot(1.0))
    await one.at(frame, [4, 5], frozenset({"pss_bytes"}))
    await one.at(frame, [6], frozenset({"cgroup"}))
    assert source.told[-1] == ((4, 5, 6), Wanted(shown=frozenset({"pss_bytes", "cgroup"})))
    await one.at(frame, range(1000), frozenset({"pss_bytes"}))
    assert len(source.told[-1][0]) <= looking.MOST
    for asked in (range(200, 300), range(looking.MOST)):  # the second time for those that others have half displaced
        await one.at(frame, asked, frozenset({"pss_bytes"}))
    assert source.told[-1][0] == tuple(range(looking.MOST)), "those that were asked about last"
    until = time.monotonic() + 20
    while source.told[-1] != ((), NOTHING):
        assert time.monotonic() < until
        await asyncio.sleep(0.01)
