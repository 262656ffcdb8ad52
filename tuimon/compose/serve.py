"""The mode without a screen: record, watch, and answer over HTTP."""

from __future__ import annotations

import gc
import logging
import os
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple

from tuimon.compose.alerting import Alerts
from tuimon.compose.exposing import exposing
from tuimon.compose.past import past_of
from tuimon.compose.reach import abilities_of
from tuimon.config.settings import SETTINGS, Settings, value_of

if TYPE_CHECKING:
    import socket

    from tuimon.api.access import Access
    from tuimon.api.app import App
    from tuimon.api.server import Tls
    from tuimon.compose import Machine
    from tuimon.protocols import Source

LOG: Final = logging.getLogger(__name__)
FIRST_RATES: Final = 5.0
"""Seconds for which the first answer waits for the second sample, with which rates are known."""
STOP_SECONDS: Final = 30.0
SWITCH: Final = 0.0005
"""Seconds after which one thread lets another run: a request waits no longer for the sample that is being taken."""
READ_AGAIN: Final = ("alerts.", "serve.token_file", "serve.hosts", "serve.origins", "serve.tls_", "ui.", "table.")
"""Settings that a running server reads again, or that it has no use for."""


class Refusal(Exception):  # noqa: N818  it is a usage error of the command line
    """Settings under which nothing is served; the message is one line."""


class Door(NamedTuple):
    """Where the API is reached, and by whom."""

    sockets: list[socket.socket]
    access: Access
    tls: Tls | None


def open_door(settings: Settings, *, token: bytes) -> Door:
    """Return the listening sockets and who may come in. Raises Refusal, ListenError and TlsError."""
    from tuimon.api.listening import is_loopback, listen, resolve
    from tuimon.api.server import Tls

    wanted = settings.serve
    loopback = is_loopback([address for _, address in resolve(wanted.host, wanted.port)])
    if not (loopback or token or wanted.insecure):
        raise Refusal(
            f"--host {wanted.host} lets other machines in: give a token with --token-file FILE or in TUIMON_TOKEN, "
            "or say --insecure"
        )
    if bool(wanted.tls_cert) != bool(wanted.tls_key):
        raise Refusal("--tls-cert and --tls-key go together")
    tls = Tls(wanted.tls_cert, wanted.tls_key) if wanted.tls_cert else None
    return Door(listen(wanted.host, wanted.port), access_of(settings, token, loopback=loopback), tls)


def access_of(settings: Settings, token: bytes, *, loopback: bool) -> Access:
    """Return who may read what under some settings."""
    from tuimon.api.access import Access, names_of

    wanted = settings.serve
    return Access(
        token=token,
        loopback=loopback,
        names=names_of(wanted.host, wanted.hosts),
        origins=frozenset(one.encode() for one in wanted.origins),
    )


def serve(
    machine: Machine,
    settings: Settings,
    door: Door,
    *,
    record: bool,
    again: Callable[[], tuple[Settings, bytes]],
    ready: Callable[[str], None],
) -> int:
    """Serve until a signal ends it; return the exit code.

    `again` gives the settings and the token anew (SIGHUP), and raises what is wrong with them. `ready` is called with
    the line that says how recording goes, once there is an answer to give.
    """
    from tuimon.api.app import App, Served
    from tuimon.api.server import serve as run
    from tuimon.compose import collector_of, shield_children, watch_of
    from tuimon.compose.export import export
    from tuimon.pipeline.loop import Pipeline
    from tuimon.sources.live import LiveSource

    sys.setswitchinterval(SWITCH)
    shield_children(os.environ)
    began = time.time()
    watch = watch_of(settings)
    past = past_of(machine, settings, watch, began, record=record)
    past.by = SERVER
    pipeline = Pipeline(
        collector_of(machine, settings, began),
        evaluate=watch,
        pending=watch.pending,
        open_sink=past.open_sink if past.record else None,
        interval=settings.interval,
    )
    alerts = Alerts(watch, past)
    alerts.tell(machine, settings, pipeline.subscribe)
    source = LiveSource(pipeline, abilities_of(machine, record=past.record, read_only=True))
    page = ExitStack()
    served = Served(
        source=source,
        open_archive=past.open_archive,
        is_ready=past.is_ready,
        export=lambda archive, asked: export(archive, asked, settings),
        expose=page.enter_context(exposing(machine, settings)),
        alerting=alerts,
        interval=settings.interval,
        started_at=began,
        request_seconds=settings.serve.request_time,
    )
    app = App(served, door.access)
    app.stream.most = settings.serve.streams
    in_force = [settings]

    def reload() -> None:
        try:
            new, token = again()
            _let_in(app, door, new, token)
            if new.alerts != in_force[0].alerts:
                pipeline.enqueue(partial(setattr, watch, "rules", watch_of(new).rules))
            _say_what_waits(in_force[0], new)
            in_force[0] = new
        except Exception as error:  # what was in force stays so
            LOG.error("the settings stay as they were: %s", error)  # noqa: TRY400  a line for who mistyped something

    source.start()
    try:
        _wait_for_rates(source)
        source.painted()
        if past.record:
            past.is_ready()  # nothing is recorded of a simulated machine until its past is made up
        gc.collect()
        gc.freeze()
        run(
            app.guard,
            door.sockets,
            tls=door.tls,
            connections=settings.serve.connections,
            ready=lambda: ready(past.notice),
            reload=reload,
            ending=app.stream.restart,
        )
        return 0
    finally:
        app.close()
        pipeline.stop(STOP_SECONDS)
        alerts.close()
        page.close()
        past.close()


SERVER: Final = "serve"
"""What the lock of a history says of a server."""


def _wait_for_rates(source: Source) -> None:
    until = time.monotonic() + FIRST_RATES
    while time.monotonic() < until and ((frame := source.newest()) is None or not frame.tick):
        time.sleep(0.01)


def _let_in(app: App, door: Door, settings: Settings, token: bytes) -> None:
    """Let in whom the settings allow by now, and show the certificate that is there by now."""
    loopback = app.access.loopback
    if not (loopback or token or settings.serve.insecure):
        raise Refusal("other machines are let in, and there is no token any more")
    if door.tls is not None:
        door.tls.read()
    app.allow(access_of(settings, token, loopback=loopback))


def _say_what_waits(before: Settings, after: Settings) -> None:
    """Name in the log what only the next start takes over."""
    changed = [key for key, one in SETTINGS.items() if value_of(after, one) != value_of(before, one)]
    later = [key for key in changed if not key.startswith(READ_AGAIN)]
    LOG.warning("the settings were read again%s", f"; {', '.join(later)} with the next start" if later else "")
