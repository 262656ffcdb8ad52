"""Textual's Linux driver, made to live with what terminals really send."""

from __future__ import annotations

import codecs
import os
import queue
import select
import sys
from collections.abc import Callable
from typing import IO, Final

from textual.app import App
from textual.drivers import linux_driver
from textual.drivers._writer_thread import WriterThread

WAITING: Final = 12
"""Pieces of drawings that may wait for a terminal that takes nothing; each drawing has up to four."""
LAST_WORDS: Final = 0.5
"""Seconds that a terminal has for the last bytes when the dashboard ends."""


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
    """Textual's thread that writes to the terminal, with which nobody ever waits for a terminal.

    Textual's own holds up who draws once thirty drawings wait, for as long as the terminal takes nothing, signals too.
    Here all is taken at once and `behind` says that no more should be drawn. Where the terminal has gone, what is
    given is thrown away. The file's own buffer is not used: its lock would be held while the program ends.
    """

    def __init__(self, file: IO[str]) -> None:
        super().__init__(file)
        self._queue: queue.SimpleQueue[str | None] = queue.SimpleQueue()  # type: ignore[assignment]  # Textual's is bounded
        self._encoding = getattr(file, "encoding", None) or "utf-8"
        self.caught_up: Callable[[], None] = lambda: None

    @property
    def behind(self) -> bool:
        """Whether the terminal has not taken what it was given some drawings ago."""
        return self._queue.qsize() > WAITING

    def run(self) -> None:
        """Write until told to stop."""
        gone, going_on = False, True
        while going_on:
            parts = [self._queue.get()]
            while not self._queue.empty():
                parts.append(self._queue.get())
            going_on = None not in parts
            try:
                if not gone:
                    self._put("".join(part for part in parts if part is not None))
            except OSError:
                gone = True
            if going_on:
                self.caught_up()

    def _put(self, text: str) -> None:
        left = memoryview(text.encode(self._encoding, "replace"))
        while left:
            try:
                left = left[os.write(self.fileno(), left) :]
            except BlockingIOError:  # somebody else who has this terminal made it so
                select.select([], [self.fileno()], [])

    def stop(self) -> None:
        """Stop, and wait for what is left to be written: not for long, since the history waits to be closed."""
        self._queue.put(None)
        self.join(LAST_WORDS)


class Driver(linux_driver.LinuxDriver):
    """Draws on standard output, which is a terminal; Textual's own draws on standard error, which may be a file."""

    def __init__(
        self, app: App[object], *, debug: bool = False, mouse: bool = True, size: tuple[int, int] | None = None
    ) -> None:
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        if sys.__stdout__ is not None:
            self._file = sys.__stdout__
        self._had_terminal = os.isatty(self.fileno)
        self._then: Callable[[], None] = lambda: None

    @property
    def behind(self) -> bool:
        """Whether the terminal has not taken what was drawn before."""
        return isinstance(self._writer_thread, Writer) and self._writer_thread.behind

    def when_caught_up(self, then: Callable[[], None]) -> None:
        """Have something called, in the writer's thread, whenever the terminal has taken all that it was given."""
        self._then = then

    def _caught_up(self) -> None:
        self._then()

    def start_application_mode(self) -> None:
        """Textual's own: take the terminal, again after a suspension too."""
        super().start_application_mode()  # type: ignore[no-untyped-call]  # Textual's
        if isinstance(self._writer_thread, Writer):
            self._writer_thread.caught_up = self._caught_up

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
