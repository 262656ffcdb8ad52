"""The costly fields of processes: PSS, swap, open files and cgroup, each behind a file of its own (proc(5)).

Reading smaps_rollup walks a process's page tables: from 50 us to tens of ms for one with many gigabytes, with its
memory map locked meanwhile. So these are read only of who is looked at, and of all only in turns, within a budget.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from tuimon.collectors.linux.process_files import read_once
from tuimon.collectors.linux.process_record import Record
from tuimon.model.process import NO_FIELDS, Process, Wanted
from tuimon.model.text import decode

BUDGET: Final = 0.012
"""Seconds that a sample may spend on details; who is on the screen goes first."""
SHARE: Final = 50
"""A process whose details took t seconds is left alone for so many t: at most 2 % of a core for each."""
FIELDS: Final = ("pss_bytes", "swap_bytes", "open_files", "cgroup")
FIRST: Final = Process._fields.index(FIELDS[0])
PAST: Final = FIRST + len(FIELDS)
Values = tuple[int | str | None, ...]
UNREAD: Final[Values] = (None,) * len(FIELDS)


class Details:
    """Keeps the details of the processes that somebody looks at, and forgets them when nobody does any more.

    `show(record, values)` puts values into the process that is shown; `own` is the folder of this process in the same
    /proc, `spent` a clock in seconds.
    """

    def __init__(
        self, show: Callable[[Record, Values], None], own: str = "", spent: Callable[[], float] = time.perf_counter
    ) -> None:
        self._show = show
        self._spent = spent
        self._readers = READERS | ({"open_files": count_files} if size_counts(own) else {})
        self._kept: dict[int, Record] = {}
        self._waiting: list[int] = []
        self._fields: frozenset[str] = NO_FIELDS

    def take(self, records: Mapping[int, Record], visible: Iterable[int], wanted: Wanted) -> None:
        """Read what is wanted of the visible pids, and then of as many others as time allows."""
        fields = wanted.shown | wanted.everywhere
        if not fields and not self._kept:
            return
        on_screen = [record for pid in visible if (record := records.get(pid)) is not None] if fields else []
        self._forget(records, {record.pid for record in on_screen}, fields, wanted.everywhere)
        end = self._spent() + BUDGET
        on_screen.sort(key=_looked_at)  # who was left out for lack of time goes first
        for record in on_screen:
            if self._spent() > end:
                return
            self._look(record, fields)
        if wanted.everywhere:
            self._go_round(records, wanted.everywhere, end)

    def _go_round(self, records: Mapping[int, Record], fields: frozenset[str], end: float) -> None:
        """Go on with the round of all processes; the next one begins with the next sample."""
        if not self._waiting:
            self._waiting = sorted(records, reverse=True)
        while self._waiting and self._spent() <= end:
            record = records.get(self._waiting.pop())
            if record is not None:
                self._look(record, fields)

    def _look(self, record: Record, fields: frozenset[str]) -> None:
        began = self._spent()
        if began < record.rests_until and record.details_of >= fields:
            return
        values = tuple([self._read(record, name) if name in fields else None for name in FIELDS])
        now = self._spent()
        record.looked_at, record.details_of, record.rests_until = now, fields, now + SHARE * (now - began)
        self._kept[record.pid] = record
        self._show(record, values)

    def _read(self, record: Record, name: str) -> int | str | None:
        try:
            return self._readers[name](record.folder)
        except PermissionError:
            record.denied = True
        except ProcessLookupError:
            return 0 if name != "cgroup" else None  # a kernel thread or a zombie has no memory of its own
        except (OSError, ValueError, IndexError):
            pass
        return None

    def _forget(
        self, records: Mapping[int, Record], on_screen: set[int], fields: frozenset[str], everywhere: frozenset[str]
    ) -> None:
        """Have what nobody looks at any more unknown again: it would be of another moment."""
        gone = [pid for pid, record in self._kept.items() if records.get(pid) is not record]
        for pid in gone:
            del self._kept[pid]
        for pid in [pid for pid in self._kept if pid not in on_screen] if not everywhere else ():
            self._clear(self._kept.pop(pid), NO_FIELDS)
        if not self._fields <= fields:
            for record in self._kept.values():
                self._clear(record, fields)
        self._fields = fields

    def _clear(self, record: Record, fields: frozenset[str]) -> None:
        record.rests_until, record.details_of = 0.0, record.details_of & fields
        known: dict[str, Any] = dict(zip(FIELDS, record.process[FIRST:PAST], strict=True))
        self._show(record, tuple([known[name] if name in fields else None for name in FIELDS]))


def _looked_at(record: Record) -> float:
    return record.looked_at


def read_pss(folder: str) -> int:
    """Return the proportional set size in bytes; kernels before 4.14 have no such file."""
    return field_kib(read_once(f"{folder}/smaps_rollup"), b"\nPss:") * 1024


def read_swap(folder: str) -> int:
    """Return what is in swap, in bytes; a kernel thread has no such line."""
    raw = read_once(f"{folder}/status", 8192)
    return field_kib(raw, b"\nVmSwap:") * 1024 if b"\nVmSwap:" in raw else 0


def field_kib(raw: bytes, name: bytes) -> int:
    """Return the number after a name; IndexError or ValueError where there is none."""
    return int(raw[raw.index(name) + len(name) :].split(None, 1)[0])


def size_counts(folder: str) -> bool:
    """Say whether the size of this process's own folder of descriptors is their number: since Linux 6.2, of /proc only."""
    try:
        size = os.stat(f"{folder}/fd").st_size
        return size > 0 and abs(len(os.listdir(f"{folder}/fd")) - 1 - size) <= 2
    except OSError:
        return False


def list_files(folder: str) -> int:
    """Return how many descriptors are open."""
    return len(os.listdir(f"{folder}/fd"))


def count_files(folder: str) -> int:
    """Return the same without listing them, where `size_counts`."""
    return os.stat(f"{folder}/fd").st_size


def read_cgroup(folder: str) -> str:
    """Return the path in the unified hierarchy (cgroups(7)), or the longest of version 1's; '/' is the root's."""
    lines = read_once(f"{folder}/cgroup").split(b"\n")
    paths = [line.split(b":", 2)[2] for line in lines if line.count(b":") >= 2]
    unified = next((line.split(b":", 2)[2] for line in lines if line.startswith(b"0::")), b"")
    return decode(unified if len(unified) > 1 else max(paths, key=len, default=b"/"))


READERS: Final[dict[str, Callable[[str], int | str]]] = {
    "pss_bytes": read_pss,
    "swap_bytes": read_swap,
    "open_files": list_files,
    "cgroup": read_cgroup,
}
