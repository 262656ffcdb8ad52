"""The sockets that the API is reached at: opened before anything else, so that a taken port is said at once."""

from __future__ import annotations

import errno
import ipaddress
import socket
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

BACKLOG: Final = 1024
MOST_UNSENT: Final = 256 * 1024
"""Bytes that the kernel takes for a client beyond what the client has room for: a slow one is not sent old frames."""
STALLED_MILLISECONDS: Final = 60_000
"""A connection whose client takes nothing for so long is given up."""


class ListenError(Exception):
    """An address that cannot be listened at; the message is one line with the remedy."""


def resolve(host: str, port: int) -> tuple[tuple[socket.AddressFamily, str], ...]:
    """Return the addresses of a host, each with its family. Raises ListenError."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (socket.gaierror, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ListenError(f"--host {host}: no address of this machine is known by that name: {reason}") from None
    return tuple(dict.fromkeys((family, str(address[0])) for family, _, _, _, address in found))


def is_loopback(addresses: Sequence[str]) -> bool:
    """Return whether addresses are reached from this machine alone."""
    return all(ipaddress.ip_address(one.partition("%")[0]).is_loopback for one in addresses)


def listen(host: str, port: int) -> list[socket.socket]:
    """Return a listening socket for each address of a host, all at one port. Raises ListenError."""
    opened: list[socket.socket] = []
    try:
        for family, address in resolve(host, port):
            one = socket.socket(
                family, socket.SOCK_STREAM, socket.IPPROTO_TCP
            )  # named, so that asyncio sets TCP_NODELAY
            opened.append(one)
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            _bound(one)
            if family is socket.AF_INET6:
                one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            one.bind((address, port))
            one.listen(BACKLOG)
            one.settimeout(0)
            port = port or one.getsockname()[1]  # the second address gets the port that the first one was given
    except OSError as error:
        for one in opened:
            one.close()
        raise ListenError(_said(host, port, error)) from None
    return opened


def _bound(listening: socket.socket) -> None:
    """Bound what is held for slow clients: connections inherit it. Where the kernel has no such options, it is not."""
    for name, value in (("TCP_NOTSENT_LOWAT", MOST_UNSENT), ("TCP_USER_TIMEOUT", STALLED_MILLISECONDS)):
        if option := getattr(socket, name, None):
            listening.setsockopt(socket.IPPROTO_TCP, option, value)


def _said(host: str, port: int, error: OSError) -> str:
    where = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    if error.errno == errno.EADDRINUSE:
        mine = " (a tuimon)" if _answers_as_tuimon(host, port) else ""
        return f"port {port} is taken by another program{mine}; choose another one with --port, as --port {_next(port)}"
    if error.errno == errno.EACCES:
        return f"port {port} needs root; choose one from 1024 on with --port, as --port 8420"
    if error.errno == errno.EADDRNOTAVAIL:
        return f"--host {host}: this machine has no such address; 'ip address' lists those it has"
    return f"cannot listen at {where}: {error.strerror}"


def _next(port: int) -> int:
    return port + 1 if port < 65535 else 8420


def _answers_as_tuimon(host: str, port: int) -> bool:
    """Ask who has the port already."""
    with suppress(OSError), socket.create_connection((host, port), 0.5) as asked:
        asked.settimeout(0.5)
        asked.sendall(b"GET /api/v1/health HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")
        answer = b""
        while len(answer) < 4096 and (part := asked.recv(4096)):
            answer += part
        return b'"uptime_seconds"' in answer
    return False


def url_of(one: socket.socket, *, tls: bool) -> str:
    """Return the address by which a socket is reached."""
    host, port = one.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    return f"{'https' if tls else 'http'}://{shown}:{port}"
