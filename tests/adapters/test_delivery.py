"""What the shelf itself refuses, whoever asks it to keep something."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gate.adapters.trust_files.delivery import Delivery
from gate.credential.statuslist import Delta, Snapshot, array_of, sign_delta, sign_snapshot
from gate.credential.trust import ListRef
from gate.ports import AdapterError, RefusedUpdate, UnknownSigner
from tests.credential.minting import NOON
from tests.service.published import URI, Broker, Desk, Gate

HOUR = timedelta(hours=1)


@pytest.fixture
def gate(tmp_path: Path) -> Gate:
    return Gate(tmp_path / "gate", Desk(), Broker())


@pytest.fixture
def shelf(gate: Gate) -> Delivery:
    return Delivery(gate.paths)


def snapshot(gate: Gate, issued: datetime = NOON) -> bytes:
    return sign_snapshot(Snapshot(URI, 4, array_of([0], 4), issued, NOON + 9 * HOUR), gate.desk.mint.key)


def test_no_bundle_that_is_older_than_one_that_was_ever_here(gate: Gate, shelf: Delivery) -> None:
    desk = gate.desk
    assert shelf.bundle(desk.signed(desk.bundle(6))).version == 6
    for raw in (desk.signed(desk.bundle(4)), desk.signed(desk.bundle(6), Ed25519PrivateKey.generate()), b""):
        with pytest.raises(RefusedUpdate):
            shelf.bundle(raw)


def test_no_list_with_another_digest(gate: Gate, shelf: Delivery) -> None:
    ref = ListRef("ministry", hashlib.sha256(b"this").digest(), NOON, NOON + HOUR)
    with pytest.raises(RefusedUpdate, match="not the one"):
        shelf.put_deny(b"that", ref)
    shelf.put_deny(b"this", ref)
    assert [path.read_bytes() for path in gate.paths.delivered.lists.iterdir()] == [b"this"]


def test_no_change_to_an_issue_before_the_one_that_is_here(gate: Gate, shelf: Delivery) -> None:
    bundle, key = gate.trust.current().bundle, gate.desk.mint.key
    shelf.put_snapshot(snapshot(gate, NOON + HOUR), bundle, NOON)
    assert not shelf.put_change(sign_delta(Delta(URI, NOON, 1, {0: 13}), key), bundle, NOON)
    assert not list(gate.paths.delivered.status.glob("*.delta"))
    assert shelf.put_change(sign_delta(Delta(URI, NOON + HOUR, 1, {0: 13}), key), bundle, NOON)
    with pytest.raises(RefusedUpdate, match="newer issue"):
        shelf.put_snapshot(snapshot(gate), bundle, NOON)


def test_nothing_of_whom_the_bundle_does_not_name(gate: Gate, shelf: Delivery) -> None:
    bundle, stranger = gate.trust.current().bundle, Ed25519PrivateKey.generate()
    with pytest.raises(UnknownSigner):
        shelf.put_change(sign_delta(Delta(URI, NOON, 1, {0: 13}), stranger), bundle, NOON)
    assert not gate.paths.delivered.folder.exists()


def test_a_version_of_rules_that_cannot_be_read_is_none(gate: Gate, shelf: Delivery) -> None:
    assert shelf.rules_version() == 0
    shelf.put_rules([b"{}"], 7)
    assert shelf.rules_version() == 7
    (gate.paths.delivered.folder / "rules-version").write_bytes(b"[")
    assert shelf.rules_version() == 0


def test_where_nothing_can_be_written_it_says_what_to_do(gate: Gate, shelf: Delivery) -> None:
    gate.paths.delivered.folder.write_bytes(b"a file where the folder should be")
    with pytest.raises(AdapterError, match="Check the disk"):
        shelf.put_bundle(b"x")
