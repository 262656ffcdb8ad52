"""Taking a span of the past away as a file: what the dashboard's key and its menu do."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Iterable
from datetime import tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tuimon.model.times import aware

if TYPE_CHECKING:
    from tuimon.protocols import Archive

ROWS: Final = 2000
"""Rows of a table at the most: the steps become as long as that needs."""
ENDINGS: Final = {"csv": "csv", "json": "json", "html": "html", "markdown": "md", "svg": "svg"}


def taker(open_archive: Callable[[], Archive | None], tz: tzinfo | None) -> Callable[[str, float, float, str], str]:
    """Return what writes a span [start, end] (epoch seconds) in a form, or a ready `text`, and returns the file's path.

    The form is csv, json, html, markdown or svg. Raises OSError where no file can be written, HistoryError where
    nothing can be read.
    """

    def take(form: str, start: float, end: float, text: str = "") -> str:
        stamp = "-".join(aware(moment, tz).strftime("%Y%m%dT%H%M%S") for moment in (start, end))
        if text:
            return _write([text], f"screen-{stamp}", form)
        archive = open_archive()
        if archive is None:
            raise FileNotFoundError(2, "nothing is recorded yet")
        try:
            frame = archive.frame(end) or archive.frame(start)
            host = frame.snapshot.host.name if frame else ""
            return _write(_chunks(archive, form, start, end, tz), f"{host or 'machine'}-{stamp}", form)
        finally:
            archive.close()

    return take


def _chunks(archive: Archive, form: str, start: float, end: float, tz: tzinfo | None) -> Iterable[str]:
    if form in ("html", "markdown"):
        from tuimon.exporters.report import to_html, to_markdown
        from tuimon.pipeline.incident import incident

        return (to_html if form == "html" else to_markdown)(incident(archive, start, end, now=time.time()), tz)
    from tuimon.exporters.rows import series_header, series_rows
    from tuimon.exporters.write import WRITERS

    keys = archive.keys(start, end)
    window = archive.window(keys, start, end, ROWS)
    return WRITERS[form](series_header(keys, spread=True), series_rows([window], keys, spread=True))


def _write(chunks: Iterable[str], name: str, form: str) -> str:
    """Write a new file in the working folder, in the home folder where that cannot be done; return its path."""
    name = f"tuimon-{re.sub(r'[^A-Za-z0-9._-]', '_', name)[-120:]}"
    folders = [Path.cwd(), Path(os.environ.get("HOME") or "/")]
    folder = next((one for one in folders if os.access(one, os.W_OK)), folders[0])
    for number in range(1000):
        path = folder / f"{name}{f'-{number}' if number else ''}.{ENDINGS[form]}"
        try:
            with path.open("x", encoding="utf-8", newline="") as file:
                path.chmod(0o600)
                file.writelines(chunks)
        except FileExistsError:
            continue
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        return str(path)
    raise FileExistsError(17, "there are a thousand such files", str(folder))
