"""Searching with all ways at once, after Thompson (1968): each letter is looked at once, whatever the pattern.

What follows a letter is worked out when it is first met and remembered in a table, so that most letters cost one
look-up. The table is thrown away when it grows large; then letters cost as many steps as the pattern has places.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final, NamedTuple

TRANSITIONS: Final = 20_000
"""Remembered steps; more than these, and the table begins anew."""
LINE_EDGE, OTHER, WORD = range(3)
"""What is beside a place: nothing, a letter that is no part of a word, one that is."""


class Char(NamedTuple):
    """One letter that a test accepts; `letter` is it, '' where the test accepts several."""

    test: Callable[[str], bool]
    letter: str = ""


class Edge(NamedTuple):
    r"""A place between letters: `^`, `$`, `b` (a word's edge) or `B`."""

    kind: str


class Sequence(NamedTuple):
    """One after the other."""

    parts: tuple[Node, ...]


class Either(NamedTuple):
    """One of them."""

    ways: tuple[Node, ...]


class Repeat(NamedTuple):
    """So many times at least and at most; None: as often as there is."""

    node: Node
    least: int
    most: int | None


Node = Char | Edge | Sequence | Either | Repeat


def size(node: Node) -> int:
    """Return how many places the program of a tree has, at most."""
    match node:
        case Sequence(parts):
            return 1 + sum(map(size, parts))
        case Either(ways):
            return sum(map(size, ways)) + len(ways)
        case Repeat(inner, least, most):
            return 1 + (size(inner) + 1) * max(1, least + 1 if most is None else most)
        case _:
            return 1


class Step(NamedTuple):
    """A place of the program: a letter's test, an edge, or a fork; `to` is where it goes on (more than one: a fork)."""

    test: Callable[[str], bool] | None = None
    edge: str = ""
    to: tuple[int, ...] = ()


def program(node: Node) -> list[Step]:
    """Return a tree as steps; the first is where it begins, and the last, which goes nowhere, is where it has matched."""
    steps: list[Step] = []
    first = _emit(node, steps, _add(steps, Step()))
    return [*steps, Step(to=(first,))]


def _add(steps: list[Step], step: Step) -> int:
    steps.append(step)
    return len(steps) - 1


def _emit(node: Node, steps: list[Step], after: int) -> int:
    """Add the steps of a tree that goes on at `after`; return where it begins."""
    match node:
        case Char(test):
            return _add(steps, Step(test=test, to=(after,)))
        case Edge(kind):
            return _add(steps, Step(edge=kind, to=(after,)))
        case Sequence(parts):
            for part in reversed(parts):
                after = _emit(part, steps, after)
            return after
        case Either(ways):
            return _add(steps, Step(to=tuple([_emit(way, steps, after) for way in ways])))
        case Repeat(inner, least, most):
            return _emit_repeat(inner, least, most, steps, after)


def _emit_repeat(inner: Node, least: int, most: int | None, steps: list[Step], after: int) -> int:
    if most is None:
        fork = _add(steps, Step())
        steps[fork] = Step(to=(_emit(inner, steps, fork), after))
        after = fork
    else:
        for _ in range(most - least):
            after = _add(steps, Step(to=(_emit(inner, steps, after), after)))
    for _ in range(least):
        after = _emit(inner, steps, after)
    return after


class State(dict[str, "State"]):
    """Where the search may be after some letters, and for each letter met so far where it may be then.

    `""` stands for the text's end and is in each of them, so that only what decides the search, FOUND and NEVER, is
    empty.
    """

    __slots__ = ("automaton", "before", "places")

    def __init__(self, automaton: Automaton | None, places: frozenset[int], before: int) -> None:
        super().__init__()
        self.automaton = automaton
        self.places = places
        self.before = before

    def __missing__(self, letter: str) -> State:
        """Work out where a letter leads that was not met here before."""
        if self.automaton is None:
            raise KeyError(letter)
        found = self[letter] = self.automaton.follow(self, letter)
        return found


FOUND: Final = State(None, frozenset(), LINE_EDGE)
NEVER: Final = State(None, frozenset(), LINE_EDGE)
MATCHED: Final = 0
"""The step at which the pattern has matched: the first that is added."""


class Automaton:
    """Searches texts for one pattern."""

    def __init__(self, node: Node) -> None:
        self._steps = program(node)
        self._begin = len(self._steps) - 1
        inside = [(before, after) for before in (OTHER, WORD) for after in (LINE_EDGE, OTHER, WORD)]
        self._anywhere = any(self._reached([self._begin], before, after) for before, after in inside)
        self._forget()

    def search(self, text: str) -> bool:
        """Return whether the pattern matches somewhere in a text."""
        state = self._first
        for letter in text:
            state = state[letter]
            if not state:
                return state is FOUND
        return state is FOUND or (bool(state) and state[""] is FOUND)

    def follow(self, state: State, letter: str) -> State:
        """Return where a letter leads, '' for the end of the text."""
        self.made += 1
        if self.made > TRANSITIONS:
            self._forget()
        after = kind_of(letter)
        reached = self._reached(state.places, state.before, after)
        if MATCHED in reached:
            return FOUND
        if not letter:
            return NEVER
        steps = self._steps
        places = {steps[at].to[0] for at in reached if (test := steps[at].test) is not None and test(letter)}
        if self._anywhere:
            places.add(self._begin)
        return self._state(frozenset(places), after)

    def _forget(self) -> None:
        self.made = 0
        self._states: dict[tuple[frozenset[int], int], State] = {}
        self._first = self._state(frozenset([self._begin]), LINE_EDGE)

    def _state(self, places: frozenset[int], before: int) -> State:
        if not places:
            return NEVER
        state = self._states.get((places, before))
        if state is None:
            state = self._states[places, before] = State(self, places, before)
            state[""] = self.follow(state, "")
        return state

    def _reached(self, places: Iterable[int], before: int, after: int) -> set[int]:
        """Return the letters' steps, and the last one, that can be reached from places without a letter."""
        found: set[int] = set()
        seen: set[int] = set()
        left = list(places)
        while left:
            at = left.pop()
            if at in seen:
                continue
            seen.add(at)
            step = self._steps[at]
            if step.test is not None or at == MATCHED:
                found.add(at)
            elif not step.edge or holds(step.edge, before, after):
                left.extend(step.to)
        return found


def kind_of(letter: str) -> int:
    """Return what a letter is to the place beside it."""
    if not letter:
        return LINE_EDGE
    return WORD if letter.isalnum() or letter == "_" else OTHER


def holds(edge: str, before: int, after: int) -> bool:
    """Return whether a place between two letters is such an edge."""
    if edge == "^":
        return before == LINE_EDGE
    if edge == "$":
        return after == LINE_EDGE
    return ((before == WORD) is not (after == WORD)) is (edge == "b")
