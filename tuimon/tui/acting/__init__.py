"""Doing something to processes: what, to whom exactly, and what came of it. Knows no Textual."""
