"""Parsers of the kernel's tables: what was written is read, for any numbers and names."""

from __future__ import annotations

from fnmatch import fnmatchcase

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuimon.collectors.linux.devices import interfaces, tcp_counters, time_wait
from tuimon.collectors.linux.identity import cpu_model, os_name
from tuimon.collectors.linux.memory import stalls
from tuimon.collectors.linux.processors import cpu_lines, make_core, make_cpu, shares
from tuimon.collectors.options import IGNORED_INTERFACES, Patterns

TICKS = st.integers(0, 2**50)
TIMES = st.lists(TICKS, min_size=10, max_size=10).map(tuple)
NAMES = st.text(st.characters(exclude_characters="/\0", exclude_categories=["Cs", "Z", "Cc"]), min_size=1, max_size=15)


@given(st.lists(st.lists(TICKS, min_size=4, max_size=12), min_size=1, max_size=8))
def test_processor_lines_of_any_kernel_are_read(cores):
    text = "".join(f"cpu{n or ''} " + " ".join(map(str, line)) + "\n" for n, line in enumerate(cores))
    found = cpu_lines((text + "intr 5 1 2\nctxt 7\n").encode())
    assert [name for name, _ in found] == [str(n) if n else "" for n in range(len(cores))]
    for (_, times), line in zip(found, cores, strict=True):
        assert times == tuple((line + [0] * 10)[:10])


@given(TIMES, TIMES)
def test_shares_of_a_processor_are_percentages_that_add_up(before, grown):
    now = tuple(a + b for a, b in zip(before, grown, strict=True))
    spent = shares(now, before)
    assert spent == grown
    cpu, core = make_cpu(now, spent, 1, None), make_core("0", now, spent)
    if not sum(grown[:8]):
        assert cpu.busy_percent is None
        return
    assert cpu.busy_percent == core.busy_percent
    assert 0 <= cpu.busy_percent <= 100
    assert cpu.user_percent + cpu.system_percent + cpu.steal_percent == pytest.approx(cpu.busy_percent, abs=1e-6)
    assert cpu.busy_percent + cpu.iowait_percent + grown[3] * 100 / sum(grown[:8]) == pytest.approx(100)


@given(TIMES, TIMES)
def test_times_that_go_back_are_a_reset_unless_they_are_idle(now, before):
    spent = shares(now, before)
    lost = [i for i in (0, 1, 2, 5, 6, 7) if now[i] < before[i]]
    assert (spent is None) == bool(lost)
    assert spent is None or min(spent) >= 0


@given(st.dictionaries(NAMES, st.lists(st.integers(0, 2**64), min_size=16, max_size=16), max_size=5))
def test_interfaces_of_any_name_are_read(found):
    header = "Inter-|   Receive | Transmit\n face |bytes packets|bytes packets\n"
    text = header + "".join(f"{name:>6}: " + " ".join(map(str, totals)) + "\n" for name, totals in found.items())
    assert interfaces(text.encode()) == {name: tuple(totals) for name, totals in found.items()}


@given(st.floats(0, 100), st.integers(0, 2**60), st.booleans())
def test_stalls_are_read(percent, total, full):
    lines = ["some", *["full"] * full]
    text = "".join(f"{kind} avg10={percent:.2f} avg60=0.00 avg300=0.00 total={total}\n" for kind in lines)
    some, all_, some_total, all_total = stalls(text.encode())
    assert (some, some_total) == (round(percent, 2), total / 1e6)
    assert (all_, all_total) == ((round(percent, 2), total / 1e6) if full else (None, None))


@given(st.dictionaries(st.text("ABCabc", min_size=1, max_size=8), st.integers(-1, 2**40), max_size=6))
def test_tcp_counters_go_by_their_names(counters):
    names, values = " ".join(counters), " ".join(map(str, counters.values()))
    raw = f"Ip: X\nIp: 1\nTcp: {names}\nTcp: {values}\nUdp: A\nUdp: 1\n".encode()
    assert tcp_counters(raw) == {name.encode(): value for name, value in counters.items()}
    assert tcp_counters(b"Ip: X\nIp: 1\n") == {}


def test_sockets_that_wait_are_those_of_tcp():
    assert time_wait(b"sockets: used 9\nTCP: inuse 3 orphan 0 tw 21 alloc 4 mem 1\nUDP: inuse 1\n") == 21
    assert time_wait(b"sockets: used 9\nUDP: inuse 1 tw 5\n") is None


@given(NAMES | st.sampled_from(["lo", "lo0", "veth1", "eth0", "br-1", "br0", "docker0"]))
def test_patterns_are_those_of_a_shell(name):
    patterns = Patterns(IGNORED_INTERFACES)
    expected = any(fnmatchcase(name, pattern) for pattern in IGNORED_INTERFACES)
    assert (name in patterns) is expected
    assert (name in patterns) is expected  # remembered
    assert name not in Patterns(())


@pytest.mark.parametrize(
    ("release", "name"),
    [
        ('NAME="Debian GNU/Linux"\nVERSION_ID="12"\n', "Debian 12"),
        ("NAME=Fedora\nVERSION_ID=43\n# x=y\n", "Fedora 43"),
        ('NAME="Arch Linux"\nPRETTY_NAME="Arch Linux"\n', "Arch Linux"),
        ("", ""),
        ("nonsense\n", ""),
    ],
)
def test_systems_go_by_their_name_and_version(release, name):
    assert os_name(release) == name


def test_processors_go_by_their_model():
    assert cpu_model("processor : 0\nmodel name\t: AMD  EPYC\n") == "AMD EPYC"
    assert cpu_model("processor : 0\n") == ""
