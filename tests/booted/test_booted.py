"""Recorders on a machine with systemd, logind, sshd and cron: they outlive logouts and start with the machine."""

from __future__ import annotations

import json
import time

import pytest
from booted_machines import ROOT, Booted, until

UNITS = ROOT / "packaging" / "systemd"
LOCKED = (
    "user bob may not write /var/lib/tuimon/history.db.lock (it is tuimon's; members of the group tuimon may read it)"
)
ONLY_CRON = "PATH=/opt/only-cron"
"""Before a command: it finds crontab(1), and no systemctl(1)."""


def status(machine: Booted, user: str, *, options: str = "") -> dict:
    return json.loads(machine.being(user, f"tuimon record status --json {options}", check=False).stdout)


def recording(machine: Booted, user: str) -> dict:
    """Return who records for a user, as soon as somebody does."""

    def look() -> dict:
        found = status(machine, user)
        return found["recorder"] if found["state"] == "recording" else {}

    return until(look, f"a recorder of {user}")


def is_logged_in(machine: Booted, user: str) -> bool:
    """Return whether a session of a user is more than what it left behind."""
    script = (
        f"loginctl list-sessions --no-legend | awk '$3 == \"{user}\" {{print $1}}' | "
        "xargs -r -n1 loginctl show-session -p State --value"
    )
    return bool(set(machine.run(script, check=False).stdout.split()) - {"closing"})


def test_a_detached_recorder_outlives_the_ssh_session_it_was_started_from(machine):
    said = machine.ssh("alice", "tuimon record --detach").stdout
    until(lambda: not is_logged_in(machine, "alice"), "the end of the session")
    first = status(machine, "alice")
    assert first["state"] == "recording"
    assert said == f"recording in the background: process {first['recorder']['pid']}, {first['history']['path']}\n"
    assert (first["recorder"]["user"], first["recorder"]["kind"]) == ("alice", "record")
    time.sleep(1.5)
    assert machine.ssh("alice", "tuimon record stop").stdout.startswith(
        f"stopped: process {first['recorder']['pid']}, "
    )
    last = status(machine, "alice")
    assert last["state"] == "nobody"
    assert last["history"]["newest_at"] > first["history"]["newest_at"] + 1


def test_where_logind_ends_what_a_session_leaves_that_is_said_and_a_unit_survives_it(machine):
    folder = "/etc/systemd/logind.conf.d"
    machine.run(f"mkdir -p {folder}; printf '[Login]\\nKillUserProcesses=yes\\n' > {folder}/kill.conf")
    machine.run("systemctl restart systemd-logind")
    try:
        said = machine.ssh("bob", "tuimon record --detach").stdout
        assert "note: it ends when you log out (logind: KillUserProcesses=yes)" in said
        until(lambda: status(machine, "bob")["state"] == "nobody", "the end of the recorder")
        machine.run("loginctl enable-linger bob")
        machine.ssh("bob", "tuimon record install")
        until(lambda: not is_logged_in(machine, "bob"), "the end of the session")
        assert status(machine, "bob")["state"] == "recording"
    finally:
        machine.run(f"rm {folder}/kill.conf; systemctl restart systemd-logind")
        machine.ssh("bob", "tuimon record uninstall", check=False)
        machine.run("loginctl disable-linger bob")


def test_what_is_installed_starts_with_the_machine_by_systemd_and_by_cron(machine):
    machine.run("mkdir -p /opt/only-cron && ln -sf /usr/bin/crontab /opt/only-cron/")
    by_systemd = machine.ssh("alice", "tuimon record install").stdout
    assert by_systemd.startswith("/home/alice/.config/systemd/user/tuimon.service:\n")
    assert "records into /home/alice/" in by_systemd
    assert by_systemd.endswith("outlive your logout: loginctl enable-linger alice\n")
    machine.run("loginctl enable-linger alice")

    machine.being("bob", "echo '0 3 * * * true' | crontab -")
    by_cron = machine.ssh("bob", f"{ONLY_CRON} /usr/bin/tuimon record install").stdout
    assert by_cron.startswith("the crontab:\n\n    @reboot ")
    assert "records into /home/bob/" in by_cron
    assert recording(machine, "bob")["user"] == "bob"
    again = machine.ssh("bob", f"{ONLY_CRON} /usr/bin/tuimon record install && crontab -l").stdout
    assert again.count("@reboot") == 2  # as shown, and once in the crontab

    machine.reboot()
    since = time.time()
    assert recording(machine, "alice")["user"] == "alice"
    assert recording(machine, "bob")["user"] == "bob"
    assert "not logged in" in machine.run("loginctl show-user bob", check=False).stderr  # it was cron
    assert status(machine, "bob")["recorder"]["since"] < since + 30

    assert "begins again with the machine" in machine.ssh("alice", "tuimon record stop").stdout
    machine.ssh("alice", "tuimon record uninstall")
    assert machine.ssh("alice", "systemctl --user list-unit-files tuimon.service --no-legend", check=False).stdout == ""
    gone = machine.ssh("bob", f"{ONLY_CRON} /usr/bin/tuimon record uninstall; crontab -l").stdout
    assert "removed the line in the crontab" in gone
    assert gone.endswith("\n0 3 * * * true\n")
    assert "goes on recording" in gone
    machine.being("bob", "tuimon record stop")
    assert machine.ssh("bob", "tuimon record uninstall").stdout == "nothing is installed\n"
    machine.run("loginctl disable-linger alice")


