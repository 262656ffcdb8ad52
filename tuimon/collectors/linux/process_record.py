"""What is remembered of one process between samples, and the measuring of its io."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from tuimon.collectors.linux.process_files import parse_io
from tuimon.collectors.rates import rate
from tuimon.model.process import NO_FIELDS, Process

UNREADABLE: Final = (OSError, ValueError, IndexError)
"""What reading a file of a process raises when the process is gone, or the file makes no sense."""
NOBODY: Final = (0, "", "", "", "", None, 0.0, 0, 0, None, 0, 0, 0, None, None)
"""The fields of a Process between started_at and kernel, before anything was read."""
UNREAD: Final = (None, None, None, None, None, None, None, False)
"""The fields after kernel, before anything was read."""
_UNSEEN: Final = Process._make((0, 0.0, *NOBODY, False, *UNREAD))
_NO_IO: Final = (0.0, 0.0)
_UNKNOWN_IO: Final = (None, None)


class Record:
    """What is remembered of one process between samples.

    `watched` is the descriptor that is read in each sample: of schedstat when `single`, else of stat. `full` is one
    of stat beside it, open while a single-threaded process is busy; `io_fd` of io, while the process is on the screen.
    -1: not open.
    """

    __slots__ = (
        "arguments", "denied", "details_of", "faults", "folder", "full", "image", "io_at", "io_fd", "io_rates", "io_totals",
        "io_turn", "looked_at", "name", "nanoseconds", "pid", "process", "ran", "raw", "rests_until", "single", "start",
        "ticks", "watched",
    )  # fmt: skip

    def __init__(self, pid: int, folder: str) -> None:
        self.pid = pid
        self.folder = folder
        self.watched = -1
        self.full = -1
        self.single = False
        self.raw = b""
        self.start = -1
        self.name = b""
        self.image: tuple[bytes, bytes] | None = None
        self.ticks = 0
        self.nanoseconds = 0
        self.arguments: int | None = None  # their hash: what they are may be secret
        self.ran = 0  # number of the sample that last saw it change
        self.io_fd = -1
        self.io_turn = 0  # number of the sample that last looked at its io
        self.io_at: float | None = None  # None: no totals to compare with
        self.io_totals: tuple[int, int] | None = (0, 0)  # None: may not be read
        self.io_rates: tuple[float | None, float | None] = _UNKNOWN_IO
        self.faults = (0, 0)  # minor and major page faults so far
        self.denied = False  # a file of it could not be read for lack of permission
        self.details_of: frozenset[str] = NO_FIELDS  # which costly fields were read
        self.looked_at = 0.0  # when they were, by the clock of Details
        self.rests_until = 0.0
        self.process = _UNSEEN


def measure_io(record: Record, sample: int, now: float, read: Callable[[Record], bytes]) -> bool:
    """Measure the io of a process since it was last looked at; say whether its rates are others now.

    What did not run has done none: then nothing is read. `now` is monotonic.
    """
    before, since = record.io_totals, record.io_at
    if before is None:
        return False
    idle = record.single and since is not None and record.ran <= record.io_turn
    record.io_turn = sample
    if not idle:
        try:
            record.io_totals = parse_io(read(record))
        except PermissionError:
            record.io_totals, record.denied = None, True
        except UNREADABLE:
            return False
    record.io_at = now
    rates = _NO_IO if idle else io_rates(record.io_totals, before, None if since is None else now - since)
    changed = rates != record.io_rates
    record.io_rates = rates
    return changed


def io_rates(
    now: tuple[int, int] | None, before: tuple[int, int], elapsed: float | None
) -> tuple[float | None, float | None]:
    """Return bytes read and written a second, unknown without totals to compare."""
    if now is None or elapsed is None:
        return _UNKNOWN_IO
    return rate(now[0], before[0], elapsed), rate(now[1], before[1], elapsed)
