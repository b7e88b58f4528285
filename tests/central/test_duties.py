"""What one worker does for all, on both databases: the lease, the newest reports, and the requests for records."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from gate.access.command import Role
from gate.central import reports
from gate.central.adapters.sql import nonces
from gate.central.adapters.sql.duties import SqlDuties
from gate.central.adapters.sql.tables import report
from gate.central.arrivals import Arrived, Journal
from gate.central.duties import LEASE, LOOK_S, Asker, Duties
from gate.central.findings import FindingKind
from gate.central.replaying import STANDS, TOLD_AFTER
from gate.central.store import StoreError
from gate.credential import jose
from gate.credential.instant import ClockTrust, Instant
from gate.wire import command, jsontext
from gate.wire.command import Proven, Response
from tests.central.conftest import Place
from tests.central.examples import NOON, TOPIC, arrived
from tests.wire.commands import Staff, bundle_of
from tests.wire.examples import IDENTITY, ULID_B

ROOT = TOPIC.removesuffix("/evt/access")
STAFF = Staff(Role.REPLAY)
KEY, BUNDLE = STAFF.private, bundle_of(STAFF.issuer())


@dataclass
class Worker:
    """A worker's duties at a clock that is set by hand, and what it says to the broker."""

    place: Place
    name: str
    asker: Asker | None = field(default_factory=lambda: Asker(KEY))
    now: datetime = NOON
    ordered: list[tuple[str, bytes, datetime]] = field(default_factory=list)
    asked: list[tuple[str, int]] = field(default_factory=list)
    """What the broker was asked to deliver, and to deliver no more."""

    def __post_init__(self) -> None:
        self.mono_s = 0.0
        store = SqlDuties(self.place.database())
        self.duties = Duties(store, self, self.asker, self.name, lambda: self.now, lambda: self.mono_s)

    def order(self, topic: str, payload: bytes) -> None:
        self.ordered.append((topic, payload, self.now))

    def listen(self, filters: Sequence[str]) -> None:
        self.asked.append(("listen", len(filters)))

    def ignore(self, filters: Sequence[str]) -> None:
        self.asked.append(("ignore", len(filters)))

    def after(self, passed: timedelta) -> Worker:
        self.now += passed
        self.mono_s += max(passed.total_seconds(), LOOK_S)
        self.duties.look()
        return self

    @property
    def works(self) -> bool:
        """Whether it does what one does for all."""
        return self.duties.ours

    def commands(self) -> list[tuple[int, int]]:
        """What was asked for, as a gate understands it."""
        found = []
        for topic, payload, then in self.ordered:
            proven = command.read(topic, payload, IDENTITY, BUNDLE, Instant(then, 0, ClockTrust.SYNCED))
            assert isinstance(proven, Proven), proven
            found.append((proven.command.args["from"], proven.command.args["to"]))
        return found

    def claims(self, name: str) -> list[Any]:
        """This claim of everything that was asked for."""
        return [json.loads(jose.read(payload).payload)[name] for _, payload, _ in self.ordered]


@pytest.fixture
def worker(place: Place) -> Callable[..., Worker]:
    def made(name: str = "one", asker: Asker | None = None) -> Worker:
        return Worker(place, name, asker or Asker(KEY))

    return made


def lacking(place: Place, *gone: int, count: int = 9) -> list[Arrived]:
    """Save the first records of a journal but these; those that are gone."""
    all_ = arrived(count)
    place.store().save([one for one in all_ if one.seq not in gone], [], NOON)
    return [one for one in all_ if one.seq in gone]


def test_one_worker_does_it_until_it_leaves_or_is_gone(worker: Callable[..., Worker]) -> None:
    first, second = worker("first"), worker("second")
    first.after(timedelta(0))
    second.after(timedelta(0))
    assert (first.asked, second.asked) == ([("listen", 6)], [("ignore", 6)])
    assert not second.after(LEASE - timedelta(seconds=1)).works
    assert second.after(timedelta(seconds=1)).works
    assert second.asked[-1] == ("listen", 6)
    assert not first.after(LEASE).works
    second.duties.end()
    assert first.after(timedelta(0)).works


def test_a_new_connection_is_asked_again(worker: Callable[..., Worker]) -> None:
    one = worker().after(timedelta(0))
    one.duties.joined()
    one.duties.look()
    assert one.asked == [("listen", 6)] * 2


