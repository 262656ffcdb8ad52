"""Every screen at every size, in every theme: as it is kept in `snapshots/`, nothing broken, nothing cut without a mark.

`make snapshots` takes them anew. What is drawn knows no theme: its runs name their styles, and a theme is a table from
these names to colours. One picture a screen and size, and one stylesheet a theme, are therefore all of them.
"""

from __future__ import annotations

import ast
import re
from itertools import pairwise
from pathlib import Path

import pytest
from staging import SCENES, SIZES, staged

from tools.snapshots import FOLDER, SHEETS, USUAL, colours, differences, picture, sheets
from tuimon.tui.style import cells, row_width
from tuimon.tui.themes import LEVELS, THEMES

SOURCES = Path(__file__).parents[2] / "tuimon"
DECORATION = {"border", "border.past", "faint"}
"""Frames and the empty parts of bars: nothing is read from them (WCAG 2.2, 1.4.11)."""
SHAPES = re.compile(r"[\W_]*")
ALL = [(scene, size) for scene in SCENES for size in SIZES]
NAMES = [f"{scene.name}-{cols}x{rows}" for scene, (cols, rows) in ALL]


@pytest.fixture(scope="module")
def stage(tmp_path_factory):
    with staged(tmp_path_factory.mktemp("staged")) as stage:
        known = {}

        def once(scene, size):
            if (scene.name, size) not in known:
                known[scene.name, size] = stage(scene, size)
            return known[scene.name, size]

        yield once


def lines(one):
    return ["".join(text for text, _ in row) for row in one.rows]


@pytest.mark.parametrize(("scene", "size"), ALL, ids=NAMES)
def test_it_is_as_it_was(stage, scene, size):
    name = f"{size[0]}x{size[1]}/{scene.name}"
    drawn = picture(stage(scene, size).rows, f"tuimon: {scene.name} at {size[0]}x{size[1]}", THEMES[USUAL])
    file = FOLDER / f"{name}.svg"
    kept = file.read_text(encoding="utf-8") if file.exists() else ""
    found = differences(name, kept, drawn)
    assert not found, "\n".join(["another screen than is kept; `make snapshots` keeps this one:", *found[:40]])


def test_themes_are_as_they_were():
    kept = (FOLDER / SHEETS).read_text(encoding="utf-8").splitlines()
    now = sheets().splitlines()
    changed = [f"  before {a}\n  now    {b}" for a, b in zip(kept, now, strict=False) if a != b]
    assert kept == now, "\n".join(["another theme than is kept; `make snapshots` keeps this one:", *changed[:20]])


def test_nothing_is_kept_of_screens_that_are_no_more():
    wanted = {f"{cols}x{rows}/{scene.name}.svg" for scene, (cols, rows) in ALL} | {SHEETS}
    assert {str(path.relative_to(FOLDER)) for path in FOLDER.rglob("*.*")} == wanted
    assert sum(path.stat().st_size for path in FOLDER.rglob("*.*")) < 2_000_000


def test_a_difference_says_which_screen_and_row_and_what():
    before = [[("cpu ", "label"), ("31.2 %", "value")], [("x" * 10, "")]]
    after = [[("cpu ", "label"), ("31.3 %", "value")], [("x" * 10, "dim")]]
    old, new = (picture(rows, "a screen", THEMES[USUAL]) for rows in (before, after))
    assert differences("80x24/overview", old, old) == []
    told = "\n".join(differences("80x24/overview", old, new))
    assert "80x24/overview, row 1\n  before |cpu 31.2 %|\n  now    |cpu 31.3 %|" in told
    assert "row 2, other colours |xxxxxxxxxx|" in told


# -- Nothing broken ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("scene", "size"), ALL, ids=NAMES)
def test_it_is_whole(stage, scene, size):
    one = stage(scene, size)
    assert len(one.rows) == size[1]
    assert {row_width(row) for row in one.rows} == {size[0]}
    unknown = {name for row in one.rows for _, name in row for theme in THEMES.values() if name not in theme.colours}
    assert unknown <= {"ghost", *(name for name in unknown if name.endswith(".band"))}
    assert broken_boxes(one) == []


def grid(one):
    """The cells of a screen; the second half of a wide character is empty."""
    return [[c for char in line for c in ([char, ""] if cells(char) == 2 else [char])] for line in lines(one)]


def broken_boxes(one):
    """Corners whose box does not close; where a dialog lies over the screen, only of the dialog."""
    shown = grid(one)
    left, top, right, bottom = one.dialog or (0, 0, one.size[0], one.size[1])
    marks = "++" if one.desk.session.ascii_only else "╭╰"
    side = "|" if one.desk.session.ascii_only else "│"
    if one.dialog:
        corners = [(left, top, right - 1)]
    else:
        corners = [(x, y, None) for y in range(top, bottom) for x in range(left, right) if shown[y][x] == "╭"]
    found = []
    for x, y, known in corners:
        end = known or next((i for i in range(x + 1, right) if shown[y][i] == "╮"), None)
        low = next((j for j in range(y + 1, bottom) if shown[j][x] == marks[1]), None)
        if end is None or low is None or shown[y][x] != marks[0]:
            found.append((x, y, "no other corner"))
            continue
        wrong = [j for j in range(y + 1, low) if shown[j][x] != side or shown[j][end] != side]
        if wrong or shown[low][end] != ("+" if side == "|" else "╯"):
            found.append((x, y, f"its sides are open in rows {wrong}"))
    return found


