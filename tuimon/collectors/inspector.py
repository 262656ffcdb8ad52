"""Looks into processes aside: a helper process reads, a thread waits for it, and neither can hold up anything.

What is asked of a process can wait for ever: reading its memory map or its descriptors takes locks that a process which
is stuck in the kernel may hold. So it is asked for by a process of its own, as statvfs is (docs/decisions/0005, 0024). A part
that is not answered in time is late, the helper is abandoned - killed, never waited for - and another one goes on with
the parts after it.
"""

from __future__ import annotations

import json
import logging
import os
import select
import signal
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

from tuimon.model.action import Target
from tuimon.model.inspection import GONE, Inspection, Missing, with_missing, with_parts
from tuimon.model.inspectionwire import decode_part

LOG: Final = logging.getLogger("tuimon.collectors")
PATIENCE: Final = 2.0
"""Seconds that one part may take."""
START_PATIENCE: Final = 10.0
"""The same of the first answer of a helper, which has to read its program first."""
LIMIT: Final = 4
"""Helpers that may be stuck at once."""
Deliver = Callable[[Inspection], None]


class Asked(NamedTuple):
    """One part that a helper was asked for."""

    number: int
    pid: int
    name: str


class Lookout:
    """One process that looks; `waiting` are the parts still to be answered, the one it is at first.

    `since` is when it came to that one (monotonic).
    """

    def __init__(self, kind: str, root: str) -> None:
        question, self._questions = os.pipe()
        self.answers, answer = os.pipe()
        null = os.open(os.devnull, os.O_WRONLY)
        try:
            self.pid = os.posix_spawn(
                sys.executable,
                [sys.executable, "-m", "tuimon.collectors.looker", kind, root],
                os.environ,
                file_actions=[
                    (os.POSIX_SPAWN_DUP2, question, 0),
                    (os.POSIX_SPAWN_DUP2, answer, 1),
                    (os.POSIX_SPAWN_DUP2, null, 2),
                ],
                setsid=True,
                setsigmask=(),
                setsigdef=(signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGPIPE),
            )
        except OSError:
            os.close(self._questions)
            os.close(self.answers)
            raise
        finally:
            for fd in (question, answer, null):
                os.close(fd)
        os.set_blocking(self.answers, False)
        self.ready = False
        self.waiting: deque[Asked] = deque()
        self.since = time.monotonic()
        self._partial = b""

    def ask(self, number: int, pid: int, start: float, parts: Sequence[str]) -> None:
        """Ask for parts of a process. Raises OSError when the helper is gone."""
        os.write(self._questions, json.dumps([number, pid, start, list(parts)]).encode() + b"\n")
        if not self.waiting:
            self.since = time.monotonic()
        self.waiting.extend(Asked(number, pid, name) for name in parts)

    def answers_now(self) -> list[tuple[int, str, object]]:
        """Return the answers that are there: number, name, part. Raises OSError when the helper is gone."""
        try:
            raw = os.read(self.answers, 1 << 20)
        except BlockingIOError:
            return []
        if not raw:
            raise BrokenPipeError
        *lines, self._partial = (self._partial + raw).split(b"\n")
        self.ready = True
        answers = [tuple(json.loads(line)) for line in lines if line]
        for _ in answers:
            self.waiting.popleft()
        self.since = time.monotonic()
        return answers

    def end(self) -> None:
        """Have it end, now or whenever it can; never wait for it."""
        os.close(self._questions)
        os.close(self.answers)
        with suppress(OSError):
            os.kill(self.pid, signal.SIGKILL)


@dataclass(slots=True)
class Wish:
    """What is wanted now: parts of a process that are still to be answered, and who gets them."""

    number: int
    target: Target
    waiting: list[str]
    inspection: Inspection
    deliver: Deliver


