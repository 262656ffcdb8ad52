"""Filesystems that are full, read-only or on another machine, in a mount namespace of their own (unshare --mount).

`rigged.py KIND=FOLDER...` mounts each, says `ready`, and holds them until its standard input ends. KIND is `full`,
`small` and `read-only` (tmpfs), `bind:OTHER`, `network` (FUSE under the name of sshfs, an empty folder), `dead` (the
same with nobody behind it).
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import stat
import struct
import subprocess
import sys
import threading
from pathlib import Path

LOOKUP, GETATTR, INIT = 1, 3, 26  # of linux/fuse.h, as all that follows
HEADER = struct.Struct("<IIQ")  # of a question: length, what is asked, its number
TMPFS = {"full": "size=100k", "small": "size=4m", "read-only": "ro"}


def mount_fuse(folder: str) -> int:
    libc = ctypes.CDLL(None, use_errno=True)
    libc.mount.argtypes = [ctypes.c_char_p, ctypes.c_char_p, ctypes.c_char_p, ctypes.c_ulong, ctypes.c_char_p]
    fd = os.open("/dev/fuse", os.O_RDWR)
    options = f"fd={fd},rootmode=40000,user_id=0,group_id=0,allow_other"
    if libc.mount(b"me@there:", os.fsencode(folder), b"fuse.sshfs", 0, options.encode()):
        raise OSError(ctypes.get_errno(), "FUSE cannot be mounted", folder)
    return fd


def serve(fd: int) -> None:
    """Answer as an empty folder does, to which nothing can be added."""
    with contextlib.suppress(OSError):
        while True:
            _, what, number = HEADER.unpack_from(os.read(fd, 1 << 18))
            error, answer = 0, b""
            if what == INIT:
                answer = struct.pack("<IIIIHHIIHH28x", 7, 31, 65536, 0, 12, 9, 65536, 1, 16, 0)
            elif what == GETATTR:
                attributes = struct.pack("<QQQQQQIIIIIIIIII", 1, *[0] * 8, stat.S_IFDIR | 0o755, 2, 0, 0, 0, 4096, 0)
                answer = struct.pack("<QII", 1, 0, 0) + attributes
            else:
                error = errno.ENOENT if what == LOOKUP else errno.ENOSYS
            os.write(fd, struct.pack("<IiQ", 16 + len(answer), -error, number) + answer)


def rig(kind: str, folder: str) -> None:
    Path(folder).mkdir(parents=True, exist_ok=True)
    if kind in TMPFS:
        subprocess.run(["mount", "-t", "tmpfs", "-o", TMPFS[kind], "tmpfs", folder], check=True)
    elif kind.startswith("bind:"):
        subprocess.run(["mount", "--bind", kind.removeprefix("bind:"), folder], check=True)
    else:
        fd = mount_fuse(folder)
        if kind == "network":
            threading.Thread(target=serve, args=(fd,), daemon=True).start()


def main() -> None:
    for word in sys.argv[1:]:
        rig(*word.split("=", 1))
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.read()
    os._exit(0)


if __name__ == "__main__":
    main()
