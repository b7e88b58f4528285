"""The link does to connections what it says."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator

import pytest

from tests.broker import HOST
from tests.nemesis.link import Link


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server((HOST, 0)) as server:
        server.settimeout(5)
        yield server


@pytest.fixture
def link(listener: socket.socket) -> Iterator[Link]:
    with Link(listener.getsockname()[1]) as link:
        yield link


@pytest.fixture
def ends(link: Link, listener: socket.socket) -> Iterator[tuple[socket.socket, socket.socket]]:
    """Both ends of a connection over the link."""
    with socket.create_connection((HOST, link.port), timeout=5) as near:
        far, _ = listener.accept()
        with far:
            far.settimeout(5)
            yield near, far


def test_what_goes_in_comes_out_both_ways(ends: tuple[socket.socket, socket.socket]) -> None:
    for one, other in (ends, ends[::-1]):
        one.sendall(b"hello" * 10_000)
        got = b""
        while len(got) < 50_000:
            got += other.recv(65536)
        assert got == b"hello" * 10_000


def test_a_cut_ends_connections_and_turns_new_ones_away(link: Link, ends: tuple[socket.socket, socket.socket]) -> None:
    link.cut()
    assert [end.recv(10) for end in ends] == [b"", b""]
    with socket.create_connection((HOST, link.port), timeout=5) as turned_away:
        assert turned_away.recv(10) == b""
    link.mend()


def test_a_stalled_link_keeps_everything_until_it_is_mended(
    link: Link, ends: tuple[socket.socket, socket.socket]
) -> None:
    near, far = ends
    link.stall()
    near.sendall(b"late")
    far.settimeout(0.2)
    with pytest.raises(TimeoutError):
        far.recv(10)
    link.mend()
    far.settimeout(5)
    assert far.recv(10) == b"late"


def test_a_slow_link_takes_its_time(link: Link, ends: tuple[socket.socket, socket.socket]) -> None:
    near, far = ends
    link.slow(0.1)
    begun = time.monotonic()
    near.sendall(b"x")
    assert far.recv(10) == b"x"
    assert time.monotonic() - begun >= 0.1


def test_who_hangs_up_is_gone_at_the_other_end(ends: tuple[socket.socket, socket.socket]) -> None:
    near, far = ends
    near.sendall(b"bye")
    near.close()
    assert far.recv(10) == b"bye"
    assert far.recv(10) == b""
