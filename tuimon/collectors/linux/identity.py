"""Who this machine is, and who its users are: /proc/sys/kernel, /etc/os-release (os-release(5)), /etc/passwd."""

from __future__ import annotations

import os
import pwd

from tuimon.collectors.linux.kept import read_text
from tuimon.collectors.options import Options
from tuimon.collectors.tick import Every, Tick
from tuimon.model.snapshot import Host
from tuimon.model.text import harmless


def os_name(release: str) -> str:
    """Return what os-release(5) calls the system: "Debian 12"; '' when it does not say."""
    fields = dict(line.split("=", 1) for line in release.splitlines() if "=" in line and not line.startswith("#"))
    plain = {key: value.strip().strip("\"'") for key, value in fields.items()}
    name, version = plain.get("NAME", ""), plain.get("VERSION_ID", "")
    if name and version:
        return f"{name.removesuffix(' GNU/Linux')} {version}"
    return plain.get("PRETTY_NAME", name)


def cpu_model(cpuinfo: str) -> str:
    """Return the processors' name in /proc/cpuinfo; '' where it has none (many ARM boards)."""
    for line in cpuinfo.splitlines():
        key, _, value = line.partition(":")
        if key.strip() in {"model name", "Model", "cpu model", "cpu"}:
            return " ".join(value.split())
    return ""


class HostReader:
    """Reads the Host, again once a minute: a machine can be renamed."""

    def __init__(self, root: str, options: Options) -> None:
        self._root = root
        self._every = Every(options.cadence("host"))
        self._model = harmless(cpu_model(read_text(f"{root}/proc/cpuinfo")), 100)
        self._host = Host()

    def host(self, tick: Tick, cores: int, booted_at: float | None) -> Host:
        """Return the host; the same object while nothing changes."""
        if self._every.due(tick) or (cores, booted_at) != (self._host.cores, self._host.booted_at):
            fresh = self._read(cores, booted_at)
            if fresh != self._host:
                self._host = fresh
        return self._host

    def _read(self, cores: int, booted_at: float | None) -> Host:
        root = self._root
        release = read_text(f"{root}/etc/os-release") or read_text(f"{root}/usr/lib/os-release")
        machine = read_text(f"{root}/etc/machine-id") or read_text(f"{root}/var/lib/dbus/machine-id")
        here = os.uname() if root in {"", "/"} else None  # where /proc/sys is hidden
        name = read_text(f"{root}/proc/sys/kernel/hostname") or read_text(f"{root}/etc/hostname")
        name = harmless(name or (here.nodename if here else "unnamed"), 100)
        kernel = read_text(f"{root}/proc/sys/kernel/osrelease") or (here.release if here else "")
        return Host(
            name=name,
            os=harmless(os_name(release), 100),
            kernel=harmless(kernel, 100),
            cores=cores,
            booted_at=booted_at,
            machine_id=harmless(machine or f"host-{name}", 64),  # some containers have none
            cpu_model=self._model,
        )


class Users:
    """Names of users by uid. /etc/passwd first, so that a directory service is asked only for who is not in it."""

    def __init__(self, root: str) -> None:
        self._path = f"{root}/etc/passwd"
        self._ask = root in {"", "/"}
        self._names: dict[int, str] = {}
        self._read_at: int | None = None

    def name(self, uid: int) -> str:
        """Return the user's name, the number as text for one who has none; each is looked up once."""
        found = self._names.get(uid)
        if found is None:
            self._read_file()
            found = self._names.get(uid)
        if found is None:
            found = self._names[uid] = self._directory(uid)
        return found

    def _read_file(self) -> None:
        try:
            changed = os.stat(self._path).st_mtime_ns
            if changed == self._read_at:
                return
            self._read_at = changed
            with open(self._path, encoding="utf-8", errors="replace") as file:
                entries = [line.split(":") for line in file]
        except OSError:
            return
        for entry in entries:
            if len(entry) >= 3 and entry[2].isdecimal():
                self._names.setdefault(int(entry[2]), harmless(entry[0], 64))

    def _directory(self, uid: int) -> str:
        if self._ask:
            try:
                return harmless(pwd.getpwuid(uid).pw_name, 64)
            except KeyError:
                pass
        return str(uid)
