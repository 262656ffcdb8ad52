"""Who may read what: the token, the names by which this machine may be called, the pages of others that may ask."""

from __future__ import annotations

import hmac
import ipaddress
import os
import socket
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Final

VARIABLE: Final = "TUIMON_TOKEN"
SHORTEST: Final = 16
"""Characters of a token: what is shorter can be guessed."""
LONGEST: Final = 4096


class AccessError(ValueError):
    """A token that cannot be used; the message is one line for the user."""


@dataclass(frozen=True, slots=True)
class Access:
    """To whom the API answers.

    With a `token` only to those who show it, and with all there is. Without one nobody sees command lines or exports,
    nor says anything to alerts. `loopback`: it listens for this machine alone. `names` (patterns) and `addresses_too`
    say by what a client may call this machine: a page of a stranger that had its own name point here is refused by that.
    `origins` are the servers whose pages may read it.
    """

    token: bytes = b""
    loopback: bool = True
    names: tuple[str, ...] = ("localhost",)
    origins: frozenset[bytes] = frozenset()

    @property
    def full(self) -> bool:
        """Whether command lines, exports and acknowledgements are served."""
        return bool(self.token)

    def shown(self, token: bytes) -> bool:
        """Return whether a token is the right one, in a time that says nothing about how wrong it is."""
        return hmac.compare_digest(token, self.token)

    def knows(self, authorization: bytes) -> bool:
        """Return whether an Authorization header shows the token; anybody's does where there is none."""
        kind, _, token = authorization.partition(b" ")
        return not self.token or (kind.lower() == b"bearer" and self.shown(token.strip()))

    def called(self, host: bytes) -> bool:
        """Return whether a client may call this machine what it wrote into its Host header."""
        name = _without_port(host)
        if not name:
            return False
        try:
            address = ipaddress.ip_address(name.strip("[]").partition("%")[0])
        except ValueError:
            return any(fnmatchcase(name.rstrip("."), pattern) for pattern in self.names)
        return address.is_loopback or not self.loopback


def _without_port(host: bytes) -> str:
    """Return the name in a Host header, in small letters; '' where there is none."""
    try:
        text = host.decode("ascii").lower()
    except UnicodeDecodeError:
        return ""
    if text.startswith("["):
        name, bracket, port = text.partition("]")
        return f"{name}]" if bracket and (not port or port[1:].isdecimal()) else ""
    name, colon, port = text.partition(":")
    return name if not colon or port.isdecimal() else ""


def names_of(host: str, wanted: Iterable[str]) -> tuple[str, ...]:
    """Return the names that this machine answers to: localhost, its own, the one it listens at, those that are set."""
    own = socket.gethostname().lower()
    named = () if _is_address(host) else (host.lower(),)
    return tuple(dict.fromkeys(("localhost", own, own.partition(".")[0], *named, *(one.lower() for one in wanted))))


def _is_address(text: str) -> bool:
    with suppress(ValueError):
        ipaddress.ip_address(text.partition("%")[0])
        return True
    return False


def read_token(path: str, environ: Mapping[str, str] = os.environ) -> bytes:
    """Return the token of a file, else of the environment, b'' where neither is given. Raises AccessError."""
    if path:
        return _checked(_first_line(path), path)
    return _checked(environ[VARIABLE].strip(), VARIABLE) if environ.get(VARIABLE) else b""


def _first_line(path: str) -> str:
    try:
        with Path(path).open("rb") as file:
            return file.read(LONGEST).decode("utf-8", "replace").strip()
    except OSError as error:
        raise AccessError(f"{path}: the token cannot be read: {error.strerror}") from None


def _checked(token: str, where: str) -> bytes:
    if not (token.isascii() and token.isprintable() and " " not in token):
        raise AccessError(f"{where}: expected a token of one line of ASCII without spaces")
    if len(token) < SHORTEST:
        raise AccessError(
            f"{where}: expected a token of at least {SHORTEST} characters, got {len(token)}; "
            "'openssl rand -hex 32' makes a good one"
        )
    return token.encode()


def is_read_by_others(path: str) -> bool:
    """Return whether other users may read a file."""
    with suppress(OSError):
        return bool(Path(path).stat().st_mode & 0o004)
    return False
