"""What this machine is called and made of: uname(2), os-release(5), DMI."""

from __future__ import annotations

import os
import re
from typing import Final

from tuimon.collectors.linux.readout.files import Files
from tuimon.model.readings import Texts
from tuimon.model.text import decode, harmless

_UNAME: Final = (
    ("sysname", "ostype"), ("release", "osrelease"), ("version", "version"), ("machine", "arch"),
    ("nodename", "hostname"), ("domainname", "domainname"),
)  # fmt: skip
_DMI: Final = (
    "bios_date", "bios_release", "bios_vendor", "bios_version", "board_asset_tag", "board_name", "board_serial",
    "board_vendor", "board_version", "chassis_asset_tag", "chassis_serial", "chassis_vendor", "chassis_version",
    "product_family", "product_name", "product_serial", "product_sku", "product_uuid", "product_version", "sys_vendor",
)  # fmt: skip
_QUOTED: Final = re.compile(r"\\([\"'$`\\])")


class Names:
    """Reads what a machine is called. The firmware's names are read once: they last as long as the boot."""

    def __init__(self, files: Files) -> None:
        self._files = files
        self._firmware: Texts | None = None
        self._release: tuple[bytes, Texts] = b"", ()

    def uname(self) -> Texts:
        """Return who the kernel says that it is; of a recorded machine, as far as its /proc/sys does."""
        here = None if self._files.root else os.uname()
        found = []
        for name, file in _UNAME:
            text: str | None = getattr(here, name, None)
            if text is None:
                text = self._files.text(f"/proc/sys/kernel/{file}") or ""
            found.append((name, harmless(text)))
        return tuple(found)

    def system(self) -> Texts:
        """Return the fields of os-release. Raises OSError where there is none."""
        raw = self._files.small("/etc/os-release")
        if raw is None:
            raw = self._files.small("/usr/lib/os-release")
        if raw is None:
            raise FileNotFoundError
        if raw != self._release[0]:
            self._release = raw, tuple(os_release(decode_lines(raw)))
        return self._release[1]

    def firmware(self) -> Texts:
        """Return what DMI says, as far as it may be read. Raises OSError where there is none."""
        if self._firmware is None:
            folder = "/sys/class/dmi/id"
            self._files.folder(folder)
            texts = ((name, self._files.text(f"{folder}/{name}")) for name in _DMI)
            self._firmware = tuple((name, text) for name, text in texts if text is not None)
        return self._firmware


def decode_lines(raw: bytes) -> list[str]:
    """Return the harmless lines of a file."""
    return [decode(line) for line in raw.split(b"\n")]


def os_release(lines: list[str]) -> list[tuple[str, str]]:
    """Return the fields of os-release(5) without their quotes."""
    found = []
    for line in lines:
        key, equals, value = line.strip().partition("=")
        if not equals or key.startswith("#"):
            continue
        if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
            value = value[1:-1]
        found.append((key, _QUOTED.sub(r"\1", value)))
    return found
