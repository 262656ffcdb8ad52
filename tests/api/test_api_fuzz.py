"""Requests made of whatever comes: a real server refuses what is wrong, and goes on without an error in its log."""

from __future__ import annotations

import contextlib
import socket

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from servers import TOKEN, Served

LINES = (
    "GET /api/v1/metrics/current HTTP/1.1",
    "GET /api/v1/health HTTP/1.1",
    "GET /api/v1/alerts HTTP/1.1",
    "GET /api/v1/stream?families=cpu HTTP/1.1",
    "POST /api/v1/alerts/silence HTTP/1.1",
    "OPTIONS /api/v1/alerts/lift HTTP/1.1",
    "HEAD /metrics HTTP/1.1",
    "GET /docs HTTP/1.0",
)
NAMES = (
    b"Host", b"Authorization", b"Origin", b"Accept", b"Accept-Encoding", b"If-None-Match", b"Last-Event-ID", b"Upgrade",
    b"Connection", b"Sec-WebSocket-Key", b"Sec-WebSocket-Version", b"Sec-WebSocket-Extensions", b"Sec-Fetch-Site",
    b"Sec-WebSocket-Protocol", b"Content-Length", b"Transfer-Encoding", b"Content-Type", b"Expect", b"Cookie", b"X",
)  # fmt: skip
LIKELY = (
    b"localhost", f"Bearer {TOKEN}".encode(), b"websocket", b"upgrade", b"keep-alive", b"13", b"chunked", b"gzip;q=0",
    b"MDEyMzQ1Njc4OWFiY2RlZg==", b"permessage-deflate", b"application/json", b"100-continue", b"0", b"-1", b"text/html",
    b"4", b"*", b"99999999999999999999", b'W/"', b"1e999", b"close",
)  # fmt: skip
VALUES = st.one_of(
    st.sampled_from(LIKELY), st.binary(max_size=40).map(lambda b: b.replace(b"\r", b"").replace(b"\n", b""))
)
HEADERS = st.lists(st.tuples(st.sampled_from(NAMES), VALUES), max_size=8)
USUAL = ((b"Host", b"localhost"), (b"Authorization", f"Bearer {TOKEN}".encode()))


@pytest.fixture(scope="module")
def fuzzed(serving, past) -> Served:
    return serving("--simulate", "calm", "--no-record", "--history", past, token=TOKEN)


def answered(served: Served, request: bytes) -> bytes:
    """Return the beginning of what is answered; b'' where the connection is closed, or more is waited for."""
    with socket.create_connection((served.host, int(served.port)), 20) as one:
        one.settimeout(0.15)
        with contextlib.suppress(OSError):
            one.sendall(request)
            return one.recv(512)
    return b""


def test_whatever_the_headers_are_it_is_no_error_of_ours(fuzzed):
    statuses: dict[bytes, int] = {}

    @given(line=st.sampled_from(LINES), headers=HEADERS, usual=st.booleans(), body=st.binary(max_size=8))
    @settings(max_examples=250, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    def ask(line, headers, usual, body):
        sent = [*(USUAL if usual else ()), *headers]
        head = b"".join(b"%b: %b\r\n" % one for one in sent)
        answer = answered(fuzzed, line.encode() + b"\r\n" + head + b"\r\n" + body)
        if answer:
            assert answer.startswith(b"HTTP/1."), answer
            status = answer.split(b" ", 2)[1]
            assert status < b"500", answer
            statuses[status] = statuses.get(status, 0) + 1

    ask()
    assert {b"200", b"400", b"401", b"421"} <= statuses.keys(), "it would be of no use if all were refused alike"
    assert fuzzed.get("/api/v1/metrics/current").status == 200
    assert "Traceback" not in (fuzzed.log.read_text() if fuzzed.log.exists() else "")


def test_whatever_a_stream_is_sent_it_is_no_error_of_ours(fuzzed):
    opening = (
        f"GET /api/v1/stream?families=cpu HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {TOKEN}\r\nUpgrade: websocket\r\n"
        "Connection: upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n\r\n"
    ).encode()
    opcode = st.integers(0, 15)
    frame = st.builds(
        lambda code, end, masked, length, rest: bytes([end << 7 | code, masked << 7 | length]) + rest,
        opcode, st.booleans(), st.booleans(), st.integers(0, 127), st.binary(max_size=140),
    )  # fmt: skip

    @given(frames=st.lists(frame, min_size=1, max_size=5))
    @settings(max_examples=80, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    def say(frames):
        assert answered(fuzzed, opening + b"".join(frames)).startswith(b"HTTP/1.1 101 ")

    say()
    assert fuzzed.get("/api/v1/metrics/current").status == 200
    assert "Traceback" not in (fuzzed.log.read_text() if fuzzed.log.exists() else "")
