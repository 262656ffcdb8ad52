from __future__ import annotations

import errno
import os
import signal
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuimon.collectors.asker import A_SERVER, Asker, Question
from tuimon.collectors.filesystems import FilesystemReader, Mount, chosen, is_local, server_of
from tuimon.collectors.linux.mountinfo import MountReader, parse_mountinfo, unescaped
from tuimon.collectors.options import IGNORED_FSTYPES, Options, Patterns
from tuimon.collectors.tick import Tick

IGNORED = Patterns(IGNORED_FSTYPES)


def line(number, point, fstype="ext4", source="/dev/sda1", *, root="/", options="rw"):
    return f"36 25 {number} {root} {point} {options},relatime shared:1 - {fstype} {source} {options}\n"


def shown(*lines):
    return [mount.point.decode() for mount in chosen(parse_mountinfo("".join(lines).encode()), IGNORED)]


def mangled(path: bytes) -> bytes:
    """What the kernel's mangle_path() makes of a path."""
    return b"".join(b"\\%03o" % byte if byte in b" \t\n\\#" else bytes([byte]) for byte in path)


@given(st.binary(max_size=60).filter(lambda raw: b"\0" not in raw))
def test_a_mount_point_may_be_any_bytes(name):
    point = b"/mnt/" + name
    raw = b"36 25 8:1 / %s rw - ext4 %s rw\n" % (mangled(point), mangled(b"/dev/" + name))
    if b" " in mangled(name) or not mangled(name).strip(b"\x0b\x0c\r\x1c\x1d\x1e\x85"):
        return
    (mount,) = parse_mountinfo(raw)
    assert (mount.point, mount.source) == (point, b"/dev/" + name)


@given(st.binary(max_size=80))
def test_decoding_never_fails_and_decodes_what_was_encoded(raw):
    unescaped(raw)
    assert unescaped(mangled(raw)) == raw


@given(st.binary(max_size=200))
def test_lines_that_make_no_sense_are_left_out(raw):
    assert isinstance(parse_mountinfo(raw), list)


def test_one_device_is_shown_once_at_its_own_root_with_the_shortest_path():
    assert shown(
        line("8:1", "/var/lib/docker/x"),
        line("8:1", "/"),
        line("8:1", "/etc/hosts", root="/var/hosts"),
        line("8:2", "/b"),
    ) == ["/", "/b"]
    assert shown(line("8:1", "/h", root="/some/hosts"), line("8:1", "/data/long")) == ["/data/long"]
    assert shown(line("8:1", "/etc/hostname", root="/a"), line("8:1", "/etc/hosts", root="/b")) == ["/etc/hosts"]


def test_the_last_mount_on_a_point_hides_the_others():
    mounts = chosen(parse_mountinfo((line("8:1", "/a") + line("8:2", "/a", source="/dev/sdb")).encode()), IGNORED)
    assert [mount.source for mount in mounts] == [b"/dev/sdb"]


def test_pseudo_filesystems_are_left_out_but_not_the_root_and_not_tmp():
    assert shown(
        line("0:5", "/", "overlay", "overlay"),
        line("0:6", "/proc", "proc", "proc"),
        line("0:7", "/run", "tmpfs", "tmpfs"),
        line("0:8", "/tmp", "tmpfs", "tmpfs"),
        line("0:9", "/snap/x", "squashfs", "/dev/loop1"),
        line("0:10", "/sys/fs/cgroup", "cgroup2", "cgroup2"),
        line("0:11", "/mnt", "nfs4", "server:/x"),
        line("0:12", "/auto", "autofs", "systemd-1"),
    ) == ["/", "/mnt", "/tmp"]


def test_only_what_cannot_hang_is_asked_in_this_process():
    mounts = parse_mountinfo(
        (
            line("8:1", "/") + line("0:9", "/net", "nfs4", "s:/x") + line("8:2", "/net/disk")
            + line("8:3", "/network") + line("0:10", "/f", "fuse.sshfs", "h:")
        ).encode()
    )  # fmt: skip
    assert [is_local(mount, mounts) for mount in mounts] == [True, False, False, True, False]


