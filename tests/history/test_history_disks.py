"""Disks that are full, get space again, or may only be read: what is held is kept, and said."""

from __future__ import annotations

from children import all_times, integrity, on_a_tmpfs, root_only
from recorded import T0

FULL = """
import os, sys
from recorded import T0, frame
from tuimon.history import open_history
path, filler = sys.argv[1:]
noise = __import__("random").Random(3)
history = open_history(path)
reasons = []
for second in range(900):
    if second == 200:
        fd = os.open(filler, os.O_WRONLY | os.O_CREAT)
        try:
            while True:
                os.write(fd, bytes(4096))
        except OSError:
            os.close(fd)
    if second == 650:
        os.unlink(filler)
    history.write(frame(T0 + second, noise.uniform(0, 100), {f"sd{n}": noise.uniform(0, 100) for n in range(30)}))
    status = history.status()
    assert bool(status.held) == bool(status.reason) == (status.brief == "disk full"), status
    reasons.append(status.reason)
full = [at for at, reason in enumerate(reasons) if reason]
print(full[0], full[-1], "; ".join(set(reasons) - {""}))
history.close()
"""


@root_only
def test_a_full_disk_costs_nothing_that_is_held_until_there_is_space(tmp_path):
    folder, kept = tmp_path / "full", tmp_path / "kept.db"
    folder.mkdir()
    out = on_a_tmpfs(
        folder, "size=4m", FULL, str(folder / "h.db"), str(folder / "filler"), after=f"cp {folder}/h.db {kept}"
    )
    first, last, reasons = out.strip().split(maxsplit=2)
    assert 200 <= int(first) < 650
    assert int(last) < 660  # the next commit takes all of it
    assert reasons == "the disk is full: what is sampled is kept in memory until the history can be written again"
    assert [ms // 1000 - T0 for ms in all_times(kept)] == list(range(900))
    assert integrity(kept) == "ok"
