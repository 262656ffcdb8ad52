"""Network interfaces: rates, packets, errors and drops; TCP."""

from __future__ import annotations

from tuimon.model.families import Network
from tuimon.model.metric import SeriesKey
from tuimon.model.snapshot import Snapshot
from tuimon.model.units import compact_rate, rate
from tuimon.tui.box import box, whole
from tuimon.tui.braille import area, nice_top
from tuimon.tui.panels.disk import counted
from tuimon.tui.style import Row, fit_end
from tuimon.tui.view import FAULTS, View

WIDE = 104
"""Cells from which on errors and drops are told each way."""


def present(snapshot: Snapshot) -> bool:
    """Whether there is anything to show."""
    return bool(snapshot.network) or any(fault.collector in FAULTS["network"] for fault in snapshot.faults)


def keys(links: tuple[Network, ...]) -> list[SeriesKey]:
    """Return the series of the panel's chart: both ways of every interface."""
    return [SeriesKey("network", n.device, f"{way}_bytes_per_second") for n in links for way in ("receive", "transmit")]


def total(links: tuple[Network, ...], name: str) -> float | None:
    """Return the sum of one metric over the interfaces, None where none knows it."""
    known = [value for link in links if (value := getattr(link, name)) is not None]
    return sum(known) if known else None


def speed(view: View, value: float | None) -> str:
    """Return a rate in the unit that the user chose: bytes, or bits."""
    if view.network_bits:
        return rate(None if value is None else value * 8, "bit/s")
    return rate(value)


def arrows(view: View) -> tuple[str, str]:
    """Return the signs for received and transmitted."""
    return ("rx", "tx") if view.ascii_only else ("↓", "↑")


def draw(view: View, width: int, height: int) -> list[Row]:
    """Return the panel: rates, a chart, the busiest interfaces, TCP."""
    links = view.snapshot.network
    lines = [_line(view, link, width - 4) for link in _busiest(links, max(1, min(len(links), (height - 5) // 2)))]
    return _draw(view, width, height, lines, len(lines))


def enlarged(view: View, width: int, height: int) -> list[Row]:
    """Return the panel over the whole screen: every interface in a table."""
    links, wide = _busiest(view.snapshot.network, max(1, height - (10 if height >= 20 else 6))), width >= WIDE
    head: Row = [(f"{'interface':<16}{'rx/s':>9}{'tx/s':>9}{'rx pkt/s':>10}{'tx pkt/s':>10}", "label")]
    lost = (
        f"{'rx err/s':>10}{'tx err/s':>10}{'rx drop/s':>11}{'tx drop/s':>11}" if wide else f"{'err/s':>9}{'drop/s':>9}"
    )
    head.append((lost, "label"))
    return _draw(view, width, height, [head, *[_table(view, link, wide=wide) for link in links]], len(links))


def _busiest(links: tuple[Network, ...], count: int) -> list[Network]:
    if len(links) <= count:
        return list(links)
    chosen = sorted(links, key=_bytes, reverse=True)[: max(0, count)]
    return [link for link in links if link in chosen]


def _bytes(link: Network) -> float:
    return (link.receive_bytes_per_second or 0) + (link.transmit_bytes_per_second or 0)


def _draw(view: View, width: int, height: int, lines: list[Row], listed: int) -> list[Row]:
    links, inner = view.snapshot.network, width - 4
    body: list[Row] = [[(" ", ""), *rates(view)]]
    tcp = _tcp(view, inner)
    rows = height - 3 - len(lines) - len(tcp)
    top = 0.0
    if rows > 0:
        values = view.total(keys(links), 2 * inner)
        top = nice_top(max((v for v in values if v is not None), default=0))
        chart = area(
            values, inner, rows, top, "network", half=view.half, cursor=view.cursor(inner), ascii_only=view.ascii_only
        )
        body.extend([[(" ", ""), *row] for row in chart])
    body.extend([[(" ", ""), *line] for line in (*lines, *tcp)])
    count = counted(listed, len(links), "link")
    scale = f" · top {speed(view, top)}" if top else ""
    focus = view.focus == "network"
    figure: Row = [(count + scale if width >= len("Network" + count + scale) + 8 else count, "label")]
    return box([("Network", "title")], figure, body, width, height, focus=focus, ascii_only=view.ascii_only)


def rates(view: View) -> Row:
    """Return what comes in and goes out in all."""
    if fault := view.fault("network"):
        return [(f"! {fault}", "warning")]
    links, (down, up) = view.snapshot.network, arrows(view)
    return [
        (f"{down} ", "label"),
        (f"{speed(view, total(links, 'receive_bytes_per_second')):>9}", "network"),
        (f"   {up} ", "label"),
        (f"{speed(view, total(links, 'transmit_bytes_per_second')):>9}", "network"),
    ]


def errors(link: Network) -> float | None:
    """Return errors a second, both ways."""
    return _both(link.receive_errors_per_second, link.transmit_errors_per_second)


def drops(link: Network) -> float | None:
    """Return drops a second, both ways."""
    return _both(link.receive_drops_per_second, link.transmit_drops_per_second)


def _both(one: float | None, other: float | None) -> float | None:
    return None if one is None and other is None else (one or 0) + (other or 0)


def _compact(view: View, value: float | None) -> str:
    return compact_rate(None if value is None else value * 8 if view.network_bits else value)


def _line(view: View, link: Network, width: int) -> Row:
    down, up = arrows(view)
    lost_errors, lost_drops = errors(link), drops(link)
    name = width - 33 if width >= 43 else width - 23  # without drops, where there is no room for them
    parts: list[Row] = [
        [(fit_end(link.device, max(6, min(12, name))), "text")],
        [(f" {down}", "label"), (f"{_compact(view, link.receive_bytes_per_second):>5}", "value")],
        [(f" {up}", "label"), (f"{_compact(view, link.transmit_bytes_per_second):>5}", "value")],
        [(" err", "label"), (f"{compact_rate(lost_errors):>5}", "warning" if lost_errors else "value")],
        [(" drop", "label"), (f"{compact_rate(lost_drops):>5}", "warning" if lost_drops else "value")],
    ]
    return whole(parts, width)


def _tcp(view: View, width: int) -> list[Row]:
    tcp = view.snapshot.tcp
    if tcp is None:
        return []
    shown = ["…" if value is None else str(value) for value in (tcp.established, tcp.time_wait)]
    labels = (" established", " time-wait") if width >= 41 else (" est", " tw")
    row: Row = [("tcp ", "label"), (f"{shown[0]:>5}", "value"), (labels[0], "label")]
    return [[*row, (f"  {shown[1]:>5}", "value"), (labels[1], "label")]]


def _table(view: View, link: Network, *, wide: bool) -> Row:
    way = ("receive", "transmit")
    text = [f"{_compact(view, getattr(link, f'{w}_bytes_per_second')):>9}" for w in way]
    text += [f"{compact_rate(getattr(link, f'{w}_packets_per_second')):>10}" for w in way]
    if wide:
        text += [f"{compact_rate(getattr(link, f'{w}_errors_per_second')):>10}" for w in way]
        text += [f"{compact_rate(getattr(link, f'{w}_drops_per_second')):>11}" for w in way]
    else:
        text += [f"{compact_rate(lost):>9}" for lost in (errors(link), drops(link))]
    return [(fit_end(link.device, 15) + " ", "text"), ("".join(text), "value")]
