"""A machine of its own, booted: this one's files with a layer over them, and its own systemd, logind, sshd and cron.

Everything is in namespaces (systemd-nspawn(1) in a mount namespace of ours): nothing of it is seen outside, nothing is
left of it. Needs root.
"""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeVar

import pytest

ROOT: Final = Path(__file__).resolve().parents[2]
KEPT: Final = {"cron.service", "ssh.service", "remote-fs.target"}
"""What is started with it, of all that the packages of this machine would have started."""
T = TypeVar("T")
BOOT: Final = """
set -e
mount --make-rprivate /
mount -t tmpfs tmpfs {folder}
mkdir {folder}/upper {folder}/work {folder}/root
mount -t overlay overlay -o lowerdir=/,upperdir={folder}/upper,workdir={folder}/work {folder}/root
for elsewhere in {elsewhere}; do mount --bind -o ro $elsewhere {folder}/root$elsewhere; done
touch {folder}/ready
for wait in {{1..200}}; do [ -e {folder}/go ] && break; sleep 0.05; done
while :; do
    code=0
    systemd-nspawn -q -D {folder}/root --boot --register=no --keep-unit --private-network --machine={name} \\
        --link-journal=no --console=read-only {hidden} systemd.unit=multi-user.target || code=$?
    [ $code = 133 ] || exit $code  # 133: it wants to be started again
done
"""


def until(look: Callable[[], T], what: str, seconds: float = 60) -> T:
    """Look again and again until there is something to see."""
    end = time.monotonic() + seconds
    while not (seen := look()):
        if time.monotonic() > end:
            pytest.fail(f"not within {seconds} s: {what}")
        time.sleep(0.1)
    return seen


class Booted:
    """Such a machine. `run` is root's shell in it, `ssh` a session of one of its users."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._log = (folder.parent / "boot.log").open("w+", encoding="utf-8", errors="replace")
        self._seen = sorted({str(ROOT), sys.base_prefix, sys.prefix})
        elsewhere = [path for path in self._seen if Path(path).stat().st_dev != Path("/").stat().st_dev]
        hidden = [f"--bind-ro={path}" for path in self._seen if path.startswith(("/tmp/", "/run/"))]
        text = BOOT.format(
            folder=folder,
            elsewhere=" ".join(map(shlex.quote, elsewhere)),
            hidden=" ".join(map(shlex.quote, hidden)),
            name=f"tuimon{os.getpid()}",
        )
        self.shell = subprocess.Popen(
            ["unshare", "--mount", "bash", "-c", text], stdin=subprocess.DEVNULL, stdout=self._log, stderr=self._log
        )
        self.leader = 0

    def boot(self) -> None:
        """Boot it; once."""
        self._prepare(Path(f"/proc/{self.shell.pid}/root{self.folder}"), self._seen)
        self.wait_for_boot()
        for user in ("alice", "bob"):
            self.add(user)

    def _prepare(self, inside: Path, seen: list[str]) -> None:
        """Leave out what it need not start, and let its users reach the program."""
        until((inside / "ready").exists, f"a root folder; {self.log()}")
        root = inside / "root"
        for wanted in (root / "etc/systemd/system").glob("*.wants/*"):
            if wanted.name not in KEPT:
                wanted.unlink()
        for folder in {parent for path in seen for parent in Path(path).parents}:
            where = root / str(folder).lstrip("/")
            if not where.stat().st_mode & 0o001:
                where.chmod(where.stat().st_mode | 0o011)
        for name in ("usr/bin/tuimon", "usr/local/bin/tuimon"):
            (root / name).unlink(missing_ok=True)
        script = root / "usr/bin/tuimon"
        script.write_text(f"#!{sys.executable} -P\nimport sys\nfrom tuimon.cli import main\nsys.exit(main())\n")
        script.chmod(0o755)
        (root / "etc/ssh/sshd_config.d/tuimon.conf").write_text("UseDNS no\nPermitUserEnvironment no\n")
        (inside / "go").touch()

    def wait_for_boot(self) -> None:
        """Wait until it is up."""

        def up() -> bool:
            self.leader = self._leader()
            if self.shell.poll() is not None:
                pytest.fail(f"it did not boot: {self.log()}")
            return bool(self.leader) and self.run("systemctl is-active ssh cron", check=False).stdout == "active\n" * 2

        until(up, f"a booted machine; {self.log()}")

    def _leader(self) -> int:
        """Return the pid of its init, seen from here; 0 where there is none."""
        for nspawn in _children(self.shell.pid):
            for one in _children(nspawn):
                return one
        return 0

    def log(self) -> str:
        """Return what the boot said."""
        self._log.flush()
        return Path(self._log.name).read_text(encoding="utf-8", errors="replace")[-3000:]

    def run(self, script: str, *, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run a script as root."""
        words = ["nsenter", "-t", str(self.leader), "-m", "-u", "-i", "-n", "-p", "--", "bash", "-c", script]
        done = subprocess.run(
            words, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL, timeout=120, env=ENVIRONMENT
        )
        if check and done.returncode:
            pytest.fail(f"{script}: {done.returncode}\n{done.stdout}{done.stderr}")
        return done

    def add(self, user: str) -> None:
        """Add a user who may log in with root's key."""
        self.run(
            f"useradd -m -s /bin/bash {user} && mkdir -p /root/key && cd /root/key && "
            "{ [ -e id ] || ssh-keygen -q -t ed25519 -N '' -f id; } && "
            f"install -d -m 700 -o {user} -g {user} ~{user}/.ssh && "
            f"install -m 600 -o {user} -g {user} id.pub ~{user}/.ssh/authorized_keys"
        )

    def being(self, user: str, script: str, *, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run a script as a user without a session: faster, and systemd knows nothing of it."""
        who = f"setpriv --reuid={user} --regid={user} --init-groups env HOME=/home/{user} USER={user}"
        return self.run(f"cd /home/{user} && {who} bash -c {shlex.quote(script)}", check=check)

    def ssh(self, user: str, script: str, *, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run a script in a session of a user, which ends with it."""
        options = "-n -q -o BatchMode=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -i /root/key/id"
        return self.run(f"ssh {options} {user}@127.0.0.1 {shlex.quote(script)}", check=check)

    def reboot(self) -> None:
        """Boot it again."""
        before = self.leader
        self.run("systemctl reboot", check=False)
        until(lambda: self._leader() not in (0, before), f"another init; {self.log()}")
        self.wait_for_boot()

    def close(self) -> None:
        """Switch it off."""
        if leader := self._leader():
            os.kill(leader, signal.SIGKILL)
        try:
            self.shell.wait(20)
        except subprocess.TimeoutExpired:
            self.shell.kill()
            self.shell.wait()
        self._log.close()


ENVIRONMENT: Final = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8"}


def _children(pid: int) -> list[int]:
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []
