"""Walks through an incident in a real terminal: from the alert, or the spike, to the culprit's name in three presses."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from tuimon.cli import main

END = "2026-11-20T03:12:00Z"
CULPRITS = {
    "memory-leak": "leaky --workers 4",
    "cpu-spike": "crunch --jobs 8",
    "flapping": "yoyo --batch 64",
}
"""Scenario -> how the command line of the one who did it begins."""


@pytest.fixture(scope="session")
def filled(tmp_path_factory, own_home):
    """Return the paths of half an hour of each scenario, whose last three minutes are the incident."""
    del own_home
    folder = tmp_path_factory.mktemp("walks")
    paths = {scenario: str(folder / f"{scenario}.db") for scenario in CULPRITS}
    for scenario, path in paths.items():
        arguments = ["fill", scenario, "--seed", "3", "--span", "30 min", "--until", END, "--history", path]
        assert main(arguments) == 0
    return paths


def first_named(screen: Sequence[str]) -> str:
    """Return the first row of the sheet that says who used a span: the one under its titles."""
    title = next(place for place, line in enumerate(screen) if "CPU TIME" in line and "COMMAND" in line)
    return screen[title + 1]


def selected(screen: Sequence[str]) -> list[str]:
    """Return the rows of the process table in which a culprit is named."""
    return [line for line in screen if any(begins in line for begins in CULPRITS.values())]


@pytest.mark.parametrize("scenario", ["memory-leak", "cpu-spike"])
@pytest.mark.parametrize("key", ["N", "!"])
def test_from_the_alert_the_culprit_is_named_by_the_second_press_and_found_by_the_third(
    terminal, filled, scenario, key
):
    one = terminal(160, 45, "--replay", filled[scenario], "--tz", "UTC")
    one.wait_for("END 03:12:00 UTC")
    one.send(key)
    one.wait_for("◀ 03:")
    one.send("w")
    assert CULPRITS[scenario] in first_named(one.wait_for("Who used"))
    one.send("Enter")
    screen = one.wait_until(lambda lines: not any("Who used" in line for line in lines), what="the sheet closed")
    assert len(selected(screen)) == 1
    assert " recorded of " in "".join(screen)


def test_from_a_spike_that_raised_no_alert_the_culprit_is_named_by_the_second_press(terminal, filled):
    one = terminal(160, 45, "--replay", filled["flapping"], "--tz", "UTC")
    one.wait_for("END 03:12:00 UTC")
    screen = one.wait_until(lambda lines: any("┃" in line and "█" in line for line in lines), what="the timeline")
    y, line = next((y, line) for y, line in enumerate(screen) if "┃" in line)
    assert "alert" not in line
    x = line.index("█")
    one.type(f"\x1b[<0;{x + 1};{y + 1}M\x1b[<0;{x + 1};{y + 1}m")
    one.wait_for("◀ 03:")
    one.send("w")
    assert CULPRITS["flapping"] in first_named(one.wait_for("Who used"))


def test_an_alert_of_the_night_is_found_in_the_morning_by_three_presses(terminal):
    """The past of a simulated machine has its incident ten hours ago, over for long: nothing fires now."""
    one = terminal(160, 45, "--simulate", "memory-leak", "--seed", "3", "--tz", "UTC")
    one.wait_for("rec while open", 60)
    one.wait_for("1 alert")
    one.send("N")
    one.wait_for("memory back to ")
    one.send("N")
    screen = one.wait_for("CRITICAL")
    assert any("leaky (4312) holds" in line for line in screen)
    assert any("h" in line and " ago" in line and "◀" in line for line in screen)
    one.send("w")
    assert CULPRITS["memory-leak"] in first_named(one.wait_for("Who used"))
    one.send("Escape")
    one.wait_until(lambda lines: not any("Who used" in line for line in lines), what="the sheet closed")
    one.send("n")
    one.wait_for("memory back to ")  # over, nothing fires: it is still memory that is asked about
    one.send("w")
    assert any("[by memory growth]" in line for line in one.wait_for("Who used"))
