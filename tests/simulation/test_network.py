"""The bad network: late by its delay, narrow by its width, in order and complete, half-open and cut when told."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest

from tests.network import Network, between


@contextmanager
def pair(
    delay_s: float = 0.0, bytes_per_s: float | None = None
) -> Iterator[tuple[Network, socket.socket, socket.socket]]:
    """A network, and the two ends of a connection through it."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        target: Any = SimpleNamespace(port=server.getsockname()[1])
        with between(target, delay_s, bytes_per_s) as network:  # noqa: SIM117  (one line too long)
            with socket.create_connection(("127.0.0.1", network.port), timeout=5) as near:
                far, _ = server.accept()
                far.settimeout(5)
                with far:
                    yield network, near, far


def received(end: socket.socket, size: int) -> bytes:
    found = b""
    while len(found) < size:
        found += end.recv(65536)
    return found


def test_everything_arrives_in_order_both_ways_after_the_delay() -> None:
    text = bytes(range(256)) * 2000
    with pair(delay_s=0.05) as (_, near, far):
        began_s = time.monotonic()
        near.sendall(text)
        assert received(far, len(text)) == text
        assert time.monotonic() - began_s >= 0.05
        far.sendall(b"back")
        assert received(near, 4) == b"back"
        assert time.monotonic() - began_s >= 0.1


def test_a_narrow_network_takes_its_time() -> None:
    with pair(bytes_per_s=500_000) as (_, near, far):
        began_s = time.monotonic()
        near.sendall(bytes(100_000))
        received(far, 100_000)
        assert time.monotonic() - began_s >= 0.19


def test_frozen_means_that_nothing_arrives_and_nothing_is_lost() -> None:
    with pair() as (network, near, far):
        network.frozen = True
        near.sendall(b"late")
        far.settimeout(0.1)
        with pytest.raises(TimeoutError):
            far.recv(4)
        network.frozen = False
        far.settimeout(5)
        assert received(far, 4) == b"late"


def test_a_cut_breaks_both_ends_and_a_network_that_is_down_lets_nobody_in() -> None:
    with pair() as (network, near, far):
        network.cut(down=True)
        for end in (near, far):
            with pytest.raises(ConnectionResetError):
                end.recv(1)
        address = ("127.0.0.1", network.port)
        with socket.create_connection(address, timeout=0.1) as waiting, pytest.raises(TimeoutError):
            waiting.recv(1)
        assert network.connections == 1
        network.restore()


def test_an_end_that_closes_closes_the_other() -> None:
    with pair(delay_s=0.01) as (_, near, far):
        near.sendall(b"bye")
        near.close()
        assert received(far, 3) == b"bye"
        assert far.recv(1) == b""
