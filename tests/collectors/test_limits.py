"""Limits of the cgroup that tuimon runs in: on recorded trees of both versions, and in a real one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuimon.collectors.linux.cgroups import lineage
from tuimon.collectors.linux.limits import count

HERE = Path(__file__).parent
GIB = 1 << 30
V2 = "35 24 0:30 {top} /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n"
V1 = "36 32 0:32 {top} /sys/fs/cgroup/{name} rw,relatime shared:9 - cgroup cgroup rw,{name}\n"
ENDLESS = "9223372036854771712\n"


class Groups:
    """Writes cgroups into a recorded tree."""

    def __init__(self, tree) -> None:
        self.tree = tree

    def unified(self, path, top="/", **groups):
        """Version 2: `groups` are files of each group by its folder below the mount point, / written as __."""
        self.tree.write("proc/self/cgroup", f"0::{path}\n")
        self.tree.mounts(V2.format(top=top))
        for folder, files in groups.items():
            self._files("sys/fs/cgroup/" + folder.strip("_").replace("__", "/"), files)

    def old(self, path, top="/", **controllers):
        """Version 1, with an empty version 2 beside it as systemd has it: files of each group of each controller."""
        lines = [f"{n}:{name}:{path}\n" for n, name in enumerate(controllers, 1)]
        self.tree.write("proc/self/cgroup", "".join([*lines, "12:name=systemd:/\n", "0::/\n"]))
        mounts = [V1.format(top=top, name=name) for name in controllers]
        self.tree.mounts("".join([V2.format(top="/").replace("/sys/fs/cgroup", "/sys/fs/cgroup/unified"), *mounts]))
        for name, groups in controllers.items():
            for folder, files in groups.items():
                self._files(f"sys/fs/cgroup/{name}/{folder}", files)

    def _files(self, folder, files):
        for name, content in files.items():
            self.tree.write(f"{folder}/{name}", content)


@pytest.fixture
def groups(tree):
    return Groups(tree)


def seen(watch):
    snapshot = watch().sample()
    assert snapshot.faults == ()
    memory = snapshot.memory
    return snapshot.cpu.limit_cores, memory.limit_bytes, memory.limit_used_bytes


def mem(limit, used=0, idle=0):
    stat = f"anon 1\ninactive_anon 7\nactive_file 3\ninactive_file {idle}\n"
    return {"memory.max": f"{limit}\n", "memory.current": f"{used}\n", "memory.stat": stat}


def old_mem(limit, used=0, idle=0):
    stat = f"cache 1\ninactive_file 999\ntotal_cache 1\ntotal_inactive_file {idle}\n"
    return {"memory.limit_in_bytes": f"{limit}\n", "memory.usage_in_bytes": f"{used}\n", "memory.stat": stat}


def old_cpu(allowed, period=100_000):
    return {"cpu.cfs_quota_us": f"{allowed}\n", "cpu.cfs_period_us": f"{period}\n"}


def test_a_container_of_version_2_sees_its_own_limits(groups, watch):
    files = {**mem(2 * GIB, GIB + 500, 500), "cpu.max": "150000 100000\n"}
    groups.unified("/", __=files)
    assert seen(watch) == (1.5, 2 * GIB, GIB)


def test_the_share_of_the_limit_is_told_beside_that_of_the_machine(groups, watch):
    groups.unified("/", __=mem(GIB, GIB // 4))
    memory = watch().sample().memory
    assert memory.limit_used_percent == 25
    assert memory.total_bytes == 8_000_000 * 1024
    assert memory.used_percent == pytest.approx(37.5)


def test_a_container_of_version_1_sees_its_own_limits(groups, watch):
    groups.old(
        "/docker/abc",
        top="/docker/abc",
        memory={"": old_mem(GIB, 700, 200)},
        cpu={"": old_cpu(50_000)},
        cpuset={"": {"cpuset.effective_cpus": "0-3\n"}},
    )
    assert seen(watch) == (0.5, GIB, 500)


def test_the_smallest_limit_from_the_group_upwards_counts(groups, watch):
    groups.unified(
        "/a/b/c",
        a={**mem(3 * GIB, 3000), "cpu.max": "100000 100000\n"},
        a__b={**mem(GIB, 1000), "cpu.max": "300000 100000\n"},
        a__b__c={**mem(2 * GIB, 10), "cpu.max": "max 100000\n"},
    )
    assert seen(watch) == (1.0, GIB, 1000)


def test_of_equal_limits_the_outer_one_tells_what_is_used(groups, watch):
    groups.unified("/a/b", a=mem(GIB, 900), a__b=mem(GIB, 10))
    assert seen(watch) == (None, GIB, 900)


@pytest.mark.parametrize("limit", ["max", ENDLESS.strip(), str(8_000_000 * 1024), str(1 << 60), "x", ""])
def test_what_is_no_limit_is_none(groups, watch, limit):
    groups.unified("/a", a={**mem(limit, 5), "cpu.max": "max 100000\n"})
    assert seen(watch) == (None, None, None)


@pytest.mark.parametrize("limit", [ENDLESS, "-1\n"])
def test_what_is_no_limit_of_version_1_is_none(groups, watch, limit):
    groups.old("/", memory={"": old_mem(limit)}, cpu={"": old_cpu(-1)}, cpuset={"": {"cpuset.cpus": "\n"}})
    assert seen(watch) == (None, None, None)


def test_a_quota_beyond_the_machine_holds_nobody_back(groups, watch):
    groups.unified("/", __={"cpu.max": "400000 100000\n", "cpuset.cpus.effective": "0-3\n"})
    assert seen(watch) == (None, None, None)
    groups.unified("/", __={"cpu.max": "399000 100000\n"})
    assert seen(watch) == (3.99, None, None)


def test_a_set_of_processors_is_a_limit_and_the_smaller_of_both_counts(groups, watch):
    groups.unified("/a", a={"cpu.max": "350000 100000\n", "cpuset.cpus.effective": "0,2-3\n"})
    assert seen(watch)[0] == 3
    groups.unified("/a", a={"cpu.max": "250000 100000\n"})
    assert seen(watch)[0] == 2.5


def test_controllers_of_both_versions_side_by_side(groups, tree, watch):
    groups.old("/", memory={"": old_mem(GIB, 7)})
    tree.write("sys/fs/cgroup/unified/cpu.max", "120000 100000\n")
    tree.write("sys/fs/cgroup/unified/memory.max", "5\n")
    assert seen(watch) == (1.2, GIB, 7)


@pytest.mark.parametrize("how", ["no cgroup file", "no mount", "no sys", "nonsense"])
def test_without_cgroups_there_is_no_limit_and_no_fault(groups, tree, watch, how):
    groups.unified("/a", a=mem(GIB))
    if how == "no cgroup file":
        tree.remove("proc/self/cgroup")
    elif how == "no mount":
        tree.mounts("")
    elif how == "no sys":
        tree.remove("sys/fs/cgroup")
    else:
        tree.write("proc/self/cgroup", b"0:\n:::\n\xff:memory\n\n0::/../..\n")
    assert seen(watch) == (None, None, None)


def test_a_group_that_was_removed_leaves_those_above_it(groups, watch):
    groups.unified("/a/gone (deleted)", a=mem(GIB, 5))
    assert seen(watch) == (None, GIB, 5)


def test_a_limit_that_changes_is_seen_and_one_that_goes_too(groups, tree, watch):
    groups.unified("/", __=mem(GIB, 10))
    collector = watch()
    collector.sample()
    for limit, used in ((2 * GIB, 20), ("max", 30)):
        groups.unified("/", __=mem(limit, used))
        tree.clock.advance(10)
        memory = collector.sample().memory
        assert (memory.limit_bytes, memory.limit_used_bytes) == ((None, None) if limit == "max" else (limit, used))


def spent(seconds, periods, held):
    return {"cpu.stat": f"usage_usec {round(seconds * 1e6)}\nuser_usec 1\nnr_periods {periods}\nnr_throttled {held}\n"}


def test_what_is_used_of_the_limit_of_cores_is_told_in_each_sample(groups, tree, watch):
    groups.unified("/a/b", a={"cpu.max": "50000 100000\n", **spent(10, 100, 5)}, a__b={"cpu.max": "max 100000\n"})
    collector = watch()
    used = []
    for seconds, periods, held in [
        (10, 100, 5),
        (10.25, 110, 5),
        (10.75, 120, 10),
        (10.75, 120, 10),
        (3, 1, 0),
        (3.5, 11, 0),
    ]:
        tree.clock.advance()
        groups.unified("/a/b", a=spent(seconds, periods, held))
        cpu = collector.sample().cpu
        used.append((cpu.limit_used_percent, cpu.limit_throttled_percent))
    assert used == [(None, None), (50, 0), (100, 50), (0, 0), (None, None), (100, 0)]


def test_version_1_counts_in_files_of_its_own(groups, tree, watch):
    groups.old("/x", cpu={"x": old_cpu(200_000), "": {}}, cpuacct={"x": {}, "": {}}, memory={"": {}})
    collector = watch()
    used = []
    for nanoseconds, held in ((10**9, 0), (2 * 10**9, 3)):
        tree.clock.advance()
        tree.write("sys/fs/cgroup/cpuacct/x/cpuacct.usage", f"{nanoseconds}\n")
        tree.write("sys/fs/cgroup/cpu/x/cpu.stat", f"nr_periods {held * 2}\nnr_throttled {held}\nthrottled_time 5\n")
        cpu = collector.sample().cpu
        used.append((cpu.limit_used_percent, cpu.limit_throttled_percent))
    assert used == [(None, None), (50, 50)]


def test_a_limit_whose_use_nobody_counts_is_a_limit_all_the_same(groups, tree, watch):
    groups.unified("/", __={"cpu.max": "100000 100000\n"})
    collector = watch()
    collector.sample()
    tree.clock.advance()
    cpu = collector.sample().cpu
    assert (cpu.limit_cores, cpu.limit_used_percent, cpu.limit_throttled_percent) == (1, None, None)
    groups.unified("/", __={"cpu.stat": "usage_usec x\nnr_periods\n"})
    tree.clock.advance()
    seen = collector.sample()
    assert (seen.cpu.limit_used_percent, seen.faults) == (None, ())


def test_between_its_turns_nothing_is_read(groups, tree, watch):
    groups.unified("/", __=mem(GIB, 10))
    collector = watch()
    collector.sample()
    groups.unified("/", __=mem(GIB, 20))
    used = []
    for _ in range(10):
        tree.clock.advance()
        used.append(collector.sample().memory.limit_used_bytes)
    assert used == [10] * 8 + [20] * 2


@pytest.mark.parametrize(
    ("top", "path", "folders"),
    [
        ("/", "/", ["/m"]),
        ("/", "/a/b", ["/m/a/b", "/m/a", "/m"]),
        ("/docker/x", "/docker/x", ["/m"]),
        ("/docker/x", "/docker/x/y", ["/m/y", "/m"]),
        ("/docker/x", "/docker/xyz", ["/m"]),
        ("/docker/x", "/", ["/m"]),
        ("/", "/../sibling", ["/m"]),
        ("/..", "/a", ["/m"]),
    ],
)
def test_the_groups_above_end_where_the_mount_does(top, path, folders):
    assert lineage("/m", top, path) == folders


@given(st.sets(st.integers(0, 300), min_size=1))
def test_processors_are_counted_in_lists_of_ranges(numbers):
    ordered = sorted(numbers)
    parts, start = [], ordered[0]
    for at, number in enumerate(ordered):
        if at + 1 == len(ordered) or ordered[at + 1] != number + 1:
            parts.append(str(start) if start == number else f"{start}-{number}")
            start = ordered[at + 1] if at + 1 < len(ordered) else 0
    assert count(",".join(parts)) == len(numbers)


class RealGroups:
    """Cgroups of the test's own, of whichever version this machine has for a controller."""

    def __init__(self, name) -> None:
        self.name = name
        self.made = []

    def make(self, controller, files):
        """Make a group and write the first set of files that this machine has; return the file that takes pids."""
        for mount, wanted in ((f"/sys/fs/cgroup/{controller}", files[0]), ("/sys/fs/cgroup", files[1])):
            if not Path(mount, "cgroup.procs").exists():
                continue
            folder = Path(mount, self.name)
            if mount == "/sys/fs/cgroup":
                Path(mount, "cgroup.subtree_control").write_text(f"+{controller}")
            folder.mkdir(exist_ok=True)
            self.made.append(folder)
            for name, text in wanted.items():
                (folder / name).write_text(text)
            return folder / "cgroup.procs"
        pytest.fail(f"no cgroup for {controller}")

    def remove(self):
        for folder in dict.fromkeys(self.made):
            for _ in range(100):
                try:
                    folder.rmdir()
                    break
                except OSError:
                    time.sleep(0.02)
            assert not folder.exists()


