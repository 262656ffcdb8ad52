"""Behind a link on which everything is 200 ms late: what is counted is drawings, bytes and questions, not seconds."""

from __future__ import annotations

import re

import pytest
from slowlink import SlowLink

STILL = ("--simulate", "busy", "--seed", "1", "--no-record", "--interval", "60")
"""No sample comes while the test looks: each drawing answers a key."""
QUESTIONS = re.compile(rb"\x1b\[\??[\d;]*\$p|\x1b\[[>=]?\d*c|\x1b\[\??[56]n|\x1b\]\d+;\?|\x1b\[\?u|\x1bP[+$]q")
"""What a program sends to be told something by the terminal: each answer takes a round trip."""
CLOCK = re.compile(r"LIVE (\d\d):(\d\d):(\d\d)")


@pytest.fixture
def link(tmp_path):
    """Give `link(cols, rows, *arguments)`: tuimon at the far end of a slow link, drawn and at rest."""
    opened = []

    def start(cols, rows, *arguments):
        one = SlowLink(cols, rows, tmp_path, *arguments)
        opened.append(one)
        one.wait_until(lambda lines: any("LIVE" in line for line in lines) and lines[-1].startswith(" q "))
        settle(one)
        return one

    yield start
    for one in opened:
        one.close()


def settle(one):
    """Wait until nothing is under way and nothing has come for a while."""
    before = -1
    while before != one.sent or not one.quiet:
        before = one.sent
        one.go_on(0.5)


def chosen(one):
    """The text of the row that is selected: the one with a ground of its own over most of its width."""
    for y, cells in one.cells():
        grounds = [cell.bg for x, cell in cells.items() if x > 2]
        if y > 2 and grounds.count("005f87") > 0.8 * len(grounds) > 20:
            return one.screen()[y]
    return ""


@pytest.mark.parametrize("options", [(), ("--low-bandwidth",)], ids=["as-usual", "low-bandwidth"])
def test_a_key_is_answered_by_a_drawing_after_one_round_trip(link, options):
    one = link(200, 50, *STILL, *options)
    keys = (b"j", b"j", b"s", b"r", b"m", b"m", b"t", b"t", b"v", b"\x1b[B", b"\x1b")
    start = len(one.drawings)
    for key in keys:
        before, heard = len(one.drawings), len(one.received)
        one.press(key)
        one.wait_until(lambda _, before=before: len(one.drawings) > before)
        settle(one)
        assert not QUESTIONS.search(one.received[heard:]), key
    assert len(one.drawings) - start <= 1.5 * len(keys), "one each, and what a notice that goes may add"


def test_no_queue_builds_up_while_a_key_is_held(link):
    one = link(200, 50, *STILL)
    one.press(b"j")
    settle(one)
    first, before, sent = chosen(one), len(one.drawings), one.sent
    assert first
    for key in b"j" * 30 + b"k" * 30:
        one.press(bytes([key]))
        one.go_on(0.033)  # as fast as a keyboard repeats
    settle(one)
    assert chosen(one) == first
    drawings = len(one.drawings) - before
    assert 1 <= drawings <= 60, "more drawings than keys"
    assert (one.sent - sent) / 60 < 2_000, "bytes a key"


def seconds(one):
    found = CLOCK.search(one.screen()[0])
    return int(found[1]) * 3600 + int(found[2]) * 60 + int(found[3])


def test_the_profile_for_slow_links_sends_less_than_two_kilobytes_a_second(link):
    one = link(200, 50, "--simulate", "busy", "--seed", "1", "--no-record", "--low-bandwidth")
    seen = []
    while len(seen) < 7:
        drawn, heard = len(one.drawings), len(one.received)
        one.wait_until(lambda _, drawn=drawn: len(one.drawings) > drawn)
        settle(one)
        seen.append((seconds(one), len(one.received) - heard))
    steady = seen[2:]  # the first drawings are those of the start
    passed = (steady[-1][0] - steady[0][0]) % 86400
    assert passed >= 10, seen
    assert sum(sent for _, sent in steady[1:]) <= 2_000 * passed, seen
