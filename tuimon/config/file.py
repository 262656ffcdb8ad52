"""The configuration file, read as YAML events with the line of each."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import yaml

from tuimon.config.load import ConfigError, clipped
from tuimon.config.records import Given, RecordError, Records
from tuimon.config.settings import DECLARED, SETTINGS, Setting

LARGEST: Final = 256 * 1024
_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_ODD: Final = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What YAML 1.1 does not allow in a file (its c-printable)."""
_EMPTY: Final = frozenset({"", "~", "null", "Null", "NULL"})


def read(path: str) -> tuple[dict[str, object], dict[str, int]]:
    """Return the values of a file by key, and the line of each. Raises ConfigError."""
    return _Reader(path, _events(path)).document()


def _events(path: str) -> Iterator[yaml.Event]:
    text = _text(path)
    try:
        yield from yaml.parse(text, Loader=_LOADER)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise ConfigError(f"{path}:{mark.line + 1 if mark else 1}: not YAML: {_reason(error)}") from None
    except yaml.YAMLError as error:
        raise ConfigError(f"{path}:1: not YAML: {_one_line(str(error))}") from None


def _reason(error: yaml.MarkedYAMLError) -> str:
    """Return what the parser says, and where that began which it was reading."""
    begun = f" (from line {error.context_mark.line + 1})" if error.context_mark and error.problem_mark else ""
    parts = (f"{error.context}{begun}" if error.context else "", error.problem or "")
    return _one_line(", ".join(part for part in parts if part))


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 1


def _one_line(text: str) -> str:
    return " ".join(text.split())[:120]


def _text(path: str) -> str:
    try:
        with Path(path).open("rb") as file:
            raw = file.read(LARGEST + 1)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror or error}") from None
    except ValueError:
        raise ConfigError(f"{path!r}: not a file name") from None
    if len(raw) > LARGEST:
        raise ConfigError(f"{path}: larger than {LARGEST // 1024} KiB; is this the right file?")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise ConfigError(f"{path}:{line}: not UTF-8 text") from None
    if odd := _ODD.search(text):
        line = text.count("\n", 0, odd.start()) + 1
        raise ConfigError(f"{path}:{line}: a character that may not stand in YAML (#x{ord(odd[0]):02x})")
    return text


