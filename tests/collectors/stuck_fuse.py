"""Filesystems that never answer, for real: FUSE, with nobody behind it.

Run in a mount namespace of its own (unshare --mount): `stuck_fuse.py HOW FOLDER[:FOLDER...] PROGRAM...` mounts on each
folder, then runs the program, which inherits neither the FUSE descriptors nor anything else. HOW is `silent` (nobody
even says hello: who asks waits, but can be killed) or `taken` (each question is taken and never answered: who asks
cannot even be killed). The mounts end with this process.
"""

from __future__ import annotations

import ctypes
import os
import select
import struct
import subprocess
import sys
import time

HELLO = 26  # FUSE_INIT of linux/fuse.h
HEADER = struct.Struct("<IIQ")  # of a question: length, what is asked, its number


def mount(folder: str) -> int:
    libc = ctypes.CDLL(None, use_errno=True)
    libc.mount.argtypes = [ctypes.c_char_p, ctypes.c_char_p, ctypes.c_char_p, ctypes.c_ulong, ctypes.c_char_p]
    fd = os.open("/dev/fuse", os.O_RDWR)
    options = f"fd={fd},rootmode=40000,user_id=0,group_id=0,allow_other"
    if libc.mount(b"silent", os.fsencode(folder), b"fuse.silent", 0, options.encode()):
        sys.stderr.write(os.strerror(ctypes.get_errno()))
        sys.exit(77)
    return fd


def take(fd: int) -> None:
    """Take a question; only a hello is answered (struct fuse_init_out: version 7.31, sizes as libfuse has them)."""
    _, what, number = HEADER.unpack_from(os.read(fd, 1 << 18))
    if what == HELLO:
        answer = struct.pack("<IIIIHHIIHH28x", 7, 31, 65536, 0, 12, 9, 65536, 1, 16, 0)
        os.write(fd, struct.pack("<IiQ", 16 + len(answer), 0, number) + answer)


def main() -> int:
    how, folders, *program = sys.argv[1:]
    fds = [mount(folder) for folder in folders.split(":")]
    child = subprocess.Popen(program)
    end = time.monotonic() + 90
    try:
        while child.poll() is None and time.monotonic() < end:
            for fd in select.select(fds if how == "taken" else [], [], [], 0.02)[0]:
                take(fd)
        return 1 if child.returncode is None else child.returncode
    finally:
        for fd in fds:
            os.close(fd)  # aborts the connection: whoever waits gets an error


if __name__ == "__main__":
    sys.exit(main())
