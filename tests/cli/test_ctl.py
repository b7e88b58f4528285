"""``gate ctl`` against a real socket: what is asked, what is said, and the exit code of each outcome."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from gate.access.alarm import AlarmKind
from gate.access.answers import AlarmStatus, HoldStatus, Reply, Status
from gate.access.inputs import InputLine
from gate.access.modes import DoorMode
from gate.access.orders import (
    Acknowledge,
    Admit,
    Attestation,
    Drill,
    FollowUp,
    FollowUpOutcome,
    Order,
    Refuse,
    Report,
    ResetPassback,
    SelfTest,
    SetMode,
    SetOccupancy,
)
from gate.cli import control_client
from gate.cli import ctl as ctl_module
from gate.cli.control_client import DONE, NO_GATE, NOT_ALLOWED, REFUSED, WRONG_USAGE
from gate.cli.ctl import EXIT_CODES
from gate.cli.main import main
from gate.credential.model import Colour
from gate.service.config_schema import ControlConfig
from gate.service.control import ANSWER_S
from gate.service.control_verbs import VERBS
from gate.service.threads import Worker
from tests.accounts import STRANGER, account, needs_root
from tests.service.config_files import changed_toml
from tests.service.control_gate import OFFICERS_GID, ControlledGate, controlled_gate

LONG_S = 10.0
QUIET = Status(
    mode=DoorMode.LOCKED,
    standing_mode=DoorMode.LOCKED,
    door_open=False,
    hold=None,
    queued=False,
    alarms=(),
    active_inputs=(),
    visits=120,
    assisted=3,
    unrecorded=0,
)
BUSY = replace(
    QUIET,
    mode=DoorMode.ACCESSED,
    standing_mode=DoorMode.UNLOCKED,
    door_open=True,
    hold=HoldStatus(121, Colour.BLACK, "case_or_contact", 95, drill=True),
    queued=True,
    alarms=(
        AlarmStatus(
            3, AlarmKind.BLACK, "", 121, drill=True, acknowledged=False, escalated=True, awaits_follow_up=False
        ),
        AlarmStatus(2, AlarmKind.STUCK_INPUT, "help", None, False, True, False, False),  # noqa: FBT003  (a row)
        AlarmStatus(1, AlarmKind.BLACK, "", 90, False, True, False, True),  # noqa: FBT003  (a row)
    ),
    active_inputs=(InputLine.DOOR_MONITOR, InputLine.HELP),
    unrecorded=2,
    inside=12,
    capacity=40,
)


@pytest.fixture
def gate() -> Iterator[ControlledGate]:
    with controlled_gate() as made:
        yield made


def ctl(gate: ControlledGate, verb: str, *words: str) -> int:
    return main(["ctl", verb, "--socket", str(gate.path), *words])


ASKED: list[tuple[list[str], Order]] = [
    (["admit"], Admit("officer_present")),
    (["admit", "--visit", "7", "--reason", "known", "--extended"], Admit("known", 7, extended=True)),
    (["admit", "--healthy", "--protocol"], Admit("officer_present", attestation=Attestation(True, True))),  # noqa: FBT003
    (["refuse"], Refuse("officer_present")),
    (["refuse", "--visit", "7", "--reason", "ill"], Refuse("ill", 7)),
    (["ack"], Acknowledge()),
    (["ack", "3"], Acknowledge(3)),
    (["follow-up", "isolated"], FollowUp(FollowUpOutcome.ISOLATED)),
    (["follow-up", "left", "--alarm", "3"], FollowUp(FollowUpOutcome.LEFT, 3)),
    (["drill", "black"], Drill(Colour.BLACK)),
    (["drill", "red"], Drill(Colour.RED)),
    (["lockdown"], SetMode(DoorMode.LOCKED_DOWN)),
    (["normal"], SetMode(DoorMode.LOCKED)),
    (["unlock"], SetMode(DoorMode.UNLOCKED)),
    (["emergency"], SetMode(DoorMode.LOCKED_OPEN)),
    (["selftest"], SelfTest()),
    (["selftest", "--relay"], SelfTest(relay=True)),
    (["passback"], ResetPassback()),
    (["passback", "--visit", "7"], ResetPassback(7)),
    (["occupancy", "0"], SetOccupancy(0)),
    (["occupancy", "41"], SetOccupancy(41)),
    (["status"], Report()),
]


@pytest.mark.parametrize(
    ("words", "order"), ASKED, ids=lambda value: " ".join(value) if isinstance(value, list) else ""
)
def test_a_command_gives_its_order_and_says_what_was_done(
    gate: ControlledGate, capsys: pytest.CaptureFixture[str], words: list[str], order: Order
) -> None:
    assert ctl(gate, *words) == DONE
    assert [ordered.order for ordered in gate.ordered] == [order]
    assert capsys.readouterr() == ("done so\n", "")


def test_every_verb_of_the_gate_has_its_command() -> None:
    assert {words[0] for words, _ in ASKED} == set(VERBS)


@pytest.mark.parametrize("colour", ["black", "red"])
def test_gate_drill_is_the_same_as_gate_ctl_drill(gate: ControlledGate, colour: str) -> None:
    assert main(["drill", colour, "--socket", str(gate.path)]) == DONE
    assert [ordered.order for ordered in gate.ordered] == [Drill(Colour(colour))]


@pytest.mark.parametrize(
    ("status", "lines"),
    [
        (
            QUIET,
            [
                "mode     locked",
                "door     closed",
                "hold     nobody",
                "alarms   none",
                "inputs   none active",
                "inside   0",
                "counts   120 visits, 3 assisted, 0 not recorded yet",
            ],
        ),
        (
            BUSY,
            [
                "mode     accessed, then unlocked",
                "door     open",
                "hold     visit 121: black (case or contact), 95 s left [DRILL]",
                "         another visitor waits",
                "alarms   #3 black, visit 121, NOT ACKNOWLEDGED, escalated [DRILL]",
                "         #2 stuck input, help, acknowledged",
                "         #1 black, visit 90, acknowledged, awaits its follow-up",
                "inputs   door monitor, help",
                "inside   12 of 40",
                "counts   120 visits, 3 assisted, 2 not recorded yet",
            ],
        ),
    ],
    ids=["quiet", "busy"],
)
def test_the_status_is_a_table(
    gate: ControlledGate, capsys: pytest.CaptureFixture[str], status: Status, lines: list[str]
) -> None:
    gate.reply = lambda _: Reply(done=True, text="the door is", status=status)
    assert ctl(gate, "status") == DONE
    assert capsys.readouterr().out.splitlines() == lines


def test_a_door_without_a_monitor_says_so(gate: ControlledGate, capsys: pytest.CaptureFixture[str]) -> None:
    hold = HoldStatus(5, None, "unreadable", 10, drill=False)
    gate.reply = lambda _: Reply(done=True, text="", status=replace(QUIET, door_open=None, hold=hold))
    assert ctl(gate, "status") == DONE
    out = capsys.readouterr().out
    assert "door     not known: there is no door monitor" in out
    assert "hold     visit 5: no colour (unreadable), 10 s left\n" in out


def test_the_status_as_json_is_one_document(gate: ControlledGate, capsys: pytest.CaptureFixture[str]) -> None:
    gate.reply = lambda _: Reply(done=True, text="", status=BUSY)
    assert ctl(gate, "status", "--json") == DONE
    told = json.loads(capsys.readouterr().out)
    assert (told["mode"], told["hold"]["left_s"], len(told["alarms"])) == ("accessed", 95, 3)


def test_what_the_gate_says_cannot_work_the_terminal(gate: ControlledGate, capsys: pytest.CaptureFixture[str]) -> None:
    nasty = "\x1b[2Jgone\u202e"
    alarm = replace(BUSY.alarms[0], detail=nasty)
    answers = [
        Reply(done=True, text=nasty),
        Reply(done=False, text=nasty),
        Reply(done=True, text="", status=replace(BUSY, alarms=(alarm,))),
    ]
    for answer in answers:
        gate.reply = lambda _, answer=answer: answer  # type: ignore[misc]  # mypy does not see the default
        ctl(gate, "status")
        ctl(gate, "status", "--json") if answer.status else None
    out, err = capsys.readouterr()
    assert "gone" in out
    assert "gone" in err
    assert "\x1b" not in out + err
    assert "\u202e" not in out + err


def test_help_tells_the_verbs_and_the_exit_codes(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["ctl", "--help"])
    out = capsys.readouterr().out
    assert end.value.code == 0
    assert EXIT_CODES.strip() in out
    listed = {line.split()[0] for line in out.splitlines() if line.startswith("    ") and line[4:5].strip()}
    assert listed == set(VERBS)


def test_what_the_gate_does_not_do_now_is_exit_code_1(gate: ControlledGate, capsys: pytest.CaptureFixture[str]) -> None:
    gate.reply = lambda _: Reply(done=False, text="nothing was done: nobody is on hold")
    assert ctl(gate, "admit") == REFUSED
    assert capsys.readouterr() == ("", "gate ctl: nothing was done: nobody is on hold\n")


def test_a_reason_that_is_not_in_the_list_is_wrong_usage(
    gate: ControlledGate, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ctl(gate, "admit", "--reason", "because") == WRONG_USAGE
    assert '"reason" must be one of: officer_present, known' in capsys.readouterr().err
    assert gate.ordered == []


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["open"],
        ["drill"],
        ["drill", "green"],
        ["ack", "first"],
        ["admit", "--visit", "0"],
        ["follow-up", "not_recorded"],
        ["status", "--socket", "a", "--config", "b"],
    ],
    ids=" ".join,
)
def test_wrong_words_are_refused_before_anybody_is_asked(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["ctl", *words])
    assert end.value.code == WRONG_USAGE
    assert capsys.readouterr().err


@needs_root
def test_a_stranger_is_exit_code_3_and_told_what_to_do(
    gate: ControlledGate, capsys: pytest.CaptureFixture[str]
) -> None:
    with account():
        assert ctl(gate, "emergency") == NOT_ALLOWED
    assert capsys.readouterr().err == (
        "gate ctl: you are not in the group gate-officers: sudo adduser NAME gate-officers, then log in again\n"
    )
    with account(STRANGER, STRANGER, OFFICERS_GID):
        assert ctl(gate, "status") == DONE


@needs_root
def test_a_folder_that_may_not_be_entered_is_exit_code_3(
    gate: ControlledGate, capsys: pytest.CaptureFixture[str]
) -> None:
    gate.path.parent.chmod(0o700)
    with account():
        assert ctl(gate, "status") == NOT_ALLOWED
    assert "this account may not even reach" in capsys.readouterr().err


def test_no_gate_is_exit_code_4(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    left_behind = tmp_path / "left.sock"
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as killed:
        killed.bind(str(left_behind))
    for path in (tmp_path / "no.sock", left_behind):
        assert main(["ctl", "status", "--socket", str(path)]) == NO_GATE
        err = capsys.readouterr().err
        assert f"no gate listens at {path}" in err
        assert "systemctl status gate" in err


class TestWhereTheGateListens:
    def test_the_configuration_says_it(
        self, gate: ControlledGate, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        file = tmp_path / "gate.toml"
        file.write_text(changed_toml({"control.socket": str(gate.path)}))
        assert main(["ctl", "normal", "--config", str(file)]) == DONE
        file.write_text(changed_toml({"control.socket": ""}))
        assert main(["ctl", "normal", "--config", str(file)]) == WRONG_USAGE
        assert f"control.socket is empty in {file}" in capsys.readouterr().err

    def test_a_named_configuration_must_be_right(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["ctl", "normal", "--config", str(tmp_path / "no.toml")]) == WRONG_USAGE
        assert "no.toml" in capsys.readouterr().err

    def test_without_a_name_the_usual_file_is_read_and_else_the_usual_place_is_taken(
        self, gate: ControlledGate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(ctl_module, "USUAL", ControlConfig(socket=gate.path))
        file = tmp_path / "gate.toml"
        monkeypatch.setattr(ctl_module, "USUAL_FILE", file)
        assert main(["ctl", "normal"]) == DONE
        file.write_text("not for everybody")
        assert main(["ctl", "normal"]) == DONE
        file.write_text(changed_toml({"control.socket": "elsewhere.sock"}))
        assert main(["ctl", "normal"]) == NO_GATE


def test_a_path_that_no_socket_can_have_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ctl", "status", "--socket", "/" + 200 * "x"]) == WRONG_USAGE
    assert "cannot be a socket" in capsys.readouterr().err


@contextmanager
def something_else(path: Path, talk: Callable[[socket.socket], None]) -> Iterator[None]:
    """Something that listens and is no gate; it answers one caller."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as server:
        server.bind(str(path))
        server.listen()

        def serve(_stop: threading.Event, _beat: object) -> None:
            link, _ = server.accept()
            with link:
                talk(link)

        worker = Worker("something else", serve, lambda _: None)
        worker.start()
        yield
        assert worker.stop(LONG_S)
        assert worker.error is None


