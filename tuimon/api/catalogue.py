"""`/api/v1/catalogue`: every metric and field, with its unit and what it is. It never changes while the program runs."""

from __future__ import annotations

import inspect
from functools import cache
from typing import Any

from tuimon import __version__
from tuimon.model.catalogue import FAMILIES, METRICS, WITH_DEVICES
from tuimon.model.process import ALIASES, COSTLY, DERIVED_HELP, LIVE_ONLY, PROCESS_HELP
from tuimon.model.wire import to_json


@cache
def catalogue() -> bytes:
    """Return the catalogue as JSON."""
    return to_json(
        {
            "version": __version__,
            "families": {name: _family(name) for name in FAMILIES},
            "process": [_field(name, *said) for name, said in {**PROCESS_HELP, **DERIVED_HELP}.items()],
        }
    ).encode()


def _family(name: str) -> dict[str, Any]:
    return {
        "help": " ".join((inspect.getdoc(FAMILIES[name]) or "").split()),
        "devices": name in WITH_DEVICES,
        "metrics": [
            {
                "name": one.name,
                "unit": one.unit,
                "kind": one.kind,
                "recorded": one.recorded,
                "resolution": one.resolution,
                "help": one.help,
                "source": one.source,
            }
            for one in METRICS[name]
        ],
    }


def _field(name: str, unit: str, text: str) -> dict[str, Any]:
    return {
        "name": name,
        "short": [alias for alias, field in ALIASES.items() if field == name],
        "unit": unit,
        "help": text,
        "recorded": name not in LIVE_ONLY and name not in DERIVED_HELP,
        "costly": name in COSTLY,
    }
