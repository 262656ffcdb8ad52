"""The newest snapshot is answered where it is parsed: byte for byte what the app answers, in order, and only when plain."""

from __future__ import annotations

import asyncio
import re
import socket

import pytest
import uvicorn
from servers import TOKEN
from uvicorn.server import ServerState

from tuimon.api import protocol

CURRENT = "/api/v1/metrics/current"
SHOWN = f"Host: localhost\r\nAuthorization: Bearer {TOKEN}\r\n"


def said(served, text: str, until: bytes = b"") -> bytes:
    """Say something over a connection of its own, and return what comes until the server closes or says `until`."""
    with socket.create_connection((served.host, int(served.port)), 20) as one:
        one.sendall(text.encode())
        answer = b""
        while (part := one.recv(65536)) and not (until and until in answer + part):
            answer += part
        return answer + part


def heads(answer: bytes) -> list[bytes]:
    return re.findall(rb"HTTP/1\.1 (\d+)", answer)


@pytest.mark.parametrize("more", ["", "Accept-Encoding: gzip\r\n", "If-None-Match: *\r\n", "Cookie: a=b\r\n"])
def test_both_ways_give_the_same_bytes(simulated, more):
    for _ in range(10):
        asked = f"GET {CURRENT} HTTP/1.1\r\n{SHOWN}{more}"
        pair = f"{asked}\r\n{asked}Connection: close\r\n\r\n"  # the second goes through the app
        answer = said(simulated, pair).replace(b"connection: close\r\n", b"")
        first, second = answer[: len(answer) // 2], answer[len(answer) // 2 :]
        if first == second:
            break
    assert first == second
    assert len(heads(answer)) == 2
    assert first.count(b"x-content-type-options") == 1
    assert b"\r\ndate: " in first


def test_answers_come_in_the_order_of_the_questions(simulated):
    paths = [CURRENT, "/api/v1/history", CURRENT, CURRENT, "/nothing", "/api/v1/health", CURRENT]
    text = "".join(f"GET {path} HTTP/1.1\r\n{SHOWN}If-None-Match: *\r\n\r\n" for path in paths)
    last = f"GET {CURRENT} HTTP/1.1\r\n{SHOWN}Connection: close\r\n\r\n"
    assert heads(said(simulated, text + last)) == [b"304", b"304", b"304", b"304", b"404", b"200", b"304", b"200"]


@pytest.mark.parametrize(
    ("request_line", "headers", "status"),
    [
        (f"GET {CURRENT} HTTP/1.1", "Host: localhost\r\n", b"401"),
        (f"GET {CURRENT} HTTP/1.1", SHOWN.replace("localhost", "evil.example"), b"421"),
        (f"GET {CURRENT} HTTP/1.1", f"{SHOWN}Host: localhost\r\n", b"421"),
        (f"GET {CURRENT} HTTP/1.1", f"{SHOWN}Origin: https://evil.example\r\n", b"403"),
        (f"GET {CURRENT} HTTP/1.1", f"{SHOWN}Sec-Fetch-Site: cross-site\r\n", b"403"),
        (f"GET {CURRENT} HTTP/1.1", f"{SHOWN}Content-Length: 70000\r\n", b"413"),
        (f"POST {CURRENT} HTTP/1.1", SHOWN, b"405"),
        (f"GET {CURRENT}?token={TOKEN} HTTP/1.1", "Host: localhost\r\n", b"401"),
        (f"GET {CURRENT}/ HTTP/1.1", SHOWN, b"404"),
        (f"GET //{CURRENT} HTTP/1.1", SHOWN, b"404"),
        (f"GET {CURRENT} HTTP/1.0", SHOWN, b"200"),
    ],
)
def test_what_is_not_plain_goes_the_usual_way(simulated, request_line, headers, status):
    answer = said(simulated, f"{request_line}\r\n{headers}Connection: close\r\n\r\n")
    kept = said(simulated, f"{request_line}\r\n{headers}\r\n", until=b"\r\n\r\n")
    assert heads(answer)[0] == heads(kept)[0] == status


@pytest.mark.parametrize(
    "text",
    [
        "\r\n\r\n",
        "NONSENSE\r\n\r\n",
        "GET / HTTP/9.9\r\n\r\n",
        "GET \xff HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "\0" * 99 + "\r\n\r\n",
    ],
)
def test_what_is_no_request_is_refused_and_forgotten(simulated, text):
    assert heads(said(simulated, f"{text}GET / HTTP/1.1\r\nConnection: close\r\n\r\n"))[:1] in ([], [b"400"], [b"421"])
    assert simulated.get(CURRENT).status == 200


def test_who_does_not_read_holds_up_nobody(simulated):
    asked = f"GET {CURRENT} HTTP/1.1\r\n{SHOWN}\r\n".encode()
    with socket.create_connection((simulated.host, int(simulated.port)), 20) as deaf:
        deaf.settimeout(1)
        sent = 0
        try:
            while sent < 40_000_000:
                sent += deaf.send(asked * 200)
        except TimeoutError:
            pass
        assert sent < 40_000_000, "it is not read from while it does not read: nothing piles up"
        assert simulated.get(CURRENT).status == 200


def test_a_head_without_end_is_not_read_on(simulated):
    text = f"GET {CURRENT} HTTP/1.1\r\n" + f"X-Long: {'a' * 1000}\r\n" * 1000
    with socket.create_connection((simulated.host, int(simulated.port)), 20) as one:
        try:
            one.sendall(text.encode())
            answer = one.recv(65536)
        except (BrokenPipeError, ConnectionResetError):
            answer = b""
    assert heads(answer) in ([], [b"431"])
    assert simulated.get(CURRENT).status == 200


@pytest.mark.parametrize("begun", [b"", b"GET /", f"GET {CURRENT} HTTP/1.1\r\nHost: loc".encode()])
async def test_who_does_not_say_what_he_wants_is_not_waited_for(monkeypatch, begun):
    monkeypatch.setattr(protocol, "HEAD_SECONDS", 0.05)
    config = uvicorn.Config(lambda: None, http=protocol.Plain, log_config=None, lifespan="off", interface="asgi3")
    config.load()
    loop = asyncio.get_running_loop()
    state = ServerState()
    server = await loop.create_server(lambda: protocol.Plain(config, state, {}), "127.0.0.1", 0)
    reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname()[:2])
    writer.write(begun)
    answer = await asyncio.wait_for(reader.read(), 20)
    assert heads(answer) == ([b"408"] if begun else []), "who said nothing at all is told nothing"
    writer.close()
    server.close()
    await server.wait_closed()
    assert not state.connections