def test_the_newest_report_is_kept_by_who_has_the_lease(place: Place, worker: Callable[..., Worker]) -> None:
    first, second = worker("first").after(timedelta(0)), worker("second").after(timedelta(0))
    first.duties.heard([(f"{ROOT}/state", b"1"), (f"{ROOT}/alarm/4", b"2"), (f"{ROOT}/alarm/5", b"3")])
    first.duties.heard([(f"{ROOT}/state", b"4"), (f"{ROOT}/alarm/4", b""), (f"{ROOT}/live", b"5")])
    second.duties.heard([(f"{ROOT}/state", b"old")])
    with place.database().reading() as link:
        found = {row.leaf: (row.payload, row.arrived) for row in link.execute(select(report))}
    assert found == {"state": (b"4", NOON), "alarm/5": (b"3", NOON)}


def test_a_gate_that_names_ever_new_alarms_pushes_out_its_own_oldest(
    place: Place, worker: Callable[..., Worker], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gate.central.adapters.sql.duties.MOST_OF_ONE", 3)
    one = worker().after(timedelta(0))
    one.duties.heard([("gate/v1/jkt-01/back/state", b"x")])
    for number in range(1, 8):
        one.after(timedelta(seconds=1)).duties.heard([(f"{ROOT}/alarm/{number}", b"x")])
    with place.database().reading() as link:
        found = set(link.execute(select(report.c.leaf)).scalars())
    assert found == {"state", "alarm/5", "alarm/6", "alarm/7"}


def test_a_gap_is_asked_for_once_it_has_stood_and_then_seldom(place: Place, worker: Callable[..., Worker]) -> None:
    lacking(place, 3, 4, 7)
    one = worker().after(timedelta(0))
    assert one.ordered == []
    assert one.after(STANDS).commands() == [(3, 7)]
    assert one.after(timedelta(seconds=10)).commands() == [(3, 7)]
    assert one.after(timedelta(seconds=5)).commands() == [(3, 7), (3, 7)]
    used = one.claims("nonce")
    assert used == sorted(set(used))


def test_what_came_in_time_is_not_asked_for(place: Place, worker: Callable[..., Worker]) -> None:
    gone = lacking(place, 3, 4)
    one = worker().after(timedelta(0))
    place.store().save(gone, [], NOON)
    assert one.after(STANDS).ordered == []


def test_only_one_worker_asks(place: Place, worker: Callable[..., Worker]) -> None:
    lacking(place, 3)
    first, second = worker("first").after(timedelta(0)), worker("second").after(timedelta(0))
    assert (len(first.after(STANDS).ordered), len(second.after(STANDS).ordered)) == (1, 0)


def test_no_nonce_is_used_twice_whatever_the_clock_does(place: Place, worker: Callable[..., Worker]) -> None:
    lacking(place, 3)
    first = worker("first").after(timedelta(0)).after(STANDS)
    first.duties.end()
    second = worker("second")
    second.now = NOON + timedelta(minutes=1)
    second.after(timedelta(0))
    second.duties.end()
    with place.database().writing() as link:
        early = nonces.take(link, Asker(KEY).kid, 3, NOON - timedelta(days=400))
    used = first.claims("nonce") + second.claims("nonce")
    assert min(early) == max(used) + 1
    assert early == [early[0], early[0] + 1, early[0] + 2]


def test_a_gate_that_is_away_is_not_asked(place: Place, worker: Callable[..., Worker]) -> None:
    lacking(place, 3)
    one = worker().after(timedelta(0))
    one.duties.heard([(f"{ROOT}/availability", b'{"state":"offline","boot":"b"}')])
    assert one.after(STANDS).ordered == []
    one.duties.heard([(f"{ROOT}/availability", b'{"state":"online","boot":"b"}')])
    assert len(one.after(timedelta(0)).ordered) == 1


def test_a_gate_is_not_asked_for_a_journal_that_it_does_not_have_any_more(
    place: Place, worker: Callable[..., Worker]
) -> None:
    lacking(place, 3)
    place.store().save(arrived(2, ULID_B), [], NOON)
    one = worker().after(timedelta(0)).after(STANDS)
    assert one.ordered == []
    (found,) = place.store().findings()
    assert found.finding.kind is FindingKind.GAP_OPEN
    assert "another journal" in found.finding.detail


def test_gaps_that_nobody_can_fill_keep_no_other_from_being_asked_for(
    place: Place, worker: Callable[..., Worker], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a card that was replaced and of a gate that is away, in whatever number."""
    monkeypatch.setattr("gate.central.adapters.sql.gaps._KNOWN", 1)
    lacking(place, 3)
    place.store().save(arrived(1, ULID_B), [], NOON)
    away, here = (f"gate/v1/jkt-01/{name}" for name in ("away", "here"))
    of = {
        source: [replace(one, journal=Journal(source, ULID_B)) for one in arrived(9, ULID_B)] for source in (away, here)
    }
    one = worker().after(timedelta(0))
    one.duties.heard([(f"{away}/availability", b'{"state":"offline","boot":"b"}')])
    for source in (away, here):
        one.after(timedelta(seconds=1))
        place.store().save([of[source][0], of[source][8]], [], one.now)
    asked = one.after(timedelta(seconds=5)).after(STANDS).ordered
    assert [topic for topic, _, _ in asked] == [f"{here}/cmd/replay"]
    one.after(TOLD_AFTER).after(timedelta(seconds=5)).after(timedelta(seconds=5))
    assert len(place.store().findings()) == 3, "and people are told of all of them"


def test_a_gap_that_stays_is_told_once_and_ends_when_it_is_filled(place: Place, worker: Callable[..., Worker]) -> None:
    gone = lacking(place, 3, 4)
    one = worker().after(timedelta(0)).after(TOLD_AFTER).after(timedelta(hours=9))
    (found,) = place.store().findings()
    assert (found.finding.kind, found.count, found.ended) == (FindingKind.GAP_OPEN, 1, None)
    place.store().save(gone, [], one.now)
    one.after(timedelta(0))
    (found,) = place.store().findings()
    assert found.ended == one.now


def test_without_a_key_nothing_is_asked_and_people_are_told(place: Place) -> None:
    lacking(place, 3)
    one = Worker(place, "one", None).after(timedelta(0)).after(TOLD_AFTER)
    assert one.ordered == []
    assert [found.finding.kind for found in place.store().findings()] == [FindingKind.GAP_OPEN]


def test_a_gate_that_refuses_is_told_with_its_reason_alone(place: Place, worker: Callable[..., Worker]) -> None:
    lacking(place, 3)
    one = worker().after(timedelta(0)).after(STANDS)
    (transaction,) = one.claims("transaction")
    for error in ("no_role", "no_role"):
        answer = command.response(Response(transaction, "refused", "text of somebody", error))
        one.duties.heard([(f"{ROOT}/res/replay", answer)])
    (found,) = place.store().findings()
    assert "does not send them again (no_role)" in found.finding.detail
    assert "somebody" not in found.finding.detail
    assert found.count == 1


@pytest.mark.parametrize("payload", [b"", b"{}", b"\xff", jsontext.dump({"transaction": "x"})])
def test_an_answer_that_is_none_is_nothing(worker: Callable[..., Worker], payload: bytes) -> None:
    worker().after(timedelta(0)).duties.heard([(f"{ROOT}/res/replay", payload)])


class Down(SqlDuties):
    """A database that is away for a while."""

    down = True

    def take(self, worker: str, now: datetime, length: timedelta) -> bool:
        if self.down:
            raise StoreError("the database is away")
        return super().take(worker, now, length)


def test_a_database_that_is_away_is_tried_again_and_told_once(
    place: Place, worker: Callable[..., Worker], caplog: pytest.LogCaptureFixture
) -> None:
    one, store = worker(), Down(place.database())
    one.duties = Duties(store, one, None, "one", lambda: one.now, lambda: one.mono_s)
    one.after(timedelta(0)).after(timedelta(0))
    assert not one.works
    assert caplog.text.count("cannot be used") == 1
    store.down = False
    assert one.after(timedelta(0)).works


def test_the_filters_are_those_of_the_contract() -> None:
    assert reports.FILTERS[0] == "gate/v1/+/+/availability"
    assert reports.FILTERS[-2:] == ("gate/v1/+/+/alarm/+", "gate/v1/+/+/res/replay")
