"""The program of the process that asks statvfs: paths ended by NUL in, a line of numbers out. See asker.py.

Run as a file of its own by a bare interpreter, so it imports nothing of tuimon.
"""

from __future__ import annotations

import os


def answer(path: bytes) -> bytes:
    """Return the six numbers of one filesystem, or one: the errno."""
    try:
        found = os.statvfs(path)
    except OSError as error:
        return b"%d\n" % (error.errno or 5)
    return b"%d %d %d %d %d %d\n" % (
        found.f_frsize,
        found.f_blocks,
        found.f_bfree,
        found.f_bavail,
        found.f_files,
        found.f_ffree,
    )


def main() -> None:
    """Say with an empty line that it is there, then answer until nobody asks any more."""
    os.chdir("/")
    os.write(1, b"\n")
    rest = b""
    while raw := os.read(0, 65536):
        *paths, rest = (rest + raw).split(b"\0")
        for path in paths:
            os.write(1, answer(path))


if __name__ == "__main__":
    main()
