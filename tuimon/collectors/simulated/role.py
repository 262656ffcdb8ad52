"""What a process of a simulated machine is and does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

MIB: Final = 1024 * 1024
CORES: Final = 8


@dataclass(frozen=True, slots=True)
class Role:
    """What one process is and does.

    It wakes `wakes` times a second on average and then uses `cost` seconds of CPU, reads and writes so many bytes;
    besides it uses `serves` seconds of CPU a request of the machine. `kernel_share` of its CPU time is in the kernel.
    A visitor uses `cores` of a core for as long as it lives, and reads and writes so many bytes a second.
    `shared` of its resident memory is also counted in others'. `parent` names another role; `pid` is fixed or None.
    """

    name: str
    command: str = ""
    user: str = "root"
    parent: str = "systemd"
    count: int = 1
    threads: int = 1
    rss_mib: float = 4.0
    virtual_mib: float = 0.0
    shared: float = 0.5
    wakes: float = 0.0
    cost: float = 0.0
    serves: float = 0.0
    cores: float = 0.0
    kernel_share: float = 0.3
    reads: float = 0.0
    writes: float = 0.0
    disk: str = "nvme0n1"
    nice: int = 0
    realtime: bool = False
    kernel: bool = False
    pid: int | None = None
    key: str = ""

    @property
    def queue(self) -> bool:
        """Return whether it serves a work queue of the kernel, and so is idle (I) where others sleep (S)."""
        return self.kernel and (self.nice == -20 or self.name.startswith("kworker/"))

    @property
    def title(self) -> str:
        """What children call their parent by."""
        return self.key or self.name
