"""A window sees what was written, committed or not, before and after a reopening."""

from __future__ import annotations

from tuimon.history import open_archive, open_history
from tuimon.model import families as f
from tuimon.model.metric import SeriesKey
from tuimon.model.snapshot import Frame, Snapshot

BUSY = SeriesKey("cpu", "", "busy_percent")
T0 = 1_700_000_000


def frame(time: float, busy: float | None) -> Frame:
    return Frame(Snapshot(time=time, cpu=f.Cpu(busy_percent=busy), disk=(f.Disk("sda", busy_percent=1.0),)))


def test_newest_second_is_read_before_it_is_committed(tmp_path):
    path = str(tmp_path / "h.db")
    history = open_history(path)
    archive = open_archive(path, history)
    for second in range(8):
        history.write(frame(T0 + second, second * 10.0))
    window = archive.window([BUSY], T0, T0 + 8, 8)
    assert window.series[BUSY].average == tuple(second * 10.0 for second in range(8))
    history.close()
    archive.close()
    window = open_archive(path).window([BUSY], T0, T0 + 8, 8)
    assert window.series[BUSY].maximum == tuple(second * 10.0 for second in range(8))