def test_sizes_are_as_df_counts_them(tmp_path):
    (tmp_path / "proc/self").mkdir(parents=True)
    (tmp_path / "proc/self/mountinfo").write_text(
        line("8:1", "/", options="ro")
        + line("8:2", "/b", "btrfs")
        + line("8:3", "/empty")
        + line("8:4", r"/a\040b\033[2J")
    )
    answers = {
        b"/": (4096, 1000, 400, 300, 50, 20),
        b"/b": (1024, 100, 100, 100, 0, 0),
        b"/empty": (4096, 0, 0, 0, 0, 0),
        b"/a b\x1b[2J": (4096, 10, 5, 5, 10, 5),
    }
    reader = FilesystemReader(
        MountReader(str(tmp_path)),
        Options(),
        lambda path: answers[path.removeprefix(os.fsencode(tmp_path))],
        str(tmp_path),
    )
    root, other, b = reader.filesystem(Tick(1000.0, 10.0, None))
    reader.close()
    assert (root.device, root.used_bytes, root.available_bytes, root.size_bytes) == (
        "/",
        600 * 4096,
        300 * 4096,
        4096000,
    )
    assert root.used_percent == pytest.approx(600 / 900 * 100)
    assert (root.inodes_used, root.inodes, root.inodes_used_percent) == (30, 50, 60)
    assert (root.fstype, root.block_device, root.read_only, root.stale_seconds) == ("ext4", "/dev/sda1", True, None)
    assert (b.used_percent, b.inodes, b.inodes_used_percent, b.read_only) == (0, None, None, False)
    assert "\x1b" not in other.device


def test_one_that_fails_keeps_its_numbers_and_says_since_when(tmp_path):
    (tmp_path / "proc/self").mkdir(parents=True)
    (tmp_path / "proc/self/mountinfo").write_text(line("8:1", "/a") + line("8:2", "/b"))
    failing: dict[bytes, int] = {}

    def ask(path):
        name = path[-2:]
        if name in failing:
            raise OSError(failing[name], "x")
        return 4096, 10, 5, 5, 10, 5

    reader = FilesystemReader(MountReader(str(tmp_path)), Options(), ask, str(tmp_path))
    assert [one.stale_seconds for one in reader.filesystem(Tick(1000.0, 10.0, None))] == [None, None]
    failing.update({b"/a": errno.EIO, b"/b": errno.EACCES})
    (stale,) = reader.filesystem(Tick(1005.0, 15.0, 5.0))
    assert (stale.device, stale.stale_seconds, stale.used_bytes) == ("/a", 5, 5 * 4096)
    (stale,) = reader.filesystem(Tick(400.0, 16.0, 1.0))  # the wall clock went back; it is no older for that
    assert stale.stale_seconds == 6
    failing.clear()
    assert [one.stale_seconds for one in reader.filesystem(Tick(1010.0, 20.0, 5.0))] == [None, None]
    reader.close()


@pytest.mark.parametrize(
    ("source", "server"),
    [
        ("filer:/export/home", "filer"),
        ("[fe80::1%eth0]:/x", "[fe80::1%eth0]"),
        ("//nas/share/deep", "nas"),
        ("me@far:/home/me", "me@far"),
        ("/dev/sdx", "/mnt"),
        ("a/b:/c", "/mnt"),
        (":/x", "/mnt"),
        ("", "/mnt"),
    ],
)
def test_what_hangs_on_one_server_is_known_by_its_source(source, server):
    mount = Mount(b"/mnt", b"0:50", b"/", "nfs4", source.encode(), read_only=False)
    assert server_of(mount).decode() == server


def question(path, server=b"", mounted=b"0:50"):
    return Question(path, mounted, server or path)


def wait_for(asker, paths, seconds=20.0):
    """Ask until all paths were answered or are late; return both."""
    answers, late = {}, set()
    until = time.monotonic() + seconds
    while time.monotonic() < until and not set(paths) <= answers.keys() | late:
        found, slow = asker.answers(time.monotonic())
        answers.update({one.path: answer for one, answer in found})
        late.update(one.path for one in slow)
        time.sleep(0.01)
    return answers, late


def stop(asker):
    """Have the process that is asked next be stuck, once it has begun to answer."""
    asker.ask([question(b"/")])
    wait_for(asker, [b"/"])
    pid = asker.processes[-1]
    os.kill(pid, signal.SIGSTOP)
    return pid


