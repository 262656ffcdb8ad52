"""The filter that is being typed: its line, what is wrong with it, what could follow, and those that were typed before."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import tzinfo
from typing import Final

from tuimon.config.private import Remembered
from tuimon.filters import Completion, Filter, Mistake, complete, understood
from tuimon.model.process import Process
from tuimon.model.text import harmless
from tuimon.tui.filterline import Line, edited, inserted, line
from tuimon.tui.promptlines import candidate_at, cursor_at, rows
from tuimon.tui.style import Row

NOTHING: Final = Completion(0, 0, ())
_LAST: Final = re.compile(r"\S*\s*\Z")
_GOES_ON: Final = re.compile(r"\S|\s*[=<>!~]")
"""What follows a word that is none any more: more letters, or an operator."""


class FilterPrompt:
    """What is typed after `/`. `found` is the last filter that was understood: it stays in force."""

    def __init__(self, before: Filter | None, remembered: Remembered, tz: tzinfo | None = None) -> None:
        self.line = line("" if before is None else before.text)
        self.found = before
        self.mistake: Mistake | None = None
        self.offered = NOTHING
        self.chosen = -1
        self.refused = False
        self._tz = tz
        self._remembered = remembered
        self._draft = self.line.text
        self._begun, self._before = _LAST.sub("", self.line.text), before
        self._back = 0
        remembered.load()

    def press(self, key: str, character: str | None, processes: Sequence[Process]) -> bool:
        """Take a key and return whether typing goes on; `processes` are where texts to offer are taken from."""
        self.refused = False
        if key == "escape":
            self.found = None
            return False
        if key == "enter":
            return self._keep()
        if key in {"tab", "shift+tab"}:
            self._complete(1 if key == "tab" else -1, processes)
        elif key in {"up", "down"}:
            self._walk(1 if key == "up" else -1)
            self._changed(processes)
        else:
            self._edit(edited(self.line, key, character), processes)
        return True

    def rows(self, shown: int, width: int) -> list[Row]:
        """Return the lines in which it is typed; `shown` is how many processes pass."""
        return rows(self, shown, width)

    def paste(self, text: str, processes: Sequence[Process]) -> None:
        """Take pasted text; what would end a line is a space."""
        self._edit(inserted(self.line, harmless(" ".join(text.split()))), processes)

    def click(self, x: int, line_: int, width: int, processes: Sequence[Process], shown: int) -> None:
        """Take the candidate in a cell of the upper line (0), or move the cursor to a cell of the lower one (1)."""
        if line_ == 1:
            self._edit(replace(self.line, cursor=cursor_at(self, shown, x, width)), processes)
        elif (at := candidate_at(self, x, width)) is not None:
            self._put(self.offered.candidates[at])
            self._edit(self._spaced(), processes)

    def _spaced(self) -> Line:
        """Return the line with a space after what was completed, where nothing follows it."""
        return inserted(self.line, "" if self.line.text[self.line.cursor :] else " ")

    def _edit(self, after: Line, processes: Sequence[Process]) -> None:
        if after.text != self.line.text:
            self._back, self._draft = 0, after.text
        self.line = after
        self._changed(processes)

    def _changed(self, processes: Sequence[Process]) -> None:
        """Understand the line anew."""
        self.chosen = -1
        self._understand()
        self.offered = complete(self.line.text, self.line.cursor, processes) if self.line.text.strip() else NOTHING

    def offer(self, processes: Sequence[Process]) -> None:
        """Offer what a filter can begin with, to who has none yet and takes it with the mouse."""
        if not self.line.text:
            self.offered = complete("", 0, processes)

    def _understand(self) -> None:
        said = understood(self.line.text, self._tz)
        if isinstance(said, Mistake):
            self.mistake = said
            self._take_back()
            return
        self.mistake = None
        begun = _LAST.sub("", self.line.text)
        if begun != self._begun:
            self._begun, self._before = begun, self.found
        self.found = None if said.condition is None else said

    def _take_back(self) -> None:
        """Put the filter in force again that was before a word, if that word has become the beginning of something else.

        On the way to `cpu > 5` the word `cpu` was understood, on the way to `and` the word `an`: nobody asked for them.
        """
        found = self.found
        if found is None or not found.ends_in_word or not self.line.text.startswith(found.text.rstrip()):
            return
        if _GOES_ON.match(self.line.text, len(found.text.rstrip())):
            self.found = self._before

    def _keep(self) -> bool:
        """Keep the filter, unless it is not understood; return whether typing goes on."""
        if self.mistake is not None:
            self.refused = True
            return True
        if self.found is not None:
            self.found = replace(self.found, text=self.found.text.strip())
            self._remembered.add(self.found.text)
        return False

    def _walk(self, way: int) -> None:
        """Go to an earlier filter (1) or to a later one (-1); the latest is what was being typed."""
        earlier = [one for one in self._remembered.lines if one != self._draft]
        self._back = max(0, min(len(earlier), self._back + way))
        self.line = line(earlier[-self._back] if self._back else self._draft)

    def _complete(self, way: int, processes: Sequence[Process]) -> None:
        """Complete what is before the cursor: what all candidates begin with, then one candidate after the other."""
        if self.chosen < 0:
            self.offered = complete(self.line.text, self.line.cursor, processes)
        offered = self.offered
        if not offered.candidates:
            return
        if len(offered.candidates) == 1:
            self._put(offered.candidates[0])
            self._edit(self._spaced(), processes)
            return
        typed = self.line.text[offered.start : offered.end]
        if self.chosen < 0 and len(offered.common) > len(typed) and offered.common.lower().startswith(typed.lower()):
            self._put(offered.common)
            self._edit(self.line, processes)
            return
        at = self.chosen if self.chosen >= 0 or way > 0 else 0
        self.chosen = (at + way) % len(offered.candidates)
        self._put(offered.candidates[self.chosen])
        self._understand()

    def _put(self, text: str) -> None:
        """Put a text in the place of what is being completed."""
        before, after = self.line.text[: self.offered.start], self.line.text[self.offered.end :]
        end = len(before) + len(text)
        self.offered = replace(self.offered, end=end)
        self.line = Line(before + text + after, end)
