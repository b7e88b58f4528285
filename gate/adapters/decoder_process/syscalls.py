"""The numbers of the kernel's calls, for each machine that a gate runs on.

``DECODING`` was measured: it is what zxing-cpp, zbar, numpy and CPython call between one frame and the next, what the
allocator and ``abort`` may call besides, and nothing that reaches outside the process.
"""

from __future__ import annotations

from dataclasses import dataclass

DECODING = (
    "brk",
    "clock_gettime",
    "close",
    "exit",
    "exit_group",
    "futex",
    "getpid",
    "getrandom",
    "gettid",
    "madvise",
    "mremap",
    "munmap",
    "recvmsg",
    "restart_syscall",
    "rt_sigaction",
    "rt_sigprocmask",
    "rt_sigreturn",
    "sched_yield",
    "sendto",
)
"""Allowed whatever their arguments: the one socket is connected to the parent, and there is no other descriptor."""

DEADLY = (
    "accept",
    "accept4",
    "add_key",
    "bind",
    "bpf",
    "clone",
    "clone3",
    "connect",
    "execve",
    "execveat",
    "finit_module",
    "fork",
    "init_module",
    "io_uring_setup",
    "kexec_load",
    "keyctl",
    "kill",
    "listen",
    "mount",
    "perf_event_open",
    "pidfd_getfd",
    "process_vm_readv",
    "process_vm_writev",
    "ptrace",
    "setns",
    "socket",
    "socketpair",
    "tkill",
    "unshare",
    "userfaultfd",
    "vfork",
)
"""No decoder has any reason to call these: who does is not decoding any more. All others are refused."""


@dataclass(frozen=True, slots=True)
class Machine:
    """One architecture: its ``AUDIT_ARCH_…`` of ``linux/audit.h``, and its numbers."""

    audit: int
    numbers: dict[str, int]
    foreign_from: int | None = None
    """The first number of a second interface that is not ours (x32)."""


# fmt: off
MACHINES: dict[str, Machine] = {
    "x86_64": Machine(
        0xC000003E,
        {
            "mmap": 9, "mprotect": 10, "munmap": 11, "brk": 12, "rt_sigaction": 13, "rt_sigprocmask": 14,
            "rt_sigreturn": 15, "close": 3, "sched_yield": 24, "mremap": 25, "madvise": 28, "getpid": 39, "socket": 41,
            "connect": 42, "accept": 43, "sendto": 44, "recvmsg": 47, "bind": 49, "listen": 50, "socketpair": 53,
            "clone": 56, "fork": 57, "vfork": 58, "execve": 59, "exit": 60, "kill": 62, "ptrace": 101, "mount": 165,
            "init_module": 175, "gettid": 186, "tkill": 200, "futex": 202, "restart_syscall": 219,
            "clock_gettime": 228, "exit_group": 231, "tgkill": 234, "kexec_load": 246, "add_key": 248, "keyctl": 250,
            "unshare": 272, "accept4": 288, "perf_event_open": 298, "prlimit64": 302, "setns": 308,
            "process_vm_readv": 310, "process_vm_writev": 311, "finit_module": 313, "seccomp": 317, "getrandom": 318,
            "bpf": 321, "execveat": 322, "userfaultfd": 323, "io_uring_setup": 425, "clone3": 435, "pidfd_getfd": 438,
        },
        foreign_from=0x40000000,
    ),
    "aarch64": Machine(
        0xC00000B7,
        {
            "mount": 40, "close": 57, "exit": 93, "exit_group": 94, "unshare": 97, "futex": 98, "kexec_load": 104,
            "init_module": 105, "clock_gettime": 113, "ptrace": 117, "sched_yield": 124, "restart_syscall": 128,
            "kill": 129, "tkill": 130, "tgkill": 131, "rt_sigaction": 134, "rt_sigprocmask": 135, "rt_sigreturn": 139,
            "getpid": 172, "gettid": 178, "socket": 198, "socketpair": 199, "bind": 200, "listen": 201, "accept": 202,
            "connect": 203, "sendto": 206, "recvmsg": 212, "brk": 214, "munmap": 215, "mremap": 216, "add_key": 217,
            "keyctl": 219, "clone": 220, "execve": 221, "mmap": 222, "mprotect": 226, "madvise": 233,
            "perf_event_open": 241, "accept4": 242, "prlimit64": 261, "setns": 268, "process_vm_readv": 270,
            "process_vm_writev": 271, "finit_module": 273, "seccomp": 277, "getrandom": 278, "bpf": 280,
            "execveat": 281, "userfaultfd": 282, "io_uring_setup": 425, "clone3": 435, "pidfd_getfd": 438,
        },
    ),
}
# fmt: on
"""By ``os.uname().machine``. Where a name has no number, the machine has no such call."""
