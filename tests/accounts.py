"""Being another account for a while, as far as the kernel lets this process."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

STRANGER = 54_321
"""An account, and a group, that no machine has."""

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can be another account for a while")


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
