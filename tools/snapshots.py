"""Take the snapshots of the screens: `make snapshots`. The desk draws them; a test holds them to what it draws.

One picture a screen and size: its runs of text carry the names of their styles as classes, and a theme is a stylesheet.
The stylesheets of all themes are in one file beside the pictures, so that each picture can be looked at in each theme:
`make snapshots ARGS="--in high-contrast /tmp/pictures overview"` writes pictures that are not kept.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from html import escape, unescape
from pathlib import Path
from typing import Final

from rich.style import Style

from tuimon.tui.style import Row, cells, style_of
from tuimon.tui.themes import LIKE, THEMES, Theme

ROOT: Final = Path(__file__).resolve().parent.parent
FOLDER: Final = ROOT / "tests" / "tui" / "snapshots"
SHEETS: Final = "themes.css"
USUAL: Final = "tuimon-dark"
HIGH: Final = 2
"""How high a cell is; it is one wide."""
FONT: Final = "font:1.66px 'DejaVu Sans Mono',monospace"
"""Its characters are 0.602 of their size wide."""
GROUND: Final = {"color": "#d0d6e0", "bgcolor": "#101218"}
"""The colours of the terminal itself, where a theme leaves them to it."""
BRAILLE: Final = re.compile("[\u2800-\u28ff]")
RUN: Final = re.compile(r'<tspan x="(\d+)"(?: class="([^"]*)")?[^>]*>([^<]*)</tspan>')


def names() -> list[str]:
    """Return the names of all styles."""
    return sorted({*LIKE, *(name for theme in THEMES.values() for name in theme.colours)} - {""})


def class_of(name: str) -> str:
    """Return a style's name as a class."""
    return name.replace(".", "-")


def colours(theme: Theme, name: str) -> tuple[str, str]:
    """Return the colours of a style in a theme as they are seen: of the text, of what is behind it."""
    style = style_of(theme, name)
    shown = _hex(style, "color"), _hex(style, "bgcolor")
    return (shown[1], shown[0]) if style.reverse else shown


def _hex(style: Style, which: str) -> str:
    colour = getattr(style, which)
    return GROUND[which] if colour is None or colour.is_default else str(colour.get_truecolor().hex)


@cache
def with_ground() -> frozenset[str]:
    """Return the styles that have a ground of their own in any theme."""
    return frozenset(
        name for name in names() for theme in THEMES.values() if colours(theme, name)[1] != colours(theme, "")[1]
    )


def ground_of(name: str) -> str:
    """Return the class of what is behind a style: styles named alike before the dot have the same."""
    return class_of(name.partition(".")[0])


def stylesheet(theme: Theme, used: Iterable[str]) -> str:
    """Return a theme as a stylesheet, a line a style: those that are used."""
    text, ground = colours(theme, "")
    lines = [f".ground{{fill:{ground}}} text{{fill:{text};{FONT};white-space:pre}}"]
    grounds: dict[str, str] = {}
    for name in sorted(used):
        style = style_of(theme, name)
        fore, behind = colours(theme, name)
        bold = ";font-weight:bold" if style.bold else ""
        dim = ";fill-opacity:.6" if style.dim else ""
        lines.append(f".{class_of(name)}{{fill:{fore}{bold}{dim}}}")
        if name in with_ground():
            grounds[ground_of(name)] = behind if behind != ground else "none"
    lines += [f"rect.{name}{{fill:{behind};fill-opacity:1}}" for name, behind in sorted(grounds.items())]
    return "\n".join(lines)


def picture(rows: Sequence[Row], title: str, theme: Theme) -> str:
    """Return a screen as SVG, a line of the file for each of its rows."""
    width = sum(cells(text) for text, _ in rows[0])
    used = {style for row in rows for _, style in row if style}
    size = f'width="{width * 8}" viewBox="0 0 {width} {len(rows) * HIGH}"'
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" xml:space="preserve" {size}>\n<title>{escape(title)}</title>\n<style>'
    )
    body = "\n".join(_line(row, y) for y, row in enumerate(rows))
    ground = f'<rect class="ground" width="{width}" height="{len(rows) * HIGH}"/>'
    return f"{head}\n{stylesheet(theme, used)}\n</style>\n{ground}\n{body}\n</svg>\n"


