"""The stream: real clients of a real server, over WebSockets and as server-sent events."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import json
import random
import signal
import socket
import ssl
import time
import zlib
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from servers import TOKEN, Served, certificate
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect as connect_and_wait

from tuimon.api.problems import Problem
from tuimon.api.streamasked import EVERYTHING, asked
from tuimon.api.streambytes import Tick
from tuimon.cli import main
from tuimon.model.catalogue import FAMILIES
from tuimon.model.process import Process
from tuimon.model.processwire import Table
from tuimon.model.wire import build, decode_frame

STREAM = "/api/v1/stream"
PATIENCE = 30
INTERVAL = 0.2


@pytest.fixture(scope="module")
def quick(serving, tmp_path_factory) -> Served:
    """Return a server of a busy simulated machine with five samples a second, that are recorded."""
    history = str(tmp_path_factory.mktemp("quick") / "h.db")
    return serving(quick=(str(INTERVAL), history), token=TOKEN)


def address(served: Served, query: str = "") -> str:
    return f"{served.url.replace('http', 'ws', 1)}{STREAM}?{query}"


def open_socket(served: Served, query: str = "", **more):
    shown = {"Authorization": f"Bearer {served.token}"} if served.token else {}
    return connect_and_wait(
        address(served, query),
        additional_headers=shown,
        compression=None,
        max_size=None,
        proxy=None,
        open_timeout=PATIENCE,
        **more,
    )


def frames_of(one, count: int) -> list[dict]:
    return [json.loads(one.recv(timeout=PATIENCE)) for _ in range(count)]


@contextlib.contextmanager
def events_of(served: Served, query: str = "", **headers: str):
    """Open an event stream; gives what reads the next event as a dict of its fields."""
    asked = http.client.HTTPConnection(served.host.strip("[]"), int(served.port), timeout=PATIENCE)
    shown = {"authorization": f"Bearer {served.token}"} if served.token else {}
    with contextlib.closing(asked):
        asked.request("GET", f"{STREAM}?{query}", headers=shown | {"accept": "text/event-stream"} | headers)
        answer = asked.getresponse()
        assert answer.status == 200
        assert answer.headers["content-type"].startswith("text/event-stream")

        def following() -> dict[str, str]:
            found: dict[str, str] = {}
            while line := answer.readline().decode().rstrip("\n"):
                name, _, value = line.partition(":")
                found[name] = value.removeprefix(" ")
            return found

        assert following() == {"retry": "2000"}
        yield following


def test_a_socket_is_sent_each_frame_the_newest_at_once(quick):
    with open_socket(quick) as one:
        found = frames_of(one, 3)
    ticks = [frame["tick"] for frame in found]
    assert ticks == list(range(ticks[0], ticks[0] + 3))
    for frame in found:
        decoded = decode_frame(frame)
        assert decoded.snapshot.cpu.busy_percent is not None
        assert any(process.command for process in decoded.snapshot.processes)


def test_its_bytes_are_those_of_the_newest_snapshot(simulated):
    with open_socket(simulated) as one:
        for _ in range(5):
            text = one.recv(timeout=PATIENCE, decode=False)
            answer = simulated.get("/api/v1/metrics/current")
            if json.loads(text)["tick"] == answer.json["tick"]:
                break
    assert text == answer.body


def test_events_are_the_same_frames_named_by_their_moments(quick):
    with events_of(quick) as following, open_socket(quick) as one:
        events = [following() for _ in range(3)]
        frames = frames_of(one, 3)
    by_tick = {frame["tick"]: frame for frame in frames}
    both = [json.loads(event["data"]) for event in events if json.loads(event["data"])["tick"] in by_tick]
    assert both
    assert all(by_tick[frame["tick"]] == frame for frame in both)
    assert [float(event["id"]) for event in events] == sorted(float(event["id"]) for event in events)


def test_families_are_chosen(simulated):
    with open_socket(simulated, "families=cpu,memory&families=disk&processes=none") as one:
        (frame,) = frames_of(one, 1)
    assert set(FAMILIES) & set(frame) == {"cpu", "memory", "disk"}
    assert frame["processes"] == []
    assert frame["complete"] is False
    assert decode_frame(frame).snapshot.cpu.busy_percent is not None
    with open_socket(simulated, "families=") as one:
        assert not set(FAMILIES) & set(frames_of(one, 1)[0])


def test_all_processes_come_whole_once_and_then_as_what_became_different(quick):
    table = Table()
    with open_socket(quick, "processes=all&families=cpu") as one:
        found = []
        for frame in frames_of(one, 4):
            table.take(frame["processes"], frame["tick"])
            found.append(frame)
            assert len(table.processes) == len({process.pid for process in table.processes})
        whole, *others = found
        with open_socket(quick, "processes=all&families=cpu") as fresh:
            (compared,) = frames_of(fresh, 1)
        while frame["tick"] < compared["tick"]:
            (frame,) = frames_of(one, 1)
            table.take(frame["processes"], frame["tick"])
    assert "since" not in whole["processes"]
    assert [frame["processes"]["since"] for frame in others] == [frame["tick"] - 1 for frame in others]
    again = Table()
    again.take(compared["processes"], compared["tick"])
    if frame["tick"] == compared["tick"]:
        assert set(again.processes) == set(table.processes)
    assert all(len(json.dumps(other["processes"])) < len(json.dumps(whole["processes"])) for other in others)


def test_without_a_token_no_command_line_is_sent(open_to_all):
    with open_socket(open_to_all) as one, open_socket(open_to_all, "processes=all") as other:
        processes = [build(Process, process, "processes") for process in frames_of(one, 1)[0]["processes"]]
        first, second = frames_of(other, 2)
    assert processes
    table = Table()
    for frame in (first, second):
        table.take(frame["processes"], frame["tick"])
    assert table.processes
    assert not [process for process in (*processes, *table.processes) if process.command]


def test_a_token_may_stand_in_the_address_here(simulated):
    with connect_and_wait(address(simulated, f"token={TOKEN}"), proxy=None, open_timeout=PATIENCE) as one:
        assert frames_of(one, 1)
    for query in ("", "token=wrong"):
        with pytest.raises(InvalidStatus) as refused:
            connect_and_wait(address(simulated, query), proxy=None, open_timeout=PATIENCE)
        assert refused.value.response.status_code == 401
        assert json.loads(refused.value.response.body)["title"] == "Unauthorized"


def test_pages_of_other_servers_are_refused(simulated):
    with pytest.raises(InvalidStatus) as refused:
        open_socket(simulated, origin="https://evil.example")
    assert refused.value.response.status_code == 403
    with open_socket(simulated, origin=simulated.url) as one:
        assert frames_of(one, 1)


@pytest.mark.parametrize(
    ("query", "parameter", "nearest"),
    [
        ("families=cpu,memroy", "families", "memory"),
        ("processes=al", "processes", "all"),
        ("since=yesterdayish", "since", ""),
        ("sinse=1", "sinse", "since"),
        ("processes=all&processes=top", "processes", ""),
        ("since=1" + "0" * 3000, "since", ""),
    ],
)
def test_what_is_asked_wrongly_is_named(simulated, query, parameter, nearest):
    answer = simulated.get(f"{STREAM}?{query}")
    assert answer.status == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json["parameter"] == parameter
    assert answer.json.get("nearest", "") == nearest
    with pytest.raises(InvalidStatus) as refused:
        open_socket(simulated, query)
    assert refused.value.response.status_code == 422
    assert json.loads(refused.value.response.body)["parameter"] == parameter


def test_what_takes_no_stream_is_told_so(simulated):
    answer = simulated.get(STREAM, Accept="application/json")
    assert (answer.status, answer.json["parameter"]) == (406, "Accept")
    head = simulated.get(STREAM, "HEAD")
    assert head.status == 200
    assert head.body == b""


def test_what_was_missed_comes_first_from_what_is_recorded(quick):
    with open_socket(quick) as one:
        times = [frame["time"] for frame in frames_of(one, 12)]
    with open_socket(quick, f"since={times[1]!r}") as again:
        found = [frame["time"] for frame in frames_of(again, 20)]
    assert [round(time, 3) for time in found[:10]] == [round(time, 3) for time in times[2:]]
    assert len({round(time, 3) for time in found}) == 20
    assert found == sorted(found)
    with events_of(quick, **{"last-event-id": f"{times[3]:.3f}"}) as following:
        events = [json.loads(following()["data"])["time"] for _ in range(2)]
    assert [round(time, 3) for time in events] == [round(time, 3) for time in times[4:6]]


def test_what_is_too_long_ago_is_said_to_be_left_out(serving, tmp_path):
    path = str(tmp_path / "long.db")
    assert main(["fill", "calm", "--span", "12 min", "--history", path]) == 0
    served = serving("--simulate", "calm", "--no-record", "--history", path)
    since = time.time() - 700
    with open_socket(served, f"since={since:.3f}&processes=none&families=cpu") as one:
        first, *found = frames_of(one, 602)
    assert first["skipped"]["from"] == pytest.approx(since, abs=0.01)
    assert "too long ago" in first["skipped"]["reason"]
    recorded, live = found[:-1], found[-1]
    assert len(recorded) == 600
    assert recorded[0]["time"] >= first["skipped"]["to"]
    times = [frame["time"] for frame in recorded]
    assert times == sorted(set(times))
    assert live["time"] > times[-1]
    assert served.end() == 0


def test_a_client_that_does_not_read_is_sent_the_newest_later_and_nothing_is_kept_for_it(quick):
    slow = raw_socket(quick, f"token={TOKEN}", buffer=4096)
    with contextlib.closing(slow), open_socket(quick) as one:
        seen = [frame["tick"] for frame in frames_of(one, 50)]
        found = ticks_read(slow, until=seen[-1])
        assert seen == list(range(seen[0], seen[0] + 50)), "who reads was never kept waiting"
    assert found == sorted(set(found))
    old = [tick for tick in found if tick < seen[-1]]
    assert len(old) < 40, "what it was not sent is kept nowhere"


def raw_socket(served: Served, query: str, buffer: int) -> socket.socket:
    one = socket.socket()
    one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
    one.settimeout(PATIENCE)
    one.connect((served.host, int(served.port)))
    one.sendall(
        f"GET {STREAM}?{query} HTTP/1.1\r\nhost: localhost\r\nupgrade: websocket\r\nconnection: upgrade\r\n"
        "sec-websocket-version: 13\r\nsec-websocket-key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n\r\n".encode()
    )
    answer = b""
    while b"\r\n\r\n" not in answer:
        answer += one.recv(1)
    assert b" 101 " in answer
    return one


def ticks_read(one: socket.socket, until: int) -> list[int]:
    """Read messages as RFC 6455 frames them, until one has a tick."""
    reader = one.makefile("rb")
    found: list[int] = []
    while not found or found[-1] < until:
        head, length = reader.read(2)
        if length >= 126:
            length = int.from_bytes(reader.read(2 if length == 126 else 8))
        body = reader.read(length)
        if head == 0x81:
            found.append(json.loads(body)["tick"])
    return found


def test_more_streams_than_are_allowed_are_told_to_come_back(serving):
    served = serving(quick=(str(INTERVAL), "", "2"))
    with open_socket(served) as one, events_of(served) as following:
        assert frames_of(one, 1)
        assert following()
        with pytest.raises(InvalidStatus) as refused:
            open_socket(served)
        assert refused.value.response.status_code == 503
        assert refused.value.response.headers["retry-after"] == "10"
        answer = served.get(STREAM)
        assert (answer.status, answer.headers["retry-after"]) == (503, "10")
        assert "serve.streams" in answer.json["detail"]
    with open_socket(served) as one:
        assert frames_of(one, 1)
    assert served.end() == 0


def test_the_end_of_the_server_is_said_to_all(serving):
    served = serving(quick=(str(INTERVAL), ""))
    with open_socket(served) as one, events_of(served) as following:
        frames_of(one, 1)
        assert "data" in following()
        served.process.send_signal(signal.SIGTERM)
        with pytest.raises(ConnectionClosed) as ended:
            frames_of(one, 100)
        assert ended.value.rcvd.code == 1012
        while (event := following()).get("event") != "end":
            assert "data" in event
        assert json.loads(event["data"]) == {"reason": "the server ends"}
    assert served.process.wait(20) == 0


def test_others_are_let_in_all_have_to_come_again(serving, tmp_path):
    config, token = tmp_path / "config.yaml", tmp_path / "token"
    token.write_text(TOKEN)
    config.write_text(f"serve:\n  token_file: {token}\n")
    served = serving("--simulate", "calm", "--no-record", "--config", str(config), token=TOKEN)
    with open_socket(served) as one:
        served.process.send_signal(signal.SIGHUP)
        assert frames_of(one, 3), "nothing changed"
        token.write_text("another-token-of-the-tests")
        served.process.send_signal(signal.SIGHUP)
        with pytest.raises(ConnectionClosed) as ended:
            frames_of(one, 100)
    assert ended.value.rcvd.code == 1012
    with pytest.raises(InvalidStatus):
        open_socket(served)
    assert served.end() == 0


def test_who_talks_too_much_is_sent_away_and_who_says_little_is_not(quick):
    with open_socket(quick) as one:
        one.send("hello")
        one.send(b"\0\xff")
        assert len(frames_of(one, 3)) == 3
        with pytest.raises(ConnectionClosed) as ended:
            say(one, "hello " * 100, 10_000, frames=0)
    assert ended.value.rcvd.code == 1008
    with open_socket(quick) as one, pytest.raises(ConnectionClosed) as ended:
        say(one, "x" * 70_000, 1, frames=100)
    assert ended.value.rcvd.code == 1009


def say(one, text: str, times: int, frames: int) -> None:
    for _ in range(times):
        one.send(text)
    frames_of(one, frames)


async def test_a_hundred_clients_are_sent_the_same_bytes(quick):
    async def listen() -> list[bytes]:
        async with connect(address(quick, f"token={TOKEN}"), compression=None, proxy=None) as one:
            return [await asyncio.wait_for(one.recv(decode=False), PATIENCE) for _ in range(3)]

    found = await asyncio.gather(*(listen() for _ in range(100)))
    by_tick: dict[int, set[bytes]] = {}
    for texts in found:
        for text in texts:
            by_tick.setdefault(json.loads(text)["tick"], set()).add(text)
    assert {len(texts) for texts in by_tick.values()} == {1}


@pytest.mark.parametrize(
    ("offer", "small"),
    [
        ("", False),
        ("permessage-deflate", True),
        ("permessage-deflate; client_max_window_bits", True),
        ("permessage-deflate; server_no_context_takeover; client_no_context_takeover", True),
        ("permessage-deflate; server_max_window_bits=10", False),
        ("x-unknown, permessage-deflate", True),
    ],
)
def test_messages_are_compressed_for_who_takes_them_each_alone(quick, offer, small):
    """Any one of them is read without those before; who wants a window that is smaller is sent them as they are."""
    query = f"token={TOKEN}&families=cpu,memory"
    headers = [("Sec-WebSocket-Extensions", offer)] if offer else []
    with connect_raw(quick, query, headers) as (one, answer):
        assert (b"permessage-deflate" in answer) == bool(offer)
        assert (b"server_no_context_takeover" in answer) == bool(offer)
        for _ in range(3):
            compressed, payload = frame_of(one)
            assert compressed == small
            text = zlib.decompressobj(wbits=-15).decompress(payload + b"\0\0\xff\xff") if small else payload
            assert json.loads(text)["cpu"]
            assert len(payload) < len(text) or not small


@contextlib.contextmanager
def connect_raw(served, query, headers):
    """Open a WebSocket by hand; yields what is read of it, and the answer to the handshake."""
    with socket.create_connection((served.host, int(served.port)), 20) as one, one.makefile("rb") as read:
        more = "".join(f"{name}: {value}\r\n" for name, value in headers)
        one.sendall(
            f"GET /api/v1/stream?{query} HTTP/1.1\r\nhost: localhost\r\nupgrade: websocket\r\nconnection: upgrade\r\n"
            f"sec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n{more}\r\n".encode()
        )
        answer = b""
        while not answer.endswith(b"\r\n\r\n"):
            answer += read.readline()
        yield read, answer


def frame_of(read) -> tuple[bool, bytes]:
    """Read one frame of a text: whether it is compressed, and what is in it."""
    head, length = read.read(2)
    assert head in (0x81, 0xC1)
    if length >= 126:
        length = int.from_bytes(read.read(2 if length == 126 else 8))
    return head == 0xC1, read.read(length)


async def test_a_usual_client_understands_what_is_compressed(quick):
    async def listen() -> list[bytes]:
        async with connect(address(quick, f"token={TOKEN}"), compression="deflate", proxy=None) as one:
            return [await asyncio.wait_for(one.recv(decode=False), PATIENCE) for _ in range(3)]

    found = await asyncio.gather(*(listen() for _ in range(20)))
    assert all(json.loads(text)["tick"] for texts in found for text in texts)


def test_a_tick_makes_each_message_once(simulated):
    frame = decode_frame(simulated.get("/api/v1/metrics/current").json)
    tick = Tick(frame, None, commands=True)
    small, whole = tick.message(EVERYTHING, small=True), tick.message(EVERYTHING)
    assert tick.message(EVERYTHING, small=True) is small
    assert tick.message(EVERYTHING) is whole
    assert tick.made == 1, "encoded once for both"
    assert len(small) < len(whole) / 2


NAMES = st.sampled_from(["families", "processes", "since", "token", "x", ""]) | st.text(max_size=5)
VALUES = st.sampled_from(["cpu", "all", "top", "1", "2h ago", "-1", "1e400", "nan", ","]) | st.text(max_size=12)


@given(st.lists(st.tuples(NAMES, VALUES), max_size=4))
def test_any_query_is_understood_or_refused(pairs):
    with contextlib.suppress(Problem):
        asked(urlencode(pairs, errors="replace").encode())


@given(st.binary(max_size=60), st.binary(max_size=20))
def test_any_bytes_of_a_query_are_understood_or_refused(query, last):
    with contextlib.suppress(Problem):
        asked(query, last)


def test_broken_messages_end_their_own_stream_and_nothing_else(quick):
    """Twenty clients say what is no WebSocket any more; the server goes on without an error in its log."""
    dice = random.Random(7)
    for _ in range(20):
        broken = raw_socket(quick, f"token={TOKEN}", buffer=65536)
        with contextlib.closing(broken), contextlib.suppress(OSError):
            broken.sendall(dice.randbytes(dice.randrange(1, 300)))
            for _ in range(20):
                broken.sendall(b"\xff" * 14)
                broken.recv(65536)
    with open_socket(quick) as one:
        assert len(frames_of(one, 3)) == 3
    assert quick.get("/api/v1/health").status == 200


def test_over_tls_it_is_the_same(serving, tmp_path):
    cert, key = certificate(tmp_path, "one")
    served = serving("--simulate", "calm", "--no-record", "--tls-cert", cert, "--tls-key", key, token=TOKEN)
    trusting = ssl.create_default_context(cafile=cert)
    with open_socket(served, "families=cpu", ssl=trusting) as one:
        first, second = frames_of(one, 2)
    assert second["tick"] == first["tick"] + 1
    with pytest.raises(InvalidStatus) as refused:
        connect_and_wait(address(served), ssl=trusting, proxy=None, open_timeout=PATIENCE)
    assert refused.value.response.status_code == 401
    asked = http.client.HTTPSConnection(served.host, int(served.port), timeout=PATIENCE, context=trusting)
    with contextlib.closing(asked):
        asked.request("GET", f"{STREAM}?families=cpu", headers={"authorization": f"Bearer {TOKEN}"})
        answer = asked.getresponse()
        lines = [answer.readline() for _ in range(4)]
    assert lines[0] == b"retry: 2000\n"
    assert json.loads(lines[3].removeprefix(b"data: "))["cpu"]
    assert served.end() == 0


def test_a_client_that_has_gone_without_a_word_is_let_go_of(serving, tmp_path):
    """One reads on but answers no ping, one no longer even reads: the only two places are free again for others."""
    served = serving(quick=(str(INTERVAL), str(tmp_path / "h.db"), "2", "0.5"), token=TOKEN)
    with (
        contextlib.closing(raw_socket(served, f"token={TOKEN}", buffer=65536)) as dead,
        contextlib.closing(raw_socket(served, f"token={TOKEN}", buffer=4096)),
    ):
        with pytest.raises(InvalidStatus):
            open_socket(served)
        with contextlib.suppress(ConnectionResetError):
            while dead.recv(65536):
                pass
        for _ in range(200):
            with contextlib.suppress(InvalidStatus), open_socket(served) as one, open_socket(served) as other:
                assert len(frames_of(one, 2) + frames_of(other, 2)) == 4, "a client that answers stays"
                break
            time.sleep(0.1)
        else:
            pytest.fail("a place is held for who has gone")
        with open_socket(served) as one:
            frames_of(one, 15)  # six pings long
