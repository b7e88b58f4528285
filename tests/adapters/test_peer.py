"""Who may use the local control, as a table, and what the kernel says of a real peer."""

from __future__ import annotations

import grp
import os
import socket
import struct

import pytest

from gate.adapters.local_socket import peer
from gate.adapters.local_socket.peer import Officers, Peer, peer_of

OWN, GROUP = 990, 980
OFFICERS = Officers("gate-officers", GROUP, OWN)
NO_GROUP = Officers("gate-officers", None, OWN)

MAY = [
    (OFFICERS, Peer(0, frozenset({0})), True),
    (OFFICERS, Peer(OWN, frozenset({OWN})), True),
    (OFFICERS, Peer(1001, frozenset({1001, GROUP})), True),
    (OFFICERS, Peer(1001, frozenset({GROUP})), True),
    (OFFICERS, Peer(1001, frozenset({1001, 0, OWN})), False),
    (OFFICERS, Peer(GROUP, frozenset({1001})), False),
    (OFFICERS, Peer(1001, frozenset()), False),
    (OFFICERS, Peer(65534, frozenset({65534})), False),
    (NO_GROUP, Peer(0, frozenset({0})), True),
    (NO_GROUP, Peer(OWN, frozenset({OWN})), True),
    (NO_GROUP, Peer(1001, frozenset({1001, GROUP})), False),
    (NO_GROUP, Peer(1001, frozenset()), False),
]


@pytest.mark.parametrize(("officers", "caller", "may"), MAY)
def test_who_may_give_orders(officers: Officers, caller: Peer, may: bool) -> None:  # noqa: FBT001  (a column of the table)
    assert (officers.refusal(caller) is None) is may


def test_the_refusal_says_what_to_do() -> None:
    stranger = Peer(1001, frozenset({1001}))
    assert OFFICERS.refusal(stranger) == (
        "you are not in the group gate-officers: sudo adduser NAME gate-officers, then log in again"
    )
    assert NO_GROUP.refusal(stranger) == (
        "there is no group gate-officers: sudo addgroup --system gate-officers, "
        "sudo adduser NAME gate-officers, then log in again and restart the gate"
    )


def test_the_group_is_looked_up_by_its_name() -> None:
    known = grp.getgrall()[-1]
    assert Officers.of_group(known.gr_name) == Officers(known.gr_name, known.gr_gid, os.geteuid())


def test_a_group_that_is_missing_is_told_and_leaves_root_and_the_service(caplog: pytest.LogCaptureFixture) -> None:
    assert Officers.of_group("no-such-group") == Officers("no-such-group", None, os.geteuid())
    assert "sudo addgroup --system no-such-group" in caplog.text


def test_the_kernel_knows_the_peer() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        assert peer_of(ours) == Peer(os.geteuid(), frozenset({os.getegid(), *os.getgroups()}))
    assert peer_of(ours) == Peer(peer._NOBODY, frozenset()), "closed"


class OldSocket:
    """A kernel that does not tell the further groups."""

    def getsockopt(self, _level: int, option: int, _length: int) -> bytes:
        if option == socket.SO_PEERCRED:
            return struct.pack("iII", 1, 1001, GROUP)
        raise OSError("Protocol not available")


def test_without_the_further_groups_the_first_one_counts() -> None:
    link: socket.socket = OldSocket()  # type: ignore[assignment]  # what is asked of a socket here
    assert peer_of(link) == Peer(1001, frozenset({GROUP}))
