"""`tuimon doctor`: what works here and what does not, and what to do about it."""

from __future__ import annotations

import argparse
import os
import shlex
import shutil
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from tuimon import __version__, compose
from tuimon.cli import log
from tuimon.cli.doctor_history import history_of
from tuimon.cli.finding import Finding
from tuimon.cli.run import NO_SCREEN, machine_of, settings_for
from tuimon.config.load import ConfigError
from tuimon.config.settings import DEFAULTS, Settings
from tuimon.model import units
from tuimon.model.snapshot import Snapshot

PAIR: Final = 0.15
SPARE_FILES: Final = 100
"""Files that the program keeps open besides one a process."""


def run(options: argparse.Namespace) -> int:
    """Look at everything and print what was found; 1 if something that is needed does not work."""
    failed = False
    for finding in findings(options):
        failed = failed or finding.level == "FAIL"
        print(f"{finding.level:<5} {finding.what:<12} {finding.seen}")
        if finding.remedy:
            print(f"{'':18} do: {finding.remedy}")
    return int(failed)


def findings(options: argparse.Namespace) -> Iterator[Finding]:
    """Yield all that was found."""
    yield program()
    settings = DEFAULTS
    try:
        loaded = settings_for(options)
        settings = loaded.settings
        log.start(settings.log)
        yield Finding("ok", "config", loaded.path or "no file: every setting has its default")
    except ConfigError as error:
        yield Finding("FAIL", "config", str(error), "correct this line; 'tuimon config check' looks again")
    yield from _machine(options, settings)
    yield from history_of(settings)
    yield log_file(log.path_of(settings.log), settings.log.level)
    yield from terminal(os.environ, is_terminal=sys.stdout.isatty())


def program() -> Finding:
    """Say which program this is, and whether what it needs is installed."""
    from importlib import metadata

    versions, missing = [], []
    for name in ("textual", "psutil", "plotext", "sqlite-utils"):
        try:
            versions.append(f"{name} {metadata.version(name)}")
        except metadata.PackageNotFoundError:
            missing.append(name)
    seen = ", ".join([f"tuimon {__version__}", f"Python {sys.version.split()[0]}", *versions])
    if missing:
        return Finding(
            "FAIL", "program", f"{seen}; missing: {', '.join(missing)}", "pip install --force-reinstall tuimon"
        )
    return Finding("ok", "program", seen)


# -- The machine ------------------------------------------------------------------------------------------------------


def _machine(options: argparse.Namespace, settings: Settings) -> Iterator[Finding]:
    """Take two samples and say what they lack."""
    try:
        collector = compose.collector_of(machine_of(options), settings)
    except Exception as error:
        yield Finding("FAIL", "machine", f"cannot be read: {error}", "is /proc mounted?")
        return
    try:
        everyone = [process.pid for process in collector.sample().processes]
        collector.sample(everyone)
        time.sleep(PAIR)
        snapshot = collector.sample(everyone)
    finally:
        collector.close()
    yield from machine(snapshot, settings)
    yield file_limit(len(snapshot.processes))


def machine(snapshot: Snapshot, settings: Settings) -> Iterator[Finding]:
    """Say what could be read of a machine."""
    if snapshot.cpu.busy_percent is None or snapshot.memory.used_bytes is None:
        yield Finding("FAIL", "machine", "neither CPU nor memory can be read", "is /proc mounted and readable?")
    else:
        host = snapshot.host
        yield Finding("ok", "machine", f"{host.name}, {host.os}, {host.kernel}, {host.cores} cores")
    for fault in snapshot.faults:
        yield Finding("note", fault.collector, fault.message)
    yield from _limits(snapshot)
    yield _processes(snapshot)
    yield _process_io(snapshot)
    wanted = settings.collectors
    if wanted.pressure:
        yield _pressure(snapshot)
    if wanted.sensor:
        found = f"{len(snapshot.sensor)} temperatures and fans, {len(snapshot.battery)} batteries"
        none = "none: virtual machines and containers mostly have none"
        yield Finding("ok", "sensors", found) if snapshot.sensor else Finding("note", "sensors", none)
    devices = f"{len(snapshot.disk)} disks, {len(snapshot.filesystem)} filesystems, {len(snapshot.network)} interfaces"
    yield Finding("ok", "devices", devices)


