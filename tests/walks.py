"""Walks through the incident of a simulated machine: what is pressed, and what is seen then. Tests and pictures take them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from tests.terminals import Terminal

END: Final = "2026-11-20T03:24:00Z"
"""When the histories that are walked through end."""
CULPRITS: Final = {
    "memory-leak": "leaky --workers 4",
    "cpu-spike": "crunch --jobs 8",
    "flapping": "yoyo --batch 64",
}
"""Scenario -> how the command line of the one who did it begins."""


@dataclass(frozen=True, slots=True)
class Step:
    """A key, by tmux's name for it, and a text that is on the screen when it has been answered."""

    key: str
    seen: str


FROM_THE_ALERT: Final = (Step("N", "◀ 03:"), Step("w", "Who used"), Step("Enter", "◀ 03:"))
FROM_THE_BANNER: Final = (Step("!", "◀ 03:"), *FROM_THE_ALERT[1:])
IN_THE_MORNING: Final = (Step("N", "is well again"), Step("N", "memory back to "), Step("w", "Who used"))


def fill(scenario: str, path: str, span: str) -> tuple[str, ...]:
    """Return the arguments that make a history up; the incident is its last tenth."""
    return ("fill", scenario, "--seed", "3", "--span", span, "--until", END, "--history", path)


def walk(terminal: Terminal, steps: Sequence[Step]) -> Iterator[list[str]]:
    """Press one key after the other; yield the screen after each."""
    for step in steps:
        terminal.send(step.key)
        yield terminal.wait_for(step.seen)


def first_named(screen: Sequence[str]) -> str:
    """Return the first row of the sheet that says who used a span: the one under its titles."""
    title = next(place for place, line in enumerate(screen) if "CPU TIME" in line and "COMMAND" in line)
    return screen[title + 1]
