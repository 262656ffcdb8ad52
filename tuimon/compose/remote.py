"""The dashboard of another machine, from the API of the tuimon that serves there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tuimon.config.looks import keeper, looks, zone_of

if TYPE_CHECKING:
    from tuimon.config.settings import Settings
    from tuimon.protocols import Archive
    from tuimon.sources.remote.address import Address


def connect(address: Address, settings: Settings, *, at: float | None = None, config: str = "") -> int:
    """Run the dashboard of another machine until it is left; return the exit code. Raises RemoteError."""
    from tuimon.compose import taking
    from tuimon.compose.alerting import ring_of
    from tuimon.protocols import Ability
    from tuimon.sources.remote.alerting import RemoteAlerting
    from tuimon.sources.remote.archive import RemoteArchive
    from tuimon.sources.remote.greeting import greet
    from tuimon.sources.remote.line import Line
    from tuimon.sources.remote.source import RemoteSource

    line = Line(address)
    greeting = greet(line)
    abilities = frozenset({Ability.ANSWER}) if address.token else frozenset()
    source = RemoteSource(address, interval=greeting.interval, abilities=abilities)
    alerting = RemoteAlerting(line, source.newest)

    def newest_at() -> float:
        frame = source.newest()
        return frame.snapshot.time if frame is not None else 0.0

    def open_archive() -> Archive:
        return RemoteArchive(line, newest_at)

    try:
        source.open()
        from tuimon.tui.app import run
        from tuimon.tui.session import Session

        return run(
            Session(
                source=source,
                open_archive=open_archive,
                at=at,
                place=address.place,
                link=lambda: source.link,
                ring=ring_of(settings),
                reads_ahead=False,
                alerting=alerting,
                painted=alerting.begin,
                notice=greeting.remark or _remark(address),
                take_away=taking(open_archive, zone_of(settings)),
                keep=keeper(config) if config else None,
                **looks(settings) | {"interval": greeting.interval},
            )
        )
    finally:
        source.stop()
        line.close()


def _remark(address: Address) -> str:
    """Return what a user should know of the way that was chosen, '' where there is nothing."""
    if not address.token:
        return WITHOUT_TOKEN
    return IN_THE_CLEAR if address.in_the_clear else ""


WITHOUT_TOKEN = "that tuimon has no token: it shows processes by name, without their command lines"  # noqa: S105  words
IN_THE_CLEAR = (
    "http: others on the way can read the token and all that is shown; https, or a tunnel of ssh, keeps it to you"
)
