"""The one table of keys: the footer, the help, the palette and docs/keys.md are made from it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from tuimon.protocols import Ability


@dataclass(frozen=True, slots=True)
class Key:
    """A key: Textual's names of it, how it is written, the action, a word for the footer, a sentence for the help.

    `footer`: its place in the footer, smaller is sooner and survives on a narrow terminal; 0 is not shown there.
    `needs`: it is only there where the source can do this.
    """

    names: tuple[str, ...]
    shown: str
    action: str
    word: str
    help: str
    group: str
    footer: int = 0
    needs: Ability | None = None


KEYS: Final[tuple[Key, ...]] = (
    Key(("q", "ctrl+c", "ctrl+q"), "q, Ctrl-C", "leave", "quit", "quit at once", "program", 1),
    Key(("question_mark", "f1"), "?", "desk('show_help')", "help", "this help", "program", 2),
    Key(("ctrl+p",), "Ctrl-P", "desk('palette')", "more", "command palette: find an action by its name", "program", 5),
    Key(("ctrl+z",), "Ctrl-Z", "suspend_process", "suspend", "suspend; `fg` comes back", "program"),
    Key(
        ("escape",),
        "Esc",
        "desk('back')",
        "back",
        "back out: details, enlarged panel, filter, tags, selection",
        "program",
    ),
    Key(("T",), "T", "next_theme", "theme", "next colour theme", "program"),
    Key(
        ("R",),
        "R",
        "record",
        "record",
        "record in the background: it goes on when this is closed",
        "program",
        needs=Ability.RECORD,
    ),
    Key(("b",), "b", "desk('toggle_bits')", "bits", "network rates in bits or in bytes", "program"),
    Key(
        ("slash",),
        "/",
        "desk('filter')",
        "filter",
        "filter processes by words, or by conditions such as cpu > 5 and user = root",
        "processes",
        3,
    ),
    Key(("s",), "s", "table('sort', 1)", "sort", "sort by the next column", "processes", 4),
    Key(("S",), "S", "table('sort', -1)", "", "sort by the column before", "processes"),
    Key(("r",), "r", "table('reverse')", "reverse", "reverse the order", "processes", 6),
    Key(
        ("O", "f6"),
        "O",
        "table('sort_menu')",
        "",
        "sort by any column, chosen from a list; and by which one then",
        "processes",
    ),
    Key(
        ("v",),
        "v",
        "table('menu')",
        "view",
        "what can be done to the table: list, tree, groups, freeze, columns",
        "processes",
        11,
    ),
    Key(("c",), "c", "table('columns')", "columns", "choose columns, their order and their widths", "processes", 13),
    Key(("t",), "t", "table('tree')", "tree", "show the tree of processes, or the list again", "processes", 11),
    Key(("G",), "G", "table('group')", "", "group by program, by user, by container or service, and not", "processes"),
    Key(
        ("left",),
        "←",
        "table('fold', -1)",
        "",
        "fold the selected branch or group; again: go up to its parent",
        "processes",
    ),
    Key(("right",), "→", "table('fold', 1)", "", "open the selected branch or group", "processes"),
    Key(("asterisk",), "*", "table('fold_all')", "", "fold everything; again: open everything", "processes"),
    Key(
        ("u",),
        "u",
        "table('reorder')",
        "",
        "put the tree in order by the values of now: it stays as it is otherwise",
        "processes",
    ),
    Key(("f",), "f", "table('freeze')", "freeze", "freeze the table, or let it go on", "processes", 12),
    Key(
        ("F",),
        "F",
        "table('follow')",
        "",
        "follow the selected process: it stays in sight whatever happens",
        "processes",
    ),
    Key(("I",), "I", "table('toggle_cpu')", "", "CPU in percent of one core, or of the machine", "processes"),
    Key(("down", "j"), "↓ j", "table('row', 1)", "", "select the next process; the selection follows it", "processes"),
    Key(("up", "k"), "↑ k", "table('row', -1)", "", "select the process before", "processes"),
    Key(("pagedown",), "PgDn", "table('page_by', 1)", "", "a page down", "processes"),
    Key(("pageup",), "PgUp", "table('page_by', -1)", "", "a page up", "processes"),
    Key(("home",), "Home", "table('edge', -1)", "", "to the top", "processes"),
    Key(("end",), "End", "table('edge', 1)", "", "to the bottom", "processes"),
    Key(
        ("K", "f9"),
        "K",
        "desk('act')",
        "signal",
        "send a signal to the tagged processes, else to the selected one; nice, io priority, processors",
        "processes",
        5,
        Ability.SIGNAL,
    ),
    Key(("space",), "Space", "desk('tag')", "tag", "tag the selected process for K", "processes", needs=Ability.SIGNAL),
    Key(
        ("enter",),
        "Enter",
        "desk('details')",
        "details",
        "the details of the selected process; in its family: go to the chosen relative",
        "processes",
        4,
    ),
    Key(("backspace",), "Backspace", "desk('retrace')", "", "back to the process before, or to the table", "details"),
    Key(("z",), "z", "desk('next_span')", "span", "charts of a longer span: minutes, an hour, six, a day", "details"),
    Key(("tab",), "Tab", "desk('focus_panel', 1)", "panel", "focus the next panel", "panels", 7),
    Key(("shift+tab",), "Shift-Tab", "desk('focus_panel', -1)", "", "focus the panel before", "panels"),
    Key(
        ("m",),
        "m",
        "desk('enlarge')",
        "enlarge",
        "enlarge the focused panel over the screen, and put it back",
        "panels",
        5,
    ),
    Key(("1", "o"), "1 o", "desk('overview')", "overview", "back to the overview", "panels"),
    Key(("2", "p"), "2 p", "desk('processes')", "", "the processes over the whole screen", "panels"),
    Key(("3", "h"), "h 3", "desk('open_charts')", "history", "history: charts with axes of any metrics", "panels", 10),
    Key(("comma",), ",", "desk('step', -1)", "back", "one sample back", "time", 8),
    Key(("full_stop",), ".", "desk('step', 1)", "on", "one sample on", "time", 9),
    Key(("less_than_sign",), "<", "desk('skip', -60)", "", "a minute back", "time"),
    Key(("greater_than_sign",), ">", "desk('skip', 60)", "", "a minute on", "time"),
    Key(("left_square_bracket",), "[", "desk('skip', -3600)", "", "an hour back", "time"),
    Key(("right_square_bracket",), "]", "desk('skip', 3600)", "", "an hour on", "time"),
    Key(("left_curly_bracket",), "{", "desk('skip', -86400)", "", "a day back", "time"),
    Key(("right_curly_bracket",), "}", "desk('skip', 86400)", "", "a day on", "time"),
    Key(("n",), "n", "desk('leap', 1)", "event", "to the next event: an alert, a start, a clock that stepped", "time"),
    Key(("N",), "N", "desk('leap', -1)", "", "to the event before", "time"),
    Key(("exclamation_mark",), "!", "desk('to_alert')", "", "to where the shown alert began", "time"),
    Key(
        ("a", "4"),
        "a 4",
        "desk('open_alerts')",
        "alerts",
        "alerts: firing, pending, history, rules, who is told",
        "alerts",
        11,
    ),
    Key(
        ("A",),
        "A",
        "desk('acknowledge')",
        "",
        "acknowledge the shown alert: until it clears",
        "alerts",
        needs=Ability.ANSWER,
    ),
    Key(("Z",), "Z", "desk('silence')", "", "silence the shown alert for a time", "alerts", needs=Ability.ANSWER),
    Key(
        ("g",),
        "g",
        "desk('begin_going')",
        "time",
        "go to a time: 03:12, yesterday 14:30, 2h ago, an ISO date",
        "time",
        10,
    ),
    Key(("x",), "x", "desk('mark')", "mark", "mark this moment: w and d then tell of the span from it to here", "time"),
    Key(("w",), "w", "desk('who')", "who", "who used the marked span, or the minutes around here", "time", 11),
    Key(("d",), "d", "desk('differ')", "", "what is different here from the mark, or from an hour before", "time"),
    Key(
        ("e",),
        "e",
        "take_away",
        "export",
        "take the span away: CSV, JSON, a picture of the screen, an incident report",
        "time",
    ),
    Key(("L",), "L", "desk('go_live')", "live", "back to now", "time"),
    Key(("minus",), "-", "desk('zoom', 1)", "", "a longer span in the timeline", "time"),
    Key(("plus", "equals_sign"), "+", "desk('zoom', -1)", "", "a shorter span in the timeline", "time"),
    Key(("H",), "H", "desk('next_heat')", "", "the timeline shows CPU, memory, load, waiting for IO", "time"),
)

GROUPS: Final = {
    "program": "Program",
    "processes": "Processes",
    "details": "Details of a process",
    "panels": "Panels",
    "time": "Time",
    "alerts": "Alerts",
}

CHARTS: Final[tuple[tuple[tuple[str, ...], str], ...]] = (
    (("desk('filter')",), "choose the metrics, by searching among all that are recorded"),
    (("table('fold', -1)", "table('fold', 1)"), "a quarter of the span earlier, later"),
    (
        ("desk('zoom', 1)", "desk('zoom', -1)", "table('row', 1)", "table('row', -1)"),
        "a longer, a shorter span; the timeline shows the same one; the wheel does it too",
    ),
    (("table('columns')",), "compare with the same time a day before, a week before, nothing"),
    (("desk('enlarge')",), "the lowest and the highest values around the average, or not"),
    (("table('page_by', 1)", "table('page_by', -1)"), "the next charts, those before, where there is no room for all"),
)
"""What keys of these actions do on the History screen."""
ON_CHARTS: Final = {
    "desk('filter')": "metrics",
    "table('fold', -1)": "earlier",
    "table('fold', 1)": "later",
    "desk('zoom', 1)": "longer",
    "desk('zoom', -1)": "shorter",
    "table('columns')": "compare",
    "desk('enlarge')": "extremes",
}
"""What the footer of the History screen offers, in words of its own: action -> word."""

TYPING: Final[tuple[tuple[str, str], ...]] = (
    ("Enter", "keep the filter; one that is not understood stays to be mended"),
    ("Esc", "show all processes again"),
    ("Tab Shift-Tab", "complete a field, an operator, a value or a unit; again: the next, the one before"),
    ("↑ ↓", "earlier filters, of other sessions too, and back"),
    ("← → Home End", "move the cursor, as Ctrl-B Ctrl-F Ctrl-A Ctrl-E; Ctrl-← Ctrl-→ by a word"),
    ("Ctrl-W", "delete the word before the cursor"),
    ("Ctrl-U Ctrl-K", "delete everything before the cursor, after it"),
)
"""What keys do in the line in which a filter is typed."""

MOUSE: Final[tuple[tuple[str, str], ...]] = (
    ("click on a row", "select that process"),
    ("right click on a row", "choose what to do to it, or to all that are tagged"),
    ("click on the first cell of a row", "tag it, or take its tag away"),
    ("click on a column's title", "sort by it; again: reverse"),
    ("right click on the columns' titles", "choose list, tree or groups, columns, freeze and the like"),
    ("click on the mark of a branch or group", "fold it, or open it"),
    ("double click on a row", "the details of that process"),
    ("click in the details", "open that part; go to that relative or moment; on a chart's title: a longer span"),
    ("click on a panel", "focus it"),
    ("click on a panel's title, double click", "enlarge it, and put it back"),
    ("wheel", "scroll the processes"),
    ("click on a line that Esc hides", "hide it"),
    ("click on a word of the footer", "do what its key does"),
    ("click on a word above a filter being typed", "take it into the filter; elsewhere: keep the filter"),
    ("click on a chart or on the timeline", "go to that moment; its right end is now"),
    ("wheel on the timeline", "a sample back or on"),
)


def offered(abilities: Collection[Ability], keys: Sequence[Key] = KEYS) -> list[Key]:
    """Return the keys that do something where the source can do this."""
    return [key for key in keys if key.needs is None or key.needs in abilities]


def footer_keys(
    abilities: Collection[Ability],
    *,
    past: bool = False,
    keys: Sequence[Key] = KEYS,
    charts: bool = False,
    details: bool = False,
) -> list[Key]:
    """Return what the footer offers, most wanted first; in the past it leads with the way back.

    `charts` and `details`: the History screen or the details of a process are in the place of the overview.
    """
    chosen = sorted((key for key in offered(abilities, keys) if key.footer), key=lambda key: key.footer)
    back = [key for key in keys if past and key.action == BACK]
    if charts:
        own = [replace(key, word=word) for action, word in ON_CHARTS.items() for key in keys if key.action == action]
        shut = [key for key in keys if key.action == CLOSE]
        around = [key for key in keys if key.action in AROUND]
        return [*back, *shut, *own[:3], *around, *own[3:]]
    if details:
        own = [key for key in keys if key.group == "details" and key.word]
        shut = [key for key in keys if key.action == CLOSE]
        others = [key for key in chosen if key.group != "processes" or key.needs is Ability.SIGNAL]
        return [*back, *shut, *part_key(keys), *own, *others]
    time = [key for key in chosen if past and key.group == "time"]
    return [*back, *time, *(key for key in chosen if key not in time)]


AROUND: Final = frozenset({"leave", "desk('show_help')", "desk('palette')", "desk('begin_going')"})
"""What the footer of the History screen offers besides."""
BACK: Final = "desk('go_live')"
CLOSE: Final = "desk('back')"
PARTS: Final = ("table('fold', -1)", "table('fold', 1)")


def part_key(keys: Sequence[Key]) -> list[Key]:
    """Return what the footer of the details says of the two keys that turn to another part of them."""
    shown = written(keys, PARTS)
    return [Key((), shown, PARTS[1], "part", "another part of the details", "details")] if shown else []


def written(keys: Sequence[Key], actions: Sequence[str]) -> str:
    """Return how the keys of some actions are written, in a row: `← →`; '' where there are none."""
    found = {key.action: key for key in keys}
    return " ".join(found[action].shown.replace(",", "") if len(found[action].shown) > 1 else found[action].shown
                    for action in actions if action in found)  # fmt: skip


def on_charts(keys: Sequence[Key]) -> list[tuple[str, str]]:
    """Return what keys do on the History screen: (keys, what they do)."""
    return [(shown, does) for actions, does in CHARTS if (shown := written(keys, actions))]


# -- Keys that the user chose -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Keymap:
    """The key table as the user wants it, and what a key that was pressed stands for: an action, '' for nothing."""

    keys: tuple[Key, ...]
    actions: dict[str, str]


def keymap(pairs: Sequence[str]) -> Keymap:
    """Return the key table with some keys changed: `F5 = .` does what `.` does, `e = none` does nothing."""
    given = dict(pair.split(" = ", 1) for pair in pairs)
    written = {word: key for key in KEYS for word in words(key)}
    actions = {pressed(name): written[meant].action if meant in written else "" for name, meant in given.items()}
    keys = [_changed(key, given) for key in KEYS]
    return Keymap(tuple(key for key in keys if key.names), actions)


def words(key: Key) -> list[str]:
    """Return how a key's ways to press it are written, one a way."""
    return key.shown.split(", ") if ", " in key.shown else key.shown.split(" ") if " " in key.shown else [key.shown]


def _changed(key: Key, given: Mapping[str, str]) -> Key:
    """Return a key with the ways to press it that were given to it, and without those that were taken from it."""
    own = words(key)
    added = [name for name, meant in given.items() if meant in own]
    kept = [name for name in own if name not in given]
    taken = {pressed(name) for name in given} - {pressed(name) for name in added}
    names = (*(pressed(name) for name in added), *(name for name in key.names if name not in taken))
    return replace(key, names=names if added or kept else (), shown=", ".join([*added, *kept]) or key.shown)


_NAMED: Final = {
    "esc": "escape", "pgdn": "pagedown", "pgup": "pageup", "del": "delete", "ins": "insert", "↓": "down", "↑": "up",
    "←": "left", "→": "right",
}  # fmt: skip


def pressed(word: str) -> str:
    """Return Textual's name of a key that is written as people write it: `F5`, `Ctrl-X`, `PgDn`, `,`."""
    from textual.keys import _character_to_key  # noqa: PLC0415  Textual has no public name for it

    if len(word) == 1:
        return _NAMED.get(word) or _character_to_key(word)
    *modifiers, name = word.lower().split("-") if not word.endswith("-") else [word.lower()]
    return "+".join([*modifiers, _NAMED.get(name, name)])
