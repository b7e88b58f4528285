"""``gate journal``: reads beside the service, tells a changed and a rewritten chain, and lets no text do anything."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from gate.adapters.head_key import HeadKey
from gate.adapters.journal_sqlite import SqliteJournal
from gate.cli.main import main
from gate.ports import Entry, RecordKind, Slot
from gate.service.journal_keeper import JournalKeeper, Keeping
from gate.wire import chain, envelope
from tests.service.stepped_clock import SteppedClock
from tests.wire.examples import GRANTED, IDENTITY, OTHERS, ULID_B

Say = Callable[..., tuple[int, str, str]]
HOSTILE = '=HYPERLINK("http://x")\x1b[2J\n'


def encode(event: Any, slot: Slot) -> bytes:
    place = envelope.Place(slot.journal, slot.seq, slot.prev)
    return envelope.encode(event, place, IDENTITY, ULID_B, offline=False)


def fill(path: Path, count: int = 120, key: HeadKey | None = None) -> SqliteJournal:
    """A journal with signed heads, as the service makes it; still open."""
    journal = SqliteJournal(path)
    signer = key or HeadKey(path.with_name("journal.db.key"))
    keeper = JournalKeeper(journal, Keeping(SteppedClock(), encode, signer=signer))
    events = [replace(GRANTED, visit=number) for number in range(1, count)] + [replace(GRANTED, officer=HOSTILE)]
    for event in events:
        entries = keeper.with_heads([Entry("access", partial(encode, event), b"m", at=event.at.utc)])
        journal.commit(entries)
        keeper.committed(entries)
    return journal


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.db"


@pytest.fixture
def say(path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> Say:
    def run(*words: object, where: bool = True) -> tuple[int, str, str]:
        code = main(["journal", *map(str, words), *(["--journal", str(path)] if where else [])])
        out, err = capfdbinary.readouterr()
        return code, out.decode(), err.decode()

    return run


def test_tail_prints_the_newest_last_while_the_service_writes(path: Path, say: Say) -> None:
    journal = fill(path)
    code, out, _ = say("tail", "-n", "3")
    assert code == 0
    assert [int(line.split()[0]) for line in out.splitlines()] == [119, 120, 121]
    assert "granted" in out
    assert "\x1b" not in out
    journal.commit([Entry("door", lambda slot: encode(OTHERS[0], slot), b"m")])
    _, out, _ = say("tail", "-n", "1")
    assert out.split()[0] == "122"
    assert "locked down (officer)" in out
    journal.close()
    _, out, _ = say("tail", "--json", "-n", "2")
    assert [json.loads(line)["data"]["seq"] for line in out.splitlines()] == [121, 122]


def test_show_prints_all_that_a_record_holds(path: Path, say: Say) -> None:
    fill(path).close()
    code, out, _ = say("show", 7)
    assert code == 0
    assert "data.seq: 7" in out
    assert 'data.credential: {"epoch"' in out
    _, out, _ = say("show", 7, "--json")
    assert out.encode()[:-1] == body_of(path, 7)
    code, out, err = say("show", 500)
    assert (code, out, err) == (
        2,
        "",
        "gate journal show: There is no record 500 in this journal: the newest is 121.\n",
    )


def body_of(path: Path, seq: int) -> bytes:
    journal = SqliteJournal(path)
    (record,) = journal.range(seq, seq, 1)
    journal.close()
    return record.body


def test_stats_tell_how_things_stand(path: Path, say: Say) -> None:
    journal = fill(path)
    journal.confirm_up_to(journal.ulid, 100)
    journal.set_aside(110, "0x99 \x1b[2J")
    journal.flush()
    code, out, _ = say("stats", "--json")
    found = json.loads(out)
    assert code == 0
    assert (found["journal"], found["newest"], found["records"], found["unconfirmed"]) == (journal.ulid, 121, 121, 21)
    assert (found["records_of_access"], found["signed_by_record"], found["set_aside"]) == (120, 101, 1)
    assert found["asides"] == [{"seq": 110, "reason": "0x99 \x1b[2J"}]
    _, out, _ = say("stats")
    assert "unconfirmed          21" in out
    assert "\x1b" not in out
    journal.close()


def test_a_good_journal_is_good_also_while_it_grows(path: Path, say: Say) -> None:
    journal = fill(path)
    code, out, _ = say("verify")
    assert (code, "records  1 to 121\nsigned   up to 100\n" in out) == (0, True)
    assert out.endswith("nobody has changed it\n")
    journal.close()
    code, out, _ = say("verify", "--json")
    found = json.loads(out)
    assert (code, found["good"], found["signed_to"], found["doubts"]) == (0, True, 100, [])


def rewrite(path: Path, key: HeadKey | None) -> None:
    """Whoever holds the card makes the whole journal anew, with one visit changed, and signs it or not."""
    journal = SqliteJournal(path)
    ulid, records = journal.ulid, journal.range(1, 10**6, 10**6)
    journal.close()
    prev, rows = chain.first_prev(ulid), []
    for record in records:
        value = json.loads(record.body)
        value["data"]["prev"] = prev
        if record.seq == 5:
            value["data"]["visit"] = 666
        if "signature" in value["data"] and key is not None:
            text = chain.head_text(ulid, record.seq - 1, prev)
            value["data"] |= {"head": prev, "key": key.public, "signature": key.sign(text)}
        body = json.dumps(value, sort_keys=True, separators=(",", ":")).encode()
        rows.append((body, record.seq))
        prev = chain.digest(body)
    db = sqlite3.connect(path)
    db.executemany("UPDATE record SET body = ? WHERE seq = ?", rows)
    db.execute("UPDATE journal SET head = ?", (prev,))
    db.commit()
    db.close()


def test_a_changed_record_is_told(path: Path, say: Say) -> None:
    fill(path).close()
    db = sqlite3.connect(path)
    db.execute("UPDATE record SET body = CAST(replace(CAST(body AS TEXT), ':5}', ':6}') AS BLOB) WHERE seq = 5")
    db.commit()
    db.close()
    code, out, _ = say("verify")
    assert code == 1
    assert "not good record 6: prev is not the hash of the record before" in out


def test_a_chain_rewritten_as_a_whole_is_told(path: Path, tmp_path: Path, say: Say) -> None:
    fill(path).close()
    rewrite(path, None)
    SqliteJournal(path).close()
    code, out, _ = say("verify")
    assert (code, "not good record 101: it does not sign the chain before it" in out) == (1, True)
    rewrite(path, HeadKey(tmp_path / "other.key"))
    code, out, _ = say("verify")
    assert (code, "not good record 101: the chain before it is signed by another key" in out) == (1, True)


def test_with_the_cards_own_key_it_takes_the_centres_copy_to_tell(path: Path, say: Say) -> None:
    """What signing cannot do is written down: a thief of the whole card has its key too."""
    fill(path).close()
    _, before, _ = say("export")
    rewrite(path, HeadKey(path.with_name("journal.db.key")))
    assert say("verify")[0] == 0
    _, after, _ = say("export")
    assert before != after


def test_the_centres_key_is_what_counts(path: Path, tmp_path: Path, say: Say) -> None:
    fill(path).close()
    HeadKey(tmp_path / "other.key")
    code, out, _ = say("verify", "--key", tmp_path / "other.key.pub")
    assert (code, "signed by another key" in out) == (1, True)
    code, _, err = say("verify", "--key", path)
    assert (code, "The key" in err) == (2, True)


def test_records_that_nobody_signed_are_told(path: Path, say: Say) -> None:
    journal = SqliteJournal(path)
    journal.commit([Entry("access", lambda slot: encode(GRANTED, slot), b"m") for _ in range(201)])
    journal.close()
    code, out, _ = say("verify")
    assert (code, "nobody vouches for the 201 records after 0" in out) == (1, True)


def test_an_export_can_be_verified_and_a_changed_one_not(path: Path, tmp_path: Path, say: Say) -> None:
    fill(path).close()
    out_file = tmp_path / "journal.jsonl"
    assert say("export", "--out", out_file) == (0, "", "")
    assert say("verify", "--export", out_file, where=False)[0] == 0
    assert out_file.stat().st_mode & 0o777 == 0o600
    code, _, err = say("export", "--out", out_file)
    assert (code, "never overwritten" in err) == (2, True)
    out_file.write_bytes(out_file.read_bytes().replace(b'"visit":5}', b'"visit":6}'))
    assert say("verify", "--export", out_file, where=False)[0] == 1
    out_file.write_bytes(b"nothing\n")
    code, _, err = say("verify", "--export", out_file, where=False)
    assert (code, "does not begin with a record" in err) == (2, True)


def test_a_part_is_exported_exactly_as_it_was_published(path: Path, say: Say) -> None:
    journal = fill(path)
    _, out, _ = say("export", "--from", 10, "--to", 12)
    assert out.encode() == b"".join(record.body + b"\n" for record in journal.range(10, 12, 9))
    journal.close()


def test_no_cell_of_a_table_is_a_formula(path: Path, say: Say) -> None:
    journal = fill(path, count=3)
    for text in ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"):
        event = replace(GRANTED, reason=text)
        journal.commit([Entry("access", partial(encode, event), b"m", RecordKind.ORDINARY)])
    journal.close()
    code, out, _ = say("export", "--format", "csv")
    rows = list(csv.reader(io.StringIO(out)))
    assert code == 0
    assert len(rows) == 10
    assert rows[0][:5] == ["seq", "time", "clock", "feed", "event"]
    assert rows[1][:5] == ["1", "2026-11-21T12:00:00.123Z", "synced", "access", "access.granted"]
    reasons = [row[rows[0].index("reason")] for row in rows[4:]]
    assert reasons == ["'=1+1", "'+1", "'-1", "'@SUM(A1)", "\\t=1", "\\r=1"]
    assert all(not cell.startswith(("=", "+", "-", "@")) and cell.isprintable() for row in rows for cell in row)


@pytest.mark.parametrize("verb", [("tail",), ("show", 1), ("verify",), ("export",), ("stats",)])
def test_what_is_no_journal_is_said_in_one_line(path: Path, say: Say, verb: tuple[object, ...]) -> None:
    code, out, err = say(*verb)
    assert (code, out) == (2, "")
    assert err == f"gate journal {verb[0]}: there is no journal at {path}: give the path that journal.path has\n"
    path.write_bytes(b"no database" * 1000)
    code, out, err = say(*verb)
    assert (code, out) == (2, "")
    assert "not a database" in err


def test_the_journal_of_a_configuration_is_found(path: Path, say: Say, tmp_path: Path) -> None:
    fill(path, count=2).close()
    code, _, err = say("tail", "--config", tmp_path / "none.toml", where=False)
    assert (code, "--journal FILE" in err) == (2, True)