class AsideInspector:
    """Looks into one process at a time; see `tuimon.protocols.Inspector`. `kind`: linux or portable."""

    def __init__(
        self,
        kind: str = "linux",
        root: str = "",
        *,
        patience: float = PATIENCE,
        start_of: Callable[[Target], float | None],
    ) -> None:
        self._kind = kind
        self._root = root
        self._patience = patience
        self._start_of = start_of
        self._lock = threading.Lock()
        self._wish: Wish | None = None
        self._number = 0
        self._helper: Lookout | None = None
        self._left: list[int] = []
        self._bell, self._ring = -1, -1
        self._thread: threading.Thread | None = None
        self._closed = False

    @property
    def helpers(self) -> tuple[int, ...]:
        """The processes that look, stuck ones first."""
        return (*self._left, *([self._helper.pid] if self._helper else []))

    def look(self, target: Target, parts: Sequence[str], before: Inspection | None, deliver: Deliver) -> None:
        """Ask for parts of a process, in the place of what was asked for before."""
        known = before if before is not None and (before.pid, before.started_at) == target.identity else None
        with self._lock:
            if self._closed:
                return
            self._number += 1
            start = known or Inspection(*target.identity)
            self._wish = Wish(self._number, target, list(parts), start, deliver)
            if self._thread is None:
                self._bell, self._ring = os.pipe()
                self._thread = threading.Thread(target=self._run, name="tuimon-inspector", daemon=True)
                self._thread.start()
            else:
                os.write(self._ring, b"!")

    def rest(self) -> None:
        """Ask for nothing, and keep no helper."""
        with self._lock:
            self._wish = None
            if self._thread is not None:
                os.write(self._ring, b"!")

    def close(self) -> None:
        """Let go of the helpers; what is stuck is killed by the kernel once it can be."""
        with self._lock:
            self._closed, self._wish = True, None
            thread, self._thread = self._thread, None
            if thread is not None:
                os.write(self._ring, b"!")
        if thread is not None:
            thread.join(1.0)

    def _run(self) -> None:
        try:
            asked = 0
            while not self._closed:
                wish = self._wish
                if wish is None:
                    self._end_helper()
                    self._reap()
                elif wish.number != asked:
                    asked = wish.number
                    self._begin(wish)
                self._wait(wish)
        except Exception:
            LOG.exception("looking into processes ended")
        finally:
            self._end_helper()
            self._reap()
            os.close(self._bell)

    def _begin(self, wish: Wish) -> None:
        """Put a question, to a new helper where there is none or where it ended meanwhile."""
        start = self._start_of(wish.target)
        if start is None:
            self._finish(wish, Missing("failed", "when it was started is not known"))
            return
        if self._helper is not None:
            try:
                self._helper.ask(wish.number, wish.target.pid, start, wish.waiting)
            except OSError:
                self._end_helper()
            else:
                return
        self._reap()
        try:
            self._helper = self._start()
            self._helper.ask(wish.number, wish.target.pid, start, wish.waiting)
        except OSError as error:
            self._end_helper()
            self._finish(wish, Missing("failed", f"no process to look with: {error.strerror}"))

    def _start(self) -> Lookout:
        if len(self._left) >= LIMIT:
            raise OSError(11, f"{LIMIT} of them are stuck already")
        return Lookout(self._kind, self._root)

    def _wait(self, wish: Wish | None) -> None:
        """Wait for answers to a wish, or for another wish."""
        helper = self._helper
        busy = wish is not None and wish.waiting and helper is not None
        patience = None
        if busy and helper is not None:
            reach = self._patience if helper.ready else START_PATIENCE
            patience = max(0.0, helper.since + reach - time.monotonic())
        watched = [self._bell] + ([helper.answers] if busy and helper is not None else [])
        ready, _, _ = select.select(watched, [], [], patience)
        if self._bell in ready:
            os.read(self._bell, 64)
        if wish is None or helper is None or not busy:
            return
        if helper.answers in ready:
            self._hear(wish, helper)
        elif not ready:
            self._abandon(wish, Missing("late", f"within {self._patience:g} s"))

    def _hear(self, wish: Wish, helper: Lookout) -> None:
        """Take the answers that are there; those to older questions are passed over."""
        try:
            found = helper.answers_now()
            parts = {name: decode_part(name, part) for number, name, part in found if number == wish.number}
        except (OSError, ValueError, IndexError):
            self._abandon(wish, Missing("failed", "who looked at it ended"))
            return
        if parts:
            self._take(wish, parts)

    def _take(self, wish: Wish, parts: Mapping[str, object]) -> None:
        wish.waiting = [name for name in wish.waiting if name not in parts]
        gone = any(part == GONE for part in parts.values())
        wish.inspection = with_parts(wish.inspection, {name: part for name, part in parts.items() if part != GONE})
        if gone:
            wish.waiting = []
            wish.inspection = replace(with_missing(wish.inspection, GONE), ended=True)
        self._deliver(wish)

    def _abandon(self, wish: Wish, why: Missing) -> None:
        """Leave the helper to itself, and go on with the parts after the one that it is stuck at."""
        at = self._helper.waiting[0] if self._helper is not None and self._helper.waiting else None
        self._end_helper()
        late = wish.waiting[0] if at is None else at.name
        if late not in wish.waiting or (
            at is not None and at.pid != wish.target.pid
        ):  # nobody wants to know it any more
            self._begin(wish)
            return
        wish.waiting.remove(late)
        wish.inspection = with_parts(wish.inspection, {late: why})
        self._deliver(wish)
        if wish.waiting and wish is self._wish:
            self._begin(wish)

    def _finish(self, wish: Wish, why: Missing) -> None:
        """Say of all parts that they will not come."""
        wish.inspection = with_parts(wish.inspection, dict.fromkeys(wish.waiting, why))
        wish.waiting = []
        self._deliver(wish)

    def _deliver(self, wish: Wish) -> None:
        if wish is self._wish and not self._closed:
            wish.deliver(wish.inspection)

    def _end_helper(self) -> None:
        if self._helper is not None:
            self._helper.end()
            self._left.append(self._helper.pid)
            self._helper = None

    def _reap(self) -> None:
        """Collect the helpers that have ended, without waiting for those that have not."""
        deadline = time.monotonic() + 0.2
        for pid in list(self._left):
            while True:
                try:
                    done = os.waitpid(pid, os.WNOHANG)[0] == pid
                except ChildProcessError:
                    done = True
                if done or time.monotonic() > deadline:
                    break
                time.sleep(0.005)
            if done:
                self._left.remove(pid)
