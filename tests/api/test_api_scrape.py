"""GET /metrics of a real server: who may read it, made once a tick, and scraped by a real Prometheus."""

from __future__ import annotations

import asyncio
import gzip
import re
import threading
import time

import pytest
from engines import lint, prometheus, query
from exposed import parse
from servers import TOKEN

from tuimon.api.scrape import Scrape
from tuimon.model.snapshot import Frame, Snapshot


@pytest.fixture(scope="module")
def here(serving, tmp_path_factory):
    """Return a server of this very machine."""
    return serving("--history", str(tmp_path_factory.mktemp("here") / "history.db"))


def test_a_page_of_this_machine(here):
    answer = here.get("/metrics")
    assert answer.status == 200
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    page = parse(answer.body.decode())
    assert page.value("node_memory_MemTotal_bytes") > 0
    assert page.value("tuimon_recorder_mode", mode="here") == 1
    assert page.value("process_resident_memory_bytes") > 1e6
    assert page.value("node_scrape_collector_success", collector="netstat") == 1


def test_it_comes_compressed_and_not_twice(here):
    answer = here.get("/metrics", Accept_Encoding="gzip")
    assert answer.headers["content-encoding"] == "gzip"
    assert gzip.decompress(answer.body).startswith(b"# HELP ")
    for _ in range(5):
        first = here.get("/metrics")
        second = here.get("/metrics")
        if first.headers["etag"] == second.headers["etag"]:
            break
    assert first.body == second.body, "one tick, one page"
    assert here.get("/metrics", "HEAD").body == b""
    assert here.get("/metrics", "POST").status in {405, 411}


def test_it_is_for_those_who_have_the_token(simulated):
    assert simulated.get("/metrics", token="").status == 401
    assert simulated.get("/metrics", token="x" * 20).status == 401
    assert simulated.get("/metrics").status == 200


def test_a_simulated_machine_speaks_the_dialect_too(simulated):
    text = simulated.get("/metrics").body.decode()
    page = parse(text)
    assert page.of("node_cpu_seconds_total")
    assert page.of("node_filesystem_avail_bytes")
    assert not any(name.startswith("node_timex") for name in page.kinds), "that would be of the machine beneath"
    assert {line for line in lint(text) if not re.search("camelCase", line)} <= {""}


def test_a_real_prometheus_scrapes_it(here, simulated, tmp_path):
    def job(name, served, **more):
        target = f"{served.host}:{served.port}"
        return {"job_name": name, "scrape_interval": "1s", "static_configs": [{"targets": [target]}], **more}

    config = {"scrape_configs": [job("node", here), job("token", simulated, authorization={"credentials": TOKEN})]}
    with prometheus(tmp_path, config) as address:
        until = time.monotonic() + 60
        while time.monotonic() < until:
            up = {one["metric"]["job"]: one["value"][1] for one in query(address, "up")}
            rates = query(address, 'rate(node_cpu_seconds_total{mode="idle",job="node"}[30s])')
            if up == {"node": "1", "token": "1"} and rates:
                break
            time.sleep(0.2)
        assert up == {"node": "1", "token": "1"}
        assert rates
        assert int(query(address, 'scrape_samples_scraped{job="node"}')[0]["value"][1]) > 300
        assert query(address, "node_filesystem_avail_bytes / node_filesystem_size_bytes")
        assert query(address, 'tuimon_build_info{job="token"}')
        assert query(address, "scrape_samples_post_metric_relabeling - scrape_samples_scraped != 0") == []


class Asked:
    """An app asked without a server between."""

    def __init__(self, app: Scrape) -> None:
        self.app = app
        self.statuses: list[int] = []

    async def send(self, message) -> None:
        if message["type"] == "http.response.start":
            self.statuses.append(message["status"])

    async def ask(self, times: int = 1) -> None:
        scope = {"type": "http", "headers": [(b"accept-encoding", b"gzip")]}
        await asyncio.gather(*(self.app(scope, None, self.send) for _ in range(times)))


def test_one_page_a_tick_and_none_that_nobody_asks_for():
    frames = [Frame(Snapshot(float(n)), tick=n) for n in range(3)]
    now = [None]
    app = Scrape(lambda: now[0], lambda frame: b"x" * 2000 + str(frame.tick).encode(), "run")
    asked = Asked(app)

    async def walk() -> None:
        await asked.ask()
        assert asked.statuses.pop() == 503, "before the first sample"
        for frame in frames:
            now[0] = frame
            if frame.tick != 1:
                await asked.ask(50)

    asyncio.run(walk())
    assert asked.statuses == [200] * 100
    assert app.made == 2


def test_a_machine_that_does_not_answer_holds_up_nobody(monkeypatch):
    monkeypatch.setattr("tuimon.api.scrape.PATIENCE_SECONDS", 0.05)
    answer, begun = threading.Event(), []

    def stuck(frame: Frame) -> bytes:
        begun.append(frame)
        answer.wait(30)
        return b"page"

    app = Scrape(lambda: Frame(Snapshot(1.0)), stuck, "run")
    asked = Asked(app)

    async def walk() -> None:
        await asked.ask(3)
        await asked.ask(3)
        assert asked.statuses == [503] * 6
        assert len(begun) == 1, "it is not asked again while it is being waited for"
        answer.set()
        for _ in range(100):
            await asked.ask()
            if asked.statuses[-1] == 200:
                return
            await asyncio.sleep(0.02)
        raise AssertionError("it answered, and nobody was told")

    asyncio.run(walk())


def test_a_mistake_of_ours_is_an_error_and_not_a_wait():
    def wrong(_: Frame) -> bytes:
        raise ZeroDivisionError

    asked = Asked(Scrape(lambda: Frame(Snapshot(1.0)), wrong, "run"))
    with pytest.raises(ZeroDivisionError):
        asyncio.run(asked.ask())
