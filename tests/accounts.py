"""Being another account for a while, as far as the kernel lets this process."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

STRANGER = 54_321
"""An account, and a group, that no machine has."""

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can be another account for a while")


def may_enter(folder: Path) -> bool:
    """Whether another account gets to this folder at all; a checkout in somebody's private folder is closed to it."""
    return all(each.stat().st_mode & stat.S_IXOTH for each in (folder, *folder.parents))


@contextmanager
def account(uid: int = STRANGER, gid: int = STRANGER, *groups: int) -> Iterator[None]:
    """Whoever is connected to meanwhile sees this account. The whole process is it, so do little else."""
    before = os.getgroups()
    try:
        os.setgroups(groups)
        os.setegid(gid)
        os.seteuid(uid)
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)
        os.setgroups(before)
