"""Kills a compilation at each of its steps: ``python -m tests.cli.kill_compile BEFORE FOLDER COMMAND...``.

BEFORE is copied to FOLDER/0, FOLDER/1, ...; in copy n a process of its own runs the command (with the copy in the place
of ``@``) and is killed without warning at its n-th touch of a file in there, or cannot write beyond 5 n bytes. Prints
how many copies there are.
"""

from __future__ import annotations

import os
import resource
import shutil
import signal
import sys
from pathlib import Path

from tests.cli.commands import gate

MOST = 200
STEP_BYTES = 5
EVENTS = frozenset(("open", "os.rename", "os.remove", "os.mkdir"))


def main() -> None:
    """Make all copies."""
    before, folder, command = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:]
    made = 0
    for attempt in (_killed_at_touch, _cut_at_bytes):
        for number in range(MOST):
            copy = folder / str(made)
            shutil.copytree(before, copy)
            made += 1
            if attempt(number, copy, [word.replace("@", str(copy)) for word in command]):
                break
        else:
            raise RuntimeError("it never came to its end")
    sys.stdout.write(str(made))


def _killed_at_touch(number: int, copy: Path, command: list[str]) -> bool:
    """Whether it came to its end before."""
    child = os.fork()
    if child == 0:
        left = [number]

        def touched(event: str, args: tuple[object, ...]) -> None:
            if event in EVENTS and str(args[0]).startswith(str(copy)):
                left[0] -= 1
                if left[0] < 0:
                    os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(touched)
        _run(command)
    return os.waitpid(child, 0)[1] == 0


def _cut_at_bytes(number: int, copy: Path, command: list[str]) -> bool:
    """As on a full disk. Whether it came to its end."""
    del copy
    child = os.fork()
    if child == 0:
        most = number * number * STEP_BYTES
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
        _run(command)
    return os.waitpid(child, 0)[1] == 0


def _run(command: list[str]) -> None:
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)
    os.dup2(null, 2)
    os._exit(gate(*command))


if __name__ == "__main__":
    main()
