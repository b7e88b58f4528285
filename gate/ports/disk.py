"""What a disk may do, whatever is kept on it."""

from __future__ import annotations

import errno

from gate.decoding import AdapterError


class DiskError(AdapterError):
    """The disk, or a file on it, does not do what it should; it may later."""


_OF_THE_DISK = frozenset(
    {errno.EROFS, errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EUCLEAN, errno.ENODEV, errno.ENXIO, errno.ESTALE}
)


def is_of_the_disk(error: OSError) -> bool:
    """Whether the disk is full, read-only, broken or gone; anything else is a name or a permission to correct."""
    return error.errno in _OF_THE_DISK
