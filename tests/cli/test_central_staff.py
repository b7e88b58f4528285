"""What staff type, through the real entry point, on a database that holds a day at two offices."""

from __future__ import annotations

import csv
import io
import json
import os
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import insert

from gate.access.events import Event
from gate.adapters.clock_system import SystemClock
from gate.central.adapters.sql.engine import Database, open_database
from gate.central.adapters.sql.events import SqlStore
from gate.central.adapters.sql.tables import finding, report, visit
from gate.central.arrivals import Arrived, Wrong, read
from gate.central.coverage import Numbers
from gate.central.findings import FindingKind
from gate.cli import central_coverage
from gate.cli.central_words import _WORDS, StaffWords
from gate.cli.main import main
from gate.cli.watch_words import LANGUAGES
from gate.credential.keys import private_to_pem, public_to_pem
from gate.credential.model import Colour
from gate.policy.site import Direction
from gate.wire import availability, topics
from gate.wire.availability import Presence
from gate.wire.envelope import timestamp
from tests.central.office import configured
from tests.central.stories import at, black_alarm, day, granted, held_then_refused, pseudonym, recorded
from tests.wire.examples import NOON, ULID_A, ULID_B
from tests.wire.messages import TOLD

UID = f"uid-{os.getuid()}"
NOW = datetime.now(UTC).replace(microsecond=0)  # noqa: TID251  (the commands read the clock)
FRIDAY = datetime(2026, 2, 6, 3, 0, tzinfo=UTC)
"""The same day in every zone of the registry, and an hour after."""
REGISTRY = """
[[site]]
id = "jkt-01"
name = "Kantor Satu"
timezone = "Asia/Jakarta"
planned_gates = 3

[[site]]
id = "jkt-02"
name = "Kantor Dua"
timezone = "Asia/Jayapura"
planned_gates = 1

[[gate]]
id = "front"
site = "jkt-01"
installed = 2026-01-01

[[gate]]
id = "back"
site = "jkt-02"
"""
Run = Callable[..., tuple[int, str, str]]


def moved(events: Iterable[Event], to: datetime) -> list[Event]:
    """The same events, with the first minute of the story at this moment."""
    shift = to - at(0).utc
    return [replace(one, at=replace(one.at, utc=one.at.utc + shift)) for one in events]


@pytest.fixture
def database(tmp_path: Path) -> Iterable[Database]:
    found = open_database(f"sqlite:///{tmp_path}/central.db")
    yield found
    found.close()


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str], database: Database) -> Run:
    """Run ``gate central …`` on the database; the exit code, and what was printed."""
    del database  # is there from now on
    (tmp_path / "receipts.key").write_bytes(private_to_pem(KEY))
    config = configured(
        tmp_path,
        {
            "store": {"url": f"sqlite:///{tmp_path}/central.db"},
            "registry": {"files": ["registry.toml"]},
            "retention": {"key": "receipts.key"},
        },
    )
    (tmp_path / "registry.toml").write_text(REGISTRY)

    def wrapped(*words: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = main(["central", *words, "--config", str(config)])
        told = capsys.readouterr()
        return code, told.out, told.err

    return wrapped


KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))


def keep(
    database: Database, events: Iterable[Event], when: datetime, gate: str = "front", ulid: str = ULID_A
) -> list[Arrived]:
    found = recorded(moved(events, when), ulid, gate=gate, site={"back": "jkt-02"}.get(gate, "jkt-01"))
    SqlStore(database).save(found, [], when)
    return found


def say(database: Database, source: str, leaf: str, payload: bytes, arrived: datetime = NOW) -> None:
    with database.writing() as link:
        link.execute(insert(report), {"source": source, "leaf": leaf, "arrived": arrived, "payload": payload})


FRONT, BACK = "gate/v1/jkt-01/front", "gate/v1/jkt-02/back"
ONLINE = availability.encode(Presence.ONLINE, "boot-1", NOW)
LOST = availability.encode(Presence.OFFLINE, "boot-1", None)


def today(database: Database, when: datetime = NOW) -> None:
    """The usual day, and what the gates say of themselves now."""
    keep(database, day(), when)
    say(database, FRONT, topics.AVAILABILITY, ONLINE)
    say(database, BACK, topics.AVAILABILITY, LOST)


