"""Hostile text: names of processes, mounts and interfaces belong to whoever made them."""

from __future__ import annotations

import re
from typing import Final

# C0 and C1 controls, DEL, line and paragraph separators, bidirectional overrides, surrogates (undecodable bytes);
# then what takes no cell, or one on some terminals and none on others: soft hyphens, joiners, fillers, variations, tags.
_UNSAFE: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufeff"
    "\xad\u115f\u1160\u180b-\u180f\u200b-\u200d\u2060-\u206f\u3164\ufe00-\ufe0f\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff]"
)
MARK: Final = "\N{REPLACEMENT CHARACTER}"


def harmless(text: str, limit: int = 4096) -> str:
    """Return text that may go to a terminal: what could move a cursor or turn a line round becomes a mark.

    Tabs and newlines become spaces. The result has at most `limit` characters.
    """
    if text.isascii() and text.isprintable() and len(text) <= limit:
        return text
    return _UNSAFE.sub(_mark, text[:limit])


def _mark(found: re.Match[str]) -> str:
    return " " if found[0] in "\t\n\r\x0b\x0c\u2028\u2029" else MARK


def decode(raw: bytes, limit: int = 4096) -> str:
    """Decode what the kernel gave as bytes, and make it harmless."""
    return harmless(raw.decode("utf-8", "surrogateescape"), limit)
