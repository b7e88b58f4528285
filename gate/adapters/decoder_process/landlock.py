"""Landlock: the kernel's own promise that this process opens no file and no network connection, whatever it calls.

No rule is added to the set, so nothing is allowed (``linux/landlock.h``).
"""

from __future__ import annotations

import ctypes
import os
import struct

from gate.adapters.decoder_process import kernel

_CREATE_RULESET = 444  # the same on every machine
_RESTRICT_SELF = 446
_ASK_VERSION = 1

_FILE_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15}
"""How many rights on files the kernel knows, by its version; from the fifth on sixteen."""
_MOST_FILE_RIGHTS = 16
_NET_SINCE, _SCOPES_SINCE = 4, 6
_TCP_BIND_AND_CONNECT = 0b11
_ABSTRACT_SOCKETS_AND_SIGNALS = 0b11


def install() -> None:
    """Confine this thread, which must be the only one, for good. Raises ``OSError`` where there is no Landlock."""
    version = kernel.syscall(_CREATE_RULESET, None, 0, _ASK_VERSION)
    handled = ctypes.create_string_buffer(handled_by(version))
    rules = kernel.syscall(_CREATE_RULESET, handled, len(handled) - 1, 0)
    try:
        kernel.syscall(_RESTRICT_SELF, rules, 0)
    finally:
        os.close(rules)


def handled_by(version: int) -> bytes:
    """``struct landlock_ruleset_attr`` with everything that this version can forbid."""
    files = (1 << _FILE_RIGHTS.get(version, _MOST_FILE_RIGHTS)) - 1
    fields = [files]
    if version >= _NET_SINCE:
        fields.append(_TCP_BIND_AND_CONNECT)
    if version >= _SCOPES_SINCE:
        fields.append(_ABSTRACT_SOCKETS_AND_SIGNALS)
    return struct.pack(f"{len(fields)}Q", *fields)
