"""The systemd notifier, with real sockets in the place of systemd's."""

from __future__ import annotations

import contextlib
import os
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gate.adapters.notify_systemd import SystemdNotifier


@pytest.fixture(params=["path", "abstract"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return str(tmp_path / "notify") if request.param == "path" else f"@gate-test-{os.getpid()}-{tmp_path.name}"


@pytest.fixture
def systemd(address: str) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(address.replace("@", "\0", 1) if address[0] == "@" else address)
        listener.settimeout(5)
        yield listener


def _say_ready(notifier: SystemdNotifier) -> None:
    notifier.ready("door locked")


def _say_broken(notifier: SystemdNotifier) -> None:
    notifier.status("one\nREADY=1\r\ntwo")


def _say_unprintable(notifier: SystemdNotifier) -> None:
    notifier.status("folder \udce9")


@pytest.mark.parametrize(
    ("say", "heard"),
    [
        (_say_ready, b"READY=1\nSTATUS=door locked"),
        (SystemdNotifier.watchdog, b"WATCHDOG=1"),
        (SystemdNotifier.stopping, b"STOPPING=1"),
        (_say_broken, b"STATUS=one READY=1 two"),
        (_say_unprintable, b"STATUS=folder ?"),
    ],
)
def test_systemd_hears(
    systemd: socket.socket, address: str, say: Callable[[SystemdNotifier], None], heard: bytes
) -> None:
    say(SystemdNotifier.from_environment({"NOTIFY_SOCKET": address}))
    assert systemd.recv(4096) == heard


def test_systemd_is_found_again_after_its_restart(tmp_path: Path) -> None:
    path = tmp_path / "notify"
    notifier = SystemdNotifier(str(path))
    for _ in range(2):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
            listener.bind(str(path))
            listener.settimeout(5)
            notifier.watchdog()
            assert listener.recv(4096) == b"WATCHDOG=1"
        path.unlink()
        notifier.watchdog()


def test_a_systemd_that_does_not_read_is_not_waited_for(systemd: socket.socket, address: str) -> None:
    notifier = SystemdNotifier(address)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as filler:
        filler.settimeout(0)
        with contextlib.suppress(BlockingIOError):
            while filler.sendto(b"x", systemd.getsockname()):
                pass
    begun = time.monotonic()
    notifier.watchdog()
    assert 0.1 < time.monotonic() - begun < 5


@pytest.mark.parametrize("address", [None, "", "vsock:2:1234", "relative", "/" + "long" * 50])
def test_an_address_that_cannot_be_reached_is_nobody(address: str | None) -> None:
    SystemdNotifier(address).ready("up")


@pytest.mark.parametrize(
    ("environment", "interval_s"),
    [
        ({}, None),
        ({"WATCHDOG_USEC": "20000000"}, 10.0),
        ({"WATCHDOG_USEC": "20000000", "WATCHDOG_PID": str(os.getpid())}, 10.0),
        ({"WATCHDOG_USEC": "20000000", "WATCHDOG_PID": "1"}, None),
        ({"WATCHDOG_USEC": "0"}, None),
        ({"WATCHDOG_USEC": "-5"}, None),
        ({"WATCHDOG_USEC": "often"}, None),
        ({"WATCHDOG_USEC": ""}, None),
        ({"WATCHDOG_USEC": "9" * 5000}, None),
        ({"WATCHDOG_USEC": "20000000", "WATCHDOG_PID": "me"}, None),
    ],
)
def test_the_watchdog_is_fed_twice_in_the_time_allowed(environment: dict[str, str], interval_s: float | None) -> None:
    assert SystemdNotifier.from_environment(environment).watchdog_interval_s == interval_s


def test_the_environment_of_the_process_is_the_usual_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WATCHDOG_USEC", "3000000")
    monkeypatch.delenv("WATCHDOG_PID", raising=False)
    assert SystemdNotifier.from_environment().watchdog_interval_s == 1.5
