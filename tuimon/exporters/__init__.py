"""Recorded numbers and processes as text for other programs: pure functions, a piece of text at a time."""
