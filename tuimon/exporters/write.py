"""Rows as CSV, JSON or JSON lines. Times (`time` and names in `_at`) become ISO 8601 in UTC."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Final

from tuimon.exporters.rows import Row, Value
from tuimon.model.text import harmless
from tuimon.model.times import format_utc

CHUNK: Final = 500
"""Rows in one piece of text."""
KNOWN: Final = 4096
"""Texts and moments of which is remembered how they are written: most come again in the next row."""
WORDS: Final = (str, bool)
FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes a cell's beginning for: it would run what an attacker called his process."""

Writer = Callable[[Sequence[str], Iterable[Row]], Iterator[str]]


def to_csv(header: Sequence[str], rows: Iterable[Row]) -> Iterator[str]:
    """Yield CSV (RFC 4180, lines end with a line feed): unknown is empty, a text that looks like a formula gets a '."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    cell = lru_cache(KNOWN)(_cell)
    writer.writerow([cell(name) for name in header])
    for number, row in enumerate(_dated(header, rows), 1):
        writer.writerow([cell(value) if type(value) in WORDS else value for value in row])
        if number % CHUNK == 0:
            yield _taken(buffer)
    yield _taken(buffer)


def to_json(header: Sequence[str], rows: Iterable[Row]) -> Iterator[str]:
    """Yield one JSON object: `columns`, and `rows` as lists in their order; unknown is null."""
    yield f'{{"columns":{_text(list(header))},"rows":['
    before = "\n"
    for chunk in _chunks(_dated(header, rows)):
        yield before + ",\n".join(_text(row) for row in chunk)
        before = ",\n"
    yield "\n]}\n"


def to_jsonl(header: Sequence[str], rows: Iterable[Row]) -> Iterator[str]:
    """Yield a JSON object a row and line; unknown is null."""
    names = tuple(header)
    for chunk in _chunks(_dated(header, rows)):
        yield "".join(f"{_text(dict(zip(names, row, strict=True)))}\n" for row in chunk)


WRITERS: Final[dict[str, Writer]] = {"csv": to_csv, "json": to_json, "jsonl": to_jsonl}


def _dated(header: Sequence[str], rows: Iterable[Row]) -> Iterator[list[Value]]:
    """Yield rows whose moments are ISO 8601 and whose texts are harmless for a terminal."""
    moments = [at for at, name in enumerate(header) if name == "time" or name.endswith("_at")]
    shown, dated = lru_cache(KNOWN)(harmless), lru_cache(KNOWN)(format_utc)
    for row in rows:
        values = [shown(value) if type(value) is str else value for value in row]
        for at in moments:
            value = values[at]
            if isinstance(value, (int, float)):
                values[at] = dated(value)
        yield values


def _chunks(rows: Iterable[Row]) -> Iterator[list[Row]]:
    chunk: list[Row] = []
    for row in rows:
        chunk.append(row)
        if len(chunk) == CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _cell(value: Value) -> Value:
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value


def _text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def _taken(buffer: io.StringIO) -> str:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text
