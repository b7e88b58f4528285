"""An older copy of a card is put back: the centre has everything that either card told, and keeps what it had.

Real journals and recorders, and a centre that keeps what comes first of each number, as ours does.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gate.access.signals import DeviceChanged
from gate.adapters.journal_sqlite import JournalReader, SqliteJournal
from gate.ports import Acknowledged, Connected, Disconnected, HeadSigner, Heard, Message
from gate.service import recorder as recorder_module
from gate.service.confirm import Confirm
from gate.service.outbox import Sending
from gate.service.recorder import Recorder
from gate.wire import ack, batch, chain, envelope, topics
from gate.wire.ack import Ack
from gate.wire.envelope import Received
from tests.service.test_outbox import ScriptedBroker
from tests.service.test_recorder import SteppedClock, outside_of, persist
from tests.wire.examples import IDENTITY, ULID_B

ACK = topics.below(IDENTITY, topics.ACK)


class Hears(Protocol):
    """A centre, as a card meets it."""

    def take(self, message: Message) -> None: ...

    def ack(self) -> bytes | None:
        """What stands on the gate's ``ack``."""


@dataclass(slots=True)
class KeepingCentre:
    """What comes first under a number stays; what comes later with other content is not kept."""

    with_head: bool = True
    kept: dict[str, dict[int, bytes]] = field(default_factory=dict)
    newest: str = ""

    def take(self, message: Message) -> None:
        bodies = batch.decode(message.payload) if message.topic.endswith("/evt/batch") else (message.payload,)
        assert isinstance(bodies, tuple)
        for body in bodies:
            found = envelope.decode(body)
            assert isinstance(found, Received)
            assert found.place is not None
            self.newest = found.place.journal
            self.kept.setdefault(self.newest, {}).setdefault(found.place.seq, body)

    def ack(self) -> bytes | None:
        """Of the journal that it heard of last."""
        rows = self.kept.get(self.newest, {})
        whole_to = next(number for number in range(len(rows) + 2) if number + 1 not in rows)
        if not whole_to:
            return None
        return ack.encode(Ack(self.newest, whole_to, chain.digest(rows[whole_to]) if self.with_head else None))

    def visits(self) -> list[int]:
        """Of all journals; an event that is in two of them has one id."""
        found = [envelope.decode(body) for rows in self.kept.values() for body in rows.values()]
        events = {one.id: one.data for one in found if isinstance(one, Received)}
        return sorted(data["visit"] for data in events.values() if "visit" in data)


class Card:
    """A gate that runs from one card; what it sends is taken and acknowledged at once while ``centre`` is there."""

    def __init__(
        self, path: Path, confirm: Confirm = Confirm.CENTRE, window: int = 5, signer: HeadSigner | None = None
    ) -> None:
        self.clock = SteppedClock()
        self.journal = SqliteJournal(path)
        self.broker = ScriptedBroker()
        self.told: list[tuple[str, bool]] = []
        outside = outside_of(self.journal, self.broker, [], self.clock)
        outside = replace(outside, on_device=self._tell, signer=signer)
        self.recorder = Recorder(outside, IDENTITY, Sending(window, confirm=confirm))
        self.answered = 0
        self.takes: Callable[[Message], bool] = lambda _: True
        """What the broker takes."""

    def record(self, *visits: int) -> None:
        for visit in visits:
            self.recorder.submit(persist(visit))
        self.recorder.step(0)

    def meet(self, centre: Hears, *, late: bool = False) -> None:
        """Connect and talk until there is nothing more to say; what stands at the broker may come behind the first."""
        standing = centre.ack()
        self.recorder._inbox.put(Connected(9))
        if late:
            self.recorder.step(0)
        if standing is not None:
            self.recorder._inbox.put(Heard(ACK, standing, retained=True))
        for _ in range(400):
            self.recorder.step(0)
            if self.answered == len(self.broker.sent) and not self.journal.open_records(1):
                break
            self._answer(centre)
            self.clock.move(0.01)
        self.recorder._inbox.put(Disconnected("the end"))
        self.recorder.step(0)

    def talk(self, centre: Hears, seconds: int) -> None:
        """Go on for so long, a second at a time."""
        for _ in range(seconds):
            self._answer(centre)
            self.recorder.step(0)
            self.clock.move(1)

    def stop(self) -> None:
        self.recorder.step(0)
        self.journal.close()

    def _answer(self, centre: Hears) -> None:
        for handle in range(self.answered, len(self.broker.sent)):
            message = self.broker.sent[handle]
            taken = self.takes(message)
            if taken and "/evt/" in message.topic:
                centre.take(message)
            self.recorder._inbox.put(Acknowledged(handle, taken, reason="" if taken else "Packet too large"))
        self.answered = len(self.broker.sent)
        if (said := centre.ack()) is not None:
            self.recorder._inbox.put(Heard(ACK, said))

    def _tell(self, change: DeviceChanged) -> None:
        self.told.append((change.device.value, change.working))


