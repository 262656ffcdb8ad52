"""Regular expressions of filters: they find what Python's find, and nothing makes them hang."""

from __future__ import annotations

import re
import resource
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tuimon.filters.automaton import TRANSITIONS, Automaton
from tuimon.filters.patterns import KEPT, LARGEST, PatternError, Reader, pattern

ROOT = Path(__file__).resolve().parents[2]

LETTER = st.sampled_from([*"abAB01_ -./é"]).map(re.escape)
ATOM = (
    LETTER
    | st.sampled_from([".", r"\d", r"\w", r"\s", r"\D", r"\W", r"\S"])
    | st.sampled_from(["[ab]", "[^ab]", "[a-c0]", r"[\d_]", r"[^\w]", "[]a]", "[^]a]", "[a-]", r"[\].]", "[A-Z]"])
)
EDGE = st.sampled_from(["^", "$", r"\b"])
COUNT = st.sampled_from(["*", "+", "?", "{2}", "{1,3}", "{,2}", "{2,}", "*?", "+?", "??", "{1,2}?"])


def grown(one):
    several = st.lists(one | EDGE, min_size=0, max_size=4).map("".join)
    group = st.lists(several, min_size=1, max_size=3).map("|".join)
    return st.tuples(group, COUNT | st.just("")).map(lambda made: f"({made[0]}){made[1]}") | several


PATTERNS = st.recursive(st.tuples(ATOM, COUNT | st.just("")).map("".join), grown, max_leaves=8)
LINES = st.text(st.sampled_from([*"abAB01_ -./éX"]), max_size=12)


@given(PATTERNS, st.lists(LINES, min_size=1, max_size=5))
@example("^a|b$", ["xb", "ax", "xa"])
@example("(^|/)a", ["b/a", "ab", "ba"])
@example(r"\b", ["", " ", "a"])
@example("", ["", "a"])
@example("a{2}{", ["aa{"])
def test_it_finds_what_pythons_own_engine_finds(text, lines):
    one = pattern(text)
    for line in lines:
        assert one.search(line) is bool(re.search(text, line, re.IGNORECASE)), line
        assert one.search(line) is bool(re.search(text, line, re.IGNORECASE)), "and again, from memory"


@pytest.mark.parametrize(
    "text", ["kworker", "Nginx", "a.c", "é", "x{", "{1", "a{,}", "]", "}", r"\t", r"\/", r"\.", "(?:ab)+", "a|", "|"]
)
def test_texts_that_mean_themselves(text):
    for line in ("kworker/0", "nginx", "abc", "É", "x{1", "a{,}", "]", "}", "\t", "/", ".", "abab", ""):
        assert pattern(text).search(line) is bool(re.search(text, line, re.IGNORECASE)), line


@pytest.mark.parametrize(
    ("text", "position", "message"),
    [
        ("(a", 2, "a '(' is not closed"),
        ("a)", 1, "there is no '('"),
        ("[a", 2, "a '[' is not closed"),
        ("[]", 2, "a '[' is not closed"),
        ("*a", 0, "nothing to repeat"),
        ("a|+", 2, "nothing to repeat"),
        ("^*", 0, "nothing to repeat"),
        ("a**", 2, "cannot be repeated"),
        ("a{2}{3}", 6, "cannot be repeated"),
        ("a{3,2}", 0, "more than it allows"),
        ("[z-a]", 3, "ends before it begins"),
        ("a\\", 2, "a letter is missing"),
        (r"(a)\1", 3, "back references"),
        ("(?=a)", 0, "looking around"),
        ("(?<!a)b", 0, "looking around"),
        (r"\q", 0, "means nothing here"),
        ("a{1000}", 0, "too large"),
        ("b((a{9}){9}){9}", 1, "too large"),
        ("(" * 31 + ")" * 31, 30, "in each other"),
    ],
)  # fmt: skip
def test_what_is_no_regular_expression_says_why_and_where(text, position, message):
    with pytest.raises(PatternError, match=re.escape(message)) as caught:
        pattern(text)
    assert caught.value.position == position


