"""Machines unlike this one on the screen: every size holds them, nothing is cut without a mark, every fault is told."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import itertools
import tempfile
from pathlib import Path

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st
from machines import MACHINES
from recorded_trees import Clock
from rich.cells import cell_len
from strategies import snapshots

from tuimon.collectors.linux.collector import LinuxCollector
from tuimon.collectors.options import Options
from tuimon.history import open_archive, open_history
from tuimon.model.families import Filesystem
from tuimon.model.snapshot import Frame, Snapshot
from tuimon.model.wire import encode_snapshot, to_json
from tuimon.tui import page
from tuimon.tui.panels import PANELS
from tuimon.tui.style import Row
from tuimon.tui.table import Table
from tuimon.tui.view import FAULTS, View

SIZES = [(200, 50), (120, 40), (80, 24), (40, 12)]
ENLARGED = ["", "processes", *PANELS]


def watched(made, root: Path) -> Snapshot:
    """What is seen of a machine after some seconds."""
    machine = made(root)
    collector = machine.collector()
    collector.sample()
    for _ in range(3):
        machine.second()
        seen = collector.sample()
    collector.close()
    return seen


@functools.cache
def snapshot(name: str) -> Snapshot:
    with tempfile.TemporaryDirectory() as folder:
        return watched(MACHINES[name], Path(folder))


def flat(_key, n):
    return [i % 97 + 0.5 for i in range(n)]


def drawn(seen: Snapshot, width: int, height: int, enlarged: str = "", *, ascii_only: bool = False) -> list[Row]:
    table = Table()
    table.update(seen.processes)
    wish = page.Wish(enlarged=enlarged)
    rows = page.draw(View(Frame(seen), flat, ascii_only=ascii_only), table, wish, width, height).rows
    assert len(rows) == height
    for row in rows:
        assert cell_len(text(row)) == width, text(row)
    return rows


def text(row: Row) -> str:
    return "".join(part for part, _ in row)


def shown(rows: list[Row]) -> str:
    return "\n".join(map(text, rows))


def glued(rows: list[Row]) -> list[str]:
    """Where a label runs into a number, or one number into the next."""
    found = []
    for row in rows:
        for (before, one), (after, other) in itertools.pairwise(row):
            if one != other and before[-1:].isalnum() and after[:1].isalnum():
                found.append(text(row))
    return found


@pytest.mark.parametrize("name", MACHINES)
@pytest.mark.parametrize(("width", "height"), SIZES)
def test_each_machine_fits_each_screen(name, width, height):
    seen = snapshot(name)
    for enlarged in ENLARGED:
        rows = drawn(seen, width, height, enlarged)
        assert glued(rows) == []
        assert drawn(seen, width, height, enlarged, ascii_only=True)
    assert seen.host.name[:6] in shown(drawn(seen, width, height))


@settings(max_examples=40)
@given(snapshots(max_devices=2, max_processes=2), st.sampled_from(SIZES), st.sampled_from(ENLARGED))
def test_no_label_runs_into_a_number_however_large_it_is(seen, size, enlarged):
    assert glued(drawn(seen, *size, enlarged)) == []


@pytest.mark.parametrize(("width", "height"), SIZES)
@pytest.mark.parametrize("name", ["container_v2", "container_v1"])
def test_limit_and_machine_are_both_shown(name, width, height):
    seen = snapshot(name)
    screen = shown(drawn(seen, width, height))
    cpu, memory = seen.cpu, seen.memory
    assert (cpu.cores, memory.total_bytes) == (64, 256 << 30)
    used = {"container_v2": (1.5, 80, 93), "container_v1": (5, 50, 78)}[name]
    assert (cpu.limit_cores, round(cpu.limit_used_percent), round(memory.limit_used_percent)) == used
    assert cpu.limit_throttled_percent == (pytest.approx(30) if name == "container_v2" else 0)
    if width == 40:
        assert f"cpu  32% lim  {used[1]}%   mem  22% lim  {used[2]}%" in screen
        return
    assert "31.5 %" in screen
    assert "21.9 %" in screen
    assert f"limit {used[0]:g}" in screen
    assert f"used  {used[1]} %" in screen
    assert f"{used[2]} %" in screen
    assert "of 256 GiB" in screen
    assert "limit 2.0 GiB  used 1.9 GiB" in screen or name == "container_v1"


def test_the_screen_of_a_past_moment_has_the_limits_and_the_silence_of_then(tmp_path):
    silent = Filesystem("/mnt/nfs", 61.0, 5 << 30, stale_seconds=840.0, fstype="nfs4")
    seen = dataclasses.replace(snapshot("container_v2"), filesystem=(silent, *snapshot("container_v2").filesystem))
    path = str(tmp_path / "h.db")
    history = open_history(path)
    history.write(Frame(seen))
    history.close()
    archive = open_archive(path)
    then = archive.frame(seen.time + 1).snapshot
    archive.close()
    for moment, knows in ((seen, True), (then, False)):
        screen = shown(drawn(moment, 200, 50))
        assert "limit 1.5 cores  used  80 %  throttled  30 %" in screen
        assert "limit 2.0 GiB  used 1.9 GiB   93 %" in screen
        assert "not answering · stale 14 min" in screen
        assert ("was 61 %" in screen) is knows  # the history knows no number of a time when there was no answer


def test_what_does_not_fit_in_a_list_is_counted():
    seen = snapshot("storage_server")
    for width, height in SIZES[:2]:
        screen = shown(drawn(seen, width, height))
        assert " of 40 devices" in screen
        assert " of 30 links" in screen
        assert " more" in screen
    assert "12 of 40 devices" in shown(drawn(seen, 80, 24, "disk"))
    assert "tcp 12345 established  212345 time-wait" in shown(drawn(seen, 80, 24, "network"))


def test_every_core_of_256_has_its_own_cell_where_there_is_room_and_is_heard_where_there_is_not():
    seen = snapshot("many_cores")
    assert len(seen.core) == 253
    assert "253 cores" in shown(drawn(seen, 200, 50))
    assert "busiest of each" not in shown(drawn(seen, 200, 50))
    assert "253 cores · busiest of each 3" in shown(drawn(seen, 120, 40))
    assert "255 ▅  53" in shown(drawn(seen, 200, 50, "cpu"))
    assert "200 █ 100" not in shown(drawn(seen, 200, 50, "cpu"))  # it is off line


def test_a_pool_is_shown_once_and_the_cache_of_zfs_is_not_taken_for_used_memory():
    seen = snapshot("pools")
    assert [one.device for one in seen.filesystem] == ["/", "/tank"]
    assert [one.device for one in seen.disk] == ["sda", "sdb"]
    gib = 1 << 30
    memory = seen.memory
    assert memory.arc_bytes == 48 * gib
    assert memory.available_bytes == (5 + 48 - 2) * gib
    assert memory.cached_bytes == (1 + 48 - 2) * gib + 200_000 * 1024
    assert memory.used_percent == pytest.approx(13 / 64 * 100)
    assert "cache 47 GiB" in shown(drawn(seen, 120, 40))
    assert "ZFS cache 48 GiB" in shown(drawn(seen, 200, 70))


def test_names_of_all_kinds_keep_to_their_cells():
    screen = shown(drawn(snapshot("hostile_names"), 200, 50, "storage"))
    for name in (
        "/mnt/a b",
        "/mnt/new line",
        "/mnt/漢字の名前がとても長いボリューム",
        "/mnt/tab here",
        "\ufffdgpj.exe",
    ):
        assert name in screen
    assert "\x1b" not in screen
    assert "\u200d" not in screen  # joiners take a cell on some terminals and none on others


def told(seen: Snapshot, panel: str) -> bool:
    """Whether a panel, enlarged, tells of its first fault."""
    fault = next(one for one in seen.faults if one.collector in FAULTS[panel])
    screen = shown(drawn(seen, 240, 60, "" if panel == "processes" else panel))
    return fault.message[:60] in screen


SPOILED = ("small_server", "laptop", "container_v2", "container_v1", "pools", "hostile_names")


@pytest.fixture(scope="module")
def templates(tmp_path_factory):
    """Some machines, each with its files; those that are read in each sample come up more often."""
    found = {}
    for name in SPOILED:
        root = tmp_path_factory.mktemp(name)
        MACHINES[name](root).second()
        files = sorted(str(one.relative_to(root)) for one in root.rglob("*") if one.is_file())
        found[name] = root, [*files, *6 * [one for one in files if one.startswith("proc/") and one.count("/") < 3]]
    return found


NUMBERS = [b"-1", b"0", b"18446744073709551616", b"9" * 400, b"nan", b"inf", b"1e400", b"0x10", "٣".encode(), b"\xff"]
SPOILT = st.one_of(
    st.binary(max_size=300),
    st.lists(st.sampled_from(NUMBERS), max_size=40).map(b" ".join),
    st.lists(st.tuples(st.text(max_size=10), st.sampled_from(NUMBERS)), max_size=20).map(
        lambda pairs: b"".join(b"%s: %s kB\n" % (name.encode("utf-8", "replace"), number) for name, number in pairs)
    ),
)


@contextlib.contextmanager
def spoilt(file: Path, content: bytes):
    whole = file.read_bytes()
    file.write_bytes(content)
    try:
        yield
    finally:
        file.write_bytes(whole)


@settings(max_examples=150)
@given(st.sampled_from(SPOILED), st.data(), SPOILT, st.booleans())
def test_whatever_a_file_holds_no_sample_fails_and_every_fault_is_told(templates, name, data, content, spliced):
    root, files = templates[name]
    file = root / data.draw(st.sampled_from(files))
    whole = file.read_bytes()
    at = data.draw(st.integers(0, len(whole)))
    clock = Clock()
    collector = LinuxCollector(str(root), Options(), clock)
    try:
        collector.sample()
        with spoilt(file, whole[:at] + content + whole[at:] if spliced else content):
            clock.advance()
            collector.sample()
            clock.advance(11)
            seen = collector.sample()
    finally:
        collector.close()
    event(f"{len(seen.faults)} faults")
    to_json(encode_snapshot(seen))
    for width, height in SIZES[1::2]:
        drawn(seen, width, height)
    for panel, families in FAULTS.items():
        if any(fault.collector in families for fault in seen.faults):
            assert told(seen, panel), (panel, seen.faults)
