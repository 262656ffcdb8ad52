"""`tuimon --serve`: the machine without a screen, for clients of its API."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from tuimon.cli.errors import Failure, UsageError
from tuimon.cli.run import as_typed, machine_of, settings_for
from tuimon.config.settings import Settings

if TYPE_CHECKING:
    from tuimon.cli.run import Options

ELSEWHERE = ("at", "replay", "connect")
"""Options of the dashboard alone."""


def run(options: Options, settings: Settings) -> int:
    """Serve until a signal ends it."""
    if alone := next((name for name in ELSEWHERE if hasattr(options, name)), None):
        raise UsageError(f"{as_typed(alone)} does not go with --serve")
    from tuimon.api.access import VARIABLE, AccessError, is_read_by_others, read_token
    from tuimon.api.listening import ListenError, url_of
    from tuimon.api.server import TlsError
    from tuimon.compose.serve import Refusal, open_door, serve

    secret = {VARIABLE: os.environ.pop(VARIABLE, "")}  # no child inherits it

    def token_of(wanted: Settings) -> bytes:
        return read_token(wanted.serve.token_file, secret)

    try:
        door = open_door(settings, token=token_of(settings))
    except (Refusal, TlsError, AccessError) as error:
        raise UsageError(str(error)) from None
    except ListenError as error:
        raise Failure(str(error)) from None

    def again() -> tuple[Settings, bytes]:
        loaded = settings_for(options).settings
        return loaded, token_of(loaded)

    def ready(notice: str) -> None:
        path = settings.serve.token_file
        for line in (
            f"serving at {', '.join(url_of(one, tls=door.tls is not None) for one in door.sockets)}; Ctrl-C ends it",
            notice,
            f"{path} can be read by other users of this machine; 'chmod 600 {path}' keeps it to you"
            if path and is_read_by_others(path)
            else "",
            "" if door.access.full else "no token: process names are served, command lines and exports are not",
        ):
            if line:
                print(f"tuimon: {line}", file=sys.stderr, flush=True)

    record = not hasattr(options, "no_record")
    return serve(machine_of(options), settings, door, record=record, again=again, ready=ready)
