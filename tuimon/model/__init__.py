"""Frozen values, the metric catalogue, units, time phrases. Imports nothing else of tuimon."""
