"""``python filtered.py CALLS COMMAND...``: run a command that may make no system call but a file's, one a line.

All others fail with EPERM, as ``SystemCallFilter=`` with ``SystemCallErrorNumber=EPERM`` makes them: by the library
that systemd uses, too.
"""

from __future__ import annotations

import ctypes
import errno
import os
import sys
from pathlib import Path

LIBRARY = "libseccomp.so.2"
ALLOW, REFUSE = 0x7FFF0000, 0x00050000 | errno.EPERM
"""SCMP_ACT_ALLOW and SCMP_ACT_ERRNO(EPERM) of <seccomp.h>."""


def confine(names: list[str]) -> None:
    """From now on this process and its children make no other call. A name of another machine is passed over."""
    library = ctypes.CDLL(LIBRARY)
    library.seccomp_init.restype = ctypes.c_void_p
    context = ctypes.c_void_p(library.seccomp_init(ctypes.c_uint32(REFUSE)))
    for name in names:
        number = library.seccomp_syscall_resolve_name(name.encode())
        if number >= 0 and library.seccomp_rule_add(context, ctypes.c_uint32(ALLOW), ctypes.c_int(number), 0):
            raise OSError(f"the rule for {name} cannot be added")
    if library.seccomp_load(context):
        raise OSError("the filter cannot be loaded")


if __name__ == "__main__":
    calls, *command = sys.argv[1:]
    confine(Path(calls).read_text("ascii").split())
    os.execv(command[0], command)  # noqa: S606  (what the test gives)
