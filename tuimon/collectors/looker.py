"""The program of the process that looks into others: questions in, a line of JSON for each part out. See inspector.py.

`python -m tuimon.collectors.looker linux ROOT` (or `portable`). A question is a line: a number, a pid, its start, and the
parts wanted; an answer has that number, the part's name, and the part.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from typing import Any

from tuimon.model.inspectionwire import encode_part

READY = b"\n"
"""The first line: the program is read, and questions can be answered."""


def answer(number: int, name: str, part: object) -> bytes:
    """Return one answer as a line."""
    return json.dumps([number, name, encode_part(part)], ensure_ascii=True).encode() + b"\n"


def main() -> None:
    """Answer until nobody asks any more."""
    os.chdir("/")
    kind, root = sys.argv[1:]
    if kind == "portable":
        from tuimon.collectors.portable_inspection import PortableLooker  # noqa: PLC0415  only one of both is needed

        look: Callable[[int, Any, str], object] = PortableLooker().part
    else:
        from tuimon.collectors.linux.inspection import LinuxLooker  # noqa: PLC0415  as above

        look = LinuxLooker(root).part
    write_whole(READY)
    with open(0, "rb", closefd=False) as questions:
        for question in questions:
            number, pid, start, names = json.loads(question)
            for name in names:
                write_whole(answer(number, name, look(pid, start, name)))


def write_whole(line: bytes) -> None:
    """Write a line to standard output, however small the pipe."""
    while line:
        line = line[os.write(1, line) :]


if __name__ == "__main__":
    main()
