"""What is known of a process beside its row, in labelled lines: pure, from an Inspection and the newest row."""

from __future__ import annotations

from datetime import tzinfo
from typing import Final, NamedTuple

from tuimon.model.inspection import ControlGroup, Inspection, IoTotals, MemoryUse, Missing, Owner, Schedule
from tuimon.model.process import Process
from tuimon.model.units import cpu_time, rate, size, span
from tuimon.tui.acting.wording import started
from tuimon.tui.style import Row, cells, padded, wrapped

STATES: Final = {
    "R": "running", "S": "sleeping", "D": "waiting for io", "Z": "zombie", "T": "stopped", "t": "traced", "I": "idle",
    "X": "dead", "P": "parked",
}  # fmt: skip
LABEL: Final = 11


class Fact(NamedTuple):
    """A labelled line; `style` is that of its text."""

    label: str
    text: str
    style: str = "value"


def state_words(state: str) -> str:
    """Return a state as its letter and a word."""
    return f"{state} {STATES.get(state, '')}".strip()


def facts(
    inspection: Inspection, process: Process | None, parent: Process | None, now: float, tz: tzinfo | None
) -> list[Fact]:
    """Return everything that the summary tells, the command line apart."""
    found = [
        _text("program", inspection.executable),
        _text("folder", inspection.folder),
        _whose(inspection.owner),
        *_row_facts(process, parent, now, tz),
        *_schedule(inspection.schedule),
        *_memory(inspection.memory, process),
        *_io(inspection.io, process),
        *_group(inspection.group),
    ]
    return [fact for fact in found if fact.text]


def command(inspection: Inspection, process: Process | None) -> Fact:
    """Return the command line: whole where it was read, else as the list has it."""
    found = inspection.command
    if isinstance(found, Missing):
        shown = process.command if process is not None else ""
        return Fact("command", shown or f"[{process.name}]" if process is not None else str(found), "bright")
    more = f" … {found.cut} more" if found.cut else ""
    name = f"[{process.name}]" if process is not None else ""
    return Fact("command", (found.text or name) + more, "bright")


def _missing(label: str, why: Missing) -> Fact:
    return Fact(label, str(why), "dim" if why.why in {"pending", "unrecorded", "absent", "gone", "afar"} else "warning")


def _text(label: str, part: str | Missing) -> Fact:
    return _missing(label, part) if isinstance(part, Missing) else Fact(label, part)


def _whose(owner: Owner | Missing) -> Fact:
    if isinstance(owner, Missing):
        return _missing("owner", owner)
    text = owner.user if owner.user == owner.real_user else f"{owner.user}, really {owner.real_user}"
    text += f", group {owner.group}" if owner.group else ""
    text += f"; capabilities {owner.capabilities}" if owner.capabilities not in {"", "none"} else ""
    return Fact("owner", text + (f"; {owner.confined}" if owner.confined else ""))


def _row_facts(process: Process | None, parent: Process | None, now: float, tz: tzinfo | None) -> list[Fact]:
    if process is None:
        return []
    above = f"{parent.pid} {parent.name}" if parent is not None else str(process.ppid) if process.ppid else "none"
    faults = [
        f"{value:.0f}/s {word}"
        for value, word in ((process.minor_faults_per_second, "minor"), (process.major_faults_per_second, "major"))
        if value is not None
    ]
    return [
        Fact("started", f"{started(process.started_at, now, tz)}, {span(max(0.0, now - process.started_at))} ago"),
        Fact("parent", above),
        Fact("cpu time", f"{cpu_time(process.cpu_seconds)} in {process.threads} thread{'s' * (process.threads != 1)}"),
        Fact("faults", ", ".join(faults)),
    ]


def _schedule(found: Schedule | Missing) -> list[Fact]:
    if isinstance(found, Missing):
        return [_missing("schedule", found)]
    words = [found.policy, f"nice {found.nice}" if found.nice is not None else "", f"io {found.io}" if found.io else ""]
    killer = f"score {found.oom_score}" if found.oom_score is not None else ""
    killer += f", adjusted by {found.oom_adjust}" if found.oom_adjust else ""
    return [
        Fact("schedule", ", ".join(filter(None, words))),
        Fact("processors", found.processors),
        Fact("oom killer", killer),
    ]


