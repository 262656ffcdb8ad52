"""One message to one target, through apprise; what came of it in a line that holds no secret."""

from __future__ import annotations

import logging
import re
from typing import Final
from urllib.parse import unquote

from tuimon.config.targetkinds import UnresolvedError, WrittenTarget, resolved
from tuimon.model.snapshot import Severity
from tuimon.model.text import harmless

TYPES: Final = {"info": "info", "warning": "warning", "critical": "failure", "cleared": "success"}
LOUD: Final = frozenset({"WARNING", "ERROR", "CRITICAL"})
_SECRET: Final = 4
"""Parts of a URL that are at least so long are taken out of what is said of it."""
_OPEN: Final = frozenset(
    {"localhost", "http", "https", "mailto", "mailtos", "json", "jsons", "slack", "smtp", "mode", "from", "insecure"}
)


def send(target: WrittenTarget, title: str, text: str, severity: Severity | str = "info") -> str:
    """Send a message now; return '' or why it was not taken. Waits for as long as the target makes it; never raises."""
    try:
        url = resolved(target)
    except UnresolvedError as error:
        return harmless(str(error), 200)
    try:
        return without(url, _sent(url, title, text, severity))
    except Exception as error:
        return without(url, f"{type(error).__name__}: {error}")


def _sent(url: str, title: str, text: str, severity: str) -> str:
    import apprise  # noqa: PLC0415  200 ms and 30 MiB, and only for who tells somebody

    logger = logging.getLogger("apprise")
    logger.setLevel(logging.DEBUG)  # what it says goes to `note`, and nowhere else
    logger.propagate = False
    service = apprise.Apprise(asset=apprise.AppriseAsset(app_id="tuimon", app_desc="tuimon", async_mode=False))
    if not service.add(url):
        return "not a URL that apprise understands"
    said: list[str] = []

    def note(entry: apprise.NotifyLogEntry, _plugin: object) -> None:
        if entry.level in LOUD or "Exception" in str(entry.message):  # why it failed is not told aloud
            said.append(str(entry.message))

    taken = service.notify(
        body=text,
        title=title,
        notify_type=apprise.NotifyType(TYPES.get(severity, "info")),
        body_format=apprise.NotifyFormat.TEXT,
        interpret_escapes=False,
        log_callback=note,
        log_level=logging.DEBUG,
    )
    return "" if taken else " ".join(said[-2:]) or "it was not taken"


def without(url: str, said: str) -> str:
    """Return what is said, on one line, without anything of a URL but its scheme and host."""
    rest = url.partition("://")[2]
    host = re.split(r"[/?#:]", rest.rpartition("@")[2], maxsplit=1)[0]
    known = {host} if rest.count("@") <= 1 else set()  # an unquoted @ makes it doubtful which part is the host
    parts = {part for text in (rest, unquote(rest)) for part in re.split(r"[/?:&=@#]", text)}
    for part in sorted(parts - known - _OPEN, key=len, reverse=True):
        if len(part) >= _SECRET:
            said = said.replace(part, "***")
    return harmless(" ".join(said.split()), 200)
