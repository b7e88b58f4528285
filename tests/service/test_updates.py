"""What the centre publishes reaches trust and rules, and whatever else a broker says changes nothing."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gate.access.devices import Device
from gate.adapters.trust_files.durable import write_whole
from gate.adapters.trust_files.rule_files import RuleFileOnDisk
from gate.central import publishing
from gate.credential.deny_compile import compile_list
from gate.credential.denylist import Entry
from gate.credential.instant import ClockTrust
from gate.credential.revocation import digest
from gate.credential.statuslist import Delta, sign_delta
from gate.credential.trust import ListRef, RuleRef, TrustBundle
from gate.ports import Heard
from gate.service import updates
from gate.service.update_fetch import AT_ONCE, PATIENCE_S
from gate.service.update_files import LAST_RETRY_S
from gate.service.update_problems import MOST_LINES, QUIET_S
from gate.wire import notice, pointer, rules_file, signed
from gate.wire.notice import Level, Notice
from gate.wire.pointer import CHUNK_BYTES, Kind, Place
from tests.credential.minting import NOON
from tests.service.published import BLACK, GREEN, RULES, TRUST, URI, Broker, Desk, Gate
from tests.wire.examples import ULID_A

HOUR = timedelta(hours=1)
STRANGER = Ed25519PrivateKey.generate()


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def broker() -> Broker:
    return Broker()


@pytest.fixture
def gate(tmp_path: Path, desk: Desk, broker: Broker) -> Gate:
    gate = Gate(tmp_path / "gate", desk, broker)
    gate.connect()
    return gate


class TestStatus:
    def test_a_visitor_is_black_as_soon_as_the_centre_says_so_and_stays_so_after_a_restart(
        self, gate: Gate, broker: Broker, desk: Desk
    ) -> None:
        assert gate.stands(0) == "unknown"
        broker.publish(desk.snapshot(GREEN, GREEN))
        gate.settle()
        assert [gate.stands(index) for index in (0, 1)] == ["green", "green"]
        broker.publish([desk.change(1, {0: BLACK})])
        gate.settle()
        assert [gate.stands(index) for index in (0, 1)] == ["black", "green"]
        gate.start()
        assert [gate.stands(index) for index in (0, 1)] == ["black", "green"]
        assert not gate.alarmed

    def test_who_was_away_needs_the_newest_change_alone(self, gate: Gate, broker: Broker, desk: Desk) -> None:
        broker.publish(desk.snapshot(GREEN, GREEN))
        gate.settle()
        gate.disconnect()
        for seq, values in enumerate(({0: BLACK}, {0: BLACK, 1: 12}, {0: GREEN, 1: 12}), start=1):
            broker.publish([desk.change(seq, values)])
        gate.settle()
        assert [gate.stands(index) for index in (0, 1)] == ["green", "green"]
        gate.connect()
        gate.settle()
        assert [gate.stands(index) for index in (0, 1)] == ["green", "red"]
        (stamp,) = gate.trust.current().statuses.stamps
        assert (stamp.uri, stamp.issued, stamp.changes, stamp.complete) == (URI, NOON, 3, True)

    def test_a_new_snapshot_ends_the_changes_to_the_one_before(self, gate: Gate, broker: Broker, desk: Desk) -> None:
        broker.publish([*desk.snapshot(GREEN, GREEN), desk.change(1, {0: BLACK})])
        gate.settle()
        broker.publish(desk.snapshot(BLACK, GREEN, issued=NOON + HOUR))
        gate.settle()
        assert [gate.stands(index) for index in (0, 1)] == ["black", "green"]
        assert not list(gate.paths.delivered.status.glob("*.delta"))
        broker.publish([desk.change(1, {0: GREEN}, base=NOON + HOUR)])
        gate.settle()
        assert gate.stands(0) == "green"

    def test_nothing_older_comes_back(self, gate: Gate, broker: Broker, desk: Desk) -> None:
        old = [*desk.snapshot(GREEN), desk.change(1, {0: GREEN})]
        broker.publish([*desk.snapshot(GREEN, issued=NOON + HOUR), desk.change(2, {0: BLACK}, base=NOON + HOUR)])
        gate.settle()
        for again in (old, [desk.change(1, {0: GREEN}, base=NOON + HOUR)]):
            broker.publish(again)
            gate.settle(1)
            assert gate.stands(0) == "black"
        gate.disconnect()
        gate.start()
        gate.connect()
        gate.settle(1)
        assert gate.stands(0) == "black"
        assert gate.alarmed

    def test_a_change_counts_before_the_snapshot_that_it_is_for_is_here(
        self, gate: Gate, broker: Broker, desk: Desk
    ) -> None:
        broker.publish(desk.snapshot(GREEN, GREEN))
        gate.settle()
        broker.publish([desk.change(1, {0: BLACK}, base=NOON + HOUR)])
        gate.settle()
        assert [gate.stands(index) for index in (0, 1)] == ["black", "green"]

    @pytest.mark.parametrize("spoil", ["cut", "bit", "strangers", "huge", "text"])
    def test_what_no_issuer_signed_changes_nothing(self, gate: Gate, broker: Broker, desk: Desk, spoil: str) -> None:
        broker.publish([*desk.snapshot(GREEN), desk.change(1, {0: BLACK})])
        gate.settle()
        good = desk.change(2, {0: GREEN})
        payload = {
            "cut": good.payload[:-1],
            "bit": good.payload[:-1] + bytes([good.payload[-1] ^ 1]),
            "strangers": sign_delta(Delta(URI, NOON, 2, {0: GREEN}, 2), STRANGER),
            "huge": bytes(100_000),
            "text": b"black",
        }[spoil]
        broker.put(good.topic, payload)
        gate.settle(1)
        assert gate.stands(0) == "black"
        assert gate.updates.counts.refused == 1
        assert gate.alarmed == (spoil != "strangers")
        broker.publish([good])
        gate.settle(QUIET_S)
        assert (gate.stands(0), gate.alarmed) == ("green", False)

    def test_a_list_whose_issuer_comes_with_a_later_bundle_is_taken_then(
        self, tmp_path: Path, broker: Broker, desk: Desk
    ) -> None:
        gate = Gate(tmp_path / "late", desk, broker)
        (gate.folder / "trust.bundle").write_bytes(
            desk.signed(replace(desk.bundle(6), issuers=desk.bundle(6).issuers[1:]))
        )
        gate.start()
        broker.publish([*desk.snapshot(GREEN), desk.change(1, {0: BLACK})])
        gate.connect()
        gate.settle(1)
        assert not gate.paths.delivered.status.exists()
        broker.publish(desk.trust(desk.bundle(7)))
        gate.settle(1)
        assert (gate.version, gate.stands(0)) == (7, "black")


class TestTrust:
    def test_a_newer_bundle_is_taken_and_kept(self, gate: Gate, broker: Broker, desk: Desk) -> None:
        broker.publish(desk.trust(desk.bundle(6)))
        gate.settle()
        assert gate.version == 6
        gate.start()
        assert gate.version == 6

    def test_one_that_came_just_before_the_end_counts_from_the_next_start(
        self, gate: Gate, broker: Broker, desk: Desk
    ) -> None:
        broker.publish(desk.trust(desk.bundle(6)))
        while not gate.paths.delivered.bundle.exists():
            gate.updates.step(0.0)
        assert gate.version == 5, "nobody has looked"
        gate.start()
        assert gate.version == 6

    def test_one_that_is_here_is_not_fetched_again(self, gate: Gate, broker: Broker, desk: Desk) -> None:
        broker.publish(desk.trust(desk.bundle(6)))
        gate.settle()
        gate.disconnect()
        gate.connect()
        gate.settle()
        assert len(gate.asked) == 1
        assert not [name for name in gate.filters if "chunk" in name]

    def test_a_large_one_comes_in_pieces_in_any_order(self, gate: Gate, broker: Broker, desk: Desk) -> None:
        big = replace(desk.bundle(6).issuers[0], name="x" * 255)
        issuers = tuple(replace(big, id=f"issuer-{number}") for number in range(500))
        said = desk.trust(replace(desk.bundle(6), issuers=(*desk.bundle(6).issuers, *issuers)))
        assert len(said) > 3
        broker.publish([*reversed(said[:-1]), said[-1]])
        gate.settle()
        assert gate.version == 6

    @pytest.mark.parametrize("version", [4, 5])
    def test_an_older_one_is_not_taken(self, gate: Gate, broker: Broker, desk: Desk, version: int) -> None:
        broker.publish(desk.trust(desk.bundle(version)))
        gate.settle(1)
        assert (gate.version, gate.asked) == (5, [])

    def test_an_old_one_under_a_new_number_is_not_taken(self, gate: Gate, broker: Broker, desk: Desk) -> None:
        broker.publish(desk.trust(desk.bundle(6)))
        gate.settle()
        broker.publish(desk.file(TRUST, 99, desk.signed(desk.bundle(5))))
        gate.settle(1)
        assert (gate.version, gate.alarmed) == (6, True)
        broker.publish(desk.trust(desk.bundle(7)))
        gate.settle(QUIET_S)
        assert (gate.version, gate.alarmed) == (7, False)

    @pytest.mark.parametrize("spoil", ["root", "torn", "swapped", "another", "short", "list"])
    def test_what_the_operator_did_not_sign_is_not_taken(
        self, gate: Gate, broker: Broker, desk: Desk, spoil: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        good = desk.signed(desk.bundle(6))
        raw = {
            "root": desk.signed(desk.bundle(6), STRANGER),
            "torn": good[:-5],
            "list": b"{}",
        }.get(spoil, good)
        said = desk.file(TRUST, 6, raw)
        if spoil == "swapped":
            said[0] = replace(said[0], payload=bytes(len(good)))
        if spoil == "short":
            said[0] = replace(said[0], payload=good[:-1])
        if spoil == "another":
            said = desk.file(TRUST, 7, raw)
        with caplog.at_level(logging.WARNING):
            broker.publish(said)
            gate.settle(1)
            for _ in range(20):
                gate.settle(PATIENCE_S)
        assert (gate.version, gate.alarmed) == (5, True)
        assert caplog.text.count("is left out") == 1, "it is told once"
        assert [one.device for one in gate.told] == [Device.UPDATE_REFUSED]
        broker.publish(desk.trust(desk.bundle(8)))
        gate.settle(QUIET_S)
        assert (gate.version, gate.alarmed) == (8, False)

    def test_one_piece_that_is_missing_is_waited_for(self, gate: Gate, broker: Broker, desk: Desk) -> None:
        said = desk.trust(desk.bundle(6))
        broker.publish(said[1:])
        gate.settle(PATIENCE_S)
        assert gate.version == 5
        broker.publish(said[:1])
        gate.settle(100)
        assert gate.version == 6

    def test_a_pointer_by_a_key_that_only_the_new_bundle_has_leads_to_it(
        self, gate: Gate, broker: Broker, desk: Desk
    ) -> None:
        """Else a gate that was away while the desk's key changed would never hear of a bundle again."""
        newer = desk.bundle(6, key=STRANGER)
        broker.publish(desk.file(TRUST, 6, desk.signed(newer), STRANGER))
        gate.settle()
        assert gate.version == 6

    def test_so_does_one_by_a_key_that_this_gate_believes_no_more(
        self, tmp_path: Path, broker: Broker, desk: Desk
    ) -> None:
        gate = Gate(tmp_path / "away", desk, broker)
        issuer, other = desk.bundle(5).issuers
        ended = replace(other, keys=(replace(other.keys[0], not_after=NOON - HOUR),))
        (gate.folder / "trust.bundle").write_bytes(desk.signed(replace(desk.bundle(5), issuers=(issuer, ended))))
        gate.start()
        gate.connect()
        broker.publish([*desk.file(RULES, 1, rules_file.encode([b"{}"])), *desk.trust(desk.bundle(6))])
        gate.settle(1)
        assert gate.version == 6
        assert len(list(gate.paths.delivered.rules.iterdir())) == 1, "and then it is believed again"

    def test_a_pointer_with_a_wrong_signature_leads_nowhere(self, gate: Gate, broker: Broker, desk: Desk) -> None:
        *pieces, last = desk.trust(desk.bundle(6))
        broker.publish(pieces)
        broker.put(last.topic, last.payload[:-2] + (b"AA" if last.payload[-2:] != b"AA" else b"BB"))
        gate.settle(1)
        assert (gate.version, gate.asked, gate.alarmed) == (5, [], True)
        broker.put(last.topic, b"")
        gate.settle(QUIET_S)
        assert not gate.alarmed, "whoever clears it ends the alarm"

    def test_the_next_root_signs_after_it_was_announced(self, gate: Gate, broker: Broker, desk: Desk) -> None:
        broker.publish(desk.file(TRUST, 6, desk.signed(desk.bundle(6), STRANGER)))
        gate.settle(1)
        assert gate.version == 5
        broker.publish(desk.trust(replace(desk.bundle(7), next_root=STRANGER.public_key())))
        gate.settle()
        broker.publish(desk.file(TRUST, 8, desk.signed(desk.bundle(8), STRANGER)))
        gate.settle()
        assert gate.version == 8

    def test_a_file_brought_by_hand_counts_beside_it(self, gate: Gate, broker: Broker, desk: Desk) -> None:
        broker.publish(desk.trust(desk.bundle(6)))
        gate.settle()
        (gate.folder / "trust.bundle").write_bytes(desk.signed(desk.bundle(7)))
        gate.settle(1)
        assert gate.version == 7
        gate.start()
        assert gate.version == 7


