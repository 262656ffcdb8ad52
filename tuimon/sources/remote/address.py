"""Where another tuimon is, and what is shown to it: the URL as a user typed it, the token, whom to trust."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import SplitResult, urlsplit

from tuimon.model.text import harmless

SCHEMES: Final = {"http": 80, "https": 443}
STREAMS: Final = {"http": "ws", "https": "wss"}
LONGEST: Final = 2000


class AddressError(ValueError):
    """A URL under which no tuimon can be; the message is one line for the user."""


@dataclass(frozen=True, slots=True)
class Address:
    """Another tuimon. `path` is what a proxy puts before its own paths; `trusted` a file with the certificate to trust."""

    scheme: str
    host: str
    port: int
    path: str = ""
    token: str = field(default="", repr=False)
    trusted: str = ""

    @property
    def place(self) -> str:
        """Its host and port, as people write them."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == SCHEMES[self.scheme] else f"{host}:{self.port}"

    @property
    def url(self) -> str:
        """The whole, without the token."""
        return f"{self.scheme}://{self.place}{self.path}"

    @property
    def stream(self) -> str:
        """Where its stream is, without parameters."""
        return f"{STREAMS[self.scheme]}://{self.place}{self.path}/api/v1/stream"

    @property
    def in_the_clear(self) -> bool:
        """Whether others on the way can read all that is said, the token too."""
        return self.scheme == "http" and not _is_here(self.host)


def address_of(text: str, *, token: str = "", trusted: str = "") -> Address:
    """Return the address that a user typed. Raises AddressError."""
    found = _split(text)
    if found.username is not None or found.password is not None:
        raise AddressError(
            "a URL with a name or a password in it is seen by every user of this machine; "
            "give the token with --token-file FILE or in TUIMON_TOKEN"
        )
    if found.query or found.fragment:
        raise AddressError(f"{_shown(text)} has more than host, port and path; expected {_bare(found)}")
    path = found.path.rstrip("/")
    for ours in ("/api/v1", "/docs"):
        path = path.removesuffix(ours)
    port = found.port if found.port is not None else SCHEMES[found.scheme]
    return Address(found.scheme, str(found.hostname), port, path, token, trusted)


def _split(text: str) -> SplitResult:
    """Return the parts of a URL that has a scheme that we speak, and a host."""
    if len(text) > LONGEST or not text.isprintable() or " " in text:
        raise AddressError(f"{_shown(text)} is no URL; expected one such as http://host:8420")
    if "://" not in text:
        raise AddressError(f"{_shown(text)} has no http:// or https:// before it; did you mean 'http://{text}'?")
    try:
        found = urlsplit(text)
        port = found.port
    except ValueError as error:
        raise AddressError(f"{_shown(text)} is no URL: {error}") from None
    if found.scheme not in SCHEMES:
        raise AddressError(f"{_shown(text)}: expected http:// or https://, not {found.scheme}://")
    if not found.hostname or port == 0:
        raise AddressError(f"{_shown(text)} names no host; expected one such as {found.scheme}://host:8420")
    return found


def _bare(found: SplitResult) -> str:
    return f"'{found.scheme}://{found.netloc}{found.path}'"


def _shown(text: str) -> str:
    return f"'{harmless(text, 80)}'"


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return host == "localhost"
