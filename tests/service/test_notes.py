"""Messages that are no records: the greeting first, of a retained topic the newest, of the others a bounded number."""

from __future__ import annotations

from gate.ports import Message
from gate.service.notes import MOST, Notes


def note(text: str, topic: str = "count", *, retain: bool = True) -> Message:
    return Message(topic, text.encode(), retain, "application/json")


def texts(notes: Notes, most: int = 10_000) -> list[str]:
    return [one.payload.decode() for one in notes.take(most, most)]


def test_of_a_retained_topic_only_the_newest_is_sent() -> None:
    notes = Notes()
    for text in ("1", "2", "3"):
        notes.add(note(text))
        notes.add(note(f"s{text}", "snapshot"))
    assert texts(notes) == ["3", "s3"]
    assert not notes.waiting
    assert texts(notes) == []


def test_the_greeting_comes_first_and_only_the_newest_of_it() -> None:
    notes = Notes()
    notes.add(note("crossing", "crossing", retain=False))
    notes.add(note("count"))
    notes.first(note("old", "availability"))
    notes.first(note("online", "availability"))
    assert texts(notes) == ["online", "crossing", "count"]


def test_the_greeting_needs_room_and_no_share_of_it() -> None:
    notes = Notes()
    notes.first(note("online", "availability"))
    notes.add(note("count"))
    assert notes.take(0, 0) == []
    assert [one.payload for one in notes.take(1, 0)] == [b"online"]
    assert [one.payload for one in notes.take(1, 1)] == [b"count"]


def test_they_are_handed_out_as_there_is_room() -> None:
    notes = Notes()
    for number in range(5):
        notes.add(note(str(number), "crossing", retain=False))
    assert [texts(notes, most) for most in (-1, 0, 2, 2)] == [[], [], ["0", "1"], ["2", "3"]]
    assert notes.waiting


def test_during_a_long_absence_the_newest_are_kept() -> None:
    notes = Notes()
    for number in range(MOST + 10):
        notes.add(note(str(number), "crossing", retain=False))
    assert texts(notes) == [str(number) for number in range(10, MOST + 10)]
