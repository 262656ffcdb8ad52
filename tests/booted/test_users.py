"""Histories among users, as real users: who may read one reads all of it while its recorder comes and goes."""

from __future__ import annotations

import pytest
from booted_machines import ROOT, Booted, until

HISTORY = "/srv/shared/h.db"
RECORDER = f"--history {HISTORY} --log /home/alice/log"


class Reader:
    """A process of bob's that keeps one archive open."""

    def __init__(self, machine: Booted, name: str) -> None:
        self.machine, self.file = machine, f"/home/bob/{name}"
        watch = f"{ROOT}/tests/booted/watch_reader.py"
        python = machine.run("head -c 200 /usr/bin/tuimon | head -1").stdout.strip().removeprefix("#!")
        machine.being("bob", f"PYTHONPATH={ROOT} nohup {python} {watch} {HISTORY} > {self.file} 2>&1 < /dev/null &")

    def says(self) -> str:
        return self.machine.run(f"tail -1 {self.file}").stdout.strip()

    def newest(self) -> float:
        said = self.says()
        return float(said) if said[:1].isdigit() else 0.0

    def sees_more_than(self, before: float) -> float:
        return until(lambda: found if (found := self.newest()) > before else 0.0, f"more than {before}", 30)


@pytest.fixture
def shared(machine):
    """A folder of alice's that the group `readers` may enter, which bob is of; its history is shared by its mode."""
    machine.run(
        "groupadd -f readers && usermod -a -G readers bob && rm -rf /srv/shared && "
        "install -d -o alice -g readers -m 2750 /srv/shared"
    )
    machine.being("alice", f"tuimon record --detach {RECORDER} && tuimon record stop {RECORDER} && chmod g+r {HISTORY}")
    yield machine
    machine.being("alice", f"tuimon record stop {RECORDER}", check=False)


def start(machine: Booted) -> int:
    return int(machine.being("alice", f"tuimon record --detach {RECORDER}").stdout.split()[5].rstrip(","))


def test_a_reader_of_another_user_sees_what_is_recorded_whatever_becomes_of_the_recorder(shared):
    before = Reader(shared, "before")  # nobody records, and bob may not make the files that SQLite would like to have
    first = before.sees_more_than(0.0)
    pid = start(shared)
    modes = shared.run(f"stat -c '%a %U %G' {HISTORY}*").stdout.splitlines()
    assert modes == ["640 alice readers"] * 4
    during = Reader(shared, "during")
    second = min(one.sees_more_than(first) for one in (before, during))
    shared.run(f"kill -9 {pid}")
    after = Reader(shared, "after")  # what the recorder left beside the file is nobody's now
    assert after.sees_more_than(0.0) >= second
    start(shared)
    third = min(one.sees_more_than(second) for one in (before, during, after))
    shared.being("alice", f"tuimon record stop {RECORDER}")
    start(shared)
    for one in (before, during, after):
        one.sees_more_than(third)


def screen(machine: Booted, text: str) -> str:
    shown = machine.run("su - bob -c 'tmux -S ~/tmux capture-pane -p -t s'").stdout
    return shown if text in shown else ""


def dashboard(machine: Booted, options: str) -> None:
    """Have bob open a dashboard in a terminal of 160 columns."""
    words = "env LANG=C.UTF-8 tmux -S ~/tmux new-session -d -s s -x 160 -y 30"
    machine.run(f"su - bob -c '{words} \"tuimon {options}\"'")


@pytest.fixture
def terminal_of_bob(machine):
    yield
    machine.run("su - bob -c 'tmux -S ~/tmux kill-server'", check=False)


def test_a_dashboard_of_another_user_shows_a_readable_history_and_who_records_it(shared, terminal_of_bob):
    del terminal_of_bob
    pid = start(shared)
    dashboard(shared, f"--history {HISTORY}")
    until(lambda: screen(shared, "rec in background"), "who records")
    shared.being("alice", f"tuimon record stop {RECORDER}")
    gone = until(lambda: screen(shared, f"process {pid} records no more, and this dashboard cannot"), "that it ended")
    assert "not recorded" in gone
    start(shared)
    until(lambda: screen(shared, "rec in background"), "who records now")


def test_a_dashboard_on_a_history_that_may_not_be_read_says_so(shared, terminal_of_bob):
    del terminal_of_bob
    shared.run("chmod 700 /srv/shared")
    dashboard(shared, f"--history {HISTORY}")
    shown = until(lambda: screen(shared, "not recorded"), "a line")
    assert "user bob may not enter /srv/shared" in shown
    assert "Traceback" not in shown