def hang(asker, *questions):
    """Put questions to a process that is stuck; return its pid when it is said that they are not answered."""
    pid = stop(asker)
    asker.ask(questions)
    paths = [one.path for one in questions]
    assert wait_for(asker, paths) == ({}, set(paths))
    return pid


@pytest.fixture
def asker():
    made = []

    def start(patience=30.0, limit=8):
        made.append(Asker(patience, limit))
        return made[-1]

    yield start
    for one in made:
        one.close()
        assert one.processes == ()


def test_another_process_answers_as_this_one_would(asker):
    one = asker()
    one.ask(map(question, [b"/", b"/no/such", b"/tmp"]))
    answers, late = wait_for(one, [b"/", b"/no/such", b"/tmp"])
    assert len(one.processes) == 1
    assert late == set()
    assert answers[b"/no/such"] == errno.ENOENT
    assert answers[b"/"][1] == os.statvfs("/").f_blocks
    assert len(answers[b"/tmp"]) == 6


def test_a_process_that_is_stuck_is_left_and_another_takes_its_questions(asker):
    one = asker(patience=4.0, limit=2)
    first = stop(one)
    one.ask(map(question, [b"/tmp", b"/usr", b"/etc"]))
    answers, late = wait_for(one, [b"/tmp", b"/usr", b"/etc"])
    assert late == {b"/tmp"}
    assert set(answers) == {b"/usr", b"/etc"}
    assert len(one.processes) == 2
    assert one.processes[0] == first
    one.ask([question(b"/tmp")])  # still being asked: not put to anybody else
    assert len(one.processes) == 2
    os.kill(first, signal.SIGCONT)
    answers, late = wait_for(one, [b"/tmp"])
    assert b"/tmp" in answers
    assert first not in one.processes


def test_the_others_are_answered_before_the_stuck_one_is_given_up(asker):
    one = asker(patience=8.0)
    stop(one)
    one.ask(map(question, [b"/tmp", b"/usr", b"/etc"]))
    answers, late = wait_for(one, [b"/usr", b"/etc"])
    assert set(answers) == {b"/usr", b"/etc"}
    assert late == set()


def test_no_more_processes_than_the_limit_are_started(asker):
    one = asker(patience=1.5, limit=2)
    for path in (b"/tmp", b"/usr"):
        hang(one, question(path))
    one.ask([question(b"/etc")])
    assert wait_for(one, [b"/etc"]) == ({}, {b"/etc"})
    assert len(one.processes) == 2


def test_of_one_server_only_so_many_are_stuck_and_others_are_still_asked(asker):
    one = asker(patience=1.5)
    for path in (b"/tmp", b"/usr"):
        hang(one, question(path, b"filer"))
    more = [b"/etc", b"/bin", b"/var", b"/opt"]
    one.ask([question(path, b"filer") for path in more])
    assert wait_for(one, more) == ({}, set(more))
    assert len(one.processes) == A_SERVER
    one.ask([question(b"/", b"another"), question(b"/root")])
    answers, late = wait_for(one, [b"/", b"/root"])
    assert (set(answers), late) == ({b"/", b"/root"}, set())


def test_what_was_unmounted_is_forgotten_and_what_is_mounted_there_next_is_asked(asker):
    one = asker(patience=1.0)
    stuck = hang(one, question(b"/tmp"))
    again = question(b"/tmp", mounted=b"0:51")
    one.only({again})
    assert stuck not in one.processes
    one.ask([again])
    answers, late = wait_for(one, [b"/tmp"])
    assert (set(answers), late) == ({b"/tmp"}, set())
    with pytest.raises(ProcessLookupError):
        os.kill(stuck, 0)  # it was ended, and reaped


def test_a_process_that_was_killed_is_replaced(asker):
    one = asker()
    one.ask([question(b"/")])
    wait_for(one, [b"/"])
    (first,) = one.processes
    os.kill(first, signal.SIGKILL)
    os.waitid(os.P_PID, first, os.WEXITED | os.WNOWAIT)
    answers = {}
    for _ in range(3):
        one.ask([question(b"/usr")])
        found, _ = wait_for(one, [b"/usr"], seconds=5)
        answers.update(found)
        if answers:
            break
    assert b"/usr" in answers
    assert first not in one.processes