def _memory(found: MemoryUse | Missing, process: Process | None) -> list[Fact]:
    virtual = f", virtual {size(process.virtual_bytes)}" if process is not None else ""
    if isinstance(found, Missing):
        rss = [Fact("memory", f"resident {size(process.rss_bytes)}{virtual}")] if process is not None else []
        return [*rss, _missing("pss, swap", found)]
    parts = [
        (found.pss_bytes, "pss"), (found.uss_bytes, "its own"), (found.swap_bytes, "in swap"),
    ]  # fmt: skip
    kinds = [(found.anonymous_bytes, "anonymous"), (found.file_bytes, "file"), (found.shared_memory_bytes, "shm")]
    rare = [(found.huge_bytes, "huge pages"), (found.locked_bytes, "locked")]
    peak = f", {size(found.peak_bytes)} at most" if found.peak_bytes else ""
    return [
        Fact("memory", f"resident {size(found.rss_bytes)}{peak}{virtual}"),
        Fact("pss, swap", _sizes(parts)),
        Fact("of pss", _sizes([*kinds, *((value, word) for value, word in rare if value)])),
    ]


def _sizes(parts: list[tuple[int | None, str]]) -> str:
    return ", ".join(f"{word} {size(value)}" for value, word in parts if value is not None)


def _io(found: IoTotals | Missing, process: Process | None) -> list[Fact]:
    read, written = (
        (process.read_bytes_per_second, process.write_bytes_per_second) if process is not None else (None, None)
    )
    now = f"read {rate(read)}, write {rate(written)}" if read is not None or written is not None else ""
    if isinstance(found, Missing):
        return [Fact("io now", now), _missing("io in all", found)]
    storage = f"storage: {size(found.storage_read_bytes)} read, {size(found.storage_written_bytes)} written"
    calls = (
        f"calls: {size(found.read_bytes)} read, {size(found.written_bytes)} written"
        if found.read_bytes is not None
        else ""
    )
    return [Fact("io now", now), Fact("io in all", "; ".join(filter(None, (storage, calls))))]


def _group(found: ControlGroup | Missing) -> list[Fact]:
    if isinstance(found, Missing):
        return [_missing("cgroup", found)]
    limits = []
    if found.memory_limit_bytes is not None:
        limits.append(f"memory {size(found.memory_used_bytes)} of {size(found.memory_limit_bytes)}")
    elif found.memory_used_bytes is not None:
        limits.append(f"memory {size(found.memory_used_bytes)}, no limit")
    if found.cores is not None:
        limits.append(f"{found.cores:g} cores of time")
    if found.throttled_seconds:
        limits.append(f"held back for {span(found.throttled_seconds)}")
    if found.tasks is not None:
        limits.append(f"{found.tasks} tasks" + (f" of {found.tasks_limit}" if found.tasks_limit is not None else ""))
    if found.oom_kills:
        limits.append(f"{found.oom_kills} killed for want of memory")
    return [Fact("cgroup", found.path), Fact("", ", ".join(limits))]


def laid_out(found: list[Fact], width: int) -> list[Row]:
    """Return facts in one column, in two from 100 cells on, in three from 170 on; long texts go on in the next line."""
    columns = 3 if width >= 170 else 2 if width >= 100 else 1
    each = (width - 2 * (columns - 1)) // columns
    blocks = [fact_rows(fact, each) for fact in found]
    height = _height(blocks, columns)
    parts: list[list[Row]] = [[]]
    for block in blocks:
        if len(parts[-1]) + len(block) > height and len(parts) < columns and parts[-1]:
            parts.append([])
        parts[-1] += block
    rows = []
    for y in range(max(map(len, parts))):
        row: Row = []
        for i, part in enumerate(parts):
            row += [("  ", "")] if i else []
            row += padded(part[y], each) if y < len(part) else [(" " * each, "")]
        rows.append(row)
    return rows


def _height(blocks: list[list[Row]], columns: int) -> int:
    """Return how high columns must be so that blocks fit into so many of them, none of them torn."""
    height = -(-sum(map(len, blocks)) // columns)
    while True:
        used, filled = 1, 0
        for block in blocks:
            if filled + len(block) > height and filled:
                used, filled = used + 1, 0
            filled += len(block)
        if used <= columns:
            return height
        height += 1


def fact_rows(fact: Fact, width: int) -> list[Row]:
    """Return one fact in lines of so many cells."""
    room = max(8, width - LABEL)
    lines = wrapped(fact.text, room)
    return [
        [((fact.label if i == 0 else "").ljust(LABEL), "label"), (line + " " * (room - cells(line)), fact.style)]
        for i, line in enumerate(lines)
    ]