class TestDenyLists:
    def listed(self, desk: Desk, version: int, *ids: str) -> tuple[TrustBundle, bytes]:
        raw = b"".join(compile_list(Entry(b"kid", digest(one.encode())) for one in ids))
        ref = ListRef("ministry", hashlib.sha256(raw).digest(), NOON, NOON + timedelta(days=9))
        return self.naming(desk, version, ref), raw

    def naming(self, desk: Desk, version: int, ref: ListRef) -> TrustBundle:
        issuer, *rest = desk.bundle(version).issuers
        return replace(
            desk.bundle(version), issuers=(replace(issuer, revocation=("ministry",)), *rest), revocation=(ref,)
        )

    def test_a_bundle_waits_for_the_list_that_it_names(self, gate: Gate, broker: Broker, desk: Desk) -> None:
        bundle, raw = self.listed(desk, 6, "a")
        broker.publish(desk.trust(bundle))
        gate.settle(1)
        assert gate.version == 5
        broker.publish(desk.file(Place(Kind.DENY, "ministry"), 1, raw))
        gate.settle(1)
        assert gate.version == 6
        assert list(gate.trust.current().revocation.lists) == ["ministry"]  # type: ignore[attr-defined]  # a DenyLists

    def test_it_waits_no_longer_than_it_must(self, gate: Gate, broker: Broker, desk: Desk) -> None:
        bundle, raw = self.listed(desk, 6, "a")
        _, other = self.listed(desk, 6, "b")
        broker.publish([*desk.file(Place(Kind.DENY, "ministry"), 1, other), *desk.trust(bundle)])
        gate.settle(25)
        assert gate.version == 6
        assert not gate.paths.delivered.lists.exists(), "nobody named that one"
        broker.publish(desk.file(Place(Kind.DENY, "ministry"), 2, raw))
        gate.settle(1)
        assert len(list(gate.paths.delivered.lists.iterdir())) == 1

    def test_lists_that_no_bundle_names_any_more_are_deleted(self, gate: Gate, broker: Broker, desk: Desk) -> None:
        for version, name in ((6, "a"), (7, "b")):
            bundle, raw = self.listed(desk, version, name)
            broker.publish([*desk.file(Place(Kind.DENY, "ministry"), version, raw), *desk.trust(bundle)])
            gate.settle(1)
            assert gate.version == version
        assert len(list(gate.paths.delivered.lists.iterdir())) == 1

    def test_a_large_file_is_asked_for_piece_by_piece_and_what_has_come_is_kept(
        self, gate: Gate, broker: Broker, desk: Desk
    ) -> None:
        raw, place = bytes(updates.MOST_WAITING + 9), Place(Kind.DENY, "ministry")
        ref = ListRef("ministry", hashlib.sha256(raw).digest(), NOON, NOON + timedelta(days=9))
        said = desk.file(place, 1, raw)
        late = said.pop(AT_ONCE + 3)
        broker.publish([*said, *desk.trust(self.naming(desk, 6, ref))])
        for _ in range(3):
            gate.settle(PATIENCE_S)
        asked = len(gate.asked)
        broker.publish([late])
        gate.settle(LAST_RETRY_S)
        (found,) = gate.paths.delivered.lists.iterdir()
        assert found.stat().st_size == len(raw)
        assert gate.updates.counts.dropped == 0
        assert len(gate.asked) - asked < len(said), "what was here is not asked for again"


