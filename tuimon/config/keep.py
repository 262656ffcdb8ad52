"""Writing single settings into the user's file: the rest of it stays as it is, to the letter and to the comment.

The file is taken apart by YAML's own marks, one value is put in the place of another, and what comes out is read as
any configuration is, before it takes the file's place.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import yaml

from tuimon.config.file import read
from tuimon.config.load import ConfigError
from tuimon.config.private import give_back, make_folder
from tuimon.config.render import scalar
from tuimon.config.settings import SETTINGS


class Edit(NamedTuple):
    """Characters [start, end) of a text, and what is put in their place."""

    start: int
    end: int
    text: str


def keep(path: str, values: Mapping[str, object]) -> None:
    """Write settings (key -> value) into a configuration file, which is made if it is not there. Raises ConfigError."""
    target = Path(os.path.realpath(path))
    try:
        before = _text(target)
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read: {error}") from None
    if before:
        read(str(target))  # a file with a mistake is the user's to mend
    text = before
    for key, value in values.items():
        text = put(text, key, scalar(SETTINGS[key], value))
    if text != before:
        _replace(target, text, values)


def _text(path: Path) -> str:
    """Return a file with its ends of lines as they are, '' for one that is not there."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return file.read()
    except FileNotFoundError:
        return ""


def put(text: str, key: str, value: str) -> str:
    """Return the text of a file with one setting set. The text is one that `read` accepts, with two levels at most."""
    section, _, name = key.partition(".")
    edit = _edit(text, section, name, value)
    return text[: edit.start] + edit.text + text[edit.end :]


def _edit(text: str, section: str, name: str, value: str) -> Edit:
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    if not isinstance(root, yaml.MappingNode) or not root.value:
        return _at_the_end(text, section, name, value)
    inner = _find(root, section)
    if inner is None:
        if root.flow_style:
            end = root.end_mark.index - 1
            return Edit(end, end, f", {section}: {{{name}: {value}}}")
        return _at_the_end(text, section, name, value)
    key_node, body = inner
    if not isinstance(body, yaml.MappingNode) or not body.value:  # the section is there and empty
        return Edit(key_node.end_mark.index, _end(body), f":\n  {name}: {value}")
    found = _find(body, name)
    if found is not None:
        return Edit(found[0].end_mark.index, _end(found[1]), f": {value}")
    if body.flow_style:
        end = body.end_mark.index - 1
        return Edit(end, end, f", {name}: {value}")
    first = body.value[0][0].start_mark
    return Edit(first.index, first.index, f"{name}: {value}\n{' ' * first.column}")


def _find(node: yaml.MappingNode, name: str) -> tuple[yaml.Node, yaml.Node] | None:
    return next(((key, value) for key, value in node.value if key.value == name), None)


def _end(node: yaml.Node) -> int:
    """Return where a value ends; a list over several lines ends with its last item, not where the next key begins."""
    if isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        return _end(last[1] if isinstance(last, tuple) else last)
    return int(node.end_mark.index)


def _at_the_end(text: str, section: str, name: str, value: str) -> Edit:
    gap = "" if not text or text.endswith("\n\n") else "\n" if text.endswith("\n") else "\n\n"
    return Edit(len(text), len(text), f"{gap}{section}:\n  {name}: {value}\n")


def _replace(target: Path, text: str, values: Mapping[str, object]) -> None:
    """Put a text in the file's place, once it was read and says what is meant."""
    try:
        make_folder(target.parent)
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=".tuimon-", suffix=".yaml")
    except OSError as error:
        raise ConfigError(f"{target}: cannot be written: {error.strerror}") from None
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(text)
        found, _ = read(name)
        if any(found.get(key) != value for key, value in values.items()):
            raise ConfigError(f"{target}: its form leaves no place for this; write it there by hand")
        if target.exists():
            was = target.stat()
            Path(name).chmod(was.st_mode & 0o777)
            with suppress(OSError):
                os.chown(name, was.st_uid, was.st_gid)
        Path(name).replace(target)
        give_back(str(target))
    except OSError as error:
        raise ConfigError(f"{target}: cannot be written: {error.strerror}") from None
    finally:
        Path(name).unlink(missing_ok=True)
