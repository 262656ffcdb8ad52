"""Textual's Linux driver, made to live with what terminals really send."""

from __future__ import annotations

import codecs
import contextlib
import os
import sys
from collections.abc import Callable

from textual.app import App
from textual.drivers import linux_driver
from textual.drivers._writer_thread import WriterThread


class Tolerant:
    """A decoder that marks bytes which are not text, as 8-bit meta keys and old locales send them.

    Nothing at all is what a terminal gives that has hung up: Textual would ask for more, again and again.
    """

    def __init__(self, encoding: str) -> None:
        self._decoder = codecs.getincrementaldecoder(encoding)(errors="replace")

    def decode(self, data: bytes, final: bool = False) -> str:  # noqa: FBT001, FBT002  as codecs has it
        """Return the text of some bytes. Raises EOFError for none."""
        if not data and not final:
            raise EOFError
        return self._decoder.decode(data, final)


def tolerant(encoding: str) -> Callable[[], Tolerant]:
    """Return a maker of such decoders."""
    return lambda: Tolerant(encoding)


class Writer(WriterThread):
    """Textual's thread that writes to the terminal; where that has gone it throws away what it is given.

    Textual's own would end, and who draws would wait for ever once thirty drawings wait.
    """

    def run(self) -> None:
        """Write until told to stop."""
        gone = False
        while (text := self._queue.get()) is not None:
            try:
                if not gone:
                    self._file.write(text)
                    if not self._queue.qsize():
                        self._file.flush()
            except OSError:
                gone = True
        with contextlib.suppress(OSError):
            self._file.flush()


class Driver(linux_driver.LinuxDriver):
    """Draws on standard output, which is a terminal; Textual's own draws on standard error, which may be a file."""

    def __init__(
        self, app: App[object], *, debug: bool = False, mouse: bool = True, size: tuple[int, int] | None = None
    ) -> None:
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        if sys.__stdout__ is not None:
            self._file = sys.__stdout__
        self._had_terminal = os.isatty(self.fileno)

    def _run_input_thread(self) -> None:
        """Read keys until there are no more. Where the terminal has gone there is nobody to show anything to."""
        try:
            self.run_input_thread()
        except (EOFError, OSError):
            if self._had_terminal:
                self._app.call_later(self._app.exit, 0)
        except BaseException:  # as Textual has it: it is told, and the dashboard ends
            import rich.traceback  # noqa: PLC0415  hardly ever needed

            self._app.call_later(self._app.panic, rich.traceback.Traceback())


def install() -> type[Driver]:
    """Return the driver, with an input thread that decodes so (else its decoder is strict and ends the program), and its writer."""
    vars(linux_driver)["getincrementaldecoder"] = tolerant
    vars(linux_driver)["WriterThread"] = Writer
    return Driver
