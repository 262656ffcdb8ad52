"""The faults: how each is made, what must be on the screen, in the header and in `tuimon doctor`, and how it ends."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from tuimon.config.places import machine_id
from tuimon.history import open_history
from tuimon.model import families as f
from tuimon.model.snapshot import Frame, Snapshot

if TYPE_CHECKING:
    from stage import Stage


@dataclass(frozen=True, slots=True)
class Case:
    """A fault. Texts are regular expressions; `{h}` in them is the path of the history."""

    name: str
    screen: str  # in the line below the header
    header: str  # what stays after that line is hidden
    doctor: tuple[str, ...]
    kind: str = ""  # of the filesystem, see rigged.py
    file: str = "h.db"
    clock: str = ""  # how far off it is at first
    environment: dict[str, str] = field(default_factory=dict)
    before: Callable[[Stage], None] = lambda _: None
    fault: Callable[[Stage], None] = lambda _: None
    mend: Callable[[Stage], None] | None = None
    mended: str = ""


def recorded(path: Path, machine: str = "", seconds: int = 20) -> None:
    """Make a history of some seconds that ended a minute ago."""
    history = open_history(str(path), machine_id=machine or machine_id())
    begun = time.time() - 60 - seconds
    for second in range(seconds):
        history.write(Frame(Snapshot(begun + second, 1.0, cpu=f.Cpu(busy_percent=7.0))))
    history.close()


def changed(stage: Stage, sql: str) -> None:
    recorded(stage.history)
    with closing(sqlite3.connect(stage.history)) as db:
        db.execute(sql)
        db.commit()


def damage(stage: Stage) -> None:
    recorded(stage.history)
    with stage.history.open("r+b") as file:
        file.write(b"\xff" * 8192)


def overwrite(stage: Stage) -> None:
    other = stage.folder / "other"
    other.write_bytes(b"a letter to my bank " * 999)
    shutil.copyfile(other, stage.history)


def remove(stage: Stage) -> None:
    for side in ("", "-wal", "-shm"):
        stage.beside(side).unlink()


def fill_up(stage: Stage) -> None:
    with (stage.folder / "filler").open("wb", buffering=0) as filler:
        try:
            while True:
                filler.write(bytes(4096))
        except OSError:
            return


def fall_asleep(stage: Stage) -> None:
    """Begin a read that does not end, and have so much written meanwhile that it shows."""
    sleeper = stage.open_for_good(stage.history)
    sleeper.execute("BEGIN")
    sleeper.execute("SELECT count(*) FROM meta").fetchone()
    with closing(sqlite3.connect(stage.history)) as db:
        db.execute("CREATE TABLE much (x)")
        db.execute("INSERT INTO much VALUES (zeroblob(6000000))")
        db.commit()


def pause(stage: Stage) -> None:
    os.kill(stage.terminal.pid, signal.SIGSTOP)
    time.sleep(10)
    os.kill(stage.terminal.pid, signal.SIGCONT)


MOVED = r"note  history +1 {what} file moved aside \(.*\), the newest {{h}}\.{what}-\S+Z"
LOOK = r"do: look at it with 'tuimon --replay {h}\."
RECOVER = r"do: sqlite3 {h}\.damaged-\S+ \.recover may save what is in it; then remove it"
ANOTHER = r"choose another file with --history"

CASES = (
    Case(
        "no room for a first history",
        r"disk full, nothing is recorded until that is mended: {h}: cannot be opened: the disk is full",
        "not recorded: disk full",
        (r"FAIL  history +{h} .*: the disk is full", rf"do: make room there, or {ANOTHER}"),
        kind="full",
        mend=lambda stage: stage.run("mount", "-o", "remount,size=8m", str(stage.folder_inside)),
        mended="recorded again",
    ),
    Case(
        "a disk that fills up",
        r"the disk is full: what is sampled is kept in memory until the history can be written again",
        "! rec: disk full",
        (
            r"FAIL  history +{h} .*: the disk is full",
            r"(note|FAIL)  recorder +process \d+, .*; the disk is full: what is sampled is kept in memory",
            r"do: make room there: what is held is stored with the next commit",
        ),
        kind="small",
        fault=fill_up,
        mend=lambda stage: (stage.folder / "filler").unlink(),
        mended="the history is written again: what was held is stored and nothing is lost",
    ),
    Case(
        "a filesystem that may only be read",
        r"read-only, nothing is recorded until that is mended: {h}: cannot be recorded into: Read-only file system",
        "not recorded: read-only",
        (
            r"FAIL  history +{h} \(not there yet\): its filesystem is read-only",
            rf"do: have it mounted for writing, or {ANOTHER}",
        ),
        kind="read-only",
        mend=lambda stage: stage.run("mount", "-o", "remount,rw", str(stage.folder_inside)),
        mended="recorded again",
    ),
    Case(
        "a damaged history",
        r"the history was damaged \(file is not a database\) and moved to {h}\.damaged-\S+; a new one was begun",
        "! rec: begun anew",
        (MOVED.format(what="damaged"), RECOVER),
        before=damage,
    ),
    Case(
        "a history of a newer tuimon",
        r"newer format, nothing is recorded until that is mended: {h} was written by a newer tuimon \(format 99",
        "not recorded: newer format",
        (r"FAIL  history +{h} was written by a newer tuimon \(format 99, .*\)", rf"do: upgrade tuimon, or {ANOTHER}"),
        before=lambda stage: changed(stage, "PRAGMA user_version = 99"),
    ),
    Case(
        "a history of another machine",
        r"other machine, nothing is recorded until that is mended: {h} belongs to machine elsewhere",
        "not recorded: other machine",
        (
            r"FAIL  history +{h} belongs to machine elsewhere, this is \S+",
            rf"do: {ANOTHER}, or look at this one with --r",
        ),
        before=lambda stage: recorded(stage.history, "elsewhere"),
    ),
    Case(
        "a file that is something else",
        r"not a history, nothing is recorded until that is mended: {h} is not a history of tuimon",
        "not recorded: not a history",
        (r"FAIL  history +{h} is not a history of tuimon", rf"do: {ANOTHER}"),
        file="thesis.txt",
        before=lambda stage: stage.history.write_text("In the beginning " * 999) and None,
    ),
    Case(
        "a filesystem of another machine",
        r"{h} is on fuse\.sshfs, which cannot hold a history: it is in /var/tmp/tuimon-0/a-net\.db",
        "! rec: kept elsewhere",
        (
            r"note  history +{h} is on fuse\.sshfs, .*: it is in /var/tmp/tuimon-0/a-net\.db",
            r"do: name a file on a local",
        ),
        kind="network",
        file="a-net.db",
    ),
    Case(
        "a filesystem of another machine that does not answer",
        r"{h} is on fuse\.sshfs, which cannot hold a history: it is in /var/tmp/tuimon-0/a-dead\.db",
        "! rec: kept elsewhere",
        (r"note  history +{h} is on fuse\.sshfs, .*: it is in /var/tmp/tuimon-0/a-dead\.db",),
        kind="dead",
        file="a-dead.db",
    ),
    Case(
        "a history that is removed meanwhile",
        r"the history was removed while it was recorded: a new one was begun",
        "! rec: begun anew",
        (
            r"(note|FAIL)  recorder +process \d+, .*; the history was removed while it was recorded: a new one was begun",
        ),
        fault=remove,
    ),
    Case(
        "a history that is overwritten meanwhile",
        r"the history was overwritten while it was recorded: it was moved to {h}\.overwritten-\S+, and a new one",
        "! rec: begun anew",
        (MOVED.format(what="overwritten"), LOOK),
        fault=overwrite,
    ),
    Case(
        "a reader that sleeps",
        r"somebody has not ended a read for long, \d+ MiB wait beside the file \(see 'tuimon doctor'\): what is sampled",
        "! rec: held by a reader",
        (
            r"note  history +\d\.\d MiB wait in {h}-wal, since somebody has not ended a read",
            r"do: end .*: process \d+ \(",
        ),
        environment={"TUIMON_HISTORY_SIZE_CAP": "16MiB"},
        fault=fall_asleep,
        mend=lambda stage: stage.let_go(),
        mended="the history is written again: what was held is stored and nothing is lost",
    ),
    Case(
        "a clock that is set back",
        r"the clock went back 30 min",
        "rec [0-9]",
        (r"note  clock +the newest sample is .* ahead of the clock, which was set back", r"do: nothing is lost"),
        clock="+1800",
        fault=lambda stage: stage.clock.step("+0"),
    ),
    Case(
        "a program that was stopped",
        r"nothing was sampled for \d+ s: tuimon was stopped, or the machine",
        "rec [0-9]",
        (),
        fault=pause,
    ),
)
