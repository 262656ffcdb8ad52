"""Tells people elsewhere of alerts: what is told, in which words, to whom, and again until it was taken."""
