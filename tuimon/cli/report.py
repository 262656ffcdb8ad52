"""`tuimon report`: what was recorded of a span, as one file to send to somebody."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import Final

from tuimon import compose
from tuimon.cli.errors import Failure, UsageError
from tuimon.cli.output import write
from tuimon.cli.run import moment_of
from tuimon.config.settings import Settings
from tuimon.exporters.report import to_html, to_markdown
from tuimon.model.times import format_local
from tuimon.pipeline.incident import incident

HOUR: Final = 3600.0
WRITERS: Final = {"html": to_html, "markdown": to_markdown}
BY_ENDING: Final = {".html": "html", ".htm": "html", ".md": "markdown", ".markdown": "markdown"}


def run(options: argparse.Namespace, settings: Settings) -> int:
    """Write the report of the span that was asked for, of the last hour if none was."""
    now = time.time()
    end = moment_of(options.end, settings) if hasattr(options, "end") else now
    start = moment_of(options.start, settings) if hasattr(options, "start") else end - HOUR
    if start >= end:
        raise UsageError("--from must be before --to")
    output = getattr(options, "output", "")
    form = _form(options, output)
    archive = compose.open_archive(settings)
    zone = compose.zone_of(settings)
    try:
        spans = archive.spans()
        if not any(span.start <= end and span.end >= start for span in spans):
            held = (
                f"it has {format_local(spans[0].start, zone)} to {format_local(spans[-1].end, zone)}"
                if spans
                else "it is empty"
            )
            raise Failure(f"the history has nothing between --from and --to; {held}")
        found = incident(archive, start, min(end, max(span.end for span in spans)), now=now)
    finally:
        archive.close()
    write(WRITERS[form](found, zone), output)
    return 0


def _form(options: argparse.Namespace, output: str) -> str:
    """Return the form: as asked for, by the file's ending, Markdown on a terminal, HTML elsewhere."""
    if hasattr(options, "format"):
        return str(options.format)
    if known := BY_ENDING.get(Path(output).suffix.lower()):
        return known
    return "markdown" if not output and sys.stdout.isatty() else "html"
