"""A record that the broker does not take holds up no word of the centre, and is kept after all when it comes."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from gate.adapters.head_key import HeadKey
from gate.central.arrivals import Journal
from gate.ports import Connected, Message
from gate.wire import topics
from tests.central.conftest import Place
from tests.central.test_older_copy import RealCentre
from tests.service.test_older_copy import Card, KeepingCentre
from tests.wire.examples import IDENTITY


@pytest.mark.parametrize("poisoned", [(1,), (3,), (3, 4, 7)], ids=str)
def test_what_is_behind_it_is_confirmed_and_it_comes_when_it_is_taken(
    place: Place, tmp_path: Path, poisoned: tuple[int, ...]
) -> None:
    centre, card = RealCentre(place), Card(tmp_path / "journal.db")
    visits = [b'"visit":%d}' % visit for visit in poisoned]

    def takes(message: Message) -> bool:
        return not any(visit in message.payload for visit in visits)

    card.takes = takes
    card.record(*range(1, 9))
    card.recorder._inbox.put(Connected(9))
    card.talk(centre, 150)
    assert card.recorder.counts().pending == len(poisoned), "all others are confirmed"
    journal = Journal(topics.root(IDENTITY), card.journal.ulid)
    assert place.kept_open.journals()[journal].whole_to == 9
    visits.clear()
    card.talk(centre, 1000)
    assert card.recorder.counts().pending == 0
    assert sorted(centre.events().values()) == list(range(1, 9))
    found = place.kept_open.journals()[journal]
    assert (found.whole_to, found.highest, found.broken_at) == (9, 9, None)
    assert place.kept_open.findings() == []
    card.stop()


def test_a_new_database_acknowledges_a_journal_whose_beginning_is_forgotten(place: Place, tmp_path: Path) -> None:
    card = Card(tmp_path / "journal.db", signer=HeadKey(tmp_path / "key"))
    card.record(*range(1, 121))
    card.meet(KeepingCentre())
    assert card.journal.forget_before(datetime.max.replace(tzinfo=UTC)) == 100
    centre = RealCentre(place)
    card.record(121)
    card.recorder._inbox.put(Connected(9))
    card.talk(centre, 5)
    journal = Journal(topics.root(IDENTITY), card.journal.ulid)
    assert place.kept_open.journals()[journal].whole_to == 0
    ((first, last),) = place.kept_open.gaps(journal)
    card.recorder._again(card.journal.unconfirm(first, last), first)  # what a replay does
    card.talk(centre, 10)
    assert card.recorder.counts().pending == 0
    found = place.kept_open.journals()[journal]
    assert (found.whole_to, found.broken_at) == (found.highest, None)
    assert sorted(centre.events().values()) == list(range(101, 122))
    assert place.kept_open.findings() == []
    card.stop()