class TestRules:
    PACK, NEWER = b'{"rules": 1}', b'{"rules": 2}'

    def refs(self) -> tuple[RuleRef, RuleRef]:
        old, new = (hashlib.sha256(raw).digest() for raw in (self.PACK, self.NEWER))
        return RuleRef("our-pack", 1, old), RuleRef("our-pack", 2, new)

    def test_they_count_where_the_bundle_names_them(self, gate: Gate, broker: Broker, desk: Desk) -> None:
        path = gate.folder / "our-pack.json"
        path.write_bytes(self.PACK)
        old, new = self.refs()
        file = RuleFileOnDisk(path, gate.folder / "kept", gate.paths.delivered.rules)
        assert file.offered([old]).ref == old
        broker.publish(desk.file(RULES, 1, rules_file.encode([self.NEWER, b"not vouched for"])))
        gate.settle()
        assert file.changed()
        assert file.offered([old]).ref == old, "nobody vouches for it yet"
        assert file.offered([old, new]).raw == self.NEWER
        assert not file.changed()
        file.keep((file.offered([old, new]),))
        path.unlink()
        assert RuleFileOnDisk(path, gate.folder / "kept", gate.paths.delivered.rules).offered([new]).ref == new

    def test_older_ones_do_not_come_back(self, gate: Gate, broker: Broker, desk: Desk) -> None:
        broker.publish(desk.file(RULES, 7, rules_file.encode([self.NEWER])))
        gate.settle()
        gate.disconnect()
        gate.start()
        broker.publish(desk.file(RULES, 6, rules_file.encode([self.PACK])))
        gate.connect()
        gate.settle()
        assert [path.read_bytes() for path in gate.paths.delivered.rules.iterdir()] == [self.NEWER]

    @pytest.mark.parametrize("raw", [b"{}", rules_file.encode([b"x" * (1024 * 1024 + 1)])])
    def test_what_is_none_is_refused(self, gate: Gate, broker: Broker, desk: Desk, raw: bytes) -> None:
        broker.publish(desk.file(RULES, 7, raw))
        gate.settle(1)
        assert gate.alarmed
        assert not gate.paths.delivered.rules.exists()

    def test_a_pointer_that_nobody_known_signed_is_not_followed(self, gate: Gate, broker: Broker, desk: Desk) -> None:
        broker.publish(desk.file(RULES, 7, rules_file.encode([self.NEWER]), STRANGER))
        gate.settle(1)
        assert (gate.asked, gate.alarmed, gate.updates.counts.refused) == ([], False, 1)
        broker.publish(desk.trust(desk.bundle(6, key=STRANGER)))
        gate.settle(1)
        assert len(list(gate.paths.delivered.rules.iterdir())) == 1, "now it is known"