def test_coverage_reads_as_shares_of_offices_and_gates(run: Run, database: Database) -> None:
    today(database, FRIDAY)
    say(database, "gate/v1/jkt-09/ghost", topics.AVAILABILITY, ONLINE)
    code, out, _ = run("coverage", "--day", "2026-02-06")
    assert code == 0
    assert [" ".join(line.split()) for line in out.splitlines()[1:5]] == [
        "jkt-01 3 1 1 1 1",
        "jkt-02 1 0 0 0 0",
        "all gates 4 1 (25 %) 1 (25 %) 1 (25 %) 1 (25 %)",
        "all offices 2 1 (50 %) 1 (50 %) 1 (50 %) 1 (50 %)",
    ]
    assert out.splitlines()[5] == "not in the registry: jkt-09/ghost"


def test_coverage_of_another_day_has_nothing_used(run: Run, database: Database) -> None:
    today(database, FRIDAY)
    found = json.loads(run("coverage", "--day", "2026-02-07", "--json")[1])
    assert found["offices"] == {"planned": 2, "installed": 1, "alive": 1, "used": 0, "officer": 0}


def test_shares_are_rounded_down_and_a_gate_that_stopped_is_not_alive(run: Run, database: Database) -> None:
    say(database, FRONT, topics.AVAILABILITY, availability.encode(Presence.STOPPED, "boot-1", NOW))
    say(database, BACK, topics.AVAILABILITY, ONLINE)
    found = json.loads(run("coverage", "--json")[1])
    assert (found["sites"]["jkt-01"]["alive"], found["sites"]["jkt-02"]["alive"]) == (0, 1)
    assert central_coverage._shares(Numbers(planned=3, installed=2, alive=1, used=3, officer=0)) == (
        *("3", "2 (66 %)", "1 (33 %)", "3 (100 %)", "0 (0 %)"),
    )


@pytest.mark.parametrize(("ago", "told"), [(timedelta(minutes=1), False), (timedelta(minutes=6), True)])
def test_who_is_alive_is_old_news_where_the_centre_hears_nobody(
    run: Run, database: Database, ago: timedelta, *, told: bool
) -> None:
    now = SystemClock().now().utc
    say(database, FRONT, topics.AVAILABILITY, ONLINE, now - timedelta(days=2))
    say(database, FRONT, topics.HEALTH, b"{}", now - ago)
    for words in (["coverage"], ["gates"]):
        out = run(*words)[1]
        assert ("THE CENTRE HAS HEARD NOBODY SINCE" in out) is told
        assert ("PUSAT TIDAK MENDENGAR SIAPA PUN SEJAK" in run(*words, "--lang", "id")[1]) is told
    assert json.loads(run("coverage", "--json")[1])["heard"] == timestamp(now - ago)


def test_coverage_without_a_registry_says_what_to_do(run: Run, tmp_path: Path) -> None:
    (tmp_path / "empty.toml").write_text("")
    code, out, err = run("coverage", "--registry", str(tmp_path / "empty.toml"))
    assert (code, out) == (2, "")
    assert "name the files of the registry" in err


def test_gates_show_how_each_stands(run: Run, database: Database) -> None:
    today(database)
    for leaf in ("state", "info"):
        say(database, FRONT, leaf, TOLD[leaf].payload)
    code, out, _ = run("gates", "--language", "id")
    assert code == 0
    lines = out.splitlines()
    assert lines[0].split()[:3] == ["gerbang", "keadaan", "pintu"]
    assert lines[1].startswith("jkt-01/front  daring    terkunci  kamera tidak melihat apa pun; ")
    assert "0.7.0" in lines[1]
    assert lines[2].split()[:2] == ["jkt-02/back", "TERPUTUS"]
    (found,) = json.loads(run("gates", "--site", "jkt-01", "--json")[1])
    assert (found["presence"], found["mode"], found["missing"]) == ("online", "locked", 0)


def test_gaps_are_named_and_make_the_exit_code(run: Run, database: Database) -> None:
    assert run("gaps") == (0, "nothing is missing\n", "")
    events = recorded(day())
    SqlStore(database).save([*events[:2], events[4]], [], NOW)
    code, out, _ = run("gaps")
    assert code == 1
    assert out.splitlines()[1].split() == ["jkt-01/front", ULID_A, "3", "4", "2"]
    assert json.loads(run("gaps", "--json")[1])[0]["first"] == 3


