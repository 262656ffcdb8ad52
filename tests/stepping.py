"""A wall clock that is stepped for a child alone (libfaketime); its monotonic clock goes on."""

from __future__ import annotations

from pathlib import Path

import pytest

LIBRARIES = [
    Path(f"/usr/lib/{folder}/faketime/libfaketimeMT.so.1") for folder in ("x86_64-linux-gnu", "aarch64-linux-gnu", "")
]


class SteppedClock:
    """The clock of the processes that are started with `environment`. Skips the test where there is no libfaketime."""

    def __init__(self, folder: Path, offset: str = "+0") -> None:
        library = next((path for path in LIBRARIES if path.exists()), None)
        if library is None:
            pytest.skip("libfaketime is not installed")
        self._setting = folder / "clock"
        self.step(offset)
        self.environment = {
            "LD_PRELOAD": str(library),
            "FAKETIME_TIMESTAMP_FILE": str(self._setting),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "FAKETIME_FORCE_MONOTONIC_FIX": "0",  # else threads that want Python's lock at once wait for good
        }

    def step(self, offset: str) -> None:
        """Set the clock to so many seconds from the machine's own, such as `+3600`."""
        later = self._setting.with_name("later")
        later.write_text(f"{offset}\n")
        later.replace(self._setting)
