"""What is seen in real processes, with psutil as the referee; and in a machine that never was."""

from __future__ import annotations

import dataclasses
import json
import os
import resource
import socket
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lookings import chosen, known

from tuimon.collectors.inspector import AsideInspector
from tuimon.collectors.linux.inspection import READERS, LinuxLooker, kib_fields
from tuimon.collectors.linux.inspection_files import address
from tuimon.collectors.portable_inspection import READERS as PORTABLE
from tuimon.collectors.simulated import open_simulated
from tuimon.collectors.simulated.inspection import MAKERS, SimulatedInspector
from tuimon.model import inspection as m
from tuimon.model.action import target
from tuimon.model.inspectionwire import decode_inspection, decode_part, encode_inspection, encode_part
from tuimon.model.text import harmless
from tuimon.model.wire import WireError, to_json

SECRETS = {"DB_PASSWORD": "hunter2", "URL": "https://me:hunter2@example.org/", "PATH": "/usr/bin", "EMPTY": ""}


def test_every_part_has_its_reader_everywhere():
    assert set(READERS) == set(PORTABLE) == set(MAKERS) == set(m.PARTS)


def test_the_command_is_raw_to_its_owner_and_whole(child, looking):
    words = ["--password=hunter2", "x" * 20_000]
    found = looking()(chosen(child("", *words).pid), ["command"]).command
    assert found.raw
    assert "--password=hunter2" in found.text
    assert found.text.endswith("x" * 20_000)
    assert found.cut == 0


def test_a_command_line_longer_than_any_screen_says_what_it_left_out(child, looking):
    found = looking()(chosen(child("", *["y" * 60_000] * 2).pid), ["command"]).command
    assert len(found.text) == 1 << 16
    assert found.cut > 50_000


def test_program_folder_and_owner(child, looking, tmp_path):
    found = looking()(chosen(child(cwd=tmp_path).pid), ["executable", "folder", "owner"])
    assert found.executable == os.path.realpath(sys.executable)
    assert found.folder == str(tmp_path)
    assert found.owner.user == found.owner.real_user == psutil.Process().username()
    assert found.owner.capabilities


def test_secrets_in_the_environment_are_masked(child, looking):
    found = looking()(chosen(child(env=SECRETS).pid), ["environment"]).environment
    by_name = {one.name: one.value for one in found}
    assert by_name["PATH"] == "/usr/bin"
    assert by_name["EMPTY"] == ""
    assert by_name["DB_PASSWORD"] == "***"
    assert "hunter2" not in str(found)


def test_limits_are_those_that_were_set(child, looking):
    program = "import resource; resource.setrlimit(resource.RLIMIT_NOFILE, (77, 99)); resource.setrlimit(resource.RLIMIT_CORE, (0, 5))"
    found = {one.name: one for one in looking()(chosen(child(program).pid), ["limits"]).limits}
    assert found["open files"] == m.Limit("open files", 77, 99, "files")
    assert found["core file size"] == m.Limit("core file size", 0, 5, "bytes")
    soft, _ = resource.getrlimit(resource.RLIMIT_CPU)
    assert found["cpu time"].soft == (None if soft == resource.RLIM_INFINITY else soft)
    assert len(found) == 16


def test_memory_is_what_psutil_says(child, looking):
    one = child("keep = bytearray(50_000_000)")
    found = looking()(chosen(one.pid), ["memory"]).memory
    want = psutil.Process(one.pid).memory_full_info()
    assert found.uss_bytes == pytest.approx(want.uss, rel=0.05)
    assert found.pss_bytes == pytest.approx(want.pss, rel=0.05)
    assert found.swap_bytes == want.swap
    assert found.uss_bytes > 50_000_000
    assert found.peak_bytes >= found.rss_bytes > found.pss_bytes


def test_threads_have_their_own_time(child, looking):
    program = """
import threading
def work():
    while True: sum(range(1000))
threading.Thread(target=work, daemon=True).start()
threading.Thread(target=time.sleep, args=(100,), daemon=True).start()
time.sleep(0.5)
"""
    one = child(program)
    found = looking()(chosen(one.pid), ["threads"]).threads
    assert [thread.tid for thread in found] == sorted(t.id for t in psutil.Process(one.pid).threads())
    assert found[0].tid == one.pid
    busiest = max(found, key=lambda thread: thread.cpu_seconds)
    assert busiest.tid != one.pid
    assert busiest.cpu_seconds > 0.1


