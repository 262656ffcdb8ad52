"""tuimon, the terminal monitor that remembers."""

__version__ = "0.1.0"
