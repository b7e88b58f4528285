"""A thousand people and every secret of a gate are planted wherever a support bundle looks; none is found in it.

They are planted where a gate never puts them, too: in log lines, events, reasons, names of files and of accounts.
"""

from __future__ import annotations

import base64
import io
import json
import tarfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest

from gate.access.alarm import AlarmKind
from gate.access.answers import AlarmStatus, HoldStatus, Reply
from gate.adapters.journal_sqlite import SqliteJournal
from gate.cli.bundle import log_lines, packing
from gate.cli.bundle.log_lines import Logged
from gate.cli.bundle.packing import FOLDER, MOST_BYTES, packed, parts_of
from gate.cli.checks.unit import Unit
from gate.cli.main import main
from gate.credential.bundle import sign_bundle
from gate.credential.model import Colour
from gate.ports import Entry, Slot
from tests.cli.doctor.bench import AT, Bench
from tests.cli.doctor.test_files import MINT, QUIET
from tests.privacy.people import Person, crowd
from tests.privacy.test_privacy import Search
from tests.service.config_files import Raw
from tests.service.control_gate import ControlledGate

MANY = 1000
PASSWORD = "correct-horse-battery"  # noqa: S105  (the test's own)
TOKEN = "eyJhbGciOiJFZERTQSJ9.c2VjcmV0LXRva2Vu"  # noqa: S105  (as above)
KEYS = {name: bytes(range(start, start + 32)) for start, name in enumerate(["badge.key", "journal.db.key", "tls.key"])}
EPOCH = bytes(range(100, 132))
SECRETS = (PASSWORD.encode(), TOKEN.encode(), *KEYS.values(), EPOCH)


@pytest.fixture(scope="module")
def people() -> list[Person]:
    return crowd(MANY, seed=9)


def shapes(secret: bytes) -> Iterator[bytes]:
    """How a secret may be written down."""
    yield secret
    yield secret.hex().encode()
    yield base64.b64encode(secret)
    yield base64.urlsafe_b64encode(secret).rstrip(b"=")


def log_of(people: list[Person]) -> list[Logged]:
    """Lines of every kind, each with all of somebody in it."""
    lines = [
        "WARNING gate.service.camera: no frames: {}",
        "ERROR gate.service.threads: the {} thread failed",
        "WARNING gate.service.parts: {}; the gate starts without it",
        "INFO gate.{}: ready",
        "ERROR some.library: cannot decode {}",
        "{}",
        "ValueError: {}",
        "{}: 4",
        '  File "/home/{}/gate/service/app.py", line 4, in {}',
        '    raise ValueError("{}")',
        "gate.service: Failed with result '{}'",
        "gate.service: Main process exited, code=killed, status=9/KILL {}",
        "Started gate.service - {}.",
    ]
    traces = [
        trace for person in people for trace in (person.family, person.given, " ".join(person.traces), person.code)
    ]
    secret = [f"password={PASSWORD}", f"Authorization: Bearer {TOKEN}", KEYS["tls.key"].hex(), repr(EPOCH)]
    planted = [*traces, *secret]
    return [
        Logged(AT + timedelta(seconds=place), place % 2 == 0, lines[place % len(lines)].replace("{}", text))
        for place, text in enumerate(planted)
    ]


def records_of(people: list[Person]) -> Iterator[Entry]:
    """Events that say everything of somebody, in every field, on feeds of their names."""
    for person in people:
        told = [*person.traces, person.code, TOKEN]

        def build(slot: Slot, told: list[str] = told) -> bytes:
            place = {"journal": slot.journal, "seq": slot.seq, "prev": slot.prev}
            event = {
                "type": f"gate.{told[0]}.v1",
                "id": told[1],
                "source": told[2],
                "subject": told[3],
                "time": AT.isoformat(),
                "specversion": "1.0",
            }
            return json.dumps(event | {"data": place | {"told": told}}).encode()

        yield Entry(person.family, build, person.code.encode())


@dataclass(frozen=True)
class Planted:
    """A unit full of people and secrets, and the system's log."""

    unit: Unit
    log: list[Logged]
    gate: ControlledGate
    bench: Bench


@pytest.fixture(scope="module")
def planted(people: list[Person], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Planted]:
    bench = Bench(tmp_path_factory.mktemp("unit"))
    with bench.running:
        yield plant(people, bench)


