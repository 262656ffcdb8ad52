"""A machine and a disk that do as they are told, and a clock that only moves when somebody waits."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tuimon.model.families import Cpu
from tuimon.model.process import NOTHING, Wanted
from tuimon.model.snapshot import Frame, Recorder, Snapshot

BEGUN = 1_800_000_000.0


class FakeClock:
    """Wall and monotonic time that move together, unless the wall clock is stepped."""

    def __init__(self) -> None:
        self.passed = 0.0
        self.stepped = 0.0

    def now(self) -> float:
        return BEGUN + self.passed + self.stepped

    def monotonic(self) -> float:
        return 500.0 + self.passed

    def pass_(self, seconds: float) -> None:
        self.passed += seconds

    def waits(self, ticks: int) -> Callable[[float], bool]:
        """Return a wait that lets time pass, and asks for the end at the wait after so many frames."""
        left = ticks

        def wait(seconds: float) -> bool:
            nonlocal left
            left -= 1
            assert seconds >= 0
            self.pass_(seconds)
            return left <= 0

        return wait


class ScriptedCollector:
    """Samples of the clock's time; `steps[n]` is done in the n-th sample: let time pass, or raise."""

    def __init__(self, clock: FakeClock, steps: dict[int, Callable[[], None]] | None = None) -> None:
        self.clock = clock
        self.steps = steps or {}
        self.asked: list[tuple[int, ...]] = []
        self.wanted: list[Wanted] = []
        self.closed = 0
        self.cpu = Cpu()
        self._before: float | None = None

    def sample(self, visible: Sequence[int] = (), wanted: Wanted = NOTHING) -> Snapshot:
        self.wanted.append(wanted)
        self.asked.append(tuple(visible))
        began, wall = self.clock.monotonic(), self.clock.now()
        self.steps.get(len(self.asked) - 1, lambda: None)()
        elapsed = None if self._before is None else began - self._before
        self._before = began
        return Snapshot(wall, elapsed, cpu=self.cpu)

    def close(self) -> None:
        self.closed += 1


class ScriptedSink:
    """Keeps what it is given; `steps[n]` is done in the n-th write, `last` at the end: let time pass, or raise."""

    def __init__(self, steps: dict[int, Callable[[], None]] | None = None) -> None:
        self.frames: list[Frame] = []
        self.steps = steps or {}
        self.last: Callable[[], None] = lambda: None
        self.writes = 0
        self.closed = 0
        self.chores = 0

    def write(self, frame: Frame) -> None:
        self.writes += 1
        self.steps.get(self.writes - 1, lambda: None)()
        self.frames.append(frame)

    def status(self) -> Recorder:
        return Recorder("here", "/tmp/h.db", bytes=len(self.frames))

    def housekeep(self) -> None:
        self.chores += 1

    def close(self) -> None:
        self.closed += 1
        self.last()


def failing(error: Exception) -> Callable[[], None]:
    """Return a step that raises."""

    def step() -> None:
        raise error

    return step