def test_alarms_open_first_black_and_red_before_all_others(run: Run, database: Database) -> None:
    keep(database, [*day(), *held_then_refused(5, 25, Colour.BLACK), *black_alarm(2, 25, visit=5)[:2]], NOW)
    with database.writing() as link:
        told = {"kind": "unknown_gate", "source": BACK, "subject": "", "detail": "odd", "count": 3}
        link.execute(insert(finding), told | {"first": NOW, "last": NOW, "ended": None})
    code, out, _ = run("alarms")
    assert code == 0
    rows = out.splitlines()
    assert all(part in rows[1] for part in ("black status at the door", "#5", "NOBODY HAS COME"))
    assert "red visitor" in rows[2]
    assert "#2" in rows[2]
    assert "A GATE THAT NOBODY KNOWS" in rows[3]
    assert rows[3].endswith("3")
    assert "isolated" in rows[4]
    assert "over" in rows[4]
    assert len(run("alarms", "--open")[1].splitlines()) == 4
    found = json.loads(run("alarms", "--json")[1])
    assert [one["kind"] for one in found] == ["black", "red_visitor", "finding_unknown_gate", "black"]


def test_visits_by_what_is_asked_without_pseudonyms(run: Run, database: Database) -> None:
    today(database)
    code, out, _ = run("visits")
    assert code == 0
    assert [line.split()[3] for line in out.splitlines()[1:]] == ["#1", "#2", "#3", "#4"]
    assert pseudonym(1).fp not in out
    assert [line.split()[4] for line in run("visits", "--colour", "red", "--lang", "id")[1].splitlines()[1:]] == [
        "MERAH"
    ]
    assert run("visits", "--site", "jkt-09")[1] == "no such visit\n"
    assert len(run("visits", "--number", "2")[1].splitlines()) == 4
    (found,) = json.loads(run("visits", "--result", "denied", "--colour", "black", "--json")[1])
    assert (found["visit"], found["followed_up"]) == (3, "isolated")


def test_a_follow_up_is_kept_once_and_audited(run: Run, database: Database) -> None:
    today(database)
    assert run("alarm", "follow-up", "jkt-01/front", "2", "referred") == (
        0,
        "kept: jkt-01/front #2 RED, referred\n",
        "",
    )
    assert "referred" in run("visits", "--colour", "red")[1]
    assert "red visitor" not in run("alarms")[1]
    code, out, _ = run("audit")
    assert code == 0
    assert f"{UID}  follow-up  visit 2 of jkt-01/front, journal {ULID_A}: referred" in out
    assert out.endswith("nobody has changed the audit\n")


def test_only_black_and_red_visitors_are_followed_up_and_one_card_is_meant(run: Run, database: Database) -> None:
    today(database)
    assert "neither black nor red" in run("alarm", "follow-up", "jkt-01/front", "1", "left")[2]
    assert "There is no visit 99" in run("alarm", "follow-up", "jkt-01/front", "99", "left")[2]
    keep(database, day(), NOW, ulid=ULID_B)
    code, _, err = run("alarm", "follow-up", "jkt-01/front", "2", "left")
    assert code == 2
    assert f"--journal {ULID_B}" in err
    assert run("alarm", "follow-up", "jkt-01/front", "2", "left", "--journal", ULID_B)[0] == 0
    with pytest.raises(SystemExit):
        run("alarm", "follow-up", "jkt-01/front", "2", "went home, his name is Budi")


def test_an_export_is_whole_in_both_forms_and_audited(run: Run, database: Database, tmp_path: Path) -> None:
    today(database)
    file = tmp_path / "visits.csv"
    assert run("export", "--out", str(file)) == (0, "", "")
    rows = list(csv.DictReader(io.StringIO(file.read_text())))
    assert [row["visit"] for row in rows] == ["1", "2", "3", "4"]
    assert rows[1]["colour"] == "red"
    assert pseudonym(1).fp not in file.read_text()
    assert file.stat().st_mode & 0o777 == 0o600
    assert run("export", "--out", str(file))[0] == 2
    lines = tmp_path / "visits.jsonl"
    run("export", "--format", "jsonl", "--site", "jkt-01", "--out", str(lines))
    assert [json.loads(line)["visit"] for line in lines.read_text().splitlines()] == [1, 2, 3, 4]
    assert "export  visits: site jkt-01" in run("audit")[1]


def traced(*words: str) -> list[str]:
    begin, end = NOW - timedelta(hours=1), NOW + timedelta(hours=3)
    where = ["--gate", "jkt-01/front", "--from", begin.isoformat(), "--to", end.isoformat()]
    return ["trace", *where, *words]


def test_a_trace_names_pseudonyms_and_is_audited_before(run: Run, database: Database) -> None:
    keep(database, [granted(1, 0), granted(2, 10, 2), granted(3, 20, 2, Direction.EXIT), granted(4, 30, 3)], NOW)
    code, out, _ = run(*traced("--case", "DINKES/2026-17", "--visit", "1"))
    assert code == 0
    first, second = out.splitlines()[1:]
    assert first.startswith(f"{pseudonym(2).fp}@2026-W47  front")
    assert first.split()[-2:] == ["seen", "seen"]
    assert second.endswith("seen   not known")
    found = json.loads(run(*traced("--case", "A-1", "--pseudonym", f"{pseudonym(1).fp}@2026-W47", "--json"))[1])
    assert [one["fp"] for one in found] == [pseudonym(2).fp, pseudonym(3).fp]
    audit = run("audit")[1]
    assert f"{UID}  trace  visit 1 of jkt-01/front, " in audit
    assert "[DINKES/2026-17]" in audit
    assert pseudonym(1).fp not in audit