class _Reader:
    """Walks the events of one file. Belongs to one call of `read`."""

    def __init__(self, path: str, events: Iterator[yaml.Event]) -> None:
        self.path = path
        self.events = events
        self.values: dict[str, object] = {}
        self.lines: dict[str, int] = {}

    def document(self) -> tuple[dict[str, object], dict[str, int]]:
        """Read the one document of the file."""
        documents = 0
        for event in self.events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    raise self.error(event, "a second document; a configuration file has one")
            elif isinstance(event, yaml.MappingStartEvent):
                self.mapping(event, "", 0)
            elif isinstance(event, yaml.NodeEvent) and not self.is_null(event):
                raise self.error(event, f"expected settings such as 'interval: 1 s', got {self.shown(event)}")
        return self.values, self.lines

    def mapping(self, start: yaml.Event, prefix: str, depth: int) -> None:
        """Read the keys of the section `prefix` up to its end."""
        self.plain(start, prefix)
        seen: dict[str, int] = {}
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            name = self.name(event)
            key = f"{prefix}{name}"
            if name in seen:
                raise self.error(event, f"key {clipped(name)}: given twice, first on line {seen[name]}")
            seen[name] = _line(event)
            if key not in DECLARED:
                raise self.unknown(event, name, prefix)
            one = DECLARED[key]
            if isinstance(one, Setting):
                self.value(one, next(self.events))
            else:
                self.section(key, next(self.events), depth)

    def section(self, key: str, event: yaml.Event, depth: int) -> None:
        """Read what stands behind the key of a section: settings, or nothing."""
        self.plain(event, key)
        if isinstance(event, yaml.MappingStartEvent):
            self.mapping(event, f"{key}.", depth + 1)
        elif not self.is_null(event):
            example = next(name for name in SETTINGS if name.startswith(f"{key}."))
            inner = example.removeprefix(f"{key}.").split(".")[0]
            raise self.error(event, f"key '{key}': expected settings such as '{inner}', got {self.shown(event)}")

    def value(self, one: Setting, event: yaml.Event) -> None:
        """Read what stands behind the key of a setting; nothing there leaves the default."""
        self.plain(event, one.key)
        if self.is_null(event):
            return
        if isinstance(event, yaml.SequenceStartEvent) and isinstance(one.kind, Records):
            found: object = self.records(one, one.kind)
        elif isinstance(event, yaml.SequenceStartEvent) and one.kind.many:
            found = self.items(one)
        else:
            found = self.parsed(one, event)
        self.values[one.key] = found
        self.lines[one.key] = _line(event)

    def items(self, one: Setting) -> tuple[str, ...]:
        """Read a list of texts up to its end."""
        found: list[str] = []
        while not isinstance(event := next(self.events), yaml.SequenceEndEvent):
            self.plain(event, one.key)
            parsed = self.parsed(one, event)
            found.extend(parsed if isinstance(parsed, tuple) else ())
        return tuple(found)

    def records(self, one: Setting, kind: Records) -> tuple[object, ...]:
        """Read a list of records up to its end."""
        found: list[object] = []
        while not isinstance(event := next(self.events), yaml.SequenceEndEvent):
            key = f"{one.key}[{len(found) + 1}]"
            self.plain(event, key)
            if isinstance(event, yaml.ScalarEvent):
                fields = {"": Given((event.value,), _line(event))}
            elif isinstance(event, yaml.MappingStartEvent):
                fields = self.fields(key)
            else:
                raise self.error(event, f"key '{key}': expected {one.kind.expected}, got {self.shown(event)}")
            try:
                found.append(kind.record(fields))
            except RecordError as error:
                line = fields[error.field].line if error.field in fields else _line(event)
                where = f"{key}.{error.field}" if error.field else key
                raise ConfigError(f"{self.path}:{line}: key {clipped(where)}: {error}") from None
        return tuple(found)

    def fields(self, key: str) -> dict[str, Given]:
        """Read the fields of a record up to its end: each a text or a list of texts; those left empty are not given."""
        found: dict[str, Given] = {}
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            name = self.name(event)
            if name in found:
                raise self.error(
                    event, f"key {clipped(f'{key}.{name}')}: given twice, first on line {found[name].line}"
                )
            value = next(self.events)
            self.plain(value, f"{key}.{name}")
            texts: list[yaml.Event] = [value]
            if isinstance(value, yaml.SequenceStartEvent):
                texts = []
                while not isinstance(part := next(self.events), yaml.SequenceEndEvent):
                    texts.append(part)
            words = []
            for text in texts:
                if not isinstance(text, yaml.ScalarEvent):
                    raise self.error(text, f"key {clipped(f'{key}.{name}')}: expected a text, got {self.shown(text)}")
                words.append(str(text.value))
            if not self.is_null(value):
                found[name] = Given(tuple(words), _line(event))
        return found

    def parsed(self, one: Setting, event: yaml.Event) -> object:
        """Return the value of a scalar."""
        if not isinstance(event, yaml.ScalarEvent):
            raise self.error(event, f"key '{one.key}': expected {one.kind.expected}, got {self.shown(event)}")
        try:
            return one.kind.parse(event.value)
        except ValueError as error:
            raise self.error(event, f"key '{one.key}': expected {error}, got {clipped(event.value)}") from None

    def name(self, event: yaml.Event) -> str:
        """Return the text of a key."""
        self.plain(event, "")
        if not isinstance(event, yaml.ScalarEvent):
            raise self.error(event, f"expected a key, got {self.shown(event)}")
        return str(event.value)

    def plain(self, event: yaml.Event, key: str) -> None:
        """Refuse what YAML can do beyond text, lists and keys."""
        at = f"key '{key.rstrip('.')}': " if key else ""
        if isinstance(event, yaml.AliasEvent):
            raise self.error(event, f"{at}aliases (*{event.anchor}) are not supported; write the value out")
        if anchor := getattr(event, "anchor", None):
            raise self.error(event, f"{at}anchors (&{anchor}) are not supported; write the value out")
        if tag := getattr(event, "tag", None):
            raise self.error(event, f"{at}tags ({_one_line(str(tag))}) are not supported")

    def unknown(self, event: yaml.Event, name: str, prefix: str) -> ConfigError:
        """Say that a key is no setting, and which one is nearest."""
        siblings = [key.removeprefix(prefix) for key in DECLARED if key.startswith(prefix)]
        siblings = [key for key in siblings if "." not in key]
        elsewhere = [key for key in DECLARED if key.split(".")[-1] == name]
        import difflib  # noqa: PLC0415  only a mistake needs it

        near = difflib.get_close_matches(name[:60], siblings, n=1) or elsewhere
        advice = f"did you mean '{near[0]}'?" if near else f"known here: {', '.join(siblings)}"
        return self.error(event, f"key {clipped(prefix + name)}: not a setting; {advice}")

    def error(self, event: yaml.Event, message: str) -> ConfigError:
        """Return a mistake at the line of an event."""
        return ConfigError(f"{self.path}:{_line(event)}: {message}")

    @staticmethod
    def is_null(event: yaml.Event) -> bool:
        """Tell whether an event is nothing, or a null."""
        return isinstance(event, yaml.ScalarEvent) and event.implicit[0] and event.value in _EMPTY

    @staticmethod
    def shown(event: yaml.Event) -> str:
        """Return what stands there, as it may stand in a message."""
        if isinstance(event, yaml.ScalarEvent):
            return clipped(event.value)
        return "a list" if isinstance(event, yaml.SequenceStartEvent) else "settings of its own"