@pytest.mark.parametrize(("scene", "size"), ALL, ids=NAMES)
def test_there_is_a_way_on(stage, scene, size):
    """The footer has keys, with the way out among them; a dialog or a line that is typed says its own."""
    one = stage(scene, size)
    if one.desk.typing or one.desk.going is not None:
        return
    if (box := one.dialog) is not None:
        assert any(way in lines(one)[box[3] - 2] for way in ("[ Esc ]", "[ Cancel ]"))
        return
    offered = {key.action for _, _, key in one.desk.page.keys}
    assert offered & {"leave", "desk('back')"}, lines(one)[-1]
    assert "desk('show_help')" in offered, lines(one)[-1]
    if one.desk.travel.at is not None:
        assert "desk('go_live')" in offered


# -- Nothing cut without a mark ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def vocabulary(stage):
    """Words that may stand on a screen: those of the program's own texts, and those that there is room for."""
    words = set()
    for file in SOURCES.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                words |= set(WORD.findall(node.value))
            elif isinstance(node, ast.Attribute | ast.Name | ast.arg):
                words |= set(WORD.findall(getattr(node, "attr", "") + " " + str(getattr(node, "id", ""))))
    frame = stage(SCENES[0], SIZES[0])._frame
    for process in frame.snapshot.processes:
        words |= set(WORD.findall(f"{process.name} {process.command} {process.user} {process.container}"))
    for scene in SCENES:
        for line in lines(stage(scene, SIZES[0])):
            words |= {word for word, end in TOKEN.findall(line) if not end}
    return words


WORD = re.compile(r"[^\W\d_]{3,}")
TOKEN = re.compile(r"(?<![…~])([^\W\d_]{3,})([…~]?)")


@pytest.mark.parametrize(("scene", "size"), [one for one in ALL if one[1] != SIZES[0]],
                         ids=[name for name in NAMES if "200x50" not in name])  # fmt: skip
def test_no_word_is_cut_without_a_mark(stage, vocabulary, scene, size):
    one = stage(scene, size)
    cut = {}
    shown = lines(one)
    if one.dialog is not None:  # what is under it is covered, not cut
        left, top, right, bottom = one.dialog
        shown = [line[left:right] for line in shown[top:bottom]]
    for line in shown:
        for word, end in TOKEN.findall(line):
            if not end and word not in vocabulary:
                cut.setdefault(word, line)
    assert cut == {}


# -- To be read in every theme ----------------------------------------------------------------------------------------


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(theme, name) -> float:
    low, high = sorted(luminance(colour) for colour in colours(theme, name))
    return (high + 0.05) / (low + 0.05)


@pytest.fixture(scope="module")
def used(stage):
    """The styles of all screens: those of texts, and those of marks alone."""
    texts, marks = set(), set()
    for scene, size in ALL:
        for row in stage(scene, size).rows:
            for text, name in row:
                (marks if SHAPES.fullmatch(text) else texts).add(name if text.strip() else "")
    return texts - DECORATION, marks - texts - DECORATION


@pytest.mark.parametrize(("theme", "text", "mark"), [
    ("tuimon-dark", 4.5, 3), ("tuimon-light", 4.5, 3), ("colour-blind", 4.5, 3), ("high-contrast", 7, 7)])  # fmt: skip
def test_it_can_be_read(used, theme, text, mark):
    texts, marks = used
    assert len(texts) > 20
    assert {name: round(c, 2) for name in texts if (c := contrast(THEMES[theme], name)) < text} == {}
    assert {name: round(c, 2) for name in marks if (c := contrast(THEMES[theme], name)) < mark} == {}


@pytest.mark.parametrize("theme", ["monochrome", "eight-colours"])
def test_where_the_colours_are_the_terminals_own_there_is_no_ground_but_by_reversing(theme):
    """What contrast there is is the terminal's: no text has a ground that was chosen for another colour."""
    grounds = {colours(THEMES[theme], name)[1] for name in THEMES[theme].colours}
    assert grounds <= {"#101218", "#d0d6e0"}


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("family", ["cpu", "memory", "disk", "network"])
def test_levels_of_a_chart_stand_out_more_the_higher_they_are(theme, family):
    steps = [contrast(THEMES[theme], f"{family}.{level}") for level in range(LEVELS)]
    assert all(higher >= lower for lower, higher in pairwise(steps)), steps
