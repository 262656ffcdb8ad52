"""The command line: what was asked for, done, and an exit code: 0 done, 1 failed, 2 asked for wrongly.

Nothing that goes wrong shows a traceback: the log file gets it, the user gets one line.
"""

from __future__ import annotations

import sys
from contextlib import suppress

INTERRUPTED = 130


def main(arguments: list[str] | None = None) -> int:
    """Run the program with command line arguments (those of the process by default) and return its exit code."""
    arguments = sys.argv[1:] if arguments is None else arguments
    if arguments == ["--version"]:
        from tuimon import __version__

        with suppress(OSError):  # what is in the way is said below
            print(f"tuimon {__version__}", flush=True)
            return 0
    from tuimon.cli.run import run

    return run(arguments)