def _answering(line: bytes) -> Callable[[socket.socket], None]:
    def talk(link: socket.socket) -> None:
        link.recv(4096)
        link.sendall(line)

    return talk


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (b"220 mail.example ESMTP\r\n", "is not a gate of this version (not JSON"),
        (b'{"v":2,"result":"done","text":""}\n', "is not a gate of this version (not an answer of version 1)"),
        (b"", "hung up without an answer; an order may have taken effect"),
        (b'{"v":1,"result":"do', "hung up without an answer"),
        (b'{"v":1,"result":"no_answer","text":"did not answer within 5 s"}\n', "did not answer within 5 s"),
    ],
)
def test_something_else_or_no_answer_is_exit_code_4(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], line: bytes, words: str
) -> None:
    path = tmp_path / "other.sock"
    with something_else(path, _answering(line)):
        assert main(["ctl", "normal", "--socket", str(path)]) == NO_GATE
    assert words in capsys.readouterr().err


def test_a_gate_that_says_nothing_is_not_waited_for_for_ever(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "mute.sock"
    over = threading.Event()
    monkeypatch.setattr(control_client.ask, "__defaults__", (0.1,))
    with something_else(path, lambda _: (over.wait(LONG_S), None)[1]):
        assert main(["ctl", "normal", "--socket", str(path)]) == NO_GATE
        over.set()
    assert "does not answer; an order may still take effect" in capsys.readouterr().err


def test_the_command_waits_longer_than_the_gate_takes_to_give_up() -> None:
    assert control_client.PATIENCE_S > ANSWER_S + 1
