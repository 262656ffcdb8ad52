"""Another tuimon, reached over HTTP: its live frames as a Source, its past as an Archive."""
