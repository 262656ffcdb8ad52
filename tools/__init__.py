"""Scripts for those who work on tuimon; no part of the program."""
