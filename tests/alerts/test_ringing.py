"""The bell of a terminal and notices on its desktop: once a raise, by choice, and no name in them gets out of the sequence."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuimon.config.settings import DEFAULTS
from tuimon.model.alerting import Ring
from tuimon.model.metric import SeriesKey
from tuimon.model.rule import Quiet, Rule
from tuimon.model.snapshot import Alert, Frame, Host, Snapshot
from tuimon.notices.ringing import Ringing
from tuimon.tui.bell import sequence

T0 = 1_800_000_000.0
RULE = Rule("cpu-busy", "cpu", "busy_percent", ">", 80, 70)
XTERM = {"TERM": "xterm-256color"}


def alert(raised: float = T0 + 1, device: str = "", **changes: object) -> Alert:
    series = SeriesKey("cpu", device, "busy_percent")
    told = {"severity": "warning", "label": "CPU"} | changes
    return Alert(
        "cpu-busy", series=series, value=91.0, threshold=80, comparison=">", since=raised, raised_at=raised, **told
    )


def rings(ringing: Ringing, *frames: tuple[Alert, ...]) -> list[Ring | None]:
    """What is heard, a second apart; the first frame has nothing."""
    return [
        ringing(Frame(Snapshot(T0 + n, 1.0, host=Host("web-1")), alerts)) for n, alerts in enumerate(((), *frames))
    ][1:]


def test_an_alert_is_heard_once_and_once_more_when_it_becomes_critical():
    one, worse = alert(), alert(severity="critical")
    heard = rings(Ringing("warning", "critical"), (one,), (one,), (worse,), (worse,), (), (alert(T0 + 6),))
    assert [ring and (ring.bell, ring.title) for ring in heard] == [
        (True, ""), None, (True, "CRITICAL on web-1"), None, None, (True, "")
    ]  # fmt: skip


def test_what_was_raised_before_or_is_silenced_or_acknowledged_or_below_is_not_heard():
    heard = Ringing("warning", "warning")
    assert (
        rings(heard, (alert(T0 - 60),), (alert(T0 - 60), alert(device="b", state="silenced", until=T0 + 9)))
        == [None] * 2
    )
    assert rings(Ringing("critical", "off"), (alert(),)) == [None]
    assert rings(Ringing("info", "off"), (alert(state="acknowledged"),), (alert(state="acknowledged"),)) == [None, None]


def test_a_silence_or_quiet_hours_that_end_let_it_be_heard_then():
    silenced = alert(state="silenced", until=T0 + 2)
    assert [bool(ring) for ring in rings(Ringing("info", "off"), (silenced,), (silenced,), (alert(),), (alert(),))] == [
        False, False, True, False
    ]  # fmt: skip
    quiet = Rule("cpu-busy", "cpu", "busy_percent", ">", 80, 70, quiet=(Quiet(0, 24 * 60),))
    assert rings(Ringing("info", "info", lambda: (quiet,)), (alert(),), (alert(),)) == [None, None]


def test_several_are_one_notice_with_the_worst_first():
    many = tuple(alert(device=name, severity="critical" if name == "d" else "warning") for name in "abcde")
    (ring,) = rings(Ringing("off", "info"), many)
    assert ring is not None
    assert not ring.bell
    assert ring.title == "CRITICAL on web-1, 5 alerts"
    assert ring.text.startswith("CPU d 91.0 %")
    assert ring.text.endswith("and 2 more")


OSC = re.compile(r"\x1b\](?:9;[^\x00-\x1f\x7f-\x9f]*|777;notify;[^\x00-\x1f\x7f-\x9f;]*;[^\x00-\x1f\x7f-\x9f]*)\x07")


@given(st.text(max_size=400), st.text(max_size=400), st.sampled_from(["osc9", "osc777"]), st.booleans())
def test_no_name_gets_out_of_the_sequence(title: str, text: str, way: str, ascii_only: bool):
    ring = Ring(bell=True, title="x" + title, text=text)
    written = sequence(ring, way, XTERM, ascii_only=ascii_only)
    assert written[0] == "\a"
    assert OSC.fullmatch(written[1:])
    assert not ascii_only or written.isascii()
    inside = sequence(ring, way, XTERM | {"TMUX": "/tmp/tmux,1,0"}, ascii_only=ascii_only)
    assert inside == "\a\x1bPtmux;" + written[1:].replace("\x1b", "\x1b\x1b") + "\x1b\\"


def test_names_are_no_markup_for_a_desktop():
    (ring,) = rings(Ringing("off", "info"), (alert(device="<b>x</b>\x1b]0;y\a"),))
    assert ring is not None
    assert not set("<>&\x1b\a") & set(ring.title + ring.text.replace(" > ", ""))


@pytest.mark.parametrize(
    ("environ", "begins"),
    [
        (XTERM, "\x1b]9;"),
        ({"TERM": "foot"}, "\x1b]777;notify;"),
        (XTERM | {"VTE_VERSION": "7006"}, "\x1b]777;notify;"),
        (XTERM | {"STY": "1.x"}, "\x1bP\x1b]9;"),
        ({"TERM": "tmux-256color"}, "\x1bPtmux;\x1b\x1b]9;"),
        ({"TERM": "linux"}, ""),
    ],
)
def test_the_sequence_is_the_one_of_the_terminal(environ, begins):
    written = sequence(Ring(title="a", text="b"), "auto", environ)
    assert written.startswith(begins)
    assert bool(written) is bool(begins)


def test_nothing_is_heard_of_by_default():
    assert DEFAULTS.notify.bell == DEFAULTS.notify.desktop == "off"


# A real terminal

CONFIG = """
notify: {bell: warning, desktop: warning}
alerts:
  rules: [{name: always, when: 'memory.used_percent > 0.01 %', for: 0 s, repeat: 1 s, label: "any ;memory"}]
