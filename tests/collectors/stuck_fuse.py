"""Filesystems that never answer, for real: FUSE, with nobody behind it.

Run in a mount namespace of its own (unshare --mount): `stuck_fuse.py HOW FOLDER[:FOLDER...] PROGRAM...` mounts on each
folder, then runs the program, which inherits neither the FUSE descriptors nor anything else. HOW is `silent` (nobody
even says hello: who asks waits, but can be killed), `taken` (each question is taken and never answered: who asks cannot
even be killed) or `late` (as taken, but while FOLDER.answer exists all are answered, those of before too). With
`HOW@SERVER` the mounts come from one server, as NFS's do. The mounts end with this process.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import select
import struct
import subprocess
import sys
import time

HELLO, STATFS = 26, 17  # FUSE_INIT, FUSE_STATFS of linux/fuse.h
HEADER = struct.Struct("<IIQ")  # of a question: length, what is asked, its number
SIZES = struct.pack("<QQQQQIIII24x", 1000, 400, 300, 50, 20, 4096, 255, 4096, 0)  # struct fuse_statfs_out
NOBODY = -38  # ENOSYS


def mount(folder: str, server: str) -> int:
    libc = ctypes.CDLL(None, use_errno=True)
    libc.mount.argtypes = [ctypes.c_char_p, ctypes.c_char_p, ctypes.c_char_p, ctypes.c_ulong, ctypes.c_char_p]
    fd = os.open("/dev/fuse", os.O_RDWR)
    options = f"fd={fd},rootmode=40000,user_id=0,group_id=0,allow_other"
    source = f"{server}:{folder}" if server else "silent"
    if libc.mount(os.fsencode(source), os.fsencode(folder), b"fuse.silent", 0, options.encode()):
        sys.stderr.write(os.strerror(ctypes.get_errno()))
        sys.exit(77)
    return fd


class Connection:
    """The other end of one mount."""

    def __init__(self, folder: str, server: str) -> None:
        self.flag = f"{folder}.answer"
        self.fd = mount(folder, server)
        self.held: list[tuple[int, int]] = []

    def take(self) -> None:
        """Take a question; only a hello is answered at once (struct fuse_init_out: version 7.31, as libfuse has it)."""
        _, what, number = HEADER.unpack_from(os.read(self.fd, 1 << 18))
        if what == HELLO:
            self.answer(number, struct.pack("<IIIIHHIIHH28x", 7, 31, 65536, 0, 12, 9, 65536, 1, 16, 0))
        else:
            self.held.append((what, number))

    def answer_all(self) -> None:
        """Answer what is held."""
        for what, number in self.held:
            self.answer(number, SIZES if what == STATFS else b"", 0 if what == STATFS else NOBODY)
        self.held.clear()

    def answer(self, number: int, content: bytes, error: int = 0) -> None:
        with contextlib.suppress(FileNotFoundError):  # who asked was killed meanwhile, and nobody waits
            os.write(self.fd, struct.pack("<IiQ", 16 + len(content), error, number) + content)


def main() -> int:
    how, folders, *program = sys.argv[1:]
    how, _, server = how.partition("@")
    connections = [Connection(folder, server) for folder in folders.split(":")]
    by_fd = {one.fd: one for one in connections if how != "silent"}
    child = subprocess.Popen(program)
    end = time.monotonic() + 90
    try:
        while child.poll() is None and time.monotonic() < end:
            for fd in select.select(list(by_fd), [], [], 0.02)[0]:
                try:
                    by_fd[fd].take()
                except OSError:
                    del by_fd[fd]  # it was unmounted
            for one in connections:
                if how == "late" and one.held and os.path.exists(one.flag):
                    one.answer_all()
        return 1 if child.returncode is None else child.returncode
    finally:
        for one in connections:
            os.close(one.fd)  # aborts the connection: whoever waits gets an error


if __name__ == "__main__":
    sys.exit(main())