@given(st.text(max_size=30) | st.text(st.sampled_from([*r"ab()[]{}|*+?^$.\-,12:"]), max_size=30), LINES)
def test_any_text_is_a_pattern_or_a_mistake(text, line):
    wrong_at = 0
    try:
        assert pattern(text).search(line) in {True, False}
    except PatternError as error:
        wrong_at = error.position
    assert 0 <= wrong_at <= len(text)


CATASTROPHES = (
    ("(a+)+$", "a" * 4000 + "!"),
    ("(a|a)*b", "a" * 4000),
    ("(a|aa)+$", "a" * 4000 + "b"),
    ("(.*)*x", "y" * 4000),
    ("(x+x+)+y", "x" * 4000),
    ("a*" * 40 + "b", "a" * 4000),
    ("a?" * 60 + "a{60}", "a" * 59),
    ("(a?){50}b", "a" * 4000),
    (".*.*.*.*.*=.*;", "=" * 4000),
    ("^(([a-z])+.)+[A-Z]([a-z])+$", "a" * 4000),
    ("(a|b)*a(a|b){40}c", "ab" * 2000),
)


def test_each_letter_is_looked_at_once_whatever_the_pattern():
    """The steps that had to be worked out are counted: at most one a letter, and one a state for the text's end."""
    for text, line in CATASTROPHES:
        automaton = Automaton(Reader(text).whole())
        before = automaton.made
        automaton.search(line)
        assert automaton.made - before <= 2 * len(line) + 2, text
        before = automaton.made
        automaton.search(line)
        assert automaton.made == before, "what was worked out is remembered"


SEARCH_ALL = """
import sys
sys.path[:0] = {paths}
from test_filter_patterns import CATASTROPHES
from tuimon.filters import Filter, understood
from naive_process import process
found = 0
for text, line in CATASTROPHES:
    asked = understood(f'cmd ~ "{{text}}"')
    assert isinstance(asked, Filter), asked
    for at in range(20):
        found += asked.matches(process(command=f"{{line}}{{at}}"), 0.0)
print("searched", found)
"""


def test_no_pattern_and_no_command_line_make_a_filter_hang():
    """In a child that the kernel ends after 60 s of CPU; Python's own engine would take longer than the universe has."""

    def limited():
        resource.setrlimit(resource.RLIMIT_CPU, (60, 60))

    paths = [str(ROOT), str(Path(__file__).parent)]
    done = subprocess.run(
        [sys.executable, "-c", SEARCH_ALL.format(paths=paths)],
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=limited,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("searched ")


def test_pythons_own_engine_does_hang_on_these():
    """What the test before is worth: the same child, with the standard library's engine, is ended by the kernel."""

    def limited():
        resource.setrlimit(resource.RLIMIT_CPU, (1, 1))

    asked = 'import re; print(re.search("(a+)+$", "a" * 40 + "!"))'
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, check=False, preexec_fn=limited)
    assert done.returncode < 0


def test_the_table_of_steps_does_not_grow_for_ever():
    automaton = Automaton(Reader("(.)*(é|[^x]){3}z").whole())
    for start in range(0x100, 0x9000, 0x80):
        automaton.search("".join(map(chr, range(start, start + 0x80))))
        assert automaton.made <= TRANSITIONS
        assert len(automaton._states) <= TRANSITIONS


def test_answers_are_remembered_and_not_for_ever():
    one = pattern("b[0-9]+$")
    one._known.clear()
    line = "/" * (KEPT // 100)
    for at in range(250):
        assert one.search(f"{line}b{at}")
    assert 0 < sum(map(len, one._known)) <= KEPT


def test_what_every_match_needs_is_looked_for_first():
    for text, needed in (
        ("kworker", ("kworker", True)),
        ("^usr.*Bin$", ("usr", False)),
        ("a|b", ("", False)),
        ("[ab]", ("", False)),
    ):
        assert (pattern(text)._needed, pattern(text)._is_all) == needed
    one = pattern("Xyz[0-9]")
    one._known.clear()
    assert not one.search("xy0")
    assert not one._known, "nothing had to be searched"


def test_the_largest_pattern_still_has_an_end():
    text = "a?" * (LARGEST // 4)
    assert pattern(text).search("b")
