"""What a child gives up, once its library is loaded and before it sees a frame.

None of it may stop a child from decoding: what the machine does not have, or the account may not, is told and done
without.  The order matters: descriptors and account first, then limits, and last what forbids the calls for the rest.
"""

from __future__ import annotations

import os
import resource
import signal
import socket
from contextlib import suppress
from pathlib import Path

from gate.adapters.decoder_process import kernel, landlock, seccomp

LINK = 3
"""The descriptor that is left beside the three standard ones, which lead nowhere."""
_DESCRIPTORS = LINK + 2  # the link, and the frame's memory until it is mapped
_MORE_BYTES = 192 * 1024 * 1024
"""What decoding may take on top of what the libraries have."""
_NOBODY = 65534
_ROOT = 0
_CPU_S = 2
"""For one frame; the parent kills sooner, but where it is stopped itself nobody else would."""

_NONE_OF = (
    resource.RLIMIT_CORE,
    resource.RLIMIT_FSIZE,
    resource.RLIMIT_NPROC,
    resource.RLIMIT_MEMLOCK,
    resource.RLIMIT_MSGQUEUE,
)


def keep_only(link: int) -> socket.socket:
    """Close every descriptor but the link to the parent, which becomes descriptor 3."""
    if link != LINK:
        os.dup2(link, LINK, inheritable=False)
    _close_the_rest()
    return socket.socket(socket.AF_UNIX, socket.SOCK_STREAM, fileno=LINK)


def confine() -> list[str]:
    """Give up everything but the link; what this machine lacks for that, in words."""
    _first_to_go()
    size = Path("/proc/self/statm").read_text(encoding="ascii").split()
    _close_the_rest()
    lacking = [*_nobody()]
    _end_with_the_parent()
    _limit(*(int(pages) * resource.getpagesize() for pages in (size[0], size[5])))
    for name, install in (("Landlock", landlock.install), ("seccomp", seccomp.install)):
        try:
            install()
        except OSError as error:
            lacking.append(f"{name} ({error.strerror})")
    return lacking


def bound_cpu(used_s: float) -> None:
    """The next frame may take two seconds of CPU, or a little more; over all frames there is no bound of ours."""
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (_at_most(int(used_s) + 1 + _CPU_S, hard), hard))


def _first_to_go() -> None:
    """When memory runs out the kernel is to take this process, and not the one that holds the door."""
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")


def _close_the_rest() -> None:
    os.closerange(LINK + 1, os.sysconf("SC_OPEN_MAX"))


def _nobody() -> list[str]:
    """Root becomes nobody, in no group; any other account stays what it is, and its groups with it."""
    if os.geteuid() != _ROOT:
        return []
    try:
        os.setgroups([])
        os.setresgid(_NOBODY, _NOBODY, _NOBODY)
        os.setresuid(_NOBODY, _NOBODY, _NOBODY)
    except OSError as error:
        return [f"another account than root ({error.strerror})"]
    return []


def _end_with_the_parent() -> None:
    """After the change of account, which would undo the first two.

    The kernel means the thread that started this process: the reader's, or the main one.  If that has ended by now,
    the link is closed, and the first wait for a frame ends this process.
    """
    kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)
    kernel.prctl(kernel.PR_SET_DUMPABLE, 0)
    kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)


def _limit(space: int, data: int) -> None:
    limits = dict.fromkeys(_NONE_OF, 0) | {
        resource.RLIMIT_NOFILE: _DESCRIPTORS,
        resource.RLIMIT_AS: space + _MORE_BYTES,
        resource.RLIMIT_DATA: data + _MORE_BYTES,
    }
    for kind, most in limits.items():
        _, hard = resource.getrlimit(kind)
        resource.setrlimit(kind, (_at_most(most, hard),) * 2)


def _at_most(wanted: int, hard: int) -> int:
    """A limit that the service itself is under stays as it is when it is the stricter one."""
    return wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
