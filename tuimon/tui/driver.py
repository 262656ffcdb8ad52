"""Textual's Linux driver, made to live with what terminals really send."""

from __future__ import annotations

import codecs
import sys
from functools import partial

from textual.app import App
from textual.drivers import linux_driver


def tolerant(encoding: str) -> partial[codecs.IncrementalDecoder]:
    """Return a maker of decoders that mark bytes which are not text, as 8-bit meta keys and old locales send them."""
    return partial(codecs.getincrementaldecoder(encoding), errors="replace")


class Driver(linux_driver.LinuxDriver):
    """Draws on standard output, which is a terminal; Textual's own draws on standard error, which may be a file."""

    def __init__(
        self, app: App[object], *, debug: bool = False, mouse: bool = True, size: tuple[int, int] | None = None
    ) -> None:
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        if sys.__stdout__ is not None:
            self._file = sys.__stdout__


def install() -> type[Driver]:
    """Return the driver, with an input thread that decodes so: else its decoder is strict and ends the program."""
    vars(linux_driver)["getincrementaldecoder"] = tolerant
    return Driver
