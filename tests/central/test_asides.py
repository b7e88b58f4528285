"""A record that the broker does not take holds up no word of the centre, and is kept after all when it comes."""

from __future__ import annotations

from pathlib import Path

import pytest

from gate.central.arrivals import Journal
from gate.ports import Connected, Message
from gate.wire import topics
from tests.central.conftest import Place
from tests.central.test_older_copy import RealCentre
from tests.service.test_older_copy import Card
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
