"""The checks of the service and of its files: journal, secrets, trust, rules; and of the decoders."""

from __future__ import annotations

import hashlib
import json
import socket
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from gate.access.alarm import AlarmKind
from gate.access.answers import AlarmStatus, Reply, Status
from gate.access.modes import DoorMode
from gate.access.signals import Ordered
from gate.adapters.journal_sqlite import SqliteJournal
from gate.cli import control_client
from gate.cli.checks import journal
from gate.cli.checks.finding import Verdict
from gate.cli.checks.unit import Unit
from gate.credential.bundle import sign_bundle
from gate.credential.trust import ListRef, RuleRef, TrustBundle
from gate.policy import packs
from gate.ports import Entry, JournalFigures, Space
from gate.service.config_schema import DecoderConfig, DecoderMode
from gate.service.decoder_parts import Decoders
from gate.service.retired_mark import MARK
from tests.cli.doctor.bench import AT, Bench, Case, cases, clock, judged
from tests.contract.test_journal import build
from tests.credential.minting import Mint

OK, WARN, FAIL = Verdict.OK, Verdict.WARN, Verdict.FAIL
MINT = Mint(now=AT)
QUIET = Status(
    mode=DoorMode.LOCKED,
    standing_mode=DoorMode.LOCKED,
    door_open=False,
    hold=None,
    queued=False,
    alarms=(),
    active_inputs=(),
    visits=0,
    assisted=0,
    unrecorded=0,
)
CAMERA = AlarmStatus(1, AlarmKind.CAMERA_FAULT, "camera", None, False, False, False, False)  # noqa: FBT003  (a row)


def says(status: Status) -> Callable[[Ordered], Reply]:
    """A gate that answers everything with how it is."""
    return lambda _: Reply(done=True, text="so it is", status=status)


# The service.


def a_quiet_gate(bench: Bench) -> Unit:
    return bench.unit({"control.socket": str(bench.gate(says(QUIET)).path)})


def a_gate_with_an_alarm(bench: Bench) -> Unit:
    gate = bench.gate(says(replace(QUIET, alarms=(CAMERA,))))
    return bench.unit({"control.socket": str(gate.path)})


def no_gate(bench: Bench) -> Unit:
    return bench.unit()


def no_local_control(bench: Bench) -> Unit:
    return bench.unit({"control.socket": ""})


def something_else_that_listens(bench: Bench) -> Unit:
    """It takes the connection and never says a word."""
    path = bench.folder / "control.sock"
    listening = bench.running.enter_context(socket.socket(socket.AF_UNIX))
    listening.bind(str(path))
    listening.listen()
    return bench.unit()


def a_retired_gate(bench: Bench) -> Unit:
    bench.file(MARK, "{}")
    return bench.unit()


# Its files.


def a_journal(bench: Bench, *, ago: timedelta = timedelta(), aside: bool = False) -> Unit:
    with closing(SqliteJournal(bench.folder / "journal.db")) as made:
        made.commit([Entry("access", build, b"m", at=AT - ago)])
        if aside:
            made.set_aside(1, "nobody takes it")
    return bench.unit()


def a_good_journal(bench: Bench) -> Unit:
    return a_journal(bench)


def a_journal_that_waits_for_the_centre(bench: Bench) -> Unit:
    return a_journal(bench, ago=timedelta(days=2))


def a_journal_with_a_record_set_aside(bench: Bench) -> Unit:
    return a_journal(bench, aside=True)


def no_journal(bench: Bench) -> Unit:
    return bench.unit()


def a_spoilt_journal(bench: Bench) -> Unit:
    bench.file("journal.db", b"SQLite format 3\0" + bytes(5000))
    return bench.unit()


def keys_of_its_own(bench: Bench) -> Unit:
    bench.file("password", "secret")
    (bench.folder / "epochs").mkdir(mode=0o700)
    return bench.unit({"mqtt.password_file": "password", "mqtt.username": "gate-1"})


def a_key_that_is_missing(bench: Bench) -> Unit:
    return bench.unit({"trust.badge_key": "badge.key"})


def a_password_for_everybody(bench: Bench) -> Unit:
    bench.file("password", "secret", 0o640)
    return bench.unit({"mqtt.password_file": "password", "mqtt.username": "gate-1"})


def epochs_for_everybody(bench: Bench) -> Unit:
    (bench.folder / "epochs").mkdir(mode=0o755)
    return bench.unit()


def trusting(bench: Bench, bundle: TrustBundle, changes: dict[str, object] | None = None, **ways: Any) -> Unit:
    bench.file("trust.bundle", sign_bundle(bundle, MINT.root))
    bench.file("root.key", MINT.root_pem)
    return bench.unit(changes, **ways)


def a_fresh_bundle(bench: Bench) -> Unit:
    return trusting(bench, MINT.bundle)


def a_bundle_of_two_days(bench: Bench) -> Unit:
    return trusting(bench, MINT.bundle, clock=clock(at=AT + timedelta(days=2)))


def a_bundle_whose_list_is_missing(bench: Bench) -> Unit:
    named = ListRef("eu-2026", bytes(32), AT - timedelta(hours=1), AT + timedelta(days=30))
    return trusting(bench, replace(MINT.bundle, revocation=(named,)))


def a_bundle_of_eight_days(bench: Bench) -> Unit:
    return trusting(bench, MINT.bundle, clock=clock(at=AT + timedelta(days=8)))


def a_bundle_of_somebody_else(bench: Bench) -> Unit:
    bench.file("trust.bundle", sign_bundle(MINT.bundle, Mint(now=AT).root))
    bench.file("root.key", MINT.root_pem)
    return bench.unit()