@pytest.fixture
def real_groups():
    found = RealGroups(f"tuimon-test-{os.getpid()}")
    yield found
    found.remove()


@pytest.mark.root
@pytest.mark.skipif(os.getuid() != 0 and not os.environ.get("CI"), reason="makes cgroups")
def test_in_a_real_cgroup_its_limits_are_seen_by_both_collectors(real_groups):
    doors = [
        real_groups.make("memory", ({"memory.limit_in_bytes": str(GIB)}, {"memory.max": str(GIB)})),
        real_groups.make(
            "cpu", ({"cpu.cfs_period_us": "100000", "cpu.cfs_quota_us": "70000"}, {"cpu.max": "70000 100000"})
        ),
    ]
    done = subprocess.run(
        [sys.executable, HERE / "watch_limits.py", *doors],
        capture_output=True, text=True, check=True, timeout=60, env={**os.environ, "PYTHONPATH": str(HERE.parent.parent)},
    )  # fmt: skip
    outside, fast, portable = json.loads(done.stdout)
    assert outside != fast  # the limits are the group's, not this machine's
    for cores, limit, used, percent in (fast, portable):
        assert (cores, limit) == (0.7, GIB)
        assert 50 * 2**20 < used < 500 * 2**20  # what the child filled, and itself
        assert percent == pytest.approx(used / limit * 100)