@pytest.mark.parametrize(
    "case",
    [
        *("", "x", "Budi Santoso", "Budi-Santoso", "3171234567890123", "320101-010190-0001", "081234567890"),
        *("0812-3456-7890", "0812.3456.7890", "a1" * 50),
    ],
)
def test_what_is_no_case_number_is_refused(run: Run, database: Database, case: str) -> None:
    today(database)
    with pytest.raises(SystemExit):
        run(*traced("--case", case, "--visit", "1"))
    assert run("audit")[1] == "nobody has changed the audit\n"


def test_a_trace_over_months_is_refused(run: Run, database: Database) -> None:
    today(database)
    long = [*traced("--case", "A-1", "--visit", "1")[:-6], "--to", (NOW + timedelta(days=40)).isoformat()]
    code, out, err = run(*long, "--case", "A-1", "--visit", "1")
    assert (code, out) == (2, "")
    assert "at most 31 days" in err
    assert "Visit 3 has no pseudonym" not in err


def test_a_stay_of_more_than_a_day_is_refused(run: Run, database: Database) -> None:
    today(database)
    code, out, err = run(*traced("--case", "A-1", "--visit", "1", "--stay", "25h"))
    assert (code, out) == (2, "")
    assert "a day at most" in err


def test_what_is_old_is_erased_with_a_receipt_that_can_be_checked(
    run: Run, database: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    keep(database, day(), NOW - timedelta(days=40))
    keep(database, [granted(1, 0)], NOW, ulid=ULID_B)
    code, out, _ = run("erase", "--out", str(tmp_path / "receipt.json"))
    assert code == 0
    assert "13 records without content now\n4 visits without a pseudonym now\n" in out
    assert run("erase") == (0, "nothing is old enough to erase\n", "")
    assert main(["central", "receipt", "keygen", "--out", str(tmp_path / "keys")]) == 0
    public = tmp_path / "public.pem"
    public.write_bytes(public_to_pem(KEY.public_key()))
    capsys.readouterr()
    verify = ["central", "receipt", "verify", str(tmp_path / "receipt.json"), "--key"]
    assert main([*verify, str(public)]) == 0
    assert capsys.readouterr().out.startswith("the receipt is good\nerased: everything from before ")
    assert main([*verify, str(tmp_path / "keys" / "receipts.key.pub")]) == 1
    assert "not of this key" in capsys.readouterr().out
    changed = json.loads((tmp_path / "receipt.json").read_bytes())
    (tmp_path / "receipt.json").write_text(json.dumps(changed | {"key": changed["key"][::-1]}))
    assert main([*verify, str(public)]) == 1
    assert "names another key" in capsys.readouterr().out
    assert "has no pseudonym" in run(*traced("--case", "A-1", "--visit", "3", "--journal", ULID_A))[2]
    assert "erase  before " in run("audit")[1]


def test_nothing_young_can_be_erased(run: Run, database: Database) -> None:
    keep(database, day(), NOW - timedelta(days=13))
    code, _, err = run("erase", "--before", (NOW - timedelta(days=12)).date().isoformat())
    assert code == 2
    assert "at least 14 days ago" in err


def test_rows_can_be_made_again_and_what_was_erased_stays_so(run: Run, database: Database) -> None:
    keep(database, day(), NOW - timedelta(days=40))
    run("erase")
    keep(database, day(), NOW, ulid=ULID_B)
    before = run("visits", "--json"), run("alarms", "--json", "--days", "99")
    with database.writing() as link:
        link.execute(visit.delete().where(visit.c.journal == 2))
    assert run("visits", "--json") != before[0]
    assert run("rebuild") == (0, "made again from the records: 13\n", "")
    assert (run("visits", "--json"), run("alarms", "--json", "--days", "99")) == before


@pytest.mark.parametrize("case", ["440/1234/DINKES/2026", "DINKES/2026-17", "A-1", "2026-000123"])
def test_what_may_be_a_case_number_is_taken(run: Run, database: Database, case: str) -> None:
    today(database)
    assert run(*traced("--case", case, "--visit", "1"))[0] == 0


HOSTILE = "=cmd|'/C calc'!A0\x1b[31m\x1b]0;owned\x07\r\n\u202e\u2066\x9b31m"


def test_hostile_text_is_inert_in_every_command(run: Run, database: Database, tmp_path: Path) -> None:
    """Scenario 42: whatever a gate that was broken into writes, nothing of it acts in a terminal or a spreadsheet."""
    good = json.loads(recorded(moved([granted(1, 0)], NOW))[0].body)
    names = ("reason", "officer", "officer_reason", "colour", "outcome", "direction", "opened_by", "passage", "clock")
    good["data"] |= dict.fromkeys(names, HOSTILE)
    alarm = json.loads(recorded(moved(black_alarm(1, 0, visit=1)[:1], NOW))[0].body)
    alarm["data"] |= {"seq": 2, "kind": HOSTILE, "detail": HOSTILE, "outcome": HOSTILE, "visit": None}
    for body, feed in ((good, "access"), (alarm, "officer")):
        arrived = read(f"{FRONT}/evt/{feed}", json.dumps(body).encode())
        assert isinstance(arrived, tuple)
        SqlStore(database).save(arrived, [Wrong(f"{FRONT}/{HOSTILE}", HOSTILE.encode(), "odd")], NOW)
    state = {"mode": HOSTILE, "health": [HOSTILE, "camera_fault"]}
    info = {"version": HOSTILE, "trust": {"version": HOSTILE, "issued": HOSTILE}, "certificate_until": HOSTILE}
    say(database, FRONT, topics.STATE, json.dumps(state).encode())
    say(database, FRONT, topics.INFO, json.dumps(info).encode())
    say(database, FRONT, topics.AVAILABILITY, json.dumps({"state": HOSTILE, "boot": "b"}).encode())
    file = tmp_path / "visits.csv"
    run("export", "--out", str(file))
    shown = [run(word) for word in ("gates", "coverage", "alarms", "visits", "gaps", "audit")]
    for _, out, err in shown:
        assert all(line.isprintable() for line in (out + err).splitlines()), out
    assert "cmd|" in shown[2][1]
    assert "cmd|" in shown[3][1]
    rows = list(csv.reader(io.StringIO(file.read_text())))
    assert len(rows) == 2
    assert all(cell.isprintable() and not cell.startswith(("=", "+", "-", "@", "|")) for row in rows for cell in row)
    assert sum(cell.startswith("'=cmd") for cell in rows[1]) >= 5


@pytest.mark.parametrize("zone", ["Asia/Jakarta", "America/Lima"])
def test_times_at_the_ends_of_the_calendar_stop_no_command(
    run: Run, database: Database, zone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ends = [datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 50, tzinfo=UTC)]
    for number, end in enumerate(ends, 1):
        events = [replace(granted(number, 0), at=replace(NOON, utc=end)), *black_alarm(number, 0, visit=number)[:1]]
        arrived = recorded(events, gate=f"door-{number}")
        SqlStore(database).save(arrived, [], end)
        info = {
            "certificate_until": f"{end:%Y-%m-%dT%H:%M:%S}Z",
            "trust": {"version": 1, "issued": f"{end.isoformat()}"},
        }
        say(database, f"gate/v1/jkt-01/door-{number}", topics.INFO, json.dumps(info).encode())
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        for words in (["visits"], ["alarms"], ["gates"], ["coverage"], ["export"], ["audit"]):
            assert run(*words)[0] == 0, words
        assert run("trace", "--case", "A-1", "--gate", "jkt-01/door-1", "--visit", "1", *_ALWAYS)[0] == 2
    finally:
        monkeypatch.undo()
        time.tzset()


_ALWAYS = ["--from", "9999-12-31T00:00:00Z", "--to", "9999-12-31T23:59:59Z"]


def test_every_word_is_there_in_every_language_and_everything_found_has_words() -> None:
    assert all(len(words) == len(LANGUAGES) and all(words) for words in _WORDS.values())
    assert {f"finding_{kind}" for kind in FindingKind} <= set(_WORDS)
    assert StaffWords("id")("office") == "kantor"
    assert StaffWords("id")("green") == "HIJAU"


def test_without_a_database_it_says_what_to_do_and_makes_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = configured(tmp_path, {"store": {"url": f"sqlite:///{tmp_path}/none.db"}})
    assert main(["central", "visits", "--config", str(config)]) == 2
    assert "is not there: start the centre" in capsys.readouterr().err
    assert not (tmp_path / "none.db").exists()
    assert main(["central", "erase", "--config", str(config)]) == 2
    assert "retention.key is empty" in capsys.readouterr().err