def plant(people: list[Person], bench: Bench) -> Planted:
    one, two, three = people[:3]
    home = bench.folder / f"{one.family}-{one.number}"
    bench.file(f"{home.name}/password", PASSWORD)
    for name, key in KEYS.items():
        bench.file(f"{home.name}/{name}", key.hex())
    bench.file(f"{home.name}/epochs/2026-W48", EPOCH)
    with closing(SqliteJournal(home / "journal.db")) as journal:
        journal.commit(list(records_of(people)))
        journal.set_aside(2, f"{two.family}, born {two.birth}, with {TOKEN}")
    issuer = replace(MINT.issuer_of(), name=two.family)
    bench.file("trust.bundle", sign_bundle(replace(MINT.bundle, issuers=(issuer,)), MINT.root))
    bench.file("root.key", MINT.root_pem)
    hold = HoldStatus(7, Colour.BLACK, three.family, 90, drill=False)
    alarms = (
        AlarmStatus(1, AlarmKind.STUCK_INPUT, three.family, None, False, False, False, False),  # noqa: FBT003  (a row)
        AlarmStatus(2, AlarmKind.CAMERA_FAULT, three.number, None, False, False, False, False),  # noqa: FBT003  (a row)
        AlarmStatus(3, AlarmKind.BLACK, three.birth, 7, False, False, False, True),  # noqa: FBT003  (a row)
    )
    gate = bench.gate(lambda _: Reply(done=True, text=three.family, status=replace(QUIET, hold=hold, alarms=alarms)))
    names = {
        "mqtt.host": f"{one.family}.example",
        "mqtt.username": f"{one.given} {one.number}",
        "mqtt.password_file": f"{home.name}/password",
        "trust.badge_key": f"{home.name}/badge.key",
        "officer.admit_reasons": Raw(f'["{one.given.lower()}_{one.number}"]'),
        "control.group": one.family.lower(),
        "control.socket": str(gate.path),
        "policy.rules": f"{two.family}.json",
        "journal.path": f"{home.name}/journal.db",
        "trust.epoch_dir": f"{home.name}/epochs",
    }
    return Planted(bench.unit(names), log_of(people), gate, bench)


@pytest.fixture(scope="module")
def bundle(planted: Planted) -> dict[str, bytes]:
    """What is in the file, by its names."""
    with tarfile.open(fileobj=io.BytesIO(packed(parts_of(planted.unit, planted.log), AT))) as archive:
        return {entry.name: archive.extractfile(entry).read() for entry in archive}  # type: ignore[union-attr]


def test_nothing_of_a_thousand_people_is_in_the_bundle(people: list[Person], bundle: dict[str, bytes]) -> None:
    search = Search(people)
    assert not {name: found for name, content in bundle.items() if (found := search.found(content.lower()))}
    assert not search.found(" ".join(bundle).lower().encode())


def test_no_secret_is_in_the_bundle_however_it_is_written(bundle: dict[str, bytes]) -> None:
    found = {
        (name, shape)
        for name, content in bundle.items()
        for key in SECRETS
        for shape in shapes(key)
        if shape in content
    }
    assert not found


def test_all_of_them_lie_where_it_looks(people: list[Person], planted: Planted) -> None:
    log = "\n".join(line.text for line in planted.log).lower().encode()
    journal = planted.unit.config.journal.path.read_bytes().lower()
    traces = {trace for person in people for trace in person.traces}
    assert Search(people).found(log) == traces
    assert len(Search(people[:50]).found(journal)) > 50
    assert PASSWORD.encode() in log
    assert TOKEN.lower().encode() in journal


def test_the_bundle_says_what_is_in_it_and_is_small(bundle: dict[str, bytes]) -> None:
    contents = bundle[f"{FOLDER}/contents.txt"].decode()
    others = [name.removeprefix(f"{FOLDER}/") for name in bundle if not name.endswith("contents.txt")]
    assert all(f"{name} " in contents for name in others)
    assert "sent nowhere" in contents
    assert all(len(content) <= MOST_BYTES for content in bundle.values())


def test_what_helps_is_in_it(people: list[Person], bundle: dict[str, bytes]) -> None:
    told = {name.removeprefix(f"{FOLDER}/"): content.decode() for name, content in bundle.items()}
    assert json.loads(told["versions.json"])["packages"]["numpy"]
    assert "release_s = 5.0" in told["settings.toml"]
    assert 'host = "(changed, withheld)"' in told["settings.toml"]
    assert {one["name"] for one in json.loads(told["doctor.json"])} > {"broker", "camera", "clock", "header"}
    standing = json.loads(told["standing.json"])
    assert (standing["runs"], standing["mode"]) == (True, "locked")
    assert standing["alarms"] == [{"kind": "stuck_input", "device": None}, {"kind": "camera_fault", "device": None}]
    figures = json.loads(told["journal.json"])
    assert (figures["newest"], figures["aside"], figures["feeds"]["other"]) == (len(people), 1, len(people))
    assert "WARNING gate.service.camera: no frames: …" in told["log.txt"]
    assert "lines of other texts are left out" in told["log.txt"]


def test_the_command_writes_it_for_its_owner_alone_and_tells_what_is_in_it(
    planted: Planted, capsys: pytest.CaptureFixture[str], tmp_path: Path, people: list[Person]
) -> None:
    out = tmp_path / "bundle.tar.gz"
    words = ["support-bundle", "--config", str(planted.bench.folder / "gate.toml")]
    assert main([*words, "--out", str(out)]) == 0
    told = capsys.readouterr().out
    assert out.stat().st_mode & 0o777 == 0o600
    assert "settings.toml" in told
    assert not Search(people).found(told.replace(str(out), "").lower().encode())
    assert main([*words, "--out", str(out)]) == 2, "an older one is not overwritten"
    capsys.readouterr()
    assert main([*words, "--show"]) == 0
    shown = capsys.readouterr().out
    assert "--- log.txt" in shown
    assert not Search(people).found(shown.lower().encode())