def test_a_unit_that_cannot_record_is_said_when_it_is_installed(machine):
    machine.being("alice", "mkdir -p .config/tuimon && echo 'interval: 1' > .config/tuimon/config.yaml")
    machine.ssh("alice", "tuimon record install --history ~/tuimon.db")
    machine.being("alice", "echo 'interval: 99' > .config/tuimon/config.yaml")
    done = machine.ssh(
        "alice", "systemctl --user restart tuimon; tuimon record status --history ~/tuimon.db", check=False
    )
    assert done.returncode == 2
    state = "systemctl --user show tuimon -p SubState -p ExecMainStatus -p NRestarts | sort | paste -sd ' '"
    ended = "ExecMainStatus=2 NRestarts=0 SubState=failed\n"
    until(lambda: machine.ssh("alice", state).stdout == ended, "a unit that is not restarted")
    machine.ssh("alice", "rm .config/tuimon/config.yaml; tuimon record uninstall; systemctl --user reset-failed")


@pytest.fixture
def for_all(machine):
    """The recorder of the whole machine, from packaging/, as docs/recording.md has it installed."""
    machine.run(
        f"install -m 644 {UNITS}/tuimon.sysusers.conf /usr/lib/sysusers.d/tuimon.conf && "
        f"install -m 644 {UNITS}/tuimon.service /etc/systemd/system/ && "
        "systemd-sysusers && systemctl daemon-reload && systemctl enable --now tuimon && usermod -a -G tuimon bob"
    )
    until(lambda: machine.run("test -e /var/lib/tuimon/history.db-wal", check=False).returncode == 0, "a history")
    yield
    machine.run("systemctl disable --now tuimon; rm -r /var/lib/tuimon; rm /etc/systemd/system/tuimon.service")


def test_the_recorder_of_the_whole_machine_is_read_by_its_group_and_by_nobody_else(machine, for_all):
    del for_all
    modes = machine.run("stat -c '%a %U %G %n' /var/lib/tuimon/* | sed s,/var/lib/tuimon/,,").stdout.splitlines()
    assert modes == [f"640 tuimon tuimon history.db{side}" for side in ("", "-shm", "-wal", ".lock")]
    assert machine.run("stat -c '%a %U' /var/lib/tuimon /var/log/tuimon").stdout == "750 tuimon\n750 tuimon\n"

    member = recording(machine, "bob")
    assert (member["user"], member["kind"]) == ("tuimon", "record")
    assert machine.being("bob", "tuimon history path").stdout == "/var/lib/tuimon/history.db\n"
    first = status(machine, "bob")["history"]["newest_at"]
    doctor = machine.being("bob", "tuimon doctor", check=False).stdout
    assert "ok    history      /var/lib/tuimon/history.db" in doctor
    assert f"ok    recorder     process {member['pid']}, in the background, user tuimon" in doctor
    refused = machine.being("bob", "tuimon record; tuimon record stop; tuimon record install", check=False).stderr
    recorded = f"tuimon: /var/lib/tuimon/history.db is being recorded by process {member['pid']}"
    assert refused.splitlines() == [
        f"{recorded}; you may read that, but not record into it",
        f"{recorded} of user tuimon: only they may stop it",
        f"tuimon: {LOCKED}: what is installed could not record",
    ]

    until(lambda: status(machine, "bob")["history"]["newest_at"] > first, "newer samples", 30)
    assert machine.being("bob", "tuimon show --at now").stdout

    stranger = status(machine, "alice")["history"]["path"]
    assert stranger.startswith("/home/alice/")
    told = status(machine, "alice", options="--history /var/lib/tuimon/history.db")
    why = "user alice may not enter /var/lib/tuimon (it is tuimon's; members of the group tuimon may enter it)"
    assert (told["state"], told["notes"]) == ("unknown", [why])
    for words in ("history info", "show --at '5s ago'", "record", "record stop"):
        done = machine.being("alice", f"tuimon {words} --history /var/lib/tuimon/history.db", check=False)
        assert (done.returncode, why in done.stderr, done.stderr.count("\n")) == (1, True, 1), done


def test_root_in_the_place_of_the_machines_recorder_leaves_its_files_to_it(machine, for_all):
    del for_all
    machine.run("systemctl stop tuimon; rm /var/lib/tuimon/*; umask 077; tuimon record --detach")
    machine.run("tuimon record stop; systemctl start tuimon")
    assert recording(machine, "bob")["user"] == "tuimon"
    assert set(machine.run("stat -c '%a %U %G' /var/lib/tuimon/history*").stdout.splitlines()) == {"640 tuimon tuimon"}


def test_the_unit_is_well_formed_and_shut_in(machine, for_all):
    del for_all
    assert machine.run("systemd-analyze verify tuimon.service").stderr == ""
    told = machine.run("systemd-analyze security --offline=yes --no-pager /etc/systemd/system/tuimon.service").stdout
    level = float(told.rpartition("Overall exposure level for tuimon.service: ")[2].split()[0])
    assert level <= 2.0
    time.sleep(1.5)  # for rates there must be two samples
    machine.run("systemctl stop tuimon")
    seen = machine.run("tuimon show --at now --history /var/lib/tuimon/history.db").stdout
    live = machine.run("tuimon show").stdout

    def mounts(text: str) -> set[str]:
        return {line.split()[1] for line in text.splitlines() if line.startswith(("filesystem", "disk", "network"))}

    assert mounts(seen) == mounts(live)
