"""Kinds of settings whose reading is code of its own: it is imported when somebody has written one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from tuimon.config.records import Given


class Lazy:
    """A kind that is `module.name`, as soon as it is asked to read or to show something."""

    def __init__(self, module: str, name: str, expected: str, *, many: bool = True) -> None:
        self.expected = expected
        self.many = many
        self._place = module, name

    def _kind(self) -> Any:  # noqa: ANN401  a kind of any module
        from importlib import import_module  # noqa: PLC0415  as the module says

        return getattr(import_module(self._place[0]), self._place[1])()

    def parse(self, text: str) -> object:
        """Return the value of a text; ValueError where it is not accepted."""
        return self._kind().parse(text)

    def show(self, value: object) -> str:
        """Return a value as a text."""
        return str(self._kind().show(value)) if value else ""

    def record(self, fields: Mapping[str, Given]) -> object:
        """Return one record. Raises RecordError."""
        return self._kind().record(fields)


RULES: Final = Lazy(
    "tuimon.config.rulekinds",
    "Rules",
    "a list of rules, each a condition such as 'swap.used_percent > 50 % for 5 min', or name, when, for, clear and more",
)
TARGETS: Final = Lazy(
    "tuimon.config.targetkinds",
    "Targets",
    "a list of apprise URLs, or of name, url or url_file, and severities",
)
TEMPLATE: Final = Lazy(
    "tuimon.config.targetkinds", "Template", "a text with fields such as {text} or {host}", many=False
)