"""
NOTICE = b"\x1b]9;WARNING on "
SEQUENCES = re.compile(rb"\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)")


@contextmanager
def terminal(home: Path, *command: str, **environ: str) -> Iterator[int]:
    """The far end of a terminal in which a command runs."""
    pid, fd = pty.fork()
    if pid == 0:
        fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        kept = {name: value for name, value in os.environ.items() if name not in ("TMUX", "STY", "VTE_VERSION")}
        os.execvpe(command[0], command, kept | XTERM | {"HOME": str(home), "XDG_STATE_HOME": str(home)} | environ)  # noqa: S606  a pseudo-terminal needs a fork
    try:
        yield fd
    finally:
        os.kill(pid, 9)
        os.waitpid(pid, 0)
        os.close(fd)


def read(fd: int, wanted: bytes, times: int = 1) -> bytes:
    """Read until something has come so many times."""
    seen, end = b"", time.monotonic() + 30
    while seen.count(wanted) < times:
        assert time.monotonic() < end, seen[-300:]
        if select.select([fd], [], [], 0.1)[0]:
            seen += os.read(fd, 65536)
    return seen


def tuimon(home: Path, *words: str) -> list[str]:
    config = home / "config.yaml"
    config.write_text(CONFIG)
    return [
        sys.executable,
        "-m",
        "tuimon",
        *words,
        "--config",
        str(config),
        "--history",
        str(home / f"{len(words)}.db"),
    ]


def test_a_terminal_rings_once_while_an_alert_lasts_and_a_recorder_is_still(tmp_path):
    words = [*tuimon(tmp_path, "record"), "--log", str(tmp_path / "log")]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as recorder:
        try:
            with terminal(tmp_path, *tuimon(tmp_path)) as fd:
                seen = read(fd, NOTICE) + read(fd, b"\x1b[1;", 4)  # each sample moves the clock of the header
                os.write(fd, b"q")
                seen += read(fd, b"\x1b[?1049l")
        finally:
            recorder.terminate()
        out, _ = recorder.communicate(timeout=20)
    assert seen.count(NOTICE) == 1
    assert b"any ;memory" in seen.partition(NOTICE)[2].partition(b"\x07")[0]
    assert SEQUENCES.sub(b"", seen).count(b"\a") == 1
    assert not {7, 27} & set(out)


def test_tmux_passes_a_notice_on(tmp_path):
    settings = tmp_path / "tmux.conf"
    settings.write_text("set -g allow-passthrough on\nset -g exit-empty on\n")
    tmux = ("tmux", "-S", str(tmp_path / "socket"), "-f", str(settings))
    try:
        with terminal(tmp_path, *tmux, "new-session", *tuimon(tmp_path)) as fd:
            seen = read(fd, NOTICE)
        assert b"Ptmux" not in seen
    finally:
        subprocess.run([*tmux, "kill-server"], check=False, capture_output=True)
