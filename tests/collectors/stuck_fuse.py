"""A filesystem that never answers, for real: FUSE, with nobody behind it.

Run in a mount namespace of its own (unshare --mount) with a folder as argument: mounts there, then runs the rest of
its arguments as a program that inherits neither the FUSE descriptor nor anything else. The mount ends with this process.
"""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys


def main() -> int:
    libc = ctypes.CDLL(None, use_errno=True)
    libc.mount.argtypes = [ctypes.c_char_p, ctypes.c_char_p, ctypes.c_char_p, ctypes.c_ulong, ctypes.c_char_p]
    fd = os.open("/dev/fuse", os.O_RDWR)
    options = f"fd={fd},rootmode=40000,user_id=0,group_id=0,allow_other"
    if libc.mount(b"silent", os.fsencode(sys.argv[1]), b"fuse.silent", 0, options.encode()):
        sys.stderr.write(os.strerror(ctypes.get_errno()))
        return 77
    child = subprocess.Popen(sys.argv[2:])
    try:
        return child.wait(60)
    finally:
        os.close(fd)  # aborts the connection: whoever waits gets an error


if __name__ == "__main__":
    sys.exit(main())
