"""Filling a window from the tier that answers, and from finer ones where that one does not reach yet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from tuimon.history import windows
from tuimon.history.layouts import Series
from tuimon.history.schema import table
from tuimon.history.tiers import COARSE, WIDTHS
from tuimon.history.view import Chunk, View, resolutions
from tuimon.history.windows import Grid, Sums
from tuimon.model.catalogue import RECORDED, WITH_DEVICES
from tuimon.model.metric import SeriesKey
from tuimon.model.snapshot import Points, Tier, Window


def read(view: View, keys: Sequence[SeriesKey], start: float, end: float, points: int) -> Window:
    """Return a window of some series; those that were never recorded are all None."""
    kept = {tier: state.kept_from for tier, state in view.tiers.items()}
    grid = windows.choose(kept, start, end, points)
    return read_grid(view, keys, grid)


def read_grid(view: View, keys: Sequence[SeriesKey], grid: Grid) -> Window:
    """Return a window in given steps of a given tier."""
    known = resolutions(view, keys)
    sums = {key: Sums(grid.steps) for key in known}
    if grid.tier == "1s":
        _add_samples(view, grid, known, sums)
    else:
        _add_rows(view, grid, known, sums)
    empty = (None,) * grid.steps
    found = {
        key: sums[key].points(known[key].resolution) if key in known else Points(empty, empty, empty) for key in keys
    }
    return Window(float(grid.first), float(grid.end), float(grid.step), grid.tier, grid.times(), found)


def _add_samples(view: View, grid: Grid, known: Mapping[SeriesKey, Series], sums: Mapping[SeriesKey, Sums]) -> None:
    start = grid.first * 1000
    chunks = view.chunks(start, grid.end * 1000)
    starts = view.starts(start)
    before: int | None = None
    segment = -1
    for chunk in chunks:
        before = before if chunk.segment == segment else None
        _add_chunk(chunk, windows.slices(chunk.times, grid, starts, before), known, sums)
        before, segment = chunk.times[-1], chunk.segment


def _add_chunk(
    chunk: Chunk,
    slices: list[tuple[int, int, int]],
    known: Mapping[SeriesKey, Series],
    sums: Mapping[SeriesKey, Sums],
) -> None:
    if not slices:
        return
    for key, series in known.items():
        found = chunk.offsets(series)
        if found is not None:
            sums[key].add_values(found[0], slices, found[1])


def _add_rows(view: View, grid: Grid, known: Mapping[SeriesKey, Series], sums: Mapping[SeriesKey, Sums]) -> None:
    """Add the rows of a coarse tier; then what it does not have yet, tier by tier down to the samples."""
    start, tier = grid.first, grid.tier
    _add_tier(view, grid, tier, sums, where="time >= ? AND time < ?", bounds=(start, grid.end))
    for finer in reversed(COARSE[: COARSE.index(tier)]):
        state = view.tiers[tier]
        bounds = (max(start, state.done), grid.end, state.segment)
        where = "time >= ? AND time < ? AND segment = ?"
        if bounds[0] < grid.end:
            _add_tier(view, grid, finer, sums, where=where, bounds=bounds)
        tier = finer
    _add_tail(view, grid, known, sums)


def _add_tail(view: View, grid: Grid, known: Mapping[SeriesKey, Series], sums: Mapping[SeriesKey, Sums]) -> None:
    """Add the samples that are in no minute yet; they are all still hot."""
    for chunk in view.tail(grid.first * 1000, grid.end * 1000):
        _add_chunk(chunk, windows.slices(chunk.times, grid, chunk.times), known, sums)


def _groups(keys: Iterable[SeriesKey]) -> dict[tuple[str, str], list[SeriesKey]]:
    groups: dict[tuple[str, str], list[SeriesKey]] = {}
    for key in keys:
        if any(metric.name == key.metric for metric in RECORDED[key.family]):
            groups.setdefault(key[:2], []).append(key)
    return groups


def _devices(view: View) -> dict[tuple[str, str], int]:
    return {(family, name): id_ for id_, family, name in view.db.execute("SELECT id, family, name FROM device")}


def _add_tier(
    view: View,
    grid: Grid,
    tier: Tier,
    sums: Mapping[SeriesKey, Sums],
    *,
    where: str,
    bounds: tuple[int, ...],
) -> None:
    """Add one tier's rows in some bounds, added up a step at a time by SQLite."""
    numbers = _devices(view)
    for (family, device), keys in _groups(sums).items():
        columns = ", ".join(
            f"sum(coalesce({k.metric}_n, n)), sum({k.metric}_sum), min({k.metric}_min), max({k.metric}_max)"
            for k in keys
        )
        rows = view.db.execute(
            f"SELECT (time - {grid.first}) / {grid.step}, {columns} FROM {table(family, tier)} "  # noqa: S608  numbers, and names of the catalogue
            f"WHERE device = ? AND {where} GROUP BY 1",
            (numbers.get((family, device), 0), *bounds),
        ).fetchall()
        for place, key in enumerate(keys):
            first = 1 + 4 * place
            sums[key].add_rows([(row[0], *row[first : first + 4]) for row in rows] if len(keys) > 1 else rows)


def recorded_keys(view: View, start: float, end: float) -> tuple[SeriesKey, ...]:
    """Return the series that were recorded in a span, to the minute."""
    known = view.series()
    present = {
        series.key
        for number in {row[2] for row in view.hot(int(start * 1000), int(end * 1000))}
        for series in view.layout(number).series
    }
    for (family, device), number in _devices_and_singles(view).items():
        if _has_row(view, family, number, start, end):
            present.update(key for key in known if key[:2] == (family, device))
    order = {metric: at for at, metric in enumerate((m.family, m.name) for ms in RECORDED.values() for m in ms)}
    return tuple(sorted(present, key=lambda key: (order.get((key.family, key.metric), 0), key.device)))


def _devices_and_singles(view: View) -> dict[tuple[str, str], int]:
    return {(family, ""): 0 for family in RECORDED if family not in WITH_DEVICES} | _devices(view)


def _has_row(view: View, family: str, device: int, start: float, end: float) -> bool:
    for tier in COARSE:
        if view.tiers[tier].kept_from > start and tier != COARSE[-1]:
            continue
        row = view.db.execute(
            f"SELECT 1 FROM {table(family, tier)} WHERE device = ? AND time >= ? AND time < ? LIMIT 1",  # noqa: S608  as above
            (device, int(start // WIDTHS[tier] * WIDTHS[tier]), end),
        ).fetchone()
        return row is not None
    return False
