"""Where a command's text goes: standard output, or a file that is there whole or not at all."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from pathlib import Path

from tuimon.cli.errors import Failure


def write(chunks: Iterable[str], path: str = "") -> None:
    """Write pieces of text to a file ('' or '-': standard output). Raises Failure where that cannot be done.

    A file that is there already is replaced at the end, in one step; something that is no ordinary file (a pipe, a
    device) is written to as it is.
    """
    if path in {"", "-"}:
        for chunk in chunks:
            sys.stdout.write(chunk)
        return
    target = Path(path)
    try:
        if target.exists() and not target.is_file():
            _fill(target, chunks)
        else:
            _replace(target.resolve(), chunks)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise Failure(f"{path}: cannot be written: {error.strerror or error}") from None


def _fill(target: Path, chunks: Iterable[str]) -> None:
    with target.open("w", encoding="utf-8", newline="") as file:
        file.writelines(chunks)


def _replace(target: Path, chunks: Iterable[str]) -> None:
    """Write beside the target, then take its place; what was written goes away again if that fails."""
    part = target.with_name(f".{target.name[:200]}.{os.getpid()}.part")
    try:
        with part.open("x", encoding="utf-8", newline="") as file:
            file.writelines(chunks)
            file.flush()
            os.fsync(file.fileno())
        if target.exists():
            part.chmod(target.stat().st_mode & 0o777)
        part.replace(target)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
