"""The machine's clock: where the kernel takes the time from, and how well it is held (adjtimex(2))."""

from __future__ import annotations

import ctypes
import errno
from typing import Final

from tuimon.collectors.linux.readout.files import Files
from tuimon.model.readings import Clocksource, Numbers
from tuimon.model.text import harmless

_LONG: Final = ctypes.c_long
_FIELDS: Final = (
    ("modes", ctypes.c_uint), ("offset", _LONG), ("freq", _LONG), ("maxerror", _LONG), ("esterror", _LONG),
    ("status", ctypes.c_int), ("constant", _LONG), ("precision", _LONG), ("tolerance", _LONG),
    ("time_seconds", _LONG), ("time_fraction", _LONG), ("tick", _LONG), ("ppsfreq", _LONG), ("jitter", _LONG),
    ("shift", ctypes.c_int), ("stabil", _LONG), ("jitcnt", _LONG), ("calcnt", _LONG), ("errcnt", _LONG),
    ("stbcnt", _LONG), ("tai", ctypes.c_int), ("unused", ctypes.c_int * 11),
)  # fmt: skip
_TOLD: Final = (
    "offset", "freq", "maxerror", "esterror", "status", "constant", "tick", "ppsfreq", "jitter", "shift", "stabil",
    "jitcnt", "calcnt", "errcnt", "stbcnt", "tai",
)  # fmt: skip


class _Timex(ctypes.Structure):
    _fields_ = _FIELDS


class Clocks:
    """Reads the clock's state; that of adjtimex(2) is this machine's, and not told of a recorded one."""

    def __init__(self, files: Files) -> None:
        self._files = files
        self._libc = None if files.root else ctypes.CDLL(None, use_errno=True)

    def sources(self) -> tuple[Clocksource, ...]:
        """Return what the kernel can take the time from, and does."""
        found = []
        for number, path in self._files.numbered("/sys/devices/system/clocksource", "clocksource"):
            current = self._files.text(f"{path}/current_clocksource")
            if current is not None:
                available = self._files.text(f"{path}/available_clocksource") or ""
                found.append(Clocksource(number, current, tuple(harmless(available).split())))
        return tuple(found)

    def timex(self) -> Numbers:
        """Return the fields of struct timex, and as `state` what adjtimex(2) returned. Nothing is changed by it."""
        if self._libc is None:
            raise FileNotFoundError(errno.ENOENT, "a recorded machine has no clock")
        asked = _Timex()
        state = self._libc.adjtimex(ctypes.byref(asked))
        if state < 0:
            raise OSError(ctypes.get_errno(), "adjtimex")
        return ("state", state), *((name, getattr(asked, name)) for name in _TOLD)
