"""An older copy of a card is put back: gate and centre together lose nothing, with the real ingest and database."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from sqlalchemy import select

from gate.central.adapters.sql.tables import apart
from gate.central.ingest import Delivery, Ingest, Joined
from gate.ports import Message
from gate.service.confirm import Confirm
from gate.wire import envelope
from gate.wire.envelope import Received
from tests.central.conftest import Place
from tests.central.examples import NOON
from tests.service.test_older_copy import ACK, Card, copied, intact


class OneByOne:
    """``ingest.Link``: delivers one message a run, and shows what stands at the broker."""

    def __init__(self) -> None:
        self.standing: dict[str, bytes] = {}
        self.next = Delivery("", b"", 0)
        self.kept = threading.Event()

    def start(self, on_news: Callable[[Delivery | Joined], None]) -> None:
        self.kept.clear()
        on_news(self.next)

    def acknowledge(self, delivery: Delivery) -> None:
        assert delivery == self.next
        self.kept.set()

    def publish(self, topic: str, payload: bytes) -> None:
        self.standing[topic] = payload

    def order(self, topic: str, payload: bytes) -> None: ...

    def listen(self, filters: Sequence[str]) -> None: ...

    def ignore(self, filters: Sequence[str]) -> None: ...

    def close(self) -> None: ...


class RealCentre:
    """The ingest, message by message."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.link = OneByOne()
        self.ingest = Ingest(place.kept_open, self.link, lambda: NOON)

    def take(self, message: Message) -> None:
        self.link.next = Delivery(message.topic, message.payload, 0)
        self.ingest.run(self.link.kept, lambda: None)

    def ack(self) -> bytes | None:
        return self.link.standing.get(ACK)

    def events(self) -> dict[str, int]:
        """The visits of all journals by the id of their event."""
        store = self.place.kept_open
        bodies = [body for journal in store.journals() for _, body in store.bodies(journal)]
        found = [envelope.decode(body) for body in bodies]
        return {one.id: one.data["visit"] for one in found if isinstance(one, Received) and "visit" in one.data}


@pytest.mark.parametrize("confirm", list(Confirm), ids=str)
@pytest.mark.parametrize("late", [False, True], ids=["heard-first", "heard-late"])
def test_everything_that_either_card_recorded_is_kept_once(
    place: Place, tmp_path: Path, confirm: Confirm, *, late: bool
) -> None:
    centre = RealCentre(place)
    paths = tmp_path / "journal.db", tmp_path / "copy.db"
    visit = copied(paths, centre, before=4, after=3)
    card = Card(paths[1])
    card.record(*range(visit, visit + 5))
    card.stop()
    card = Card(paths[1], confirm)
    card.record(visit + 5)
    card.meet(centre, late=late)
    assert sorted(centre.events().values()) == list(range(1, visit + 6))
    assert card.recorder.counts().pending == 0
    assert [one.whole_to == one.highest for one in place.kept_open.journals().values()] == [True, True]
    with place.database().reading() as link:
        payloads = [bytes(payload) for payload in link.execute(select(apart.c.payload)).scalars()]
    assert all(isinstance(envelope.decode(payload), Received) for payload in payloads)
    card.stop()
    assert intact(paths[1])
