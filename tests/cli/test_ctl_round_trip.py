"""Every verb from the command line over a real socket to a real access point and back, done and refused."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from gate.access.access_point import AccessPoint
from gate.access.answers import Reply
from gate.access.effects import Answer, Effect, Persist
from gate.access.inputs import InputLine
from gate.access.settings import SelfTestAtStart, Settings
from gate.access.signals import InputChanged, Ordered, Recorded, Signal, Started
from gate.adapters.clock_system import SystemClock
from gate.cli.control_client import DONE, REFUSED
from gate.cli.main import main
from gate.policy.passback import Passback, PassbackMode
from gate.policy.site import SitePolicy
from gate.service.control_verbs import VERBS
from tests.service.control_gate import ControlledGate, controlled_gate

DRILL, LOCKDOWN, EMERGENCY = ["drill", "black"], ["lockdown"], ["emergency"]

DONE_ROWS: list[tuple[list[list[str]], list[str], str]] = [
    ([], ["status"], "mode     locked"),
    ([DRILL], ["status"], "visit 1: black (drill), "),
    ([EMERGENCY], ["status"], "mode     locked open"),
    ([], ["admit", "--healthy", "--protocol"], "assisted entry: visit 1"),
    ([DRILL], ["admit", "--visit", "1", "--reason", "known"], "admitted visit 1"),
    ([DRILL], ["refuse", "--reason", "ill"], "refused visit 1"),
    ([DRILL], ["ack"], "acknowledged: 1"),
    ([DRILL], ["ack", "1"], "acknowledged: 1"),
    ([DRILL, ["ack"]], ["follow-up", "isolated"], "alarm 1: isolated"),
    ([], DRILL, "drill: black visitor on hold as visit 1"),
    ([], ["drill", "red"], "drill: red visitor on hold as visit 1"),
    ([], LOCKDOWN, "the door is locked_down"),
    ([LOCKDOWN], ["normal"], "locked"),
    ([EMERGENCY], ["normal"], "the door is locked\n"),
    ([], ["unlock"], "the door will be unlocked as soon as that is recorded"),
    ([], EMERGENCY, "the door is locked_open"),
    ([], ["selftest"], "the self-test runs"),
    ([], ["selftest", "--relay"], "the self-test runs"),
    ([], ["passback"], "anti-passback is forgotten for everybody"),
    ([], ["occupancy", "12"], "inside: 12, was 0"),
]

REFUSED_ROWS: list[tuple[list[list[str]], list[str], str]] = [
    ([], ["admit"], "nobody is on hold"),
    ([], ["admit", "--healthy"], "attest that they are healthy and keep the protocol"),
    ([LOCKDOWN], ["admit", "--healthy", "--protocol"], "nobody is let in during a lockdown"),
    ([DRILL], ["admit", "--visit", "2"], "on hold is visit 1"),
    ([], ["refuse"], "nobody is on hold"),
    ([], ["ack"], "no such alarm waits"),
    ([DRILL], ["ack", "2"], "no such alarm waits"),
    ([], ["follow-up", "left"], "no alarm awaits"),
    ([DRILL], ["drill", "red"], "a visitor is being served"),
    ([EMERGENCY], LOCKDOWN, "an emergency is in force"),
    ([EMERGENCY], ["unlock"], "an emergency is in force"),
    ([["selftest"]], ["selftest"], "a self-test is running"),
    ([], ["passback", "--visit", "9"], "visit 9 is neither on hold nor a visitor who passed here"),
    ([LOCKDOWN], ["selftest", "--relay"], "only be tested at a locked door"),
]
NEVER_REFUSED = {"status", "emergency", "occupancy"}
HARD = SitePolicy(passback=Passback(PassbackMode.HARD))


class Core:
    """An access point whose journal confirms at once."""

    def __init__(self) -> None:
        self.clock = SystemClock()
        self.point = AccessPoint(Settings(site=HARD, self_test_at_start=SelfTestAtStart.OFF))
        self.handle(Started("test"))

    def handle(self, signal: Signal) -> list[Effect]:
        effects = list(self.point.handle(signal, self.clock.now()))
        for persist in [effect for effect in effects if isinstance(effect, Persist)]:
            effects += self.handle(Recorded(persist.ticket))
        return effects

    def reply(self, ordered: Ordered) -> Reply | None:
        answers = [effect for effect in self.handle(ordered) if isinstance(effect, Answer)]
        assert [answer.request for answer in answers] == [ordered.request], "each order is answered once"
        return answers[0].reply


@pytest.fixture
def core() -> Core:
    return Core()


@pytest.fixture
def gate(core: Core) -> Iterator[ControlledGate]:
    with controlled_gate(core.reply) as made:
        yield made


def after(gate: ControlledGate, before: list[list[str]], words: list[str], capsys: pytest.CaptureFixture[str]) -> int:
    """The exit code of these words, when all the others were done."""
    for earlier in before:
        assert main(["ctl", *earlier, "--socket", str(gate.path)]) == DONE
    capsys.readouterr()
    return main(["ctl", *words, "--socket", str(gate.path)])


@pytest.mark.parametrize(("before", "words", "text"), DONE_ROWS, ids=lambda value: str(value)[:40])
def test_what_is_done_is_said_on_stdout(
    gate: ControlledGate,
    capsys: pytest.CaptureFixture[str],
    before: list[list[str]],
    words: list[str],
    text: str,
) -> None:
    assert after(gate, before, words, capsys) == DONE
    out, err = capsys.readouterr()
    assert text in out
    assert err == ""


@pytest.mark.parametrize(("before", "words", "text"), REFUSED_ROWS, ids=lambda value: str(value)[:40])
def test_what_is_refused_is_said_on_stderr_and_why(
    gate: ControlledGate,
    capsys: pytest.CaptureFixture[str],
    before: list[list[str]],
    words: list[str],
    text: str,
) -> None:
    assert after(gate, before, words, capsys) == REFUSED
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("gate ctl: ")
    assert text in err


def test_normal_is_refused_while_the_emergency_loop_is_open(
    core: Core, gate: ControlledGate, capsys: pytest.CaptureFixture[str]
) -> None:
    core.handle(InputChanged(InputLine.EMERGENCY, active=True, at_ns=core.clock.now().mono_ns))
    assert after(gate, [], ["normal"], capsys) == REFUSED
    assert "close the loop first" in capsys.readouterr().err


def test_every_verb_is_done_above_and_refused_where_it_can_be() -> None:
    assert {words[0] for _, words, _ in DONE_ROWS} == set(VERBS)
    assert {words[0] for _, words, _ in REFUSED_ROWS} | {"normal"} == set(VERBS) - NEVER_REFUSED


def test_a_drill_is_marked_in_the_status(gate: ControlledGate, capsys: pytest.CaptureFixture[str]) -> None:
    assert after(gate, [DRILL], ["status"], capsys) == DONE
    marked = [line.split()[0] for line in capsys.readouterr().out.splitlines() if line.endswith("[DRILL]")]
    assert marked == ["hold", "alarms"]
