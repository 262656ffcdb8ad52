"""The filter language: what is understood, what is said about what is not, and that its parts agree."""

from __future__ import annotations

import itertools
from datetime import UTC

import pytest
import strategies as own
from hypothesis import given
from hypothesis import strategies as st
from naive import TEXTS, conditions, truth

from tuimon.filters import Filter, Mistake, understood
from tuimon.filters.conditions import KEYWORDS, Compare, Not, Word, show
from tuimon.filters.fields import BY_NAME, FIELDS
from tuimon.filters.parser import DEEPEST, LONGEST, parse
from tuimon.filters.values import EQUAL, SEARCHED
from tuimon.model.process import ALIASES, PROCESS_HELP, Process
from tuimon.model.text import harmless

NOW = 1_795_491_152.0
LEAKY = Process(
    4312, NOW - 7200, 1, "leaky", "leaky --workers 4", "app", "R", 97.1, 2467.22, 9 << 30, 10 << 30, 61.3, 4, 0, 20,
    None, 12_000.0, False,
)  # fmt: skip
KWORKER = Process(
    77, NOW - 86_400, 2, "kworker/0:1", "", "root", "I", None, 3.0, 0, 0, None, 1, -20, 0, 0.0, 0.0, True
)  # fmt: skip


def wrong(text: str) -> Mistake:
    found = understood(text)
    assert isinstance(found, Mistake), found
    return found


def shown(text: str, *processes: Process) -> list[str]:
    found = understood(text, UTC)
    assert isinstance(found, Filter), found
    return [one.name for one in found.passing(processes or (LEAKY, KWORKER), NOW)]


def test_the_filter_of_the_issue():
    assert understood('cpu > 5 and (user = root or mem > 1gb) and not cmd ~ "kworker"').canonical == (
        "cpu > 5% and (user = root or rss > 1GiB) and not command ~ kworker"
    )
    assert shown('cpu > 5 and (user = root or mem > 1gb) and not cmd ~ "kworker"') == ["leaky"]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("", ["leaky", "kworker/0:1"]),
        ("LEAKY app", ["leaky"]),
        ("4312", ["leaky"]),
        ("root", ["kworker/0:1"]),
        ("not root", ["leaky"]),
        ("leaky or kworker", ["leaky", "kworker/0:1"]),
        ("user = ROOT", ["kworker/0:1"]),
        ("user in (root, postgres)", ["kworker/0:1"]),
        ("user not in (root, postgres)", ["leaky"]),
        ("state = running", ["leaky"]),
        ("state in (D I)", ["kworker/0:1"]),
        ("kernel = yes", ["kworker/0:1"]),
        ("rss >= 9GiB", ["leaky"]),
        ("rss > 9g", []),
        ("rss > 9 GB or virt > 9.5 GiB", ["leaky"]),
        ("mem > 1gb", ["leaky"]),
        ("mem > 60", ["leaky"]),
        ("mem > 60 % app", ["leaky"]),
        ("write > 11.9k/s", ["leaky"]),
        ("write = 12kB/s", ["leaky"]),
        ("write > 11.8KiB/s", []),
        ("time >= 41:07.22", ["leaky"]),
        ("time < 1 min", ["kworker/0:1"]),
        ("age < 3h", ["leaky"]),
        ("age > 23 h 59 min", ["kworker/0:1"]),
        ("started > 3h ago", ["leaky"]),
        ('started > "3 h ago"', ["leaky"]),
        ("started < 2026-11-24", ["kworker/0:1"]),
        ("nice < 0", ["kworker/0:1"]),
        ("nice = -20", ["kworker/0:1"]),
        ("cmd ~ ^leaky.*[0-9]$", ["leaky"]),
        ("cmd ~ (workers|queue) and name !~ k{2}", ["leaky"]),
        ('command = ""', ["kworker/0:1"]),
        ("--workers 4", ["leaky"]),
        ("kworker/0:1", ["kworker/0:1"]),
        ("&& leaky", None),
        ("leaky && app || root", ["leaky", "kworker/0:1"]),
    ],
)
def test_what_is_shown(text, names):
    if names is None:
        wrong(text)
    else:
        assert shown(text) == names


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("cpu > 5", ["leaky"]),
        ("not cpu > 5", []),
        ("cpu <= 5", []),
        ("cpu != 5", ["leaky"]),
        ("not cpu != 5", []),
        ("cpu = unknown", ["kworker/0:1"]),
        ("cpu != unknown", ["leaky"]),
        ("not cpu = unknown", ["leaky"]),
        ("cpu > 5 or root", ["leaky", "kworker/0:1"]),
        ("not (cpu > 5 and root)", ["leaky"]),
        ("not (cpu > 5 and app)", ["kworker/0:1"]),
        ('user = "unknown"', []),
    ],
)
def test_what_is_not_known_is_neither_so_nor_not_so(text, names):
    assert shown(text) == names