def _limits(snapshot: Snapshot) -> Iterator[Finding]:
    """Say what the cgroup allows, and which filesystems do not answer."""
    cpu, memory = snapshot.cpu, snapshot.memory
    held = [f"{cpu.limit_cores:g} of {cpu.cores} cores"] if cpu.limit_cores is not None else []
    if memory.limit_bytes is not None:
        held.append(f"{units.size(memory.limit_bytes)} of {units.size(memory.total_bytes)}")
    if held:
        yield Finding("note", "limits", f"this cgroup may use {', '.join(held)}; both are shown")
    for one in snapshot.filesystem:
        if one.stale_seconds is not None:
            seen = f"{one.device} ({one.fstype}) does not answer; its last numbers are shown with their age"
            yield Finding("note", "filesystem", seen, f"see to its server, or umount -l {shlex.quote(one.device)}")


def _processes(snapshot: Snapshot) -> Finding:
    seen = len(snapshot.processes)
    others = {process.user for process in snapshot.processes}
    if seen and len(others) == 1 and os.geteuid() != 0:
        remedy = "if /proc is mounted with hidepid, join the group of its gid= option"
        return Finding("note", "processes", f"{seen}, all of user {next(iter(others))}", remedy)
    return Finding("ok" if seen else "FAIL", "processes", f"{seen} of {len(others)} users")


def _process_io(snapshot: Snapshot) -> Finding:
    own = [process for process in snapshot.processes if not process.kernel]
    known = sum(process.read_bytes_per_second is not None for process in own)
    seen = f"io of {known} of {len(own)} processes can be read"
    if known < 0.9 * len(own) and os.geteuid() != 0:
        return Finding(
            "note", "process io", seen, "other users' io needs root or CAP_SYS_PTRACE; the rest works without"
        )
    return Finding("ok", "process io", seen)


def _pressure(snapshot: Snapshot) -> Finding:
    if snapshot.pressure is None or snapshot.pressure.cpu_some_percent is None:
        return Finding("note", "pressure", "the kernel gives no PSI", "Linux 4.20 or later, booted with psi=1")
    return Finding("ok", "pressure", "PSI of cpu, memory and io")


def file_limit(processes: int) -> Finding:
    """Say whether a file for each process may be kept open."""
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    shown = "no limit" if hard == resource.RLIM_INFINITY else f"{hard} at most"
    seen = f"{soft} open files, {shown}, for {processes} processes"
    if hard != resource.RLIM_INFINITY and hard < processes + SPARE_FILES:
        return Finding("note", "open files", f"{seen}: processes are read more slowly", "raise 'ulimit -Hn'")
    return Finding("ok", "open files", seen)


# -- The log -----------------------------------------------------------------------------------------------------------


def log_file(path: Path, level: str) -> Finding:
    """Say whether the log can be written, what it takes, and how much is logged."""
    folder = next(parent for parent in path.parents if parent.exists())
    if folder.is_dir() and os.access(path if path.exists() else folder, os.W_OK):
        taken = sum(part.stat().st_size for part in log.files(path) if part.is_file())
        return Finding(
            "ok", "log", f"{path} ({units.size(taken) if path.exists() else 'not there yet'}), level {level}"
        )
    return Finding("note", "log", f"{path} may not be written", "choose another file with --log")


# -- The terminal -----------------------------------------------------------------------------------------------------


def terminal(environ: Mapping[str, str], *, is_terminal: bool) -> Iterator[Finding]:
    """Say what the terminal can show."""
    kind = environ.get("TERM", "")
    if not is_terminal:
        yield Finding("note", "terminal", "standard output is none: the dashboard needs one, 'tuimon show' does not")
        return
    size = shutil.get_terminal_size()
    if kind in NO_SCREEN:
        yield Finding("FAIL", "terminal", f"TERM is {kind}", "export TERM=xterm-256color, or use 'tuimon show --watch'")
    elif not kind:
        yield Finding("note", "terminal", "TERM is not set", "export TERM=xterm-256color")
    else:
        yield Finding("ok", "terminal", f"{kind}, {size.columns}x{size.lines}")
    yield _colours(kind, environ)
    if compose.ascii_only(DEFAULTS, environ):
        yield Finding("note", "characters", "ASCII only", "export LANG=C.UTF-8, or set ui.glyphs to unicode")
    else:
        yield Finding("ok", "characters", "UTF-8")


def _colours(kind: str, environ: Mapping[str, str]) -> Finding:
    if environ.get("NO_COLOR"):
        return Finding("note", "colours", "switched off by NO_COLOR")
    if environ.get("COLORTERM") in {"truecolor", "24bit"}:
        return Finding("ok", "colours", "16 million")
    if "256" in kind or kind in {"xterm-kitty", "alacritty", "foot"}:
        return Finding("ok", "colours", "256")
    return Finding("note", "colours", "16 at most", "export TERM=xterm-256color if the terminal has more")
