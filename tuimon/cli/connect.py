"""`tuimon --connect URL`: the dashboard of another machine."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from tuimon.cli.errors import Failure, UsageError

if TYPE_CHECKING:
    from tuimon.cli.run import Options
    from tuimon.config.settings import Settings
    from tuimon.sources.remote.address import Address

SHARED: Final = ("token_file", "tls_cert")
"""Options of --serve that mean something here too."""
ELSEWHERE: Final = ("history", "interval", "no_record", "simulate", "seed", "replay", "root", "serve")
"""Options of the dashboard of this machine: that one has its own samples and its own past."""


def address_of(options: Options) -> Address:
    """Return which tuimon is meant, and the token that is shown to it. Raises UsageError.

    Only a token that was given for this is shown: the one in the configuration is that of this machine's own server.
    """
    from tuimon.api.access import VARIABLE, AccessError, read_token
    from tuimon.cli.run import as_typed
    from tuimon.sources.remote.address import AddressError
    from tuimon.sources.remote.address import address_of as parsed

    if alone := next((name for name in ELSEWHERE if hasattr(options, name)), None):
        raise UsageError(f"{as_typed(alone)} does not go with --connect: that machine's samples and past are shown")
    secret = {VARIABLE: os.environ.pop(VARIABLE, "")}  # no child inherits it
    try:
        token = read_token(getattr(options, "token_file", ""), secret).decode()
        return parsed(options.connect, token=token, trusted=getattr(options, "tls_cert", ""))
    except AccessError as error:
        raise UsageError(str(error)) from None
    except AddressError as error:
        raise UsageError(f"--connect: {error}") from None


def run(address: Address, settings: Settings, *, at: float | None, config: str) -> int:
    """Run its dashboard until it is left; return the exit code."""
    from tuimon.compose.remote import connect
    from tuimon.sources.remote.faults import RemoteError

    try:
        return connect(address, settings, at=at, config=config)
    except RemoteError as error:
        raise Failure(str(error)) from None