@pytest.fixture
def paths(tmp_path: Path) -> tuple[Path, Path]:
    return tmp_path / "journal.db", tmp_path / "copy.db"


def copied(paths: tuple[Path, Path], centre: Hears, before: int, after: int) -> int:
    """Run a card, copy it after some visits, and go on; the next visit's number."""
    card = Card(paths[0])
    card.record(*range(1, before + 1))
    card.meet(centre)
    card.stop()
    shutil.copy(paths[0], paths[1])
    card = Card(paths[0])
    card.record(*range(before + 1, before + after + 1))
    card.meet(centre)
    card.stop()
    return before + after + 1


def intact(path: Path) -> bool:
    with JournalReader(path) as reader:
        return isinstance(chain.verify(reader.ulid, [one.body for one in reader.records()]), chain.Intact)


def test_an_older_copy_begins_a_new_journal_tells_it_and_loses_nothing(paths: tuple[Path, Path]) -> None:
    centre = KeepingCentre()
    visit = copied(paths, centre, before=3, after=5)
    had = {ulid: dict(rows) for ulid, rows in centre.kept.items()}
    card = Card(paths[1])
    former = card.journal.ulid
    card.record(visit, visit + 1)
    card.meet(centre)
    assert centre.visits() == list(range(1, visit + 2))
    assert centre.kept[former] == had[former]
    assert (card.journal.former, card.recorder.counts().pending) == (former, 0)
    first = envelope.decode(centre.kept[card.journal.ulid][1])
    assert isinstance(first, Received)
    assert first.type == "gate.system.journal_begun.v1"
    assert {name: first.data[name] for name in ("former", "last", "stored", "reason")} == {
        "former": former,
        "last": 5,
        "stored": 8,
        "reason": "ahead",
    }
    assert card.told == [("journal_begun", False), ("journal_begun", True)]
    card.stop()
    assert intact(paths[1])


def test_also_when_its_numbers_are_higher_by_then(paths: tuple[Path, Path]) -> None:
    """The number alone shows nothing then; the hash does."""
    centre = KeepingCentre()
    visit = copied(paths, centre, before=3, after=2)
    for last in (visit + 4, visit + 9):
        card = Card(paths[1])
        card.record(*range(visit, last))
        visit = last
        card.stop()
    card = Card(paths[1])
    card.record(visit)
    card.meet(centre)
    assert centre.visits() == list(range(1, visit + 1))
    assert '"reason":"differs"' in centre.kept[card.journal.ulid][1].decode()
    card.stop()
    assert intact(paths[1])


@dataclass(frozen=True, slots=True)
class Story:
    """So many visits before the copy is made, after it, and with the copy before the centre is heard again."""

    before: int
    after: int
    offline: int
    this_run: int
    confirm: Confirm
    window: int
    late: bool


STORIES = st.builds(
    Story,
    before=st.integers(0, 4),
    after=st.integers(1, 6),
    offline=st.integers(0, 9),
    this_run=st.integers(0, 9),
    confirm=st.sampled_from(Confirm),
    window=st.sampled_from([2, 5]),
    late=st.booleans(),
)


@settings(max_examples=25, deadline=None)
@given(STORIES)
def test_whatever_the_numbers_are(tmp_path_factory: pytest.TempPathFactory, story: Story) -> None:
    folder, centre = tmp_path_factory.mktemp("copy"), KeepingCentre()
    paths = folder / "journal.db", folder / "copy.db"
    visit = copied(paths, centre, story.before, story.after)
    card = Card(paths[1], story.confirm, story.window)
    card.record(*range(visit, visit + story.offline))
    card.stop()
    visit += story.offline
    card = Card(paths[1], story.confirm, story.window)
    card.record(*range(visit, visit + story.this_run))
    card.meet(centre, late=story.late)
    visit += story.this_run
    card.record(visit)
    card.meet(centre)
    assert centre.visits() == list(range(1, visit + 1))
    assert card.recorder.counts().pending == card.journal.backlog() == 0
    card.stop()
    assert intact(paths[1])


