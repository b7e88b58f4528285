"""Commands of the centre in the core: recorded before they act, once, and refused with a record that cannot flood."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.access.alarm import AlarmKind
from gate.access.answers import Reply
from gate.access.command import (
    Commanded,
    CommandRefusal,
    CommandRejected,
    Nonce,
    Reload,
    Replay,
    Restart,
    Retire,
    Task,
    Verb,
)
from gate.access.command_events import CommandEnded, CommandRefused, CommandTaken, Retired
from gate.access.commanding import MOST_KEYS, MOST_KINDS, MOST_WAITING
from gate.access.effects import Answer, Effect, Errand, Light, Line, Persist, Release
from gate.access.events import AccessEvent, AccessResult, ModeChanged, OpenedBy
from gate.access.inputs import InputLine
from gate.access.memory import Memory
from gate.access.modes import DoorMode
from gate.access.orders import Acknowledge, Admit, Attestation, Drill, RemoteRelease, Report, SelfTest, SetMode
from gate.access.settings import SelfTestAtStart, Settings
from gate.access.signals import Recorded, Started, Stopping
from gate.credential.model import Colour
from gate.policy.status import Outcome
from tests.access.examples import SECOND, valid
from tests.access.story import Story
from tests.wire.examples import KID, ULID_A

OPEN = Settings(remote_release=True, self_test_at_start=SelfTestAtStart.OFF)


def told(settings: Settings = OPEN, memory: Memory | None = None) -> Story:
    story = Story(settings, memory)
    story.tell(Started("1.0"))
    story.events.clear()
    return story


def command(story: Story, verb: Verb, task: Task, nonce: int = 1, kid: str = KID) -> Commanded:
    now_ns = story.now_ns
    return Commanded(verb, task, ULID_A, kid, "desk-1", nonce, now_ns, now_ns + 30 * SECOND, request=-7)


def release(story: Story, nonce: int = 1, visit: int | None = None, kid: str = KID) -> Commanded:
    return command(story, Verb.RELEASE, RemoteRelease("guest_of_office", visit), nonce, kid)


def reply_in(effects: tuple[Effect, ...]) -> Reply:
    (reply,) = [effect.reply for effect in effects if isinstance(effect, Answer)]
    return reply


def refusals(story: Story) -> list[tuple[CommandRefusal, int]]:
    return [(event.reason, event.more) for event in story.events if isinstance(event, CommandRefused)]


def test_a_release_is_recorded_then_acts_and_is_seen_and_heard() -> None:
    story = told()
    story.recorded = False
    first = story.tell(release(story))
    assert [effect for effect in first if isinstance(effect, (Release, Answer))] == [], "nothing before the record"
    (persist,) = [effect for effect in first if isinstance(effect, Persist)]
    assert persist.memory.nonces == (Nonce(KID, 1),), "the nonce is committed with the record"
    then = story.tell(Recorded(persist.ticket))
    assert story.released
    (light,) = [effect for effect in then if isinstance(effect, Light)]
    assert {Line.GREEN, Line.BUZZER} <= light.lit, "seen and heard at the door"
    assert reply_in(then).done
    (visit,) = story.access()
    assert (visit.opened_by, visit.result, visit.outcome) == (OpenedBy.REMOTE, AccessResult.GRANTED, Outcome.GRANT)
    assert (visit.officer, visit.officer_reason, visit.release_ms) == (f"centre:{KID}", "guest_of_office", 5000)
    assert story.names() == ["system.command_taken", "access.granted", "system.command_ended"]
    story.wait(5)
    assert not story.released


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 5)), max_size=30))
def test_a_nonce_acts_once_and_only_upwards_for_each_key(sent: list[tuple[str, int]]) -> None:
    story = told()
    best: dict[str, int] = {}
    expected = []
    for kid, nonce in sent:
        if nonce > best.get(kid, -1):
            best[kid] = nonce
            expected.append((kid, nonce))
        story.tell(command(story, Verb.DIAGNOSE, Report(), nonce, kid))
    taken = [(event.kid, event.nonce) for event in story.events if isinstance(event, CommandTaken)]
    assert taken == expected
    assert {one.kid: one.highest for one in story.memory.nonces} == best


def test_a_kill_between_the_record_and_the_act_leaves_a_command_that_never_acts() -> None:
    story = told()
    story.recorded = False
    sent = release(story)
    (persist,) = [effect for effect in story.tell(sent) if isinstance(effect, Persist)]
    again = told(memory=persist.memory)  # the journal has it, and nobody heard so
    reply = reply_in(again.tell(sent))
    assert not reply.done
    assert not again.released
    assert refusals(again) == [(CommandRefusal.REPLAYED, 0)]


def test_a_kill_before_the_record_leaves_the_nonce_free_and_the_door_locked() -> None:
    story = told()
    story.recorded = False
    sent = release(story)
    story.tell(sent)
    assert not story.released
    again = told()
    again.tell(sent)
    assert len(again.access()) == 1


def test_a_copy_that_comes_while_the_first_one_is_being_recorded_is_refused() -> None:
    story = told()
    story.recorded = False
    (persist,) = [effect for effect in story.tell(release(story)) if isinstance(effect, Persist)]
    assert not reply_in(story.tell(release(story))).done
    story.tell(Recorded(persist.ticket))
    assert len(story.access()) == 1


def test_a_record_that_comes_after_its_time_does_not_act() -> None:
    story = told()
    story.recorded = False
    (persist,) = [effect for effect in story.tell(release(story)) if isinstance(effect, Persist)]
    reply = reply_in(story.tell(Recorded(persist.ticket), after_s=30))
    assert not story.released
    assert "too long" in reply.text
    assert [event for event in story.events if isinstance(event, CommandEnded)] == [
        CommandEnded(story.events[-1].at, ULID_A, Verb.RELEASE, done=False, reason=CommandRefusal.NOT_RECORDED)
    ]


def test_a_stop_lets_no_command_act_any_more() -> None:
    story = told()
    story.recorded = False
    (persist,) = [effect for effect in story.tell(release(story)) if isinstance(effect, Persist)]
    story.tell(Stopping("SIGTERM"))
    assert not story.released
    assert persist.ticket not in story.point.ledger.unrecorded


def test_a_site_that_does_not_allow_it_lets_nobody_release_from_afar() -> None:
    story = told(Settings(self_test_at_start=SelfTestAtStart.OFF))
    reply = reply_in(story.tell(release(story)))
    assert not reply.done
    assert "remote.release" in reply.text
    assert (story.released, refusals(story)) == (False, [(CommandRefusal.NOT_ENABLED, 0)])
    assert story.memory.nonces == (), "a refused command uses no nonce up"


def test_releases_from_afar_keep_a_distance() -> None:
    story = told()
    story.tell(release(story, 1))
    story.wait(9.9)
    assert not reply_in(story.tell(release(story, 2))).done
    assert refusals(story) == [(CommandRefusal.TOO_OFTEN, 0)]
    story.wait(0.2)
    assert reply_in(story.tell(release(story, 2))).done
    assert len(story.access()) == 2


def test_who_is_on_hold_is_meant_by_number_alone() -> None:
    story = told()
    story.show(valid(Colour.RED))
    (held,) = story.access()
    for nonce, visit in ((1, None), (20, held.visit + 1)):
        assert not reply_in(story.tell(release(story, nonce, visit))).done
        assert not story.released
        story.wait(11)
    assert reply_in(story.tell(release(story, 30, held.visit))).done
    ended = story.access()[-1]
    assert (ended.visit, ended.colour, ended.opened_by) == (held.visit, Colour.RED, OpenedBy.REMOTE)
    assert story.released


def test_nobody_is_let_in_from_afar_during_a_lockdown_and_the_hold_goes_on() -> None:
    story = told()
    story.tell(command(story, Verb.LOCKDOWN, SetMode(DoorMode.LOCKED_DOWN), 1))
    story.show(valid(Colour.GREEN))
    (held,) = story.access()
    assert not reply_in(story.tell(release(story, 2, held.visit))).done
    assert not story.released
    assert story.point.desk.hold is not None


def last_mode(story: Story) -> DoorMode:
    return [event for event in story.events if isinstance(event, ModeChanged)][-1].mode


@pytest.mark.parametrize(
    ("verb", "task", "seen"),
    [
        (Verb.LOCKDOWN, SetMode(DoorMode.LOCKED_DOWN), lambda story: last_mode(story) is DoorMode.LOCKED_DOWN),
        (Verb.EMERGENCY_RELEASE, SetMode(DoorMode.LOCKED_OPEN), lambda story: story.released),
        (Verb.DRILL, Drill(Colour.RED), lambda story: story.access()[-1].drill),
        (Verb.IDENTIFY, SelfTest(), lambda story: bool(story.lit)),
        (Verb.DIAGNOSE, Report(), lambda _: True),
    ],
)
def test_what_the_officer_may_order_the_centre_may_command(
    verb: Verb, task: Task, seen: Callable[[Story], bool]
) -> None:
    story = told()
    assert reply_in(story.tell(command(story, verb, task))).done
    assert seen(story)
    (ended,) = [event for event in story.events if isinstance(event, CommandEnded)]
    assert (ended.done, ended.reason) == (True, None)


def test_an_order_that_the_door_refuses_is_told_and_recorded_as_not_done() -> None:
    story = told()
    story.sense(InputLine.EMERGENCY, active=True)
    reply = reply_in(story.tell(command(story, Verb.NORMAL, SetMode(DoorMode.LOCKED))))
    assert "emergency loop" in reply.text
    assert story.released
    (ended,) = [event for event in story.events if isinstance(event, CommandEnded)]
    assert not ended.done


def test_an_alarm_is_acknowledged_from_afar() -> None:
    story = told()
    story.press(InputLine.HELP)
    (alarm,) = story.point.memory.alarms
    assert alarm.kind is AlarmKind.HELP
    assert reply_in(story.tell(command(story, Verb.ACKNOWLEDGE, Acknowledge(alarm.number)))).done
    assert story.point.memory.alarms == ()


@pytest.mark.parametrize(
    ("verb", "work"), [(Verb.RELOAD, Reload()), (Verb.RESTART, Restart()), (Verb.REPLAY, Replay(3, 9))]
)
def test_what_is_the_service_s_business_is_handed_to_it(verb: Verb, work: Reload | Restart | Replay) -> None:
    story = told()
    effects = story.tell(command(story, verb, work))
    assert [effect for effect in effects if isinstance(effect, Errand)] == [Errand(-7, work)]
    assert [effect for effect in effects if isinstance(effect, Answer)] == [], "the service answers"


# The end of a mandate.


def test_a_retired_gate_stands_open_and_looks_at_nobody_also_after_a_restart() -> None:
    story = told()
    story.show(valid(Colour.RED))
    effects = story.tell(command(story, Verb.RETIRE, Retire()))
    assert [effect for effect in effects if isinstance(effect, Errand)] == [Errand(-7, Retire())]
    assert story.released
    assert [event.result for event in story.access()] == [AccessResult.HELD, AccessResult.DENIED]
    assert any(isinstance(event, Retired) for event in story.events)
    again = told(memory=story.memory)
    assert again.released
    again.show(valid(Colour.GREEN))
    assert again.access() == []
    for mode in (DoorMode.LOCKED, DoorMode.LOCKED_DOWN):
        assert "retired" in again.order(SetMode(mode)).text
    attested = Admit("x", attestation=Attestation(healthy=True, protocol_kept=True))
    again.wait(3)
    assert "retired" in again.order(attested).text


def test_a_gate_in_an_emergency_is_not_retired() -> None:
    story = told()
    story.sense(InputLine.EMERGENCY, active=True)
    reply = reply_in(story.tell(command(story, Verb.RETIRE, Retire())))
    assert not reply.done
    assert not story.memory.retired


def test_the_door_of_a_gate_that_is_being_retired_opens_only_when_that_is_recorded() -> None:
    story = told()
    story.recorded = False
    (taken,) = [effect for effect in story.tell(command(story, Verb.RETIRE, Retire())) if isinstance(effect, Persist)]
    then = [effect for effect in story.tell(Recorded(taken.ticket)) if isinstance(effect, Persist)]
    assert not story.released
    for persist in then:
        story.tell(Recorded(persist.ticket))
    assert story.released


# Floods.


def test_a_flood_of_refusals_leaves_two_records_in_ten_seconds_and_every_one_is_counted() -> None:
    story = told()
    for _ in range(1000):
        story.wait(0.01)
        story.tell(CommandRejected(CommandRefusal.UNSIGNED, "release", None, None))
    story.wait(20)
    told_of = refusals(story)
    assert sum(1 + more for _, more in told_of) == 1000
    assert len(told_of) <= 3


@given(st.lists(st.tuples(st.sampled_from(list(CommandRefusal)), st.integers(0, 60)), max_size=80))
def test_every_refusal_is_counted_once_whatever_they_are(sent: list[tuple[CommandRefusal, int]]) -> None:
    story = told()
    for reason, key in sent:
        story.tell(CommandRejected(reason, "release", f"{key:016x}", None))
    kinds = len(CommandRefusal)
    assert len(refusals(story)) <= MOST_KINDS + kinds
    story.tell(Stopping("SIGTERM"))
    assert sum(1 + more for _, more in refusals(story)) == len(sent)


def test_a_flood_does_not_keep_the_genuine_one_waiting() -> None:
    story = told()
    for _ in range(200):
        story.tell(CommandRejected(CommandRefusal.BAD_SIGNATURE, "release", KID, None))
    assert reply_in(story.tell(release(story))).done
    assert story.released


def test_commands_that_wait_for_a_journal_that_does_not_answer_are_bounded() -> None:
    story = told()
    story.recorded = False
    for nonce in range(MOST_WAITING):
        assert not any(isinstance(e, Answer) for e in story.tell(command(story, Verb.DIAGNOSE, Report(), nonce)))
    assert "too many" in reply_in(story.tell(command(story, Verb.DIAGNOSE, Report(), MOST_WAITING))).text
    assert refusals(story) == [(CommandRefusal.BUSY, 0)]


def test_the_nonces_that_are_kept_are_bounded() -> None:
    story = told()
    for key in range(MOST_KEYS + 5):
        story.tell(command(story, Verb.DIAGNOSE, Report(), key + 10, f"{key:016x}"))
    kept = story.memory.nonces
    assert len(kept) == MOST_KEYS
    assert min(one.highest for one in kept) == 15


def test_an_access_event_of_a_command_names_a_key_and_nobody() -> None:
    story = told()
    story.tell(release(story))
    granted = [event for event in story.events if isinstance(event, AccessEvent)]
    assert granted[0].credential is None