def test_files_and_sockets_with_both_ends(child, looking, tmp_path):
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.create_server(("::1", 0), family=socket.AF_INET6) as six,
    ):
        port, port6 = server.getsockname()[1], six.getsockname()[1]
        program = f"""
import os, socket
log = open({str(tmp_path / "a log")!r}, "w"); log.write("12345"); log.flush()
four = socket.create_connection(("127.0.0.1", {port}))
six = socket.create_connection(("::1", {port6}))
unix = socket.socket(socket.AF_UNIX); unix.bind({str(tmp_path / "s")!r}); unix.listen()
memory = os.memfd_create("notes")
"""
        found = looking()(chosen(child(program).pid), ["files", "sockets"])
    files = {(one.kind, one.target): one for one in found.files}
    log = files["file", str(tmp_path / "a log")]
    assert (log.mode, log.position) == ("w", 5)
    assert ("memory", "notes (deleted)") in files
    assert found.files[0].fd == 0
    sockets = {one.protocol: one for one in found.sockets}
    assert (sockets["tcp"].remote, sockets["tcp"].state) == (f"127.0.0.1:{port}", "established")
    assert (sockets["tcp6"].remote, sockets["tcp6"].state) == (f"[::1]:{port6}", "established")
    assert (sockets["unix stream"].local, sockets["unix stream"].state) == (str(tmp_path / "s"), "listen")
    assert {one.fd for one in found.sockets} == {one.fd for one in found.files if one.kind == "socket"}


def test_scheduling_is_what_was_set(child, looking):
    one = child()
    process = psutil.Process(one.pid)
    process.nice(9)
    process.ionice(psutil.IOPRIO_CLASS_IDLE)
    process.cpu_affinity([0])
    Path(f"/proc/{one.pid}/oom_score_adj").write_text("300")
    found = looking()(chosen(one.pid), ["schedule", "group"])
    assert found.schedule == m.Schedule("other", 9, "idle", "0", found.schedule.oom_score, 300)
    assert found.group.path in Path(f"/proc/{one.pid}/cgroup").read_text()
    assert found.group.memory_used_bytes is None or found.group.memory_used_bytes > 0


def test_a_kernel_thread_has_little_to_look_into(looking):
    found = looking()(chosen(2))
    assert found.executable.why == found.memory.why == "absent"
    assert found.command == m.Command("", raw=os.geteuid() == 0)
    assert not found.ended
    assert "schedule" in known(found)


def test_one_that_ended_is_gone_and_what_was_known_stays(child, looking):
    one = child()
    wanted, look = chosen(one.pid), looking()
    before = look(wanted, ["folder"])
    one.kill()
    one.wait()
    found = look(wanted, ["executable", "folder"], before)
    assert found.ended
    assert found.folder == before.folder
    assert found.executable == found.environment == m.GONE


def test_one_whose_pid_is_anothers_is_gone(child, looking):
    wanted = chosen(child().pid)
    found = looking()(dataclasses.replace(wanted, started_at=wanted.started_at - 1))
    assert found.ended
    assert known(found) == set()


