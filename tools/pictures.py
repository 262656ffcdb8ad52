"""Take the pictures of the documents: `make pictures`. The program itself draws them, in a real terminal.

Each is a simulated machine, so that anybody can take the same ones; what is pressed are the walks of the tests.
"""

from __future__ import annotations

import io
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rich.ansi import AnsiDecoder
from rich.console import Console
from rich.terminal_theme import TerminalTheme

from tests.terminals import Terminal
from tests.walks import FROM_THE_ALERT, Step, fill, walk

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "docs" / "pictures"
THEME = TerminalTheme(
    (16, 18, 24),
    (208, 214, 224),
    [
        (40, 44, 52),
        (224, 108, 117),
        (152, 195, 121),
        (229, 192, 123),
        (97, 175, 239),
        (198, 120, 221),
        (86, 182, 194),
        (171, 178, 191),
    ],
)


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture: its file's name, the terminal, the arguments, what is pressed, how long to wait then.

    `filled` is the scenario of a history that is made up before, three hours long, and replayed.
    """

    name: str
    cols: int
    rows: int
    arguments: tuple[str, ...] = ()
    steps: tuple[Step, ...] = ()
    seconds: float = 2
    filled: str = ""


PICTURES: Final[Sequence[Picture]] = (
    Picture("overview", 160, 45, ("--simulate", "memory-leak", "--seed", "3"), seconds=185),
    Picture("past", 160, 45, steps=FROM_THE_ALERT[:1], filled="memory-leak"),
    Picture("who", 160, 45, steps=FROM_THE_ALERT[:2], filled="memory-leak"),
    Picture(
        "history", 160, 45, steps=(*FROM_THE_ALERT[:1], Step("h", "tier "), Step("+", "1 h")), filled="memory-leak"
    ),
    Picture("normal", 120, 40, ("--simulate", "busy", "--seed", "1"), seconds=45),
    Picture("small", 80, 24, ("--simulate", "busy", "--seed", "1"), seconds=45),
    Picture("smallest", 40, 12, ("--simulate", "busy", "--seed", "1"), seconds=45),
)
FILE: Final = "web-1.db"


def svg(screen: str, cols: int, title: str) -> str:
    """Return a screen with its escape sequences as a picture."""
    console = Console(width=cols, record=True, file=io.StringIO(), force_terminal=True, color_system="truecolor")
    for line in AnsiDecoder().decode(screen.rstrip("\n")):
        console.print(line, no_wrap=True, crop=True, overflow="ignore", soft_wrap=True)
    return console.export_svg(title=title, theme=THEME, unique_id=f"tuimon-{cols}")


def take(picture: Picture, home: Path) -> str:
    """Run tuimon in a terminal and return what it shows."""
    arguments = picture.arguments
    if picture.filled:
        made = fill(picture.filled, str(home / FILE), "3h")
        subprocess.run([sys.executable, "-m", "tuimon", *made], check=True, capture_output=True)
        arguments = ("--replay", FILE, "--tz", "UTC")
    terminal = Terminal(picture.cols, picture.rows, home)
    try:
        terminal.run(*arguments)
        terminal.wait_for("END" if picture.filled else "LIVE")
        for _ in walk(terminal, picture.steps):
            time.sleep(1)
        time.sleep(picture.seconds)
        return svg(terminal.picture(), picture.cols, f"tuimon {' '.join(arguments)}")
    finally:
        terminal.close()


def main(names: Sequence[str]) -> None:
    """Take the pictures named, or all."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for picture in PICTURES:
        if names and picture.name not in names:
            continue
        with tempfile.TemporaryDirectory(prefix="tuimon-picture-") as home:
            (FOLDER / f"{picture.name}.svg").write_text(take(picture, Path(home)), encoding="utf-8")
        print(f"took docs/pictures/{picture.name}.svg")


if __name__ == "__main__":
    main(sys.argv[1:])