@pytest.mark.parametrize(
    ("text", "position", "message", "nearest"),
    [
        ("cpuu > 5", 0, "'cpuu' is not a field; did you mean cpu?", "cpu"),
        ("root and memm > 5", 9, "'memm' is not a field; did you mean mem?", "mem"),
        ("zzz = 5", 0, "'zzz' is not a field; in quotes it is a word to look for", ""),
        ("cpu > fast", 6, "'fast' is not a percentage such as 5 or 5%", ""),
        ("cpu > 5x", 6, "'5x' is not a percentage such as 5 or 5%", ""),
        ("mem > lots", 6, "'lots' is not a percentage such as 5 or 5%, or a size such as 512MiB or 1.5G", ""),
        ("rss > 5%", 6, "'5%' is not a size such as 512MiB or 1.5G", ""),
        ("user > root", 5, "'>' does not go with user; expected =, !=, ~, !~, in", ""),
        ("pid ~ 4", 4, "'~' does not go with pid; expected =, !=, <, <=, >, >=, in", ""),
        ("state = zomby", 8, "did you mean zombie?", "zombie"),
        ("started > tomorrow", 10, "'tomorrow' is not a time such as 14:30", ""),
        ("cpu > 5)", 7, "there is no '(' that this ')' closes", ""),
        ("> 5", 0, "expected a condition such as cpu > 5, or a word before '>'", ""),
        ("cpu > 5 and or root", 12, "before 'or'", ""),
        ("user = and", 7, "expected a text", ""),
        ('cmd ~ "a(b"', 10, "in the regular expression: a '(' is not closed", ""),
        ("cmd ~ **", 6, "in the regular expression: there is nothing to repeat", ""),
        (r"cmd ~ (a)\1", 9, "back references cannot be done in bounded time", ""),
        ("pid in (1, x)", 11, "'x' is not a number", ""),
        ("pid in ()", 8, "expected a number", ""),
    ],
)
def test_a_mistake_says_where_it_is_and_what_was_expected(text, position, message, nearest):
    found = wrong(text)
    assert (found.position, found.nearest, found.incomplete) == (position, nearest, False)
    assert message in found.message
    assert found.line == f"at character {position + 1}: {found.message}"


@pytest.mark.parametrize(
    "text",
    ["cpu >", "cpu > 5 and", "not", "(cpu > 5", "(", 'cmd ~ "kwor', "user = 'r", "cmd ~ (a", "cmd ~ [a", "pid in (", "pid in (1,", "pid in (1", "user !", "user = root or not"],
)  # fmt: skip
def test_what_is_right_so_far_is_told_from_what_is_wrong(text):
    found = wrong(text)
    assert found.incomplete or text == "user !"
    assert found.position <= len(text)
    assert found.message


@pytest.mark.parametrize("text", ['cpu > 5 and (user = root or mem > 1gb) and not cmd ~ "kworker"', "started > 2h ago"])
def test_on_the_way_to_a_filter_no_letter_is_called_wrong(text):
    for end in range(len(text)):
        found = understood(text[:end])
        assert isinstance(found, Filter) or found.incomplete or found.expected, text[:end]


def test_every_part_of_a_process_is_a_field_with_one_owner_of_each_name():
    assert set(PROCESS_HELP) <= set(FIELDS)
    assert {alias: BY_NAME[alias].name for alias in ALIASES} == ALIASES
    names = list(itertools.chain.from_iterable(field.names for field in FIELDS.values()))
    assert len(set(names)) == len(names)
    assert not set(names) & KEYWORDS
    assert all(name == name.lower() for name in names)


def test_a_filter_names_the_fields_that_it_looks_at():
    assert understood("cpu > 5 and not (read > 1k or pid in (1, 2))").fields == {
        "cpu_percent",
        "read_bytes_per_second",
        "pid",
    }
    assert understood("").fields == frozenset()


