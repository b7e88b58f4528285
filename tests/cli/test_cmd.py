"""`gate cmd`: the key, the signature, and the way to a real broker; each end has its own exit code."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from gate.access.command import Role, Verb
from gate.adapters.clock_system import SystemClock
from gate.cli.main import main
from gate.credential.bundle import parse_issuer
from gate.credential.trust import TrustBundle
from gate.wire import command
from gate.wire.command import Proven
from gate.wire.topics import Identity
from tests.broker import HOST, Broker, free_port, running
from tests.wire.commands import bundle_of

IDENTITY = Identity("office-1", "gate-1", "entry", "")


def gate(*arguments: object) -> int:
    return main(["cmd", *map(str, arguments)])


@pytest.fixture
def key(tmp_path: Path) -> Path:
    made = gate("keygen", "--issuer", "desk-1", "--name", "Front desk", "--role", "operator", "--out", tmp_path)
    assert made == 0
    return tmp_path / "desk-1.key"


def trusting(key: Path) -> TrustBundle:
    issuer = parse_issuer(json.loads(key.with_name("desk-1.issuer.json").read_text()))
    now = SystemClock().now().utc
    return replace(bundle_of(issuer), issued=now, expires=now.replace(year=now.year + 1))


def test_what_is_signed_is_proven_by_a_gate_that_trusts_the_key(key: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    args = ("--arg", "visit=12", "--arg", "reason=urgent_service", "--valid-for", "20")
    assert gate("sign", "release", "--gate", "office-1/gate-1", "--key", key, *args) == 0
    signed = capsys.readouterr().out.strip().encode()
    topic = command.topic_of(Verb.RELEASE, "office-1/gate-1")
    found = command.read(topic, signed, IDENTITY, trusting(key), SystemClock().now())
    assert isinstance(found, Proven)
    assert found.command.args == {"visit": 12, "reason": "urgent_service"}
    assert 10e9 < found.left_ns <= 20e9
    assert found.by == "desk-1"


def test_nonces_rise_from_one_command_to_the_next(key: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    for _ in range(3):
        assert gate("sign", "diagnose", "--gate", "office-1/gate-1", "--key", key) == 0
    topic = command.topic_of(Verb.DIAGNOSE, "office-1/gate-1")
    now, trust = SystemClock().now(), trusting(key)
    found = [command.read(topic, line.encode(), IDENTITY, trust, now) for line in capsys.readouterr().out.split()]
    nonces = [one.command.nonce for one in found if isinstance(one, Proven)]
    assert len(set(nonces)) == 3
    assert nonces == sorted(nonces)


def test_a_key_is_its_owner_s_alone_and_never_overwritten(key: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert key.stat().st_mode & 0o777 == 0o600
    again = ("--issuer", "desk-1", "--name", "x", "--role", Role.RETIRER.value, "--out", key.parent)
    assert gate("keygen", *again) == 2
    assert "never overwritten" in capsys.readouterr().err


@pytest.mark.parametrize(
    "wrong",
    [
        ("open", "--gate", "office-1/gate-1"),
        ("release", "--gate", "office-1"),
        ("release", "--gate", "+/#"),
        ("release", "--gate", "office-1/gate-1", "--valid-for", "31"),
        ("release", "--gate", "office-1/gate-1", "--valid-for", "nan"),
        ("release", "--gate", "office-1/gate-1", "--arg", "visit"),
    ],
)
def test_what_nobody_can_mean_is_refused_before_it_is_signed(key: Path, wrong: tuple[str, ...]) -> None:
    with pytest.raises(SystemExit) as ended:
        gate("sign", *wrong, "--key", key)
    assert ended.value.code == 2


def test_a_file_that_is_no_key_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "x").write_text("x")
    assert gate("sign", "release", "--gate", "office-1/gate-1", "--key", tmp_path / "x") == 2
    assert "cannot be used" in capsys.readouterr().err


# The way to the broker; that a gate answers is seen in tests/e2e/test_commands.py.


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    with running(tmp_path) as started:
        yield started


def send(key: Path, port: int, *more: object) -> int:
    return gate("send", "diagnose", "--gate", "office-1/gate-1", "--key", key, "--host", HOST, "--port", port, *more)


def test_a_gate_that_is_not_there_is_told_at_once(
    key: Path, broker: Broker, capsys: pytest.CaptureFixture[str]
) -> None:
    assert send(key, broker.port) == 4
    assert "the gate is not there" in capsys.readouterr().err


def test_a_broker_that_is_not_there_is_told(key: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert send(key, free_port(), "--wait", 5) == 3
    assert "cannot reach the broker" in capsys.readouterr().err


def test_a_certificate_without_an_authority_is_wrong_usage(key: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert send(key, 1, "--cert", key) == 2
    assert send(key, 1, "--cert", key, "--cert-key", key) == 2
    assert "there is no TLS" in capsys.readouterr().err
