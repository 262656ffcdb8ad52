"""Recorded moments one after the other, whole: what a client goes through step by step without asking for each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Annotated, Any, Final

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from tuimon.api.contract import answers
from tuimon.api.newest import without_commands
from tuimon.api.parameters import Time, only_known
from tuimon.api.writing import answer
from tuimon.model.processwire import encode_following
from tuimon.model.snapshot import Frame
from tuimon.model.wire import Json, encode_frame

if TYPE_CHECKING:
    from collections.abc import Callable

    from tuimon.api.reading import Reader
    from tuimon.protocols import Archive

MOST: Final = 120
"""Moments on either side in one answer."""
AT_ONCE: Final = 10
"""Moments that are read in one go: other questions about the past are answered between them."""


@dataclass(slots=True)
class Walk:
    """Goes from a moment to so many before it and after it. `found` is the moment that answers for `at`, None: nothing."""

    at: float
    before: int
    after: int
    found: float | None = None
    earlier: list[Frame] = field(default_factory=list)
    later: list[Frame] = field(default_factory=list)
    first: float | None = None
    last: float | None = None
    begun: bool = False

    def go_on(self, archive: Archive) -> bool:
        """Read some more; return whether there is more to read."""
        if not self.begun:
            self._begin(archive)
        for _ in range(AT_ONCE):
            if self.first is not None and len(self.earlier) < self.before + (self.found is not None):
                self.first = self._take(archive, self.earlier, self.first, 0)
            elif self.last is not None and len(self.later) < self.after:
                self.last = self._take(archive, self.later, self.last, 1)
            else:
                return False
        return True

    def _begin(self, archive: Archive) -> None:
        self.begun = True
        frame = archive.frame(self.at)
        if frame is None:
            self.first, self.last = archive.neighbours(self.at)
            return
        self.found = frame.snapshot.time
        self.earlier.append(frame)
        self.first, self.last = archive.neighbours(self.found)

    @staticmethod
    def _take(archive: Archive, into: list[Frame], moment: float, way: int) -> float | None:
        """Take the frame of a moment; return the next one that way."""
        frame = archive.frame(moment)
        if frame is not None:  # it may have grown too old while it was on its way
            into.append(frame)
        return archive.neighbours(moment)[way]

    @property
    def frames(self) -> list[Frame]:
        """What was read, oldest first."""
        return [*reversed(self.earlier), *self.later]


def followed(frames: Sequence[Frame]) -> list[Json]:
    """Return frames as a stream of all processes has them: the first table whole, then what became different."""
    snapshots = [frame.snapshot for frame in frames]
    tables = encode_following(((one.processes, one.complete) for one in snapshots), 1)
    return [
        encode_frame(replace(frame, tick=tick, snapshot=replace(frame.snapshot, processes=())))
        | {"processes": table, "complete": frame.snapshot.complete}
        for tick, (frame, table) in enumerate(zip(frames, tables, strict=True), 1)
    ]


def routes(reader: Reader, shows_commands: Callable[[], bool]) -> APIRouter:
    """Return the endpoints."""
    router = APIRouter(dependencies=[Depends(only_known)], tags=["past"])

    def document(walk: Walk) -> dict[str, Any]:
        frames = walk.frames if shows_commands() else [without_commands(one) for one in walk.frames]
        return {
            "at": walk.at,
            "found": walk.found,
            "before": walk.first,
            "after": walk.last,
            "frames": followed(frames),
        }

    @router.get("/moments", **answers("Moments", 404), summary="The moments around one, whole")
    async def moments(
        *,
        request: Request,
        at: Annotated[Time, Query(description="The moment around which they are wanted.")],
        before: Annotated[int, Query(ge=0, le=MOST, description="How many before it.")] = 10,
        after: Annotated[int, Query(ge=0, le=MOST, description="How many after it.")] = 10,
    ) -> Response:
        """Recorded moments without one left out, oldest first, each with all that was recorded of it.

        Their process tables are those of the stream with `processes=all`: the first is whole, each other one is what became
        different; `tick` counts them. `before` and `after` are the recorded moments next to the first and the last one,
        null at the ends of the history; `found` is the one that answers for `at`, null where nothing was recorded of it.
        """
        walk = Walk(at, before, after)
        while await reader.ask(walk.go_on):
            pass
        return await reader.do(lambda: answer(request, document(walk)))

    return router
