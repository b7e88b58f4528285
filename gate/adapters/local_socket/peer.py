"""Who is at the other end of a Unix socket, as the kernel knows it, and whether they may give orders."""

from __future__ import annotations

import grp
import logging
import os
import socket
import struct
from dataclasses import dataclass

log = logging.getLogger(__name__)

_CREDENTIALS = struct.Struct("iII")
"""``struct ucred``: process, user, group."""
_SO_PEERGROUPS = 59
"""Python has no name for it; the number is Linux's on x86, Arm and RISC-V."""
_MOST_BYTES = 1024
"""What Python asks a socket for at most: 256 groups."""
_NOBODY = 0xFFFFFFFF
ROOT = 0


@dataclass(frozen=True, slots=True)
class Peer:
    """The account that connected, with the groups it had then."""

    uid: int
    gids: frozenset[int]

    @property
    def name(self) -> str:
        """A number, never a person's name."""
        return f"uid-{self.uid}"


def peer_of(link: socket.socket) -> Peer:
    """The account at the other end; one that may nothing where the kernel does not say."""
    try:
        _, uid, gid = _CREDENTIALS.unpack(link.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size))
    except OSError:
        return Peer(_NOBODY, frozenset())
    return Peer(uid, frozenset({gid, *_further_groups(link)}))


def _further_groups(link: socket.socket) -> tuple[int, ...]:
    try:
        told = link.getsockopt(socket.SOL_SOCKET, _SO_PEERGROUPS, _MOST_BYTES)
    except OSError as error:  # more groups than fit
        log.warning("the groups of somebody at the local control are not known: %s", error)
        return ()
    return struct.unpack(f"{len(told) // 4}I", told)


@dataclass(frozen=True, slots=True)
class Officers:
    """Who may give orders: root, the account of the service itself, and the members of one group."""

    group: str
    gid: int | None
    """None where there is no such group."""
    own_uid: int

    @classmethod
    def of_group(cls, group: str) -> Officers:
        """As this machine knows the group now."""
        try:
            gid = grp.getgrnam(group).gr_gid
        except KeyError:
            log.warning(
                "there is no group %s, so only root may use the local control: sudo addgroup --system %s", group, group
            )
            return cls(group, None, os.geteuid())
        return cls(group, gid, os.geteuid())

    def refusal(self, peer: Peer) -> str | None:
        """Why this account may not give orders, and what to do; None where it may."""
        if peer.uid in (ROOT, self.own_uid) or self.gid in peer.gids:
            return None
        join = f"sudo adduser NAME {self.group}, then log in again"
        if self.gid is None:
            return f"there is no group {self.group}: sudo addgroup --system {self.group}, {join} and restart the gate"
        return f"you are not in the group {self.group}: {join}"
