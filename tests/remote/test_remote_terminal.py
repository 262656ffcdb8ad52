"""The dashboard of another machine as a person meets it: typed at a shell, over a relay that can be cut."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from far import FarServer, Relay
from terminals import Terminal

from tuimon.sources.remote.address import address_of


@pytest.fixture(scope="module")
def relay(tmp_path_factory, own_home) -> Iterator[Relay]:
    del own_home
    server = FarServer(0.5, str(tmp_path_factory.mktemp("far") / "far.db"))
    one = Relay(server.port, 0.02)
    yield one
    one.close()
    server.end()


def away(one: Terminal, words: str) -> None:
    """Close what says these words, once it is there: a key right behind Escape would be one with Alt."""
    one.wait_for(words)
    one.send("Escape")
    one.wait_until(lambda lines: not any(words in line for line in lines), 20, f"{words!r} to be gone")


def test_it_shows_the_machine_its_past_and_what_becomes_of_the_link(terminal, relay):
    place = address_of(relay.url).place
    one = terminal(140, 40, "--connect", relay.url)
    one.wait_for("LIVE")
    shown = "\n".join(one.wait_for("rec there"))
    assert f"web-1 at {place}" in shown
    away(one, "without their command lines")
    for _ in range(4):
        one.send(",")
    assert " ago" in "\n".join(one.wait_for("recorded of"))
    one.send("w")
    away(one, "Who used")
    one.send("L")
    one.wait_for("LIVE")
    one.send("Down")
    one.send("Enter")
    away(one, "known on that machine only")
    one.send("K")
    away(one, "they are not this machine's")
    relay.cut()
    one.wait_for("it is tried again until it answers")
    one.wait_for("STALE 2 s")
    relay.mend()
    one.wait_for("answers again after")
    one.wait_for("LIVE")
    one.send("?")
    told = "\n".join(one.wait_for("Program"))
    assert "record in the background" not in told
    away(one, "Program")
    one.send("q")
    one.wait_for_prompt()


def test_it_begins_at_a_moment_of_the_past(terminal, relay):
    one = terminal(100, 30, "--connect", relay.url, "--at", "3 s ago")
    one.wait_for("recorded of")
    one.send("q")
    one.wait_for_prompt()
