"""Walks through an incident in a real terminal: from the alert, or the spike, to the culprit's name in three presses."""

from __future__ import annotations

import pytest
from walks import CULPRITS, FROM_THE_ALERT, FROM_THE_BANNER, IN_THE_MORNING, fill, first_named, walk

from tuimon.cli import main


@pytest.fixture(scope="module")
def filled(tmp_path_factory, own_home):
    """Return the paths of half an hour of each scenario, whose last three minutes are the incident."""
    del own_home
    folder = tmp_path_factory.mktemp("walks")
    paths = {scenario: str(folder / f"{scenario}.db") for scenario in CULPRITS}
    for scenario, path in paths.items():
        assert main([*fill(scenario, path, "30 min")]) == 0
    return paths


def no_sheet(lines: list[str]) -> bool:
    return not any("Who used" in line for line in lines)


@pytest.mark.parametrize("scenario", ["memory-leak", "cpu-spike"])
@pytest.mark.parametrize("steps", [FROM_THE_ALERT, FROM_THE_BANNER])
def test_from_the_alert_the_culprit_is_named_by_the_second_press_and_found_by_the_third(
    terminal, filled, scenario, steps
):
    one = terminal(160, 45, "--replay", filled[scenario], "--tz", "UTC")
    one.wait_for("END 03:24:00 UTC")
    _, named, _ = walk(one, steps)
    assert CULPRITS[scenario] in first_named(named)
    screen = one.wait_until(
        lambda lines: no_sheet(lines) and sum(CULPRITS[scenario] in line for line in lines) == 1,
        what="the sheet closed, and the culprit's row",
    )
    assert " recorded of " in "".join(screen)


def test_from_a_spike_that_raised_no_alert_the_culprit_is_named_by_the_second_press(terminal, filled):
    one = terminal(160, 45, "--replay", filled["flapping"], "--tz", "UTC")
    one.wait_for("END 03:24:00 UTC")
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
    one.wait_for("2 alerts")  # memory, and who was killed for it
    _, over, named = walk(one, IN_THE_MORNING)
    assert " h " in over[0]
    assert " ago" in over[0]
    assert CULPRITS["memory-leak"] in first_named(named)  # of all the time that the alert lasted
    assert any("[by memory growth]" in line for line in named)


def test_a_span_copied_for_a_ticket_is_walked_by_whoever_gets_the_file(terminal, filled, tmp_path):
    ticket = str(tmp_path / "ticket.db")
    times = ("--from", "2026-11-20T03:20:00Z", "--to", "2026-11-20T03:24:00Z")
    assert main(["history", "copy", "--history", filled["memory-leak"], *times, ticket]) == 0
    one = terminal(160, 45, "--replay", ticket, "--tz", "UTC")
    one.wait_for("END 03:23:59 UTC")
    one.wait_for("10 min ")  # the timeline shows no more than the file has
    _, named, _ = walk(one, FROM_THE_ALERT)
    assert CULPRITS["memory-leak"] in first_named(named)
    one.send("e")
    one.wait_for("incident report")
    one.send("Enter")
    screen = one.wait_for("written: ")
    pages = list(one.home.glob("tuimon-web-1-*.html"))
    assert [page.name in "".join(screen) for page in pages] == [True]
    assert "leaky (4312, app)" in pages[0].read_text()
