"""What stands before every request: whom it calls, where it comes from, whether it shows the token, how big it is.

Plain ASGI, with nothing made that is not needed: it stands before the answers that are asked for a thousand times a
second as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple
from urllib.parse import parse_qs

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tuimon.api.access import Access
from tuimon.api.headers import HARDENED, POLICY, SECURITY, Headers
from tuimon.api.newest import Current
from tuimon.api.problems import Problem

STREAM: Final = "/api/v1/stream"
"""The one path where a token may stand in the address: browsers can give a stream no header."""
OPEN: Final = frozenset({"/", "/api/v1/health", "/openapi.json", "/docs"})
"""Paths that show nothing of the machine but that tuimon runs there: no token needed."""
OPEN_FOLDERS: Final = ("/assets/",)
MOST_BODY: Final = 64 * 1024
"""Bytes of a request's body."""
MOST_HOSTS: Final = 256
"""Host headers that are remembered to be good."""
METHODS: Final = "GET, HEAD, POST, DELETE"


class Ready(NamedTuple):
    """A path whose answer is bytes already."""

    path: str
    answer: Current


class Guard:
    """Lets through to `app` what `access` allows, and adds the security headers to each answer.

    `hot` are routes of that app (path -> what serves it) which its router is not asked for: looking for a route costs
    more than the answer does. Their answers have the headers already.

    `access` may be replaced at any time (SIGHUP).
    """

    def __init__(self, app: ASGIApp, access: Access, hot: Mapping[str, ASGIApp] = MappingProxyType({})) -> None:
        self.app = app
        self.hot = hot
        self.ready = {path.encode(): Ready(path, one) for path, one in hot.items() if isinstance(one, Current)}
        self._good: set[bytes] = set()
        self.access = access

    @property
    def access(self) -> Access:
        """Who may read what, now."""
        return self._access

    @access.setter
    def access(self, access: Access) -> None:
        self._access = access
        self._good = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or let it through."""
        kind = scope["type"]
        if kind == "lifespan":
            await self.app(scope, receive, send)
            return
        found = _Headers(scope["headers"])
        problem = self._judge(scope, found)
        if problem is not None:
            await _refuse(kind, problem, receive, send)
            return
        if not found.origin or found.origin not in self._access.origins:
            hot = self.hot.get(scope["path"]) if kind == "http" and scope["method"] == "GET" else None
            if hot is None:
                await self.app(scope, receive, _with(send, HARDENED))
            else:
                await hot(scope, receive, send)
            return
        shared = (*SECURITY, *_shared_with(found.origin))
        if scope.get("method") == "OPTIONS":
            await _allow(send, shared)
            return
        await self.app(scope, receive, _with(send, shared))

    def at_once(self, url: bytes, headers: list[tuple[bytes, bytes]], lines: list[tuple[bytes, bytes]]) -> bytes | None:
        """Return the whole answer to a GET of a path that has one ready; None where it must be asked as an app."""
        ready = self.ready.get(url)
        if ready is None:
            return None
        found = _Headers(headers)
        if found.origin or found.length or self._judge({"path": ready.path}, found) is not None:
            return None
        return ready.answer.whole(headers, lines)

    def _judge(self, scope: Scope, found: _Headers) -> Problem | None:
        """Return what is wrong with a request, None where it may pass."""
        access = self._access
        if found.host not in self._good:
            if not access.called(found.host):
                return _strange_host(found.host)
            if len(self._good) < MOST_HOSTS:
                self._good.add(found.host)
        foreign = found.origin and found.origin not in access.origins and not _is_own(found.origin, found.host)
        if foreign or (found.site == b"cross-site" and not found.origin and found.mode != b"navigate"):
            return Problem(403, "pages of other servers may not read this; serve.origins lists those that may")
        if found.length > MOST_BODY:
            return Problem(413, f"a body of {found.length} bytes; at most {MOST_BODY} are read")
        if found.chunked:
            return Problem(411, "a body must say how long it is", headers={"connection": "close"})
        return self._ask_token(scope, found) if access.token else None

    def _ask_token(self, scope: Scope, found: _Headers) -> Problem | None:
        path: str = scope["path"]
        if path in OPEN or path.startswith(OPEN_FOLDERS):
            return None
        if scope.get("method") == "OPTIONS" and found.origin in self._access.origins:
            return None
        if self._access.knows(found.authorization):
            return None
        kind = found.authorization.partition(b" ")[0]
        if not kind and path == STREAM and self._access.shown(_in_address(scope)):
            return None
        what = "this token is not the right one" if kind else "a token is needed"
        return Problem(401, f"{what}; send it as 'Authorization: Bearer TOKEN'", headers={"www-authenticate": "Bearer"})


class _Headers:
    """Those of a request that the guard looks at, read in one go; b'' where there is none."""

    __slots__ = ("authorization", "chunked", "host", "length", "mode", "origin", "site")

    def __init__(self, headers: list[tuple[bytes, bytes]]) -> None:
        found = dict(headers)
        get = found.get
        self.host = get(b"host", b"")
        if len(found) < len(headers) and [name for name, _ in headers].count(b"host") > 1:
            self.host = b"two of them"  # which one a proxy went by, nobody knows
        self.authorization = get(b"authorization", b"")
        self.origin = get(b"origin", b"").lower()
        self.site = get(b"sec-fetch-site", b"")
        self.mode = get(b"sec-fetch-mode", b"")
        length = get(b"content-length", b"0")
        self.length = int(length) if length.isdigit() and len(length) < 20 else MOST_BODY + 1
        self.chunked = b"transfer-encoding" in found


def _in_address(scope: Scope) -> bytes:
    found = parse_qs(scope["query_string"], max_num_fields=20).get(b"token", [b""])
    return bytes(found[0])


def _is_own(origin: bytes, host: bytes) -> bool:
    """Return whether a page came from here: a scheme, and the very host that is asked now."""
    return origin.partition(b"://")[2] == host.lower()


def _strange_host(host: bytes) -> Problem:
    shown = host.decode("latin-1")
    return Problem(
        421,
        f"'{shown}' is not a name of this machine; 'serve.hosts' in the configuration adds one",
        parameter="Host",
        expected="a name or an address of this machine",
    )


def _shared_with(origin: bytes) -> Headers:
    return (
        (b"access-control-allow-origin", origin),
        (b"access-control-expose-headers", b"etag, retry-after"),
        (b"vary", b"Accept-Encoding, Origin"),
        (b"cross-origin-resource-policy", b"cross-origin"),
    )


async def _allow(send: Send, shared: Headers) -> None:
    """Answer the question of a browser that asks before it asks."""
    headers = [
        *shared,
        (b"access-control-allow-methods", METHODS.encode()),
        (b"access-control-allow-headers", b"authorization, if-none-match, content-type"),
        (b"access-control-max-age", b"600"),
    ]
    await send({"type": "http.response.start", "status": 204, "headers": headers})
    await send({"type": "http.response.body"})


async def _refuse(kind: str, problem: Problem, receive: Receive, send: Send) -> None:
    if kind == "websocket":
        await receive()
        await problem.reject(send)
        return
    await problem.send(send)


def _with(send: Send, more: Headers) -> Send:
    """Return a `send` that puts headers into the answer's beginning; a policy that a page brings along stays."""
    names = {name for name, _ in more} - {POLICY}

    async def sends(message: Message) -> None:
        if message["type"] == "http.response.start":
            kept = [one for one in message["headers"] if one[0] not in names]
            own = any(name == POLICY for name, _ in kept)
            message["headers"] = [*kept, *(one for one in more if not (own and one[0] == POLICY))]
        await send(message)

    return sends