def ruled(bench: Bench, *versions: int, signed: bool = True) -> Unit:
    """A pack of version 1, and a bundle that vouches for these versions of it."""
    raw = json.dumps(packs.document("visitor-pass") | {"id": "own"}).encode()
    bench.file("own.json", raw)
    digests = {1: hashlib.sha256(raw).digest() if signed else bytes(32)}
    refs = tuple(RuleRef("own", version, digests.get(version, bytes(32))) for version in versions)
    return trusting(bench, replace(MINT.bundle, rule_packs=refs), {"policy.rules": "own.json"})


def shipped_rules(bench: Bench) -> Unit:
    return bench.unit()


def signed_rules(bench: Bench) -> Unit:
    return ruled(bench, 1)


def rules_that_have_a_successor(bench: Bench) -> Unit:
    return ruled(bench, 1, 2)


def rules_that_nobody_signed(bench: Bench) -> Unit:
    return ruled(bench, 1, signed=False)


# The decoders, most in this process because that is cheap.


def decoders(*broken: DecoderMode) -> Callable[[DecoderConfig], Decoders]:
    def made(config: DecoderConfig) -> Decoders:
        found = Decoders(replace(config, process=False))
        if config.mode in broken:  # as when its library cannot be loaded
            found.close()
            found._made, found._problems = [], [f"{config.mode} is not installed"]
        return found

    return made


def a_decoder_in_its_process(bench: Bench) -> Unit:
    return bench.unit({"decoder.mode": "zxing"})


def decoders_in_this_process(bench: Bench) -> Unit:
    return bench.unit({"decoder.process": False}, decoders=decoders())


def one_decoder(bench: Bench) -> Unit:
    return bench.unit(decoders=decoders(DecoderMode.ZBAR))


def no_decoder(bench: Bench) -> Unit:
    return bench.unit(decoders=decoders(DecoderMode.ZBAR, DecoderMode.ZXING))


CASES = (
    Case("service", OK, a_quiet_gate),
    Case("service", WARN, a_gate_with_an_alarm, "camera_fault (camera)"),
    Case("service", WARN, no_gate, "no gate listens"),
    Case("service", WARN, no_local_control, "cannot be asked"),
    Case("service", FAIL, a_retired_gate, "retired"),
    Case("journal", OK, a_good_journal, "1 records, 1 not confirmed"),
    Case("journal", WARN, no_journal),
    Case("journal", WARN, a_journal_that_waits_for_the_centre, "2026-11-23"),
    Case("journal", WARN, a_journal_with_a_record_set_aside, "1 set aside"),
    Case("journal", FAIL, a_spoilt_journal),
    Case("secrets", OK, keys_of_its_own, "2 files"),
    Case("secrets", WARN, a_key_that_is_missing, "trust.badge_key"),
    Case("secrets", FAIL, a_password_for_everybody, "mqtt.password_file"),
    Case("secrets", FAIL, epochs_for_everybody, "trust.epoch_dir"),
    Case("trust", OK, a_fresh_bundle, "version 1"),
    Case("trust", WARN, a_bundle_of_two_days, "newer ones"),
    Case("trust", WARN, a_bundle_whose_list_is_missing, "eu-2026"),
    Case("trust", FAIL, a_bundle_of_eight_days, "green is held"),
    Case("trust", FAIL, a_bundle_of_somebody_else),
    Case("rules", OK, shipped_rules, "visitor-pass"),
    Case("rules", OK, signed_rules, "own 1"),
    Case("rules", WARN, rules_that_have_a_successor, "2 was signed"),
    Case("rules", FAIL, rules_that_nobody_signed, "not vouched for"),
    Case("decoders", OK, a_decoder_in_its_process, "each in a confined process"),
    Case("decoders", WARN, decoders_in_this_process, "NOT confined"),
    Case("decoders", WARN, one_decoder, "zbar is not installed"),
    Case("decoders", FAIL, no_decoder, "zxing is not installed"),
)


@pytest.mark.parametrize("case", cases(*CASES))
def test_what_the_doctor_says(case: Case, bench: Bench) -> None:
    judged(case, bench)


def test_a_gate_that_does_not_answer_is_no_good(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(control_client.ask, "__defaults__", (0.1,))
    judged(Case("service", FAIL, something_else_that_listens, "does not answer"), bench)


def test_a_gate_that_cannot_be_asked_is_known_by_its_journal(bench: Bench) -> None:
    silent = {"control.socket": ""}
    assert not bench.unit(silent, root=Path("/")).runs
    with closing(SqliteJournal(bench.folder / "journal.db")):
        assert bench.unit(silent, root=Path("/")).runs
        assert not bench.unit({**silent, "journal.path": "another.db"}, root=Path("/")).runs
    assert not bench.unit(silent, root=Path("/")).runs


@pytest.mark.parametrize("check", ["camera", "inputs", "access-list"])
def test_of_a_gate_that_cannot_be_asked_nothing_good_is_said(bench: Bench, check: str) -> None:
    lines = {"pins.factory": "gpiod", "camera.source": "v4l2", "camera.path": "/dev/video0"}
    with closing(SqliteJournal(bench.folder / "journal.db")):
        unit = bench.unit({"control.socket": "", **lines}, root=Path("/"))
        judged(Case(check, WARN, lambda _: unit, "cannot ask it"), bench)
    assert bench.kernel.ops == []


@pytest.mark.parametrize(("used_mb", "verdict"), [(400, OK), (410, WARN), (512, FAIL)])
def test_a_journal_is_warned_of_before_it_gives_up_records(bench: Bench, used_mb: int, verdict: Verdict) -> None:
    figures = JournalFigures(9, 9, 0, 0, None, used_mb * 1_000_000, Space.AMPLE)
    assert journal._judged(bench.unit(), figures).verdict is verdict