@pytest.mark.root
@pytest.mark.skipif(os.getuid() != 0 and not os.environ.get("CI"), reason="becomes another user")
def test_who_is_not_the_owner_sees_no_secret_and_is_told_the_remedy(child):
    one = child("", "--token", "hunter2")
    done = subprocess.run(
        [sys.executable, Path(__file__).parent / "look_as_nobody.py", str(one.pid)],
        capture_output=True, text=True, check=False, env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found = decode_inspection(json.loads(done.stdout))
    assert not found.command.raw
    assert found.command.text.endswith("--token ***")
    for part in ("executable", "folder", "environment", "files", "sockets", "memory", "io"):
        assert getattr(found, part) == m.Missing("refused", "run as root or grant CAP_SYS_PTRACE"), part
    assert {"owner", "schedule", "limits", "group", "threads"} <= known(found)


def test_portable_and_fast_see_the_same(child, looking, tmp_path):
    program = f"keep = open({str(tmp_path / 'f')!r}, 'w')"
    wanted = chosen(child(program, env=SECRETS, cwd=tmp_path).pid)
    fast = looking()(wanted)
    slow = looking(AsideInspector("portable", start_of=lambda one: one.started_at))(wanted)
    for part in ("command", "executable", "folder", "environment"):
        assert getattr(fast, part) == getattr(slow, part), part
    assert (fast.owner.user, fast.schedule.nice) == (slow.owner.user, slow.schedule.nice)
    assert [one.tid for one in fast.threads] == [one.tid for one in slow.threads]
    assert {one.target for one in slow.files} <= {one.target for one in fast.files}
    assert str(tmp_path / "f") in {one.target for one in slow.files}
    assert slow.memory.uss_bytes == pytest.approx(fast.memory.uss_bytes, rel=0.1)
    assert {one.soft for one in slow.limits} == {one.soft for one in fast.limits}
    assert slow.group.why == "absent"


def test_a_simulated_machine_is_at_one_with_its_rows(looking):
    snapshot = open_simulated("busy", 1).sample()
    by_identity = {process.identity: process for process in snapshot.processes}
    look = looking(SimulatedInspector(by_identity.get))
    for process in snapshot.processes:
        found = look(target(process, snapshot.host))
        assert found == look(target(process, snapshot.host))
        assert found.command.text == process.command
        assert found.schedule.nice == process.nice
        assert len(found.threads) == process.threads
        assert sum(one.cpu_seconds for one in found.threads) == pytest.approx(
            process.cpu_seconds, abs=0.01 * process.threads
        )
        if not process.kernel and process.state != "Z":
            assert found.memory.rss_bytes == process.rss_bytes
        assert decode_inspection(json.loads(to_json(encode_inspection(found)))) == found
    ended = look(target(snapshot.processes[0]._replace(pid=99999), snapshot.host))
    assert ended.ended


TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Zl", "Zp"]), max_size=20).map(harmless)


def of_class(cls):
    kinds = {"str": TEXT, "int": st.integers(-(2**40), 2**60), "float": st.floats(0, 1e12), "bool": st.booleans()}
    wanted = {}
    for field in dataclasses.fields(cls):
        kind, _, null = field.type.partition(" | ")
        wanted[field.name] = st.none() | kinds[kind] if null else kinds[kind]
    return st.builds(cls, **wanted)


MISSING = st.builds(
    m.Missing, st.sampled_from(["refused", "late", "gone", "unrecorded", "absent", "failed", "pending"]), TEXT
)
ONE = {
    "command": m.Command,
    "owner": m.Owner,
    "schedule": m.Schedule,
    "io": m.IoTotals,
    "group": m.ControlGroup,
    "memory": m.MemoryUse,
}
MANY = {"limits": m.Limit, "threads": m.Thread, "files": m.OpenFile, "sockets": m.Socket, "environment": m.Variable}
PART = (
    {name: of_class(cls) for name, cls in ONE.items()}
    | {name: st.lists(of_class(cls), max_size=3).map(tuple) for name, cls in MANY.items()}
    | {"executable": TEXT, "folder": TEXT}
)
INSPECTION = st.builds(
    m.Inspection,
    st.integers(1, 4194304),
    st.floats(0, 2e9),
    ended=st.booleans(),
    **{n: MISSING | part for n, part in PART.items()},
)


@given(INSPECTION)
def test_an_inspection_goes_over_the_wire_and_back(inspection):
    assert decode_inspection(json.loads(to_json(encode_inspection(inspection)))) == inspection


JSON = st.recursive(
    st.none() | st.integers() | TEXT,
    lambda x: st.lists(x, max_size=3) | st.dictionaries(TEXT, x, max_size=3),
    max_leaves=6,
)


@given(st.sampled_from(m.PARTS), JSON)
def test_what_is_no_part_is_refused_or_read(name, value):
    try:
        part = decode_part(name, value)
    except WireError:
        return
    encode_part(part)


@given(st.integers(0, 2**32 - 1), st.integers(0, 65535))
def test_addresses_of_the_kernel_are_read_in_its_byte_order(host, port):
    packed = host.to_bytes(4, sys.byteorder)
    text = f"{host:08X}:{port:04X}"
    assert address(text, 4) == f"{socket.inet_ntop(socket.AF_INET, packed)}:{port}"


def test_a_recorded_tree_says_what_nobody_recorded(tmp_path):
    folder = tmp_path / "proc/77"
    folder.mkdir(parents=True)
    stat = "77 (a b) S 1 1 1 0 -1 4194560 1 0 0 0 5 5 0 0 20 5 1 0 900 1000 10 " + " ".join(["0"] * 28)
    (folder / "stat").write_text(stat)
    (folder / "cmdline").write_bytes(b"a\0--token=x\0")
    looker = LinuxLooker(str(tmp_path))
    assert looker.part(77, 900, "command").text in {"a --token=x", "a --token=***"}
    assert looker.part(77, 900, "limits") == m.UNRECORDED
    assert looker.part(77, 901, "limits") == m.GONE
    assert looker.part(78, 900, "limits") == m.GONE


def test_lines_that_are_no_sizes_are_passed_over():
    assert kib_fields(b"head\nRss: 12 kB\nPss: x kB\nSwap: 3\n") == {"Rss": 12288}
