"""The filter language: which processes are meant by a line such as `cpu > 5 and not cmd ~ "kworker"`.

Pure: a text and processes in, an answer or a mistake out. The dashboard, the command line and the API use this one.
"""

from __future__ import annotations

from tuimon.filters.completion import Completion, complete
from tuimon.filters.filter import Filter, understood
from tuimon.filters.mistakes import Mistake

__all__ = ["Completion", "Filter", "Mistake", "complete", "understood"]
