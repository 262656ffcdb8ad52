"""The settings written out: the commented config.yaml, the table of the docs, and what is in force."""

from __future__ import annotations

import json

from tuimon.config.load import Loaded
from tuimon.config.settings import DECLARED, SETTINGS, Setting, value_of

WIDTH = 118
HEADER = """\
# tuimon's configuration: every setting, with its default.
#
# Read from the file of --config, else $TUIMON_CONFIG, else $XDG_CONFIG_HOME/tuimon/config.yaml (~/.config),
# else /etc/tuimon/config.yaml. Each setting can also be given in the environment: ui.theme as TUIMON_UI_THEME.
# `tuimon config check` names each mistake by its line; `tuimon config show` tells where each value came from.
"""


def to_yaml() -> str:
    """Return a config.yaml with every setting at its default and what it is for."""
    lines = [HEADER]
    for key, one in DECLARED.items():
        depth = key.count(".")
        indent, name = "  " * depth, key.rpartition(".")[2]
        if isinstance(one, str):
            lines.append(f"{'' if depth else chr(10)}{indent}{name}:  # {one}")
        else:
            lines.append(f"{indent}# {_sentence(one)}")
            lines.extend(_wrapped(f"{indent}{name}: ", scalar(one, one.default)))
    return "\n".join(lines) + "\n"


def _wrapped(label: str, text: str) -> list[str]:
    """Return a key and its value; a list that is too long for one line goes on under its beginning."""
    if len(label) + len(text) <= WIDTH:
        return [label + text]
    import textwrap  # noqa: PLC0415  only a long list needs it

    later = " " * (len(label) + 1)
    return textwrap.wrap(text, WIDTH, initial_indent=label, subsequent_indent=later, break_on_hyphens=False)


def _sentence(one: Setting) -> str:
    return f"{one.help} ({one.kind.expected})"


def scalar(one: Setting, value: object) -> str:
    """Return a value as YAML."""
    if isinstance(value, tuple) and all(isinstance(part, str) for part in value):
        return json.dumps(list(value), ensure_ascii=False)
    text = one.kind.show(value)
    plain = text and text[0].isalnum() and not any(mark in text for mark in ":#\"'\n")
    return text if plain else json.dumps(text, ensure_ascii=False)


def to_table() -> str:
    """Return the Markdown table of all settings."""
    lines = ["| key | default | takes | what it is for |", "|---|---|---|---|"]
    for one in SETTINGS.values():
        cells = (f"`{one.key}`", f"`{scalar(one, one.default)}`", one.kind.expected, one.help)
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines) + "\n"


def to_text(loaded: Loaded) -> str:
    """Return each setting in force and where its value came from, a line each."""
    rows = [
        (key, scalar(one, value_of(loaded.settings, one)), loaded.origins.get(key, "default"))
        for key, one in SETTINGS.items()
    ]
    widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
    return "".join(f"{key:{widths[0]}}  {value:{widths[1]}}  {origin}\n" for key, value, origin in rows)


def to_page() -> str:
    """Return docs/configuration.md."""
    return PAGE + to_table()


PAGE = """\
# Configuration

Made from `tuimon/config/settings.py` by `make docs`; do not edit it here.

tuimon needs no configuration. What you want otherwise goes into a YAML file; the first of these that there is counts:

1. the file of `--config FILE`
2. the file that the environment variable `TUIMON_CONFIG` names
3. `$XDG_CONFIG_HOME/tuimon/config.yaml`, which is `~/.config/tuimon/config.yaml` by default
4. `/etc/tuimon/config.yaml`

`tuimon config init` writes one with every setting at its default and what it is for (the `config.yaml` of the
source). `tuimon config check` names each mistake by file, line and key, with the nearest key that there is.
`tuimon config show` prints what is in force and where each value came from.

A setting can also be given in the environment: its key in capitals, `_` for `.`, after `TUIMON_`. `ui.theme` is
`TUIMON_UI_THEME`; a list has commas between its names. An option of the command line goes before the environment, and
that before the file.

    interval: 2 s
    history:
      size_cap: 1 GiB
      retention:
        samples: 2 d
    alerts:
      cpu: {above: 90 %, for: 5 min, clear: 80 %}

A length of time is written as `90 s`, `10 min`, `2 h`, `1 d` or `1h30m`; a number alone is seconds. A size is written
as `512 MiB` or `1 GiB`; K, M, G and T are powers of 1024, a number alone is bytes. A share is written as `80 %` or
`80`. Names in lists may have `*` and `?` in them, as file names in a shell. A setting that is left empty has its
default. Anchors, aliases and tags of YAML are refused.

## All settings

"""
