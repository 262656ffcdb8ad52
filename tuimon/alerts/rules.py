"""The rules as this room names them: what one is, and those that come with the program."""

from __future__ import annotations

from tuimon.model.rule import DEFAULT_RULES, Quiet, Rule, Term

__all__ = ["DEFAULT_RULES", "Quiet", "Rule", "Term"]
