"""The newest snapshot over HTTP: one encoding a tick, said to be the same while it is."""

from __future__ import annotations

import asyncio
import gzip
import json
import time

from tuimon.api.newest import Current, frame_bytes, takes_gzip
from tuimon.collectors.simulated import open_simulated
from tuimon.model.snapshot import Frame
from tuimon.model.wire import decode_frame

CURRENT = "/api/v1/metrics/current"


def test_the_newest_snapshot_is_what_show_prints(simulated):
    answer = simulated.get(CURRENT)
    assert answer.status == 200
    assert answer.headers["content-type"] == "application/json"
    frame = decode_frame(answer.json)
    assert abs(frame.snapshot.time - time.time()) < 60
    assert frame.snapshot.cpu.busy_percent is not None
    assert any(process.command for process in frame.snapshot.processes)


def test_who_has_it_already_is_told_so(simulated):
    while True:
        first = simulated.get(CURRENT)
        second = simulated.get(CURRENT, If_None_Match=f'"other", {first.headers["etag"]}')
        if second.status == 304:
            break
        assert second.headers["etag"] != first.headers["etag"], "a tick came between"
    assert second.body == b""
    assert second.headers["etag"] == first.headers["etag"]
    assert "no-cache" in first.headers["cache-control"]
    stale = simulated.get(CURRENT, If_None_Match='"another-run-1"')
    assert stale.status == 200


def test_it_comes_compressed_to_whom_asks_for_that(simulated):
    answer = simulated.get(CURRENT, Accept_Encoding="br, gzip;q=0.5")
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["vary"] == "Accept-Encoding"
    assert json.loads(gzip.decompress(answer.body))["host"]
    assert "content-encoding" not in simulated.get(CURRENT).headers


def test_which_encodings_are_taken():
    assert all(map(takes_gzip, (b"gzip", b"GZIP;q=1", b"deflate, gzip;q=0.1", b"x-gzip")))
    assert not any(map(takes_gzip, (b"", b"identity", b"gzip;q=0", b"gzip; q=0.000", b"gzippy")))


def test_head_and_other_methods(simulated):
    head = simulated.get(CURRENT, "HEAD")
    assert (head.status, head.body) == (200, b"")
    assert int(head.headers["content-length"]) > 1000
    wrong = simulated.get(CURRENT, "DELETE")
    assert wrong.status == 405
    assert wrong.headers["content-type"] == "application/problem+json"
    assert wrong.json["status"] == 405


def asked(app: Current, times: int, **headers: str) -> list[int]:
    """Ask an app some times and return the statuses."""
    scope = {"type": "http", "headers": [(n.replace("_", "-").encode(), v.encode()) for n, v in headers.items()]}
    statuses: list[int] = []

    async def send(message) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    async def ask() -> None:
        for _ in range(times):
            await app(scope, None, send)

    asyncio.run(ask())
    return statuses


def test_bytes_are_made_once_a_tick_and_only_when_asked_for():
    collector = open_simulated("busy", 1)
    frames = [Frame(collector.sample(), tick=tick) for tick in range(3)]
    newest: list[Frame | None] = [None]
    app = Current(lambda: newest[0], lambda frame: frame_bytes(frame, commands=True), "run")
    assert asked(app, 1) == [503]
    for frame in frames:
        newest[0] = frame
    assert app.made == 0
    assert asked(app, 50) == [200] * 50
    assert (app.made, app.compressed) == (1, 0)
    assert asked(app, 50, accept_encoding="gzip") == [200] * 50
    assert (app.made, app.compressed) == (1, 1)
    newest[0] = Frame(frames[-1].snapshot, tick=3)
    assert asked(app, 5, if_none_match='W/"run-2"') == [200] * 5
    assert asked(app, 5, if_none_match='W/"run-3"') == [304] * 5
    assert (app.made, app.compressed) == (2, 1)
    collector.close()


def test_health_says_how_every_part_is(simulated):
    answer = simulated.get("/api/v1/health", token="")
    assert answer.status == 200
    found = answer.json
    assert found["status"] == "ok"
    assert found["collectors"]["cpu"] == {"state": "ok", "since": None}
    assert found["recorder"]["mode"] == "off"
    assert found["sample_age_seconds"] < 60
    assert "/" not in answer.body.decode(), "no path is told to strangers"


def test_what_is_not_there_is_a_problem_document(simulated):
    answer = simulated.get("/api/v1/nothing")
    assert answer.status == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json["detail"] == "there is nothing at /api/v1/nothing"
