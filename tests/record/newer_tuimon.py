"""A tuimon of the future: format 2, which has one column more, and a version that says so."""

from __future__ import annotations

import sys

import tuimon


def main() -> int:
    """Be that tuimon."""
    tuimon.__version__ = "9.9.0"  # before anything else of it is imported
    from tuimon.cli import main as present
    from tuimon.history import migrations, schema

    schema.VERSION = 2
    migrations.STEPS[2] = lambda db: db["host"].add_column("vendor", str)
    return present()


if __name__ == "__main__":
    sys.exit(main())
