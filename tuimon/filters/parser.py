"""From text to a condition: a descent by hand, since what it wanted at the end is what completion offers.

filter     = [ any ]
any        = all { "or" all }
all        = one { [ "and" ] one }
one        = "not" one | "(" any ")" | comparison | word
comparison = field operator value | field [ "not" ] "in" "(" value { [ "," ] value } ")"
value      = one word, or quoted; several words where only together they are a number, a length or a time
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

from tuimon.filters.conditions import KEYWORDS, UNKNOWN, Among, Compare, Condition, Not, Unknown, Word, both, either
from tuimon.filters.fields import BY_NAME, FIELDS, Field, find
from tuimon.filters.mistakes import Mistake, Wrong, nearest, quoted
from tuimon.filters.patterns import PatternError, pattern
from tuimon.filters.tokens import Sort, Token, Wanted, cut
from tuimon.filters.values import SIZE, Value

LONGEST: Final = 2000
DEEPEST: Final = 40
"""Brackets and `not` in each other."""
_AND: Final = frozenset({"and", "&&"})
_OR: Final = frozenset({"or", "||"})
_ENDS: Final = (Sort.END, Sort.CLOSE)


class Place(NamedTuple):
    """What may stand at the end of a text: `what` is condition, more, operator, value, unit, item or close.

    `start` is where the value or the number began, `operator` what compares it.
    """

    what: str
    field: Field | None = None
    operator: str = ""
    start: int = 0


class Parser:
    """Reads one text. `places` becomes what was looked for at its end."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._depth = 0
        self.places: list[Place] = []

    def whole(self) -> Condition | None:
        """Return the condition of the text, None where it has none. Raises Wrong."""
        if len(self._text) > LONGEST:
            raise Wrong(Mistake(LONGEST, len(self._text) - LONGEST, f"a filter has at most {LONGEST} characters"))
        if self._peek(Wanted.CONDITION).sort is Sort.END:
            self._note("condition", self._at)
            return None
        found = self._any()
        left = self._peek(Wanted.CONDITION)
        if left.sort is not Sort.END:
            raise self._wrong(left, "there is no '(' that this ')' closes")
        return found

    # Conditions

    def _any(self) -> Condition:
        parts = [self._all()]
        while self._peek(Wanted.CONDITION).word in _OR:
            self._take(Wanted.CONDITION)
            parts.append(self._all())
        return either(parts)

    def _all(self) -> Condition:
        parts = [self._one()]
        while True:
            token = self._peek(Wanted.CONDITION)
            if token.sort in _ENDS or token.word in _OR:
                self._note("more", token.start, token)
                return both(parts)
            if token.word in _AND:
                self._take(Wanted.CONDITION)
            parts.append(self._one())

    def _one(self) -> Condition:
        token = self._take(Wanted.CONDITION)
        if token.sort is Sort.OPEN:
            return self._nested(token, lambda: self._bracketed(token))
        if token.word == "not":
            return self._nested(token, lambda: Not(self._one()))
        if token.sort is Sort.UNCLOSED:
            raise self._unclosed(token)
        if token.sort is Sort.QUOTED:
            return Word(token.text)
        if token.sort is not Sort.WORD or token.word in KEYWORDS:
            raise self._no_condition(token)
        return self._comparison_or_word(token)

    def _nested(self, token: Token, read: Callable[[], Condition]) -> Condition:
        self._depth += 1
        if self._depth > DEEPEST:
            raise self._wrong(token, f"at most {DEEPEST} brackets and 'not' can be in each other")
        found = read()
        self._depth -= 1
        return found

    def _bracketed(self, opened: Token) -> Condition:
        found = self._any()
        token = self._take(Wanted.CONDITION)
        if token.sort is not Sort.CLOSE:
            self._note("close", token.start, token)
            raise self._wrong(token, f"the '(' at character {opened.start + 1} is not closed", (")",))
        return found

    def _no_condition(self, token: Token) -> Wrong:
        self._note("condition", token.start, token)
        what = "a condition such as cpu > 5, or a word"
        if token.sort is Sort.END:
            return self._wrong(token, f"expected {what}", (what,))
        return self._wrong(token, f"expected {what} before {quoted(token.text)}", (what,))

    # Comparisons

    def _comparison_or_word(self, token: Token) -> Condition:
        field = find(token.text)
        operator = self._peek(Wanted.OPERATOR)
        if operator.sort is Sort.END:
            if field and operator.start > token.end:
                self._note("operator", operator.start, field=field)
            return Word(token.text)
        self._at = operator.end
        if field is None:
            raise self._no_field(token)
        self._check_operator(field, operator)
        if operator.text.endswith("in"):
            found: Condition = self._among(field)
            return Not(found) if operator.text == "not in" else found
        return self._compared(field, operator.text)

    def _no_field(self, token: Token) -> Wrong:
        near = nearest(token.text, BY_NAME)
        hint = f"; did you mean {near}?" if near else "; in quotes it is a word to look for"
        names = tuple(field.shown for field in FIELDS.values())
        return Wrong(
            Mistake(token.start, token.end - token.start, f"{quoted(token.text)} is not a field{hint}", names, near)
        )

    def _check_operator(self, field: Field, operator: Token) -> None:
        kind = field.kind
        right = (*kind.operators, "in") if kind.listed else kind.operators
        if operator.text.removeprefix("not ") in right:
            return
        message = f"{quoted(operator.text)} does not go with {field.shown}; expected {', '.join(right)}"
        maybe = operator.end == len(self._text) and any(one.startswith(operator.text) for one in right)
        raise Wrong(Mistake(operator.start, operator.end - operator.start, message, right, incomplete=maybe))

    def _compared(self, field: Field, operator: str) -> Condition:
        wanted = Wanted.PATTERN if operator.endswith("~") else Wanted.VALUE
        token = self._value_token(field, operator, wanted)
        if operator in {"=", "!="} and token.word == UNKNOWN:
            return Unknown(field.name) if operator == "=" else Not(Unknown(field.name))
        if operator.endswith("~"):
            self._check_pattern(token)
            return Compare(field.name, operator, token.text)
        field, value, end = self._longest(field, token)
        self._at = end
        if field.kind.units:
            self._note("unit", end, field=field, operator=operator, start=token.start)
        return Compare(field.name, operator, value)

    def _value_token(self, field: Field, operator: str, wanted: Wanted) -> Token:
        token = self._take(wanted)
        if token.sort is Sort.UNCLOSED:
            raise self._unclosed(token)
        if token.sort not in {Sort.WORD, Sort.QUOTED} or token.word in KEYWORDS:
            self._note("value", token.start, token, field=field, operator=operator)
            what = "a regular expression" if operator.endswith("~") else _expected(field)
            raise self._wrong(token, f"expected {what}", (what,))
        return token

    def _longest(self, field: Field, token: Token) -> tuple[Field, Value, int]:
        """Return the value of a token and of as many words after it as belong to it, whose field it is, and its end."""
        ends = [token.end]
        if token.sort is Sort.WORD:
            while len(ends) < field.kind.words:
                following = cut(self._text, ends[-1], Wanted.VALUE)
                if following.sort is not Sort.WORD or following.word in KEYWORDS:
                    break
                ends.append(following.end)
        for end in reversed(ends):
            text = token.text if end == token.end else " ".join(self._text[token.start : end].split())
            for one in (field, FIELDS.get(field.in_bytes)):
                if one is not None and (value := one.kind.read(text)) is not None:
                    return one, value, end
        raise self._no_value(field, token)

    def _no_value(self, field: Field, token: Token) -> Wrong:
        what = _expected(field)
        near = nearest(token.text, field.kind.offered)
        begun = token.sort is Sort.WORD and token.end == len(self._text) and field.kind.begins(token.text)
        if begun:
            self._note("unit", token.end, field=field, start=token.start)
        message = f"{quoted(token.text)} is not a {field.kind.name}; did you mean {near}?" if near else ""
        message = message or f"{quoted(token.text)} is not {what}"
        expected = (what, *field.kind.offered)
        return Wrong(Mistake(token.start, token.end - token.start, message, expected, near, incomplete=begun))

    def _check_pattern(self, token: Token) -> None:
        try:
            pattern(token.text)
        except PatternError as error:
            inside = token.start + (token.sort is Sort.QUOTED) + error.position
            at = min(inside, token.end)
            ended = error.position >= len(token.text) and token.sort is Sort.WORD and token.end == len(self._text)
            raise Wrong(Mistake(at, token.end - at, f"in the regular expression: {error}", incomplete=ended)) from None

    def _among(self, field: Field) -> Among:
        opened = self._take(Wanted.ITEM)
        found: list[Value] = []
        while True:
            token = self._take(Wanted.ITEM)
            if token.sort is Sort.COMMA and found:
                continue
            if token.sort is Sort.CLOSE and found:
                return Among(field.name, tuple(found))
            if token.sort is Sort.UNCLOSED:
                raise self._unclosed(token)
            if token.sort not in {Sort.WORD, Sort.QUOTED}:
                self._note("item", token.start, token, field=field, operator="in")
                what = (_expected(field), *((")",) if found else ()))
                said = f"the '(' at character {opened.start + 1} is not closed" if found else f"expected {what[0]}"
                raise self._wrong(token, said, what)
            value = field.kind.read(token.text)
            if value is None:
                raise self._no_value(field, token)
            found.append(value)

    # Tokens

    def _peek(self, wanted: Wanted) -> Token:
        return cut(self._text, self._at, wanted)

    def _take(self, wanted: Wanted) -> Token:
        token = self._peek(wanted)
        self._at = token.end
        return token

    def _note(
        self,
        what: str,
        at: int,
        token: Token | None = None,
        *,
        field: Field | None = None,
        operator: str = "",
        start: int = -1,
    ) -> None:
        """Remember what may stand at the end of the text."""
        if at == len(self._text) and (token is None or token.sort is Sort.END):
            self.places.append(Place(what, field, operator, at if start < 0 else start))

    def _wrong(self, token: Token, message: str, expected: tuple[str, ...] = ()) -> Wrong:
        incomplete = token.sort is Sort.END
        return Wrong(Mistake(token.start, token.end - token.start, message, expected, incomplete=incomplete))

    def _unclosed(self, token: Token) -> Wrong:
        mark = self._text[token.start]
        message = f"the {mark} at character {token.start + 1} is not closed"
        return Wrong(Mistake(token.end, 0, message, (mark,), incomplete=True))


def _expected(field: Field) -> str:
    return f"{field.kind.expected}, or {SIZE.expected}" if field.in_bytes else field.kind.expected


def parse(text: str) -> Condition | Mistake | None:
    """Return what a text asks for: a condition, None for an empty text, or what is wrong with it."""
    try:
        return Parser(text).whole()
    except Wrong as wrong:
        return wrong.mistake


def places(text: str) -> list[Place]:
    """Return what may stand at the end of a text; nothing where it is wrong before that."""
    parser = Parser(text)
    try:
        parser.whole()
    except Wrong as wrong:
        if not wrong.mistake.incomplete:
            return []
    return parser.places