def _line(row: Row, y: int) -> str:
    grounds: list[tuple[str, int, int]] = []
    runs: list[str] = []
    x = 0
    for text, style in _joined(row):
        width = cells(text)
        name = class_of(style)
        if style in with_ground():
            before = grounds[-1] if grounds and grounds[-1][0] == ground_of(style) and grounds[-1][2] == x else None
            grounds[-1 if before else len(grounds) :] = [(ground_of(style), before[1] if before else x, x + width)]
        if text.strip():
            plain = text.strip(" ")
            first = x + len(text) - len(text.lstrip(" "))
            named = f' class="{name}"' if style else ""
            long = f' textLength="{cells(plain)}"' if BRAILLE.search(text) else ""  # of another font, mostly
            runs.append(f'<tspan x="{first}"{named}{long}>{escape(plain, quote=False)}</tspan>')
        x += width
    boxes = [
        f'<rect class="{name}" x="{x}" y="{y * HIGH}" width="{end - x}" height="{HIGH}"/>' for name, x, end in grounds
    ]
    return f'{"".join(boxes)}<text y="{y * HIGH + 1.5}">{"".join(runs)}</text>'


def _joined(row: Row) -> Iterator[tuple[str, str]]:
    """Give a row's runs, those of one style as one; what is blank and has no ground has no style of its own."""
    text, style = "", ""
    for part, name in row:
        if part and text and name != style:
            yield text, style
            text = ""
        style = name if part else style
        text += part
    if text:
        yield text, style


def shown(line: str) -> str:
    """Return what a row of a picture shows, without its colours."""
    text = ""
    for x, _, part in RUN.findall(line):
        text += " " * (int(x) - cells(text)) + unescape(part)
    return text


def sheets() -> str:
    """Return the stylesheets of all themes."""
    return "".join(f"/* {name} */\n{stylesheet(theme, names())}\n" for name, theme in THEMES.items())


def differences(name: str, before: str, after: str) -> list[str]:
    """Say how a picture differs from the one that is kept: which rows, and what they show."""
    found: list[str] = []
    was, now = _rows(before), _rows(after)
    if len(was) != len(now):
        return [f"{name}: {len(was)} rows before, {len(now)} now"]
    for y, (old, new) in enumerate(zip(was, now, strict=True), 1):
        if shown(old) != shown(new):
            found += [f"{name}, row {y}", f"  before |{shown(old)}|", f"  now    |{shown(new)}|"]
        elif old != new:
            found += [
                f"{name}, row {y}, other colours |{shown(new)}|",
                f"  before {_styles(old)}",
                f"  now    {_styles(new)}",
            ]
    if before != after and not found:
        found.append(f"{name}: another stylesheet")
    return found


def _rows(picture_: str) -> list[str]:
    return [line for line in picture_.splitlines() if "<text " in line]


def _styles(line: str) -> str:
    return " ".join(f"{unescape(text).strip()[:12]!r}:{style or '-'}" for _, style, text in RUN.findall(line))


def taken(theme: Theme, wanted: Sequence[str] = ()) -> Iterator[tuple[str, str]]:
    """Give each picture: its file's name (`80x24/overview.svg`) and what is in it."""
    sys.path.insert(0, str(ROOT / "tests" / "tui"))
    from staging import SCENES, SIZES, staged  # noqa: PLC0415  the tests' own

    with tempfile.TemporaryDirectory(prefix="tuimon-snapshots-") as folder, staged(Path(folder)) as stage:
        for scene in SCENES:
            if wanted and scene.name not in wanted:
                continue
            for cols, rows in SIZES:
                title = f"tuimon: {scene.name} at {cols}x{rows}"
                yield f"{cols}x{rows}/{scene.name}.svg", picture(stage(scene, (cols, rows)).rows, title, theme)


def main(arguments: Sequence[str]) -> None:
    """Take the snapshots that are kept, or pictures in another theme."""
    parser = argparse.ArgumentParser(prog="make snapshots", description=__doc__)
    parser.add_argument("--in", dest="theme", nargs=2, metavar=("THEME", "FOLDER"), help="in this theme, elsewhere")
    parser.add_argument("screens", nargs="*", help="only these screens")
    options = parser.parse_args(arguments)
    name, folder = options.theme or (USUAL, str(FOLDER))
    target = Path(folder)
    seen = {SHEETS}
    for file, text in taken(THEMES[name], options.screens):
        seen.add(file)
        _write(target / file, text)
    if options.theme or options.screens:
        return
    _write(target / SHEETS, sheets())
    for path in target.rglob("*.*"):
        if str(path.relative_to(target)) not in seen:
            path.unlink()
            print(f"removed {path}")


def _write(path: Path, text: str) -> None:
    before = path.read_text(encoding="utf-8") if path.exists() else ""
    if before != text:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        print(f"took {path}")


if __name__ == "__main__":
    main(sys.argv[1:])