class TestNotices:
    def said(self, **changes: object) -> Notice:
        told = Notice(ULID_A, NOON, NOON + HOUR, Level.WARNING, {"en": "Look at the clock."})
        return replace(told, **changes)  # type: ignore[arg-type]  # fields by name

    def test_one_is_told_once_and_never_after_its_end(
        self, gate: Gate, broker: Broker, desk: Desk, caplog: pytest.LogCaptureFixture
    ) -> None:
        with caplog.at_level(logging.INFO):
            broker.publish([publishing.note(self.said(), desk.key)])
            gate.settle()
            gate.disconnect()
            gate.connect()
            gate.settle()
            broker.publish(
                [publishing.note(self.said(id="1" + ULID_A[1:], until=NOON + timedelta(seconds=1)), desk.key)]
            )
            gate.clock.utc = NOON + timedelta(minutes=30)
            gate.settle()
        assert caplog.text.count("the centre says") == 1
        assert "Look at the clock." in caplog.text

    def test_one_of_somebody_else_is_not_shown(
        self, gate: Gate, broker: Broker, desk: Desk, caplog: pytest.LogCaptureFixture
    ) -> None:
        good = publishing.note(self.said(), desk.key).payload
        for payload in (publishing.note(self.said(), STRANGER).payload, good[:-3] + b"AAA", b"Look at the clock."):
            broker.put(notice.TOPIC, payload)
            gate.settle()
        assert "the centre says" not in caplog.text
        assert gate.updates.counts.refused == 3


