"""The first words between two tuimons: whether there is one, which edition of the contract it speaks."""

from __future__ import annotations

from dataclasses import dataclass

from tuimon import __version__
from tuimon.model.protocol import NEEDED, SPOKEN, Edition, edition_of
from tuimon.model.text import harmless
from tuimon.sources.remote.address import Address
from tuimon.sources.remote.faults import RemoteError, no_tuimon
from tuimon.sources.remote.line import Line


@dataclass(frozen=True, slots=True)
class Greeting:
    """What another tuimon says of itself: its version, its edition of the contract, seconds between two samples."""

    version: str
    edition: Edition
    interval: float

    @property
    def remark(self) -> str:
        """Return a line for the user where it is newer than this program, '' where it is not."""
        if self.edition <= SPOKEN:
            return ""
        return f"tuimon {self.version} runs there, {__version__} here: what is new in it is not shown"


def greet(line: Line) -> Greeting:
    """Ask another tuimon who it is. Raises RemoteError where it cannot be asked, or speaks another language."""
    address = line.address
    try:
        found = line.get("health", also=(503,))
    except RemoteError as error:
        if error.status in (404, 405, 501):
            raise no_tuimon(address) from error
        raise
    if not isinstance(found, dict) or not isinstance(found.get("version"), str) or "status" not in found:
        raise no_tuimon(address)
    version = harmless(found["version"], 40)
    edition = edition_of(found.get("protocol"))
    if edition is None or edition < NEEDED:
        raise _mismatch(address, f"tuimon {version} runs there, which is too old to be shown from here", "there")
    if edition.major != SPOKEN.major:
        raise _mismatch(
            address, f"tuimon {version} speaks protocol {edition}, this one ({__version__}) knows {SPOKEN}", "here"
        )
    interval = found.get("interval_seconds")
    known = isinstance(interval, (int, float)) and not isinstance(interval, bool) and 0 < interval <= 3600
    return Greeting(version, edition, float(interval) if known else 1.0)  # type: ignore[arg-type] # it is a number


def _mismatch(address: Address, brief: str, where: str) -> RemoteError:
    return RemoteError(f"{address.url}: {brief}; upgrade tuimon {where}", brief)
