"""An address as people write it, host:port, an IPv6 address in brackets. Pure, and loads nothing."""

from __future__ import annotations

import re

_ADDRESS = re.compile(r"(?P<host>[A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\]):(?P<port>[0-9]{1,5})", re.ASCII)
_HIGHEST_PORT = 65535


def split(address: str) -> tuple[str, int] | None:
    """Host and port; None for what is no address."""
    found = _ADDRESS.fullmatch(address)
    if found is None or not 0 < int(found["port"]) <= _HIGHEST_PORT:
        return None
    return found["host"].strip("[]"), int(found["port"])


def check(address: str) -> None:
    """Raises ``ValueError`` for what is neither an address nor empty."""
    if address and split(address) is None:
        raise ValueError("write the name or address of a machine and a port, as in centre.example:8884")
