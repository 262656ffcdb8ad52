"""Questions to another tuimon over HTTP, on connections that stay open, in compressed answers."""

from __future__ import annotations

import json
import ssl
from collections.abc import Iterable
from typing import Any, Final, TypeAlias
from urllib.parse import urlencode

import urllib3

from tuimon import __version__
from tuimon.sources.remote.address import Address
from tuimon.sources.remote.faults import RemoteError, no_tuimon, refusal, unreachable

AGENT: Final = f"tuimon/{__version__}"
CONNECT_SECONDS: Final = 10.0
ANSWER_SECONDS: Final = 35.0
"""A little more than the server gives itself for an answer about the past."""
CONNECTIONS: Final = 3
"""The reader of the past, what is read ahead, and the charts' seed."""
LARGEST: Final = 64 << 20
"""Bytes that an answer may have, unpacked."""

Pair = tuple[str, str]
Json: TypeAlias = Any
"""What an answer holds: anything, until `reading` has made something of it."""


def context_of(address: Address) -> ssl.SSLContext | None:
    """Return how its certificate is judged, None where it has none. Raises RemoteError."""
    if address.scheme != "https":
        return None
    try:
        context = ssl.create_default_context(cafile=address.trusted or None)
    except OSError as error:  # an SSLError is one
        why = error.strerror or "it holds no certificate"
        raise RemoteError(f"--tls-cert {address.trusted}: cannot be read: {why}") from None
    if address.trusted:
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN  # the certificate itself, whoever signed it
    return context


def headers_of(address: Address) -> dict[str, str]:
    """Return the headers of each request, the User-Agent aside."""
    return {"Authorization": f"Bearer {address.token}"} if address.token else {}


class Line:
    """Asks one tuimon; any thread may. Redirects are not followed: the token would go with them."""

    def __init__(self, address: Address) -> None:
        self.address = address
        self.asked = 0
        """Requests that were made."""
        self._headers = {"User-Agent": AGENT, "Accept-Encoding": "gzip", **headers_of(address)}
        context = context_of(address)
        options: dict[str, Any] = {
            "timeout": urllib3.Timeout(connect=CONNECT_SECONDS, read=ANSWER_SECONDS),
            "maxsize": CONNECTIONS,
        }
        self._pool: urllib3.HTTPConnectionPool = (
            urllib3.HTTPConnectionPool(address.host, address.port, **options)
            if context is None
            else urllib3.HTTPSConnectionPool(address.host, address.port, ssl_context=context, **options)
        )

    def get(self, path: str, asked: Iterable[Pair] = (), *, also: tuple[int, ...] = ()) -> Json:
        """Return the answer to a path below /api/v1, parsed; `also` are statuses other than 200 that are good.

        Raises RemoteError.
        """
        query = urlencode(list(asked))
        return self._ask("GET", f"{path}{f'?{query}' if query else ''}", also=also)

    def post(self, path: str, body: object) -> Json:
        """Say something to a path below /api/v1, once; return the answer, parsed. Raises RemoteError."""
        return self._ask("POST", path, body=json.dumps(body).encode())

    def _ask(self, method: str, path: str, *, body: bytes | None = None, also: tuple[int, ...] = ()) -> Json:
        self.asked += 1
        again = 1 if method == "GET" else 0  # one that was kept open and has been closed meanwhile is opened again
        try:
            answer = self._pool.request(
                method,
                f"{self.address.path}/api/v1/{path}",
                body=body,
                headers=self._headers | ({"Content-Type": "application/json"} if body is not None else {}),
                redirect=False,
                retries=urllib3.Retry(total=None, connect=0, read=again, status=0, other=0, allowed_methods=None),
            )
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise unreachable(self.address, error) from error
        document = _parsed(answer.data)
        if answer.status == 200 or answer.status in also:
            if document is None:
                raise no_tuimon(self.address)
            return document
        raise refusal(self.address, answer.status, document, answer.headers.get("location", ""))

    def close(self) -> None:
        """Close the connections."""
        self._pool.close()


def _parsed(body: bytes) -> object:
    """Return a body as JSON, None where it is none."""
    if len(body) > LARGEST:
        return None
    try:
        found: object = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return found
