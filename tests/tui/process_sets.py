"""Processes for the table's tests: few pids, so that parents, circles and pids used again come up by themselves."""

from __future__ import annotations

from hypothesis import strategies as st

from tuimon.model.process import Process


def process(pid: int, cpu: float | None = 0.0, name: str = "proc", started: float = 1.0, **more) -> Process:
    made = Process(
        pid, started, 1, name, f"/bin/{name} --x", "root", "S", cpu, 1.0, 4096, 8192, 0.1, 1, 0, 20, None, None, False
    )
    return made._replace(**more)


NUMBERS = st.none() | st.floats(0, 400, width=32)
PROCESSES = st.builds(
    process,
    pid=st.integers(1, 25),
    cpu=NUMBERS,
    name=st.sampled_from(["nginx", "postgres", "kworker/0:1", "漢字", "sh"]),
    started=st.sampled_from([1.0, 5.0, 9.0]),
    ppid=st.integers(0, 25),
    user=st.sampled_from(["root", "app", "www"]),
    rss_bytes=st.integers(0, 2**40),
    read_bytes_per_second=NUMBERS,
    pss_bytes=st.none() | st.integers(0, 2**40),
    cgroup=st.sampled_from([None, "/", "/system.slice/a.service", "/system.slice/b.service"]),
    kernel=st.booleans(),
)
SAMPLES = st.lists(PROCESSES, max_size=25, unique_by=lambda one: one.pid)
