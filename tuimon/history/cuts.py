"""Batches, blocks of process rows and hot rows, cut to a span: what lies outside of it is gone, the rest is as it was."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from tuimon.history.codec import decode, encode
from tuimon.history.hot import Run, runs
from tuimon.history.processcodec import pack_block, unpack_block
from tuimon.history.processes import BlockRow

Bounds = tuple[int, int]
"""A span, [start, end) in ms."""


class Batch(NamedTuple):
    """A row of the table `batch`."""

    id: int
    segment: int
    start: int
    end: int
    size: int  # samples
    times: bytes


def within(start: int, end: int, bounds: Bounds) -> bool:
    """Return whether the first sample and the last are in a span."""
    return bounds[0] <= start and end < bounds[1]


def cut_batch(batch: Batch, bounds: Bounds) -> tuple[Batch, slice] | None:
    """Return a batch with the samples of a span alone, and which those were; None where there is none."""
    times = decode(batch.times, batch.size)
    kept = [at for at, time in enumerate(times) if bounds[0] <= time < bounds[1]]
    if not kept:
        return None
    inside = slice(kept[0], kept[-1] + 1)
    times = times[inside]
    return Batch(batch.id, batch.segment, times[0], times[-1], len(times), encode(times)), inside


def cut_blocks(blocks: Iterable[tuple[int, bytes]], count: int, inside: slice) -> Iterator[tuple[int, bytes]]:
    """Yield the blocks (id, data) of a batch of so many samples with some of them alone."""
    for id_, data in blocks:
        yield id_, encode(decode(data, count)[inside])


def cut_processes(block: BlockRow, bounds: Bounds) -> BlockRow | None:
    """Return a block of process rows with those of a span alone, None where there is none."""
    level, segment, _, _, _, data = block
    kept = [row for row in unpack_block(data) if bounds[0] <= row[0] < bounds[1]]
    return (level, segment, kept[0][0], kept[-1][0], len(kept), pack_block(kept)) if kept else None


def cut_run(run: Run, bounds: Bounds) -> Run | None:
    """Return a hot row with the samples and process rows of a span alone, None where there is no sample."""
    samples = [row for row in run.unpack() if bounds[0] <= row[1] < bounds[1]]
    processes = [row for row in run.process_rows() if bounds[0] <= row[2] < bounds[1]]
    return runs(samples, processes, run.number)[0] if samples else None
