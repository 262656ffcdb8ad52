"""Answers made of the newest frame: bytes that are made at most once a tick, and only when somebody asks."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import lru_cache
from typing import Final, NamedTuple

from starlette.types import Receive, Scope, Send

from tuimon.api.headers import HARDENED
from tuimon.api.problems import not_yet
from tuimon.model.process import Process
from tuimon.model.snapshot import Frame
from tuimon.model.wire import TOP, encode_frame, to_json

JSON: Final = b"application/json"
LEVEL: Final = 4
"""Of gzip: a third of the time of the usual 9, for a twentieth more bytes."""
SMALL: Final = 1000
"""Bytes that are not worth compressing."""

Newest = Callable[[], Frame | None]
Encode = Callable[[Frame], bytes]


class Made(NamedTuple):
    """What is sent of one frame: (bytes, headers) plain and compressed, and its ETag."""

    frame: Frame
    etag: bytes
    body: bytes
    headers: list[tuple[bytes, bytes]]
    small: bool


class Current:
    """Serves one way of writing the newest frame, as a plain ASGI app.

    `run` tells this run of the program from the one before, whose ticks were others. `made` counts how often bytes
    were made.
    """

    def __init__(self, newest: Newest, encode: Encode, run: str, media_type: bytes = JSON) -> None:
        self.made = 0
        self.compressed = 0
        self._newest = newest
        self._encode = encode
        self._run = run
        self._type = media_type
        self._plain: Made | None = None
        self._gzip: Made | None = None
        self._wholes: dict[tuple[bool, bool], tuple[Made, list[tuple[bytes, bytes]], bytes]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002  no body is read
        """Answer with the newest frame, or with 304 to whom has it already."""
        small, known = _asked(scope["headers"])
        made = self.zipped() if small else self.plain()
        if made is None:
            await not_yet("the first sample is being taken").send(send)
            return
        if known and is_in(made.etag, known):
            await send({"type": "http.response.start", "status": 304, "headers": _of_304(made)})
            await send({"type": "http.response.body"})
            return
        await send({"type": "http.response.start", "status": 200, "headers": made.headers})
        await send({"type": "http.response.body", "body": made.body})

    def whole(self, headers: list[tuple[bytes, bytes]], lines: list[tuple[bytes, bytes]]) -> bytes | None:
        """Return the answer as it goes over the wire, with the server's own header lines; None before the first frame."""
        small, known = _asked(headers)
        made = self.zipped() if small else self.plain()
        if made is None:
            return None
        same = bool(known) and is_in(made.etag, known)
        key = made.small, same
        before = self._wholes.get(key)
        if before is None or before[0] is not made or before[1] is not lines:  # the server's lines are new each second
            self._wholes[key] = before = made, lines, _wire(made, lines, same=same)
        return before[2]

    def plain(self) -> Made | None:
        """Return the newest frame as it is, None before the first."""
        frame = self._newest()
        made = self._plain
        if frame is None or (made is not None and made.frame is frame):
            return made
        self.made += 1
        etag = f'W/"{self._run}-{frame.tick}"'.encode()
        self._plain = made = _made(frame, etag, self._encode(frame), self._type)
        return made

    def zipped(self) -> Made | None:
        """Return the newest frame compressed."""
        plain = self.plain()
        if plain is None or len(plain.body) < SMALL:
            return plain
        made = self._gzip
        if made is None or made.frame is not plain.frame:
            self.compressed += 1
            body = gzip.compress(plain.body, LEVEL, mtime=0)
            self._gzip = made = _made(plain.frame, plain.etag, body, self._type, (b"content-encoding", b"gzip"))
        return made

    def forget(self) -> None:
        """Make the bytes anew with the next request: who may see what has changed."""
        self._plain = self._gzip = None
        self._wholes.clear()


def _made(frame: Frame, etag: bytes, body: bytes, media_type: bytes, *more: tuple[bytes, bytes]) -> Made:
    headers = [
        (b"content-type", media_type),
        (b"content-length", str(len(body)).encode()),
        (b"etag", etag),
        (b"cache-control", b"private, no-cache"),
        (b"vary", b"Accept-Encoding"),
        *more,
        *HARDENED,
    ]
    return Made(frame, etag, body, headers, bool(more))


def _of_304(made: Made) -> list[tuple[bytes, bytes]]:
    return [one for one in made.headers if one[0] not in (b"content-type", b"content-length")]


def _wire(made: Made, lines: list[tuple[bytes, bytes]], *, same: bool) -> bytes:
    """Return an answer as RFC 9112 has it."""
    headers = _of_304(made) if same else made.headers
    parts = [b"HTTP/1.1 304 Not Modified\r\n" if same else b"HTTP/1.1 200 OK\r\n"]
    parts += [part for name, value in (*lines, *headers) for part in (name, b": ", value, b"\r\n")]
    return b"".join([*parts, b"\r\n", b"" if same else made.body])


def _asked(headers: list[tuple[bytes, bytes]]) -> tuple[bool, bytes]:
    """Return whether a client takes gzip, and which ETags it has."""
    small, known = False, b""
    for name, value in headers:
        if name == b"accept-encoding":
            small = takes_gzip(value)
        elif name == b"if-none-match":
            known = value
    return small, known


@lru_cache(256)
def takes_gzip(accept: bytes) -> bool:
    """Return whether an Accept-Encoding header allows gzip (RFC 9110, 12.5.3)."""
    for part in accept.lower().split(b","):
        coding, _, weight = part.strip().partition(b";")
        if coding.strip() in (b"gzip", b"x-gzip"):
            return weight.replace(b" ", b"") not in (b"q=0", b"q=0.0", b"q=0.00", b"q=0.000")
    return False


def is_in(etag: bytes, known: bytes) -> bool:
    """Return whether an ETag is among those of an If-None-Match header, weakly compared (RFC 9110, 8.8.3.2)."""
    wanted = etag.removeprefix(b"W/")
    return known.strip() == b"*" or any(one.strip().removeprefix(b"W/") == wanted for one in known.split(b","))


def frame_bytes(frame: Frame, *, commands: bool) -> bytes:
    """Return a frame as the API writes it, with the processes at the top; command lines only where they may be seen."""
    return to_json(encode_frame(frame if commands else without_commands(frame), TOP)).encode()


def without_commands(frame: Frame) -> Frame:
    """Return a frame in which processes have names, but no command lines."""
    snapshot = frame.snapshot
    return replace(frame, snapshot=replace(snapshot, processes=named_only(snapshot.processes)))


def named_only(processes: Iterable[Process]) -> tuple[Process, ...]:
    """Return processes that have names, but no command lines."""
    return tuple(process._replace(command="") for process in processes)
