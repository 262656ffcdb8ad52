"""`tuimon config check | show | init`."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from tuimon.cli.errors import Failure
from tuimon.cli.run import settings_for
from tuimon.config.load import check_environment, places
from tuimon.config.render import to_text, to_yaml


def run(options: argparse.Namespace) -> int:
    """Check, show or write the configuration."""
    if options.action == "init":
        return _init(options)
    loaded = settings_for(options)
    if options.action == "show":
        print(to_text(loaded), end="")
        return 0
    check_environment(os.environ)
    if loaded.path:
        print(f"{loaded.path}: no mistakes")
    else:
        tried = ", ".join(str(place) for place in places(os.environ))
        print(f"no configuration file ({tried}); the defaults are in force")
    return 0


def _init(options: argparse.Namespace) -> int:
    """Write a commented file with every default, and never over one that is there."""
    path = Path(getattr(options, "config", "") or os.environ.get("TUIMON_CONFIG", "") or places(os.environ)[0])
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(to_yaml())
    except FileExistsError:
        raise Failure(f"{path} is there already; remove it, or name another file with --config") from None
    except OSError as error:
        raise Failure(f"{path} cannot be written: {error.strerror}") from None
    print(f"{path}: written, every setting at its default")
    return 0
