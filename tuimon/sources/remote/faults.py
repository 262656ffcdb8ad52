"""What can go wrong between two tuimons, in one line with the remedy."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from typing import Any, Final

from tuimon.model.text import harmless
from tuimon.sources.remote.address import Address

BROKE_OFF: Final = "the connection broke off"


class RemoteError(Exception):
    """Another tuimon that cannot be asked; the message is one line with the remedy, `brief` the same without it."""

    def __init__(self, message: str, brief: str = "", status: int = 0) -> None:
        super().__init__(message)
        self.brief = brief or message
        self.status = status


def unreachable(address: Address, error: BaseException) -> RemoteError:
    """Return what is said of a connection that could not be made, or that broke off."""
    causes = list(_causes(error))
    for kind, said in (
        (ssl.SSLCertVerificationError, _untrusted),
        (ssl.SSLError, _no_tls),
        (socket.gaierror, _unknown),
        (ConnectionRefusedError, _refused),
    ):
        if (cause := next((one for one in causes if isinstance(one, kind)), None)) is not None:
            return said(address, cause)
    if any(isinstance(one, TimeoutError) or "timed out" in str(one) for one in causes):
        brief = "it does not answer"
        remedy = "is the machine up, and does a firewall let its port through?"
        return RemoteError(f"{address.url}: {brief}; {remedy}", brief)
    if any(isinstance(one, (ConnectionError, EOFError)) for one in causes):
        return RemoteError(f"{address.url}: {BROKE_OFF}", BROKE_OFF)
    numbered = next((one for one in causes if isinstance(one, OSError) and one.strerror), None)
    brief = harmless((str(numbered.strerror) if numbered else BROKE_OFF).lower(), 120)
    return RemoteError(f"{address.url}: {brief}", brief)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an error and what it came of, as the libraries wrap it."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        inner = getattr(error, "reason", None)
        error = inner if isinstance(inner, BaseException) else error.__cause__ or error.__context__


def _untrusted(address: Address, error: Any) -> RemoteError:  # noqa: ANN401  an SSLCertVerificationError
    why = harmless(str(error.verify_message or error), 120)
    if "ostname mismatch" in why or "IP address mismatch" in why:
        brief = f"its certificate is for another name than {address.host}"
        return RemoteError(f"{address.url}: {brief}; use a name that is in it", brief)
    brief = f"its certificate is not trusted: {why}"
    remedy = "--tls-cert FILE names the certificate, or its authority's, that is to be trusted"
    return RemoteError(f"{address.url}: {brief}; {remedy}", brief)


def _no_tls(address: Address, error: Any) -> RemoteError:  # noqa: ANN401  an SSLError
    reason = str(error.reason or "")
    if reason in ("WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE", "HTTP_REQUEST"):
        plain = f"http://{address.place}{address.path}"
        return RemoteError(f"{address.url}: it speaks no TLS; did you mean '{plain}'?", "it speaks no TLS")
    brief = f"no TLS connection: {harmless(reason or str(error), 120).lower().replace('_', ' ')}"
    return RemoteError(f"{address.url}: {brief}", brief)


def _unknown(address: Address, _: object) -> RemoteError:
    return RemoteError(f"{address.url}: no machine is known by the name {address.host}", "its name is not known")


def _refused(address: Address, _: object) -> RemoteError:
    remedy = (
        "is 'tuimon --serve' running there, and does it listen at this address (--host) and port (8420 by default)?"
    )
    return RemoteError(f"{address.url}: connection refused; {remedy}", "connection refused")


def refusal(address: Address, status: int, document: object, location: str = "") -> RemoteError:
    """Return what is said of an answer that is not what was asked for; `document` is its body, where that is JSON."""
    found = document if isinstance(document, dict) else {}
    detail = harmless(str(found.get("detail", "")), 300)
    if status == 401:
        brief = "this token is not the right one" if address.token else "a token is needed"
        return RemoteError(f"{address.url}: {brief}; give it with --token-file FILE or in TUIMON_TOKEN", brief, status)
    if 300 <= status < 400:
        return RemoteError(
            f"{address.url}: it sends elsewhere, to '{harmless(location, 120)}': give that URL", "", status
        )
    brief = detail or f"it answers with status {status}"
    return RemoteError(f"{address.url}: {brief}", brief, status)


def no_tuimon(address: Address) -> RemoteError:
    """Return what is said of a server that is something else."""
    brief = "there is no tuimon"
    return RemoteError(f"{address.url}: {brief}: 'tuimon --serve' would answer at {address.path}/api/v1/health", brief)
