"""Typing a filter: one pure function from the line and a key to the line."""

from __future__ import annotations


def typed(words: str, key: str, character: str | None) -> tuple[str, bool]:
    """Return the line after a key, and whether typing goes on. Enter keeps the filter, Escape clears it."""
    if key == "enter":
        return words.strip(), False
    if key == "escape":
        return "", False
    if key == "backspace":
        return words[:-1], True
    if key == "ctrl+u":
        return "", True
    if key == "ctrl+w":
        head = words.rstrip().rpartition(" ")[0]
        return head + " " if head else "", True
    if character is not None and character.isprintable():
        return words + character, True
    return words, True
