"""Settings in force: defaults, then the file, then the environment, then options; each mistake is one line.

The file is read as a stream of YAML events, not as values: line numbers stay known, nothing is built that was not
asked for, and an alias (by which a small file can become a huge one) is a mistake like any other.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from tuimon.config.settings import DEFAULTS, SETTINGS, Settings, value_of, with_values

SYSTEM_FILE = "/etc/tuimon/config.yaml"


class ConfigError(Exception):
    """A mistake in the configuration; its text is one line for the user."""


class Loaded(NamedTuple):
    """The settings in force, the file they came from ('' without one), and key -> where a value came from."""

    settings: Settings
    path: str
    origins: Mapping[str, str]


def load(
    path: str = "",
    *,
    environ: Mapping[str, str] | None = None,
    options: Mapping[str, tuple[str, str]] | None = None,
) -> Loaded:
    """Return the settings in force. Raises ConfigError.

    `path` is a file that must be there ('': the usual places); `options` are what the command line gives: key ->
    (name of the option, text).
    """
    environ = os.environ if environ is None else environ
    found = _find(path, environ)
    values: dict[str, object] = {}
    origins: dict[str, str] = {}
    if found:
        from tuimon.config.file import read  # noqa: PLC0415  YAML is read only where there is a file

        values, lines = read(found)
        origins = {key: f"{found}:{line}" for key, line in lines.items()}
    texts = {key: (one.variable, environ[one.variable]) for key, one in SETTINGS.items() if one.variable in environ}
    texts |= options or {}
    for key, (name, text) in texts.items():
        values[key] = _parsed(key, name, text)
        origins[key] = name
    settings = with_values(DEFAULTS, values)
    _agree(settings, origins)
    return Loaded(settings, found, origins)


def check_environment(environ: Mapping[str, str]) -> None:
    """Refuse a variable that looks like a setting's and is none. Raises ConfigError."""
    known = {one.variable for one in SETTINGS.values()} | {"TUIMON_CONFIG", "TUIMON_TOKEN"}
    for name in environ:
        if name.startswith("TUIMON_") and name not in known:
            import difflib  # noqa: PLC0415  only a mistake needs it

            near = difflib.get_close_matches(name[:60], known, n=1)
            advice = f"; did you mean {near[0]}?" if near else ""
            raise ConfigError(f"the environment variable {clipped(name)} is no setting's{advice}")


def _find(path: str, environ: Mapping[str, str]) -> str:
    """Return the file to read: the one asked for, else the first of the usual places that has one, else ''."""
    if path or environ.get("TUIMON_CONFIG"):
        return path or environ["TUIMON_CONFIG"]
    there = os.path.exists  # Path.exists raises where a folder may not be entered: for this user there is no file in it
    return next((str(place) for place in places(environ) if there(place)), "")


def places(environ: Mapping[str, str]) -> tuple[Path, ...]:
    """Return the usual places of the file, the user's own first."""
    own = environ.get("XDG_CONFIG_HOME") or Path(environ.get("HOME", "/"), ".config")
    return Path(own, "tuimon", "config.yaml"), Path(SYSTEM_FILE)


def _parsed(key: str, name: str, text: str) -> object:
    try:
        return SETTINGS[key].kind.parse(text)
    except ValueError as error:
        raise ConfigError(f"{name}: expected {error}, got {clipped(text)}") from None


def _agree(settings: Settings, origins: Mapping[str, str]) -> None:
    """Refuse values that contradict each other."""
    if settings.alerts.rules:
        from tuimon.config.rulebook import RuleError, rules_of  # noqa: PLC0415  only for who has rules

        try:
            rules_of(settings.alerts)
        except RuleError as error:
            key = f"alerts.rules[{error.number}]"
            origin = origins.get("alerts.rules", "")
            where = f"{origin.rpartition(':')[0]}:{error.line}" if error.line else origin
            raise ConfigError(f"{where}: key '{key}': {error}") from None
    _agree_on_targets(settings, origins)
    for lower, upper in ORDERED:
        low, high = value_of(settings, SETTINGS[lower]), value_of(settings, SETTINGS[upper])
        if float(str(low)) > float(str(high)):
            kind = SETTINGS[lower].kind
            key, other, words, bound = (
                (lower, upper, "at most", high) if lower in origins else (upper, lower, "at least", low)
            )
            raise ConfigError(
                f"{origins.get(key, 'default')}: key '{key}': expected {words} {other} ({kind.show(bound)}), "
                f"got '{kind.show(low if key == lower else high)}'"
            )


def _agree_on_targets(settings: Settings, origins: Mapping[str, str]) -> None:
    """Refuse a rule that is to tell somebody whom nobody knows."""
    known = [target.name for target in settings.notify.targets]
    for number, rule in enumerate(settings.alerts.rules, 1):
        wanted = dict(rule.fields).get("targets", ())
        for name in wanted if isinstance(wanted, tuple) else ():
            if name not in known:
                import difflib  # noqa: PLC0415  only a mistake needs it

                near = difflib.get_close_matches(name, known, n=1)
                advice = f"did you mean '{near[0]}'?" if near else f"there are {', '.join(known) or 'none'}"
                origin = origins.get("alerts.rules", "")
                where = f"{origin.rpartition(':')[0]}:{rule.line}" if rule.line else origin
                raise ConfigError(
                    f"{where}: key 'alerts.rules[{number}].targets': {clipped(name)} is no name in notify.targets; {advice}"
                )


ORDERED = tuple((f"alerts.{name}.clear", f"alerts.{name}.above") for name in ("cpu", "memory", "filesystem"))
"""Pairs of keys of which the first may not be more than the second."""


def clipped(text: str) -> str:
    """Return a text as it may stand in a message: quoted, on one line, not too long."""
    return repr(text if len(text) <= 60 else text[:57] + "...")