def test_an_address_is_refused_with_a_word_about_it(
    gate: Gate, broker: Broker, desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    claims = {
        "kind": "trust",
        "version": 6,
        "sha256": "ab" * 32,
        "bytes": 9,
        "url": "https://centre.example/6",
        "chunks": None,
    }
    broker.put(TRUST.topic, signed.sign(claims, pointer.TYP, desk.key))
    gate.settle(1)
    assert "takes files from the broker alone" in caplog.text
    assert gate.alarmed


def test_a_disk_that_refuses_is_tried_again(
    gate: Gate, broker: Broker, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("gate.adapters.trust_files.delivery.write_whole", full)
        broker.publish([*desk.snapshot(GREEN), desk.change(1, {0: BLACK}), *desk.trust(desk.bundle(6))])
        gate.settle(1)
        assert (gate.version, gate.stands(0), gate.alarmed) == (5, "unknown", True)
    gate.settle(updates.AGAIN_S)
    gate.settle(1)
    assert (gate.version, gate.stands(0), gate.alarmed) == (6, "black", False)


class KilledError(BaseException):
    """The power goes; nothing is tidied up."""


def test_a_power_cut_at_any_write_leaves_what_was_before_and_the_rest_comes_again(
    tmp_path: Path, broker: Broker, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    raw = b"".join(compile_list([]))
    ref = ListRef("ministry", hashlib.sha256(raw).digest(), NOON, NOON + timedelta(days=9))
    issuer, other = desk.bundle(6).issuers
    bundle = replace(desk.bundle(6), issuers=(replace(issuer, revocation=("ministry",)), other), revocation=(ref,))
    broker.publish([*desk.file(Place(Kind.DENY, "ministry"), 1, raw), *desk.trust(bundle)])
    broker.publish(
        [*desk.file(RULES, 1, rules_file.encode([b"{}"])), *desk.snapshot(GREEN), desk.change(1, {0: BLACK})]
    )
    for cut in range(20):
        gate = Gate(tmp_path / f"cut-{cut}", desk, broker)
        with monkeypatch.context() as patch:
            left = iter(range(cut))
            patch.setattr("gate.adapters.trust_files.delivery.write_whole", lambda *args: _write(left, *args))  # noqa: B023  (used at once)
            gate.connect()
            try:
                gate.settle(1)
            except KilledError:
                whole = False
            else:
                whole = True
        gate.disconnect()
        gate.start()
        assert gate.version in {5, 6}
        assert gate.stands(0) in {"unknown", "green", "black"}
        gate.connect()
        gate.settle(1)
        gate.settle(1)
        assert (gate.version, gate.stands(0)) == (6, "black")
        assert len(list(gate.paths.delivered.rules.iterdir())) == 1
        gate.disconnect()
        if whole:
            assert cut > 5, "there is more than one write to cut"
            return
    pytest.fail("it writes without end")


def _write(left: Iterator[int], path: Path, raw: bytes) -> None:
    """Write, until the power goes in the middle of it."""
    if next(left, None) is None:
        path.with_name(f".{path.name}.new").write_bytes(raw[: len(raw) // 2])
        raise KilledError
    write_whole(path, raw)


@pytest.mark.parametrize("size", [0, CHUNK_BYTES])
def test_memory_is_bounded_whatever_a_broker_sends(gate: Gate, size: int) -> None:
    for number in range(10_000):
        gate.updates.heard(Heard(f"gate/v1/all/status/x{number}", bytes(size)))
    assert 10_000 - gate.updates.counts.dropped <= updates.MOST_WAITING // (size + 1024)
    gate.settle()
    assert gate.updates.idle
    gate.updates.heard(Heard("gate/v1/all/status/x", b""))
    assert not gate.updates.idle, "what was taken makes room"


def test_a_broker_that_says_this_and_that_fills_neither_log_nor_journal(
    gate: Gate, broker: Broker, caplog: pytest.LogCaptureFixture
) -> None:
    for number in range(3 * MOST_LINES):
        broker.put(f"gate/v1/all/status/x{number % 5}", b"junk" if number % 2 else b"")
        gate.settle(1)
    assert caplog.text.count("is left out") <= MOST_LINES
    assert len(gate.told) == 1
    for leaf in range(5):
        broker.put(f"gate/v1/all/status/x{leaf}", b"")
    gate.settle(1)
    assert gate.alarmed, "it may come again"
    gate.settle(QUIET_S)
    assert [one.working for one in gate.told] == [False, True]


def test_what_a_lower_bound_of_the_time_refused_is_taken_when_the_clock_is_set(
    tmp_path: Path, broker: Broker, desk: Desk
) -> None:
    gate = Gate(tmp_path / "late", desk, broker)
    bundle = desk.bundle(6)
    (issuer, other), begins = bundle.issuers, NOON - HOUR
    young = replace(issuer, keys=(replace(issuer.keys[0], not_before=begins),))
    (gate.folder / "trust.bundle").write_bytes(desk.signed(replace(bundle, issuers=(young, other))))
    gate.clock.utc, gate.clock.clock = begins - HOUR, ClockTrust.UNSET
    gate.start()
    broker.publish([*desk.snapshot(GREEN), desk.change(1, {0: BLACK})])
    gate.connect()
    gate.settle(1)
    assert gate.stands(0) == "unknown"
    gate.clock.utc, gate.clock.clock = NOON, ClockTrust.SYNCED
    gate.settle(1)
    assert gate.stands(0) == "black"


def test_pieces_that_nobody_asked_for_are_not_kept(gate: Gate, desk: Desk) -> None:
    *pieces, _ = desk.trust(desk.bundle(6))
    for piece in pieces:
        gate.updates.heard(Heard(piece.topic, piece.payload))
    gate.settle(1)
    assert (gate.version, gate.updates.counts.refused) == (5, 0)


TOPICS = ("trust", "rules", "deny/a", "status/a", "status/a/snapshot", "notice", f"trust/chunk/{'ab' * 32}/0", "x", "")


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from(TOPICS), st.binary(max_size=40)), max_size=8))
def test_no_stranger_brings_anything_about(gate: Gate, said: list[tuple[str, bytes]]) -> None:
    before = gate.trust.current()
    for leaf, payload in said:
        gate.updates.heard(Heard(f"gate/v1/all/{leaf}", payload, retained=True))
    gate.settle()
    assert gate.trust.current() is before
    assert not gate.paths.delivered.folder.exists()