def test_a_wrong_configuration_is_told_instead(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "gate.toml").write_text(f'[mqtt]\npassword = "{PASSWORD}"\n')
    assert main(["support-bundle", "--config", str(tmp_path / "gate.toml"), "--out", str(tmp_path / "out")]) == 2
    err = capsys.readouterr().err
    assert "mqtt.password" in err
    assert PASSWORD not in err
    assert not (tmp_path / "out").exists()


# What a line of the log becomes.

NOW = "2026-11-25T12:00:00Z"
FAILED = "ERROR gate.service.threads: the"


@pytest.mark.parametrize(
    ("by_manager", "text", "told"),
    [
        (False, f"{FAILED} reader thread failed", f"{FAILED} reader thread failed"),
        (False, f"{FAILED} Siti thread failed", f"{FAILED} … thread failed"),
        (
            False,
            "WARNING gate.service.parts: cannot open x: [Errno 28] No space left on device; the gate starts without it",
            "WARNING gate.service.parts: … (No space left on device); the gate starts without it",
        ),
        (False, "ERROR siti: the reader thread failed", None),
        (False, "ERROR gate.siti: the reader thread failed", "ERROR gate: the reader thread failed"),
        (False, '  File "/opt/gate/venv/lib/gate/service/app.py", line 12, in run', "  gate/service/app.py:12"),
        (False, '  File "/usr/lib/python3/siti.py", line 12, in run', None),
        (False, '  File "/usr/lib/gate/siti.py", line 12, in run', "  elsewhere"),
        (False, "KeyError: 'Siti'", "  KeyError"),
        (False, "gate.ports.AdapterError: Siti", "  AdapterError"),
        (False, "Siti: 1957", None),
        (False, "Siti was here", None),
        (True, "Started gate.service - Access control unit of Siti.", "systemd: Started"),
        (True, "gate.service: Watchdog timeout (limit 20s)!", "systemd: Watchdog timeout"),
        (
            True,
            "gate.service: Main process exited, code=killed, status=9/KILL",
            "systemd: Main process exited, code=killed, status=9/KILL",
        ),
        (True, "Siti: the reader thread failed", None),
    ],
)  # fmt: skip
def test_a_line_of_the_log(by_manager: bool, text: str, told: str | None) -> None:  # noqa: FBT001  (a column)
    lines = log_lines.part([Logged(AT, by_manager, text)]).splitlines()
    left_out = f"({int(told is None)} lines of other texts are left out)"
    assert lines == ([left_out] if told is None else [f"{NOW} {told}", left_out])


def test_a_trace_below_a_line_loses_its_words() -> None:
    text = f'{FAILED} reader thread failed\nTraceback\n  File "/x/gate/cli/main.py", line 3, in f\nKeyError: 1'
    assert log_lines.part([Logged(AT, False, text)]).splitlines()[:3] == [  # noqa: FBT003  (a row)
        f"{NOW} ERROR gate.service.threads: the reader thread failed",
        f"{NOW}   gate/cli/main.py:3",
        f"{NOW}   KeyError",
    ]


def test_a_long_log_keeps_its_end() -> None:
    line = Logged(AT, by_manager=False, text="ERROR gate.service.threads: the reader thread failed")
    lines = [line] * 5000 + [replace(line, text="ERROR gate.service.camera: the camera failed")]
    content = packing._text("the log", log_lines.part(lines)).content
    assert len(content) == MOST_BYTES
    assert content.startswith(packing.CUT)
    assert b"the camera failed" in content


def test_the_log_of_the_system_is_read_as_the_journal_gives_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    entries = [
        {"__REALTIME_TIMESTAMP": f"{int(AT.timestamp())}000000", "SYSLOG_IDENTIFIER": "gate", "MESSAGE": "one"},
        {"__REALTIME_TIMESTAMP": f"{int(AT.timestamp())}000000", "SYSLOG_IDENTIFIER": "systemd", "MESSAGE": "two"},
        {"__REALTIME_TIMESTAMP": "soon", "MESSAGE": "three"},
        {"MESSAGE": [1, 2]},
    ]
    journal = tmp_path / "journal.json"
    journal.write_text("".join(json.dumps(entry) + "\n" for entry in entries) + "no JSON\n")
    monkeypatch.setattr(log_lines, "COMMAND", ("cat", str(journal)))
    assert log_lines.system_log() == [Logged(AT, False, "one"), Logged(AT, True, "two")]  # noqa: FBT003  (rows)
    monkeypatch.setattr(log_lines, "COMMAND", (str(tmp_path / "no-such-program"),))
    assert log_lines.system_log() == []
