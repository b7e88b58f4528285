"""Who gets a certificate: the holder of a token, once, and the holder of a certificate; nobody else by any request."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gate.central import audit
from gate.central.adapters.sql.issued import SqlIssued
from gate.central.adapters.sql.office import SqlOffice
from gate.central.findings import FindingKind
from gate.central.issuing import Ticket
from gate.central.registrar import certified, token_for
from gate.central.registry import Gate, Registry
from gate.credential import base64url
from gate.pki import checking, making, requests
from gate.service.threads import Worker
from gate.wire import enrolment
from gate.wire.enrolment import Issued, Refusal, Refused
from gate.wire.token import Token
from tests.central.conftest import Place as DatabasePlace
from tests.central.examples import NOON
from tests.central.examples import events as events_of
from tests.central.registrars import GATE, REGISTRY, SECRET, SITE, Place, authority
from tests.wire.test_chain import chained, head, plain

KEY, OTHER = making.new_key(), making.new_key()
OURS = authority()
HOUR = timedelta(hours=1)


@pytest.fixture
def centre(place: DatabasePlace) -> Place:
    return Place(SqlIssued(place.database()), OURS)


def why(found: Issued | Refused) -> Refusal:
    assert isinstance(found, Refused), "it was given out"
    return found.reason


def issued(found: Issued | Refused) -> x509.Certificate:
    assert isinstance(found, Issued), found
    assert found.authority == making.certificate_to_pem(OURS.certificate)
    return making.certificate_from_pem(found.certificate, "it")


def enrol(centre: Place, token: Token, key: ec.EllipticCurvePrivateKey = KEY) -> Issued | Refused:
    return centre.registrar.enrol(enrolment.ask(token, requests.made(token.gate, key)))


def renew(centre: Place, held: x509.Certificate, key: ec.EllipticCurvePrivateKey = KEY) -> Issued | Refused:
    return centre.registrar.renew(held, enrolment.ask_again(requests.made(making.name_of(held), key)))


def test_a_token_gives_one_gate_its_certificate(centre: Place) -> None:
    made = issued(enrol(centre, centre.token()))
    pem = making.certificate_to_pem(made)
    assert checking.client_certificate(pem, OURS.certificate, GATE, KEY.public_key(), centre.at) == made
    (kept,) = centre.store.certificates(GATE)
    assert (kept.pem, kept.site, int(kept.serial, 16), kept.revoked) == (pem, SITE, made.serial_number, None)


def test_a_token_counts_once_but_the_same_request_is_answered_again(centre: Place) -> None:
    token = centre.token()
    made = issued(enrol(centre, token))
    assert issued(enrol(centre, token)) == made, "the answer may have got lost"
    assert why(enrol(centre, token, OTHER)) is Refusal.USED
    assert len(centre.store.certificates()) == 1


def test_a_token_ends(centre: Place) -> None:
    token = centre.token(hours=1)
    centre.at += HOUR
    assert why(enrol(centre, token)) is Refusal.EXPIRED
    assert centre.store.certificates() == []


def test_who_lacks_the_secret_learns_nothing_and_spends_nothing(centre: Place) -> None:
    token = centre.token()
    forged = replace(token, secret=bytes(16))
    assert why(enrol(centre, forged)) is Refusal.UNKNOWN_TOKEN
    body = enrolment.ask(forged, requests.made(GATE, OTHER))
    header, claims, signature = body.split(b".")
    own, _, _ = enrolment.ask(token, b"").split(b".")
    assert why(centre.registrar.enrol(b".".join([own, claims, signature]))) is Refusal.UNKNOWN_TOKEN
    assert header != own
    issued(enrol(centre, token))


def test_a_token_is_for_no_other_gate(centre: Place) -> None:
    token = centre.token()
    for other in (replace(token, gate="gate-2"), replace(token, site="office-2")):
        assert why(enrol(centre, other)) is Refusal.UNKNOWN_TOKEN
    request = enrolment.ask(token, requests.made("gate-2", KEY))
    assert why(centre.registrar.enrol(request)) is Refusal.MALFORMED


@pytest.mark.parametrize("body", [b"", b"{}", b"a.b.c", b"x" * 20_000], ids=["empty", "json", "dots", "long"])
def test_noise_is_malformed(centre: Place, body: bytes) -> None:
    assert why(centre.registrar.enrol(body)) is Refusal.MALFORMED
    assert why(centre.registrar.renew(issued(enrol(centre, centre.token())), body)) is Refusal.MALFORMED


def test_a_gate_that_has_left_the_registry_gets_nothing(centre: Place) -> None:
    token, held = centre.token(), issued(enrol(centre, centre.token("gate-1", bytes(16))))
    centre.registry = Registry()
    assert why(enrol(centre, token)) is Refusal.NOT_REGISTERED
    assert why(renew(centre, held)) is Refusal.NOT_REGISTERED
    centre.registry = Registry.of(REGISTRY.sites.values(), [Gate(GATE, "office-2")])
    assert why(enrol(centre, token)) is Refusal.NOT_REGISTERED


def test_a_renewal_keeps_name_and_key_and_moves_the_end(centre: Place) -> None:
    old = issued(enrol(centre, centre.token()))
    centre.at += timedelta(days=300)
    new = issued(renew(centre, old))
    assert (new.subject, new.public_key()) == (old.subject, old.public_key())
    assert new.not_valid_after_utc - old.not_valid_after_utc == timedelta(days=300)
    assert len(centre.store.certificates(GATE)) == 2
    issued(renew(centre, old))
    issued(renew(centre, new))


def test_a_renewal_for_another_key_name_or_authority_is_refused(centre: Place) -> None:
    old = issued(enrol(centre, centre.token()))
    assert why(renew(centre, old, OTHER)) is Refusal.MALFORMED
    other = centre.registrar.renew(old, enrolment.ask_again(requests.made("gate-2", KEY)))
    assert why(other) is Refusal.MALFORMED
    foreign = making.issued(authority(), GATE, KEY.public_key(), (), (centre.at, timedelta(days=9)))
    assert why(renew(centre, foreign)) is Refusal.UNKNOWN_CERTIFICATE


def test_a_certificate_that_was_made_by_hand_is_renewed_and_known_from_then_on(centre: Place) -> None:
    by_hand = making.issued(OURS, GATE, KEY.public_key(), (), (centre.at, timedelta(days=9)))
    issued(renew(centre, by_hand))
    assert len(centre.store.certificates(GATE)) == 2
    centre.store.revoke(GATE, "lost", "uid-7", centre.at)
    assert why(renew(centre, by_hand)) is Refusal.REVOKED
    another = making.issued(OURS, GATE, KEY.public_key(), (), (centre.at, timedelta(days=9)))
    assert why(renew(centre, another)) is Refusal.REVOKED, "nobody knows whether it is the lost one's"


def test_a_gate_of_which_nothing_was_known_is_revoked_all_the_same(centre: Place) -> None:
    """Its certificate is of `gate pki`, and the centre has never seen it: with it the thief would get a good one."""
    assert centre.store.revoke(GATE, "lost: at night", "uid-7", centre.at).certificates == ()
    by_hand = making.issued(OURS, GATE, KEY.public_key(), (), (centre.at, timedelta(days=9)))
    assert why(renew(centre, by_hand)) is Refusal.REVOKED
    assert centre.store.certificates() == []
    of_another = making.issued(OURS, "gate-2", KEY.public_key(), (), (centre.at, timedelta(days=9)))
    issued(centre.registrar.renew(of_another, enrolment.ask_again(requests.made("gate-2", KEY))))


def test_after_a_revocation_nothing_that_the_gate_held_counts(centre: Place) -> None:
    held, open_ = issued(enrol(centre, centre.token())), centre.token(GATE, bytes(16))
    others = issued(enrol(centre, centre.token("gate-2", b"2" * 16)))
    done = centre.store.revoke(GATE, "lost", "uid-7", centre.at)
    assert ([one.serial for one in done.certificates], done.tickets) == ([f"{held.serial_number:x}"], 1)
    assert why(renew(centre, held)) is Refusal.REVOKED
    assert why(enrol(centre, open_)) is Refusal.REVOKED
    issued(renew(centre, others))
    again = centre.store.revoke(GATE, "other words", "uid-7", centre.at + HOUR)
    assert again.certificates == done.certificates, "the first reason and moment stay"
    assert again.tickets == 0


@pytest.mark.parametrize("way", ["renew", "enrol"])
def test_what_is_given_out_while_the_gate_is_revoked_counts_no_more_either(place: DatabasePlace, way: str) -> None:
    ours, theirs = (Place(SqlIssued(place.database()), OURS) for _ in range(2))
    for turn in range(20 if "postgresql" in place.url else 3):  # SQLite has one writer at a time
        token = ours.token(GATE, turn.to_bytes(16))
        held = issued(enrol(ours, ours.token(GATE, (turn + 100).to_bytes(16)))) if way == "renew" else None
        start, answers = threading.Barrier(2), list[Issued | Refused]()

        def give(held: x509.Certificate | None, token: Token, start: threading.Barrier, into: list[Any]) -> None:
            start.wait(10)
            into.append(enrol(ours, token) if held is None else renew(ours, held))

        worker = Worker("giving", lambda *_, to=(held, token, start, answers): give(*to), lambda _: None)
        worker.start()
        start.wait(10)
        theirs.store.revoke(GATE, "lost", "uid-7", theirs.at)
        assert worker.stop(20)
        assert worker.error is None
        assert len(answers) == 1
        assert all(one.revoked for one in ours.store.certificates(GATE))


def test_tokens_and_revocations_are_in_the_audit(place: DatabasePlace) -> None:
    centre, office = Place(SqlIssued(place.database()), OURS), SqlOffice(place.database())
    token = centre.token()
    centre.store.revoke(GATE, "stolen", "uid-7", centre.at)
    entries = list(office.audit())
    assert [(one.act.by, one.act.verb, one.act.about) for one, _ in entries] == [
        ("somebody", "enroll", f"{SITE}/{GATE}, token {token.id}"),
        ("uid-7", "revoke", f"{GATE}: stolen"),
    ]
    assert audit.broken(entries) is None


def test_a_new_unit_under_the_old_name_gets_its_own(centre: Place) -> None:
    old = issued(enrol(centre, centre.token()))
    centre.store.revoke(GATE, "lost", "uid-7", centre.at)
    new = issued(enrol(centre, centre.token(GATE, bytes(16)), OTHER))
    issued(renew(centre, new, OTHER))
    assert why(renew(centre, old)) is Refusal.REVOKED


def test_a_spent_token_of_a_revoked_certificate_brings_it_not_back(centre: Place) -> None:
    token = centre.token()
    issued(enrol(centre, token))
    centre.store.revoke(GATE, "lost", "uid-7", centre.at)
    assert isinstance(enrol(centre, token), Refused)


def test_a_token_is_made_for_gates_of_the_registry_alone() -> None:
    for site, gate in ((SITE, "gate-9"), ("office-2", GATE)):
        assert isinstance(token_for(REGISTRY, site, gate, "c:1", bytes(32), SECRET), str)
    assert isinstance(token_for(REGISTRY, SITE, GATE, "c:1", bytes(32), SECRET), Token)


def test_the_lost_unit_s_journal_key_signs_no_head_any_more(place: DatabasePlace) -> None:
    bodies = chained(plain, plain, head, plain, head)
    events = [one for body in bodies for one in events_of(body)]
    store, issues = place.store(), SqlIssued(place.database())
    store.save(events[:3], [], NOON)
    gate = events[0].journal.source.rpartition("/")[2]
    names = ("another", "%", f"_{gate[1:]}", gate.upper(), gate, gate)
    assert [issues.revoke(name, "lost", "uid-7", NOON).head_keys for name in names] == [0, 0, 0, 0, 1, 0]
    store.save(events[3:], [], NOON)
    (finding,) = store.findings()
    assert finding.finding.kind is FindingKind.HEAD_KEY_REVOKED
    assert store.journals()[events[0].journal].whole_to == len(events), "what it recorded is kept all the same"


def test_a_gate_that_enrols_is_known_by_the_key_of_its_journal_from_its_first_head(place: DatabasePlace) -> None:
    """A stranger's journal under its name is found out at once, not only when the key changes."""
    (event, *_) = events_of(chained(plain)[0])
    site, gate = event.journal.source.split("/")[2:]
    issues, store = SqlIssued(place.database()), place.store()
    ticket = Ticket("a" * 16, bytes(32), site, gate, NOON, NOON + HOUR, "somebody")
    issues.add_ticket(ticket)
    made = making.issued(OURS, gate, KEY.public_key(), (), (NOON, HOUR))
    own = base64url.encode(Ed25519PrivateKey.generate().public_key().public_bytes_raw())
    issues.spend(ticket.id, certified(made, site, NOON, ticket.id), NOON, own)
    store.save([one for body in chained(plain, head) for one in events_of(body)], [], NOON)
    (finding,) = store.findings()
    assert finding.finding.kind is FindingKind.HEAD_KEY_CHANGED


def test_a_head_is_believed_where_nothing_was_revoked(place: DatabasePlace) -> None:
    store = place.store()
    store.save([one for body in chained(plain, head, plain, head) for one in events_of(body)], [], NOON)
    assert store.findings() == []