def test_there_is_an_end_to_how_long_and_how_deep():
    assert isinstance(understood("a " * (LONGEST // 2)), Filter)
    assert "at most" in wrong("a" * (LONGEST + 1)).message
    assert isinstance(understood("(" * DEEPEST + "a" + ")" * DEEPEST), Filter)
    for deep in ("(" * 1500, "not " * 400 + "a", "(" * (DEEPEST + 1) + "a" + ")" * (DEEPEST + 1)):
        assert "at most" in wrong(deep).message


@given(conditions())
def test_printed_and_parsed_again_it_is_the_same(condition):
    text = show(condition)
    again = parse(text)
    assert again == condition, text
    assert show(again) == text


PIECES = st.sampled_from(
    ["cpu", "user", "cmd", "mem", "started", "state", "kernel", "and", "or", "not", "in", "(", ")", ",", "=", "!=", "<",
     "~", "!~", ">=", "!", '"', "'", "5", "1gb", "2h", "ago", "%", "root", "[", "\\", "|", "*", " ", "  ", "unknown"]
)  # fmt: skip
ANYTHING = (
    st.text(max_size=80) | st.lists(PIECES, max_size=25).map(" ".join) | st.lists(PIECES, max_size=25).map("".join)
)


@given(ANYTHING, own.processes())
def test_any_text_is_a_filter_or_a_mistake_in_it(text, process):
    found = understood(text)
    if isinstance(found, Mistake):
        assert 0 <= found.position <= found.position + found.length <= len(text)
        assert found.message == harmless(found.message)
    else:
        assert found.matches(process, NOW) in {True, False}
        again = understood(found.canonical)
        assert isinstance(again, Filter)
        assert again.condition == found.condition


@given(conditions(), st.lists(own.processes(TEXTS), max_size=6))
def test_it_agrees_with_a_naive_reading(condition, processes):
    found = Filter("", condition, UTC).passing(processes, NOW)
    assert found == [one for one in processes if truth(condition, one, NOW) is True]


@given(conditions(), own.processes())
def test_what_is_so_is_never_also_not_so(condition, process):
    so = Filter("", condition, UTC).matches(process, NOW)
    not_so = Filter("", Not(condition), UTC).matches(process, NOW)
    assert not (so and not_so)


WORDS = st.text(
    st.characters(codec="utf-8", exclude_characters="\"'()=<>!~", exclude_categories=["Z", "C"]), min_size=1, max_size=8
)


@given(st.lists(WORDS.filter(lambda word: word.lower() not in KEYWORDS), max_size=5), own.processes())
def test_plain_words_mean_what_they_always_meant(words, process):
    text = f"{process.pid} {process.user} {process.name} {process.command}".casefold()
    found = understood(" ".join(words))
    assert found.matches(process, NOW) is all(word.casefold() in text for word in words) or any(
        word.casefold() in " ".join(text.split()) and not found.matches(process, NOW) for word in words
    )


@pytest.mark.parametrize(
    "word", ["--port=80", "it's", "a/b=c", "<defunct>", "~/bin", "a,b", "-", "[kworker]", "1>2", "&", "in"]
)
def test_what_no_field_could_be_is_a_word_whatever_is_in_it(word):
    assert parse(word) == Word(word)


def test_operators_are_those_that_the_kind_has():
    for field, operator in itertools.product(FIELDS.values(), [*SEARCHED, *EQUAL, "<", ">="]):
        found = parse(f'{field.name} {operator} "2h ago"')
        said = isinstance(found, Mistake) and "does not go with" in found.message
        assert said is (operator not in field.kind.operators)


def test_the_long_and_the_short_name_are_one():
    for name, field in BY_NAME.items():
        assert parse(f"{name} = unknown") == parse(f"{field.name.upper()} == unknown")


def test_a_number_keeps_every_digit():
    for text, value in (
        ("rss > 1.5k", 1536.0),
        ("rss > 0.1", 0.1),
        ("read > 0.00001", 0.00001),
        ("time > 1h30m", 5400.0),
    ):
        field, _, _ = text.partition(" ")
        assert parse(text) == Compare(BY_NAME[field].name, ">", value)
        assert parse(show(parse(text))) == parse(text)