def test_what_went_out_before_the_centre_was_heard_is_told_again(paths: tuple[Path, Path]) -> None:
    """The broker says that it has it, and that confirms here; under its number the centre has something else."""
    centre = KeepingCentre()
    visit = copied(paths, centre, before=2, after=4)
    card = Card(paths[1], Confirm.BROKER)
    card.record(visit, visit + 1)
    card.recorder._inbox.put(Connected(9))
    card.recorder.step(0)
    for handle in range(len(card.broker.sent)):
        card.recorder._inbox.put(Acknowledged(handle, taken=True, reason="Success"))
    card.answered = len(card.broker.sent)
    card.recorder.step(0)
    assert card.recorder.counts().pending == 0
    card.meet(centre)
    assert centre.visits() == list(range(1, visit + 2))
    card.stop()


def test_a_centre_that_tells_no_hash_is_understood_by_its_number(paths: tuple[Path, Path]) -> None:
    centre = KeepingCentre(with_head=False)
    visit = copied(paths, centre, before=2, after=4)
    card = Card(paths[1])
    card.record(visit)
    card.meet(centre)
    assert centre.visits() == list(range(1, visit + 1))
    card.stop()


def test_answers_for_what_the_old_journal_sent_count_for_nothing_and_keep_their_places(
    paths: tuple[Path, Path],
) -> None:
    centre = KeepingCentre()
    visit = copied(paths, centre, before=2, after=6)
    card = Card(paths[1], window=3)
    card.record(visit, visit + 1, visit + 2, visit + 3)
    card.recorder._inbox.put(Connected(3))
    card.recorder.step(0)
    assert len(card.broker.sent) == 3
    said = centre.ack()
    assert said is not None
    card.recorder._inbox.put(Heard(ACK, said, retained=True))
    card.recorder.step(0)
    card.recorder.step(0)
    assert len(card.broker.sent) == 3, "the broker takes three at once, whatever they are about"
    card.recorder._inbox.put(Acknowledged(2, taken=True, reason="Success"))
    card.recorder.step(0)
    assert len(card.broker.sent) == 4
    assert card.recorder.counts().confirmed == 0
    card.stop()


def test_a_centre_that_contradicts_again_is_refused_for_a_while(
    paths: tuple[Path, Path], caplog: pytest.LogCaptureFixture
) -> None:
    card = Card(paths[0])
    card.record(1)
    ulids = {card.journal.ulid}
    for _ in range(3):
        card.recorder._inbox.put(Heard(ACK, ack.encode(Ack(card.journal.ulid, 99)), retained=True))
        card.recorder.step(0)
        ulids.add(card.journal.ulid)
    assert len(ulids) == 2
    assert ("foreign_ack", False) in card.told
    card.clock.move(recorder_module.BEGIN_AGAIN_S)
    card.recorder._inbox.put(Heard(ACK, ack.encode(Ack(card.journal.ulid, 99)), retained=True))
    card.recorder.step(0)
    assert card.journal.ulid not in ulids
    assert caplog.text.count("an older copy of the card was put back") == 2
    card.stop()


def test_the_centres_last_word_about_the_old_journal_is_no_alarm(paths: tuple[Path, Path]) -> None:
    """It stands at the broker until the centre speaks of the new one; also after a restart."""
    card = Card(paths[0])
    card.record(1)
    former = card.journal.ulid
    word = Heard(ACK, ack.encode(Ack(former, 99)), retained=True)
    card.recorder._inbox.put(word)
    card.recorder.step(0)
    card.recorder.step(0)
    card.stop()
    card = Card(paths[0])
    card.recorder._inbox.put(word)
    card.recorder.step(0)
    assert card.told == []
    card.recorder._inbox.put(Heard(ACK, ack.encode(Ack(ULID_B, 1))))
    card.recorder.step(0)
    assert card.told == [("foreign_ack", False)]
    card.stop()
