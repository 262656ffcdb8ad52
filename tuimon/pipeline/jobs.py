"""What is done more seldom than the tick. The scheduler's threads only enqueue; the pipeline's thread does the work."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING, Final, Protocol, runtime_checkable

if TYPE_CHECKING:
    from apscheduler.schedulers.background import BackgroundScheduler

LOG: Final = logging.getLogger(__name__)
HOUSEKEEPING_SECONDS: Final = 3600.0


@dataclass(frozen=True, slots=True)
class Job:
    """Work that is due every so many seconds, the first time after that long."""

    name: str
    seconds: float
    work: Callable[[], None]


@runtime_checkable
class Housekeeper(Protocol):
    """A sink that has chores besides writing."""

    def housekeep(self) -> None:
        """Do the chores that are due, and no more than a tick can bear."""


class Jobs:
    """The schedule of some jobs. Nothing is imported or started before `start`, and nothing at all for no jobs."""

    def __init__(self, enqueue: Callable[[Callable[[], None]], None]) -> None:
        self._enqueue = enqueue
        self._scheduler: BackgroundScheduler | None = None
        self._over = False

    def start(self, jobs: Sequence[Job]) -> None:
        """Begin to enqueue the work of each job whenever it is due; once, and not after the end."""
        if self._scheduler is not None or self._over or not jobs:
            return
        from apscheduler.schedulers.background import BackgroundScheduler  # noqa: PLC0415  3 MiB, after the first paint

        self._scheduler = BackgroundScheduler(
            timezone=UTC, job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
        )
        for job in jobs:
            self._scheduler.add_job(
                self._enqueue, "interval", args=(job.work,), seconds=job.seconds, id=job.name, name=job.name
            )
        self._scheduler.start()

    def stop(self) -> None:
        """Schedule nothing more, for good."""
        self._over = True
        scheduler, self._scheduler = self._scheduler, None
        if scheduler is not None:
            scheduler.shutdown(wait=False)
