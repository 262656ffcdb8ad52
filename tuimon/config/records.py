"""Settings that are lists of things with fields of their own: how one is read, and what a mistake in it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, Protocol, runtime_checkable


class Given(NamedTuple):
    """What stands behind a key: its texts, and the line it stands on."""

    texts: tuple[str, ...]
    line: int

    @property
    def text(self) -> str:
        """The text, or those of a list with commas between them."""
        return ", ".join(self.texts)


class RecordError(ValueError):
    """A mistake in one field of a record ('' for the record itself)."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


@runtime_checkable
class Records(Protocol):
    """A kind of setting that is a list of records: mappings, or a text each."""

    def record(self, fields: Mapping[str, Given]) -> object:
        """Return one record; a text alone has the key ''. Raises RecordError."""


def unknown_field(name: str, known: list[str]) -> RecordError:
    """Return the mistake of a key that there is not, with the nearest one."""
    import difflib  # noqa: PLC0415  only a mistake needs it

    near = difflib.get_close_matches(name[:60], known, n=1)
    return RecordError(
        name, f"not a setting; {f'did you mean {near[0]!r}?' if near else 'known here: ' + ', '.join(known)}"
    )
