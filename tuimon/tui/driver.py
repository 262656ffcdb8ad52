"""Textual's Linux driver, made to live with what terminals really send."""

from __future__ import annotations

import codecs
from functools import partial

from textual.drivers import linux_driver


def tolerant(encoding: str) -> partial[codecs.IncrementalDecoder]:
    """Return a maker of decoders that mark bytes which are not text, as 8-bit meta keys and old locales send them."""
    return partial(codecs.getincrementaldecoder(encoding), errors="replace")


def install() -> None:
    """Have the input thread decode so; its own decoder is strict and ends the program at the first such byte."""
    vars(linux_driver)["getincrementaldecoder"] = tolerant
