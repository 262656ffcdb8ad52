"""Keeps one archive open for a minute or two, and writes each 0.1 s when the newest sample in it was taken, or an error."""

from __future__ import annotations

import sys
import time

from tuimon.history import HistoryError, open_archive


def newest(archive) -> str:
    try:
        return str(max((span.end for span in archive.spans()), default=0.0))
    except HistoryError as error:
        return str(error)


if __name__ == "__main__":
    kept = open_archive(sys.argv[1])
    for _ in range(1000):
        sys.stdout.write(f"{newest(kept)}\n")
        sys.stdout.flush()
        time.sleep(0.1)
