"""How often one address may ask. Pure: the time is an argument; what it remembers is bounded."""

from __future__ import annotations

from collections import OrderedDict
from ipaddress import IPv6Address, ip_address
from typing import Final

MOST_ADDRESSES: Final = 10_000
_OF_ONE_HOUSEHOLD: Final = 64
"""Bits of an IPv6 address that one connection to the network has."""


class Rate:
    """``burst`` requests at once, then one every ``each_s`` seconds. Of too many addresses the oldest is forgotten."""

    def __init__(self, burst: int, each_s: float) -> None:
        self._burst = burst
        self._each_s = each_s
        self._free_s: OrderedDict[str, float] = OrderedDict()
        """When the allowance of each address is whole again."""

    def allows(self, address: str, now_s: float) -> bool:
        """Whether this address may ask now; if so, it is counted."""
        name = _household(address)
        free_s = max(self._free_s.get(name, now_s), now_s) + self._each_s
        if free_s - now_s > self._burst * self._each_s:
            return False
        self._free_s[name] = free_s
        self._free_s.move_to_end(name)
        while len(self._free_s) > MOST_ADDRESSES:
            self._free_s.popitem(last=False)
        return True


def _household(address: str) -> str:
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(found, IPv6Address):
        if found.ipv4_mapped is not None:
            return str(found.ipv4_mapped)
        return f"{int(found) >> _OF_ONE_HOUSEHOLD:x}::"
    return str(found)
