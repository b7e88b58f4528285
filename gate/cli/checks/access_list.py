"""Whether the broker lets the gate say what it has to say, and nothing under another gate's name."""

from __future__ import annotations

from dataclasses import replace

from ulid import ULID

from gate.access.command import Verb
from gate.adapters.mqtt_paho.subscriber import Answered, Away, Subscribed
from gate.cli.checks.finding import Finding, fail, ok, unasked, warn
from gate.cli.checks.link import complaints, heard, identity_of
from gate.cli.checks.unit import Unit
from gate.ports import AdapterError, Message
from gate.wire import command, topics
from gate.wire.command import Response
from gate.wire.topics import Identity

NOT_AUTHORIZED = "Not authorized"
End = Subscribed | Answered | Away | None
STRANGER = "doctor-of-another-gate"


def check(unit: Unit) -> Finding:
    """Answer a command that nobody gave, once under the gate's name and once under a name that is not its own."""
    if unit.runs:
        return _told_by_the_gate(unit)
    own = identity_of(unit.config)
    try:
        mine, other = heard(unit, _nothing(own)), heard(unit, _nothing(replace(own, gate=STRANGER)))
    except AdapterError as error:
        return fail(str(error), "See the check of the broker")
    return _judged(own, mine, other)


def _told_by_the_gate(unit: Unit) -> Finding:
    if not unit.told:
        return unasked()
    told = complaints(unit)
    if told:
        return fail(f"the gate that runs here says: {told}", "See the check of the broker")
    return ok("not tried while the gate runs, which has no complaint")


def _judged(own: Identity, mine: End, other: End) -> Finding:
    if not isinstance(mine, Answered):
        return fail(mine.reason if isinstance(mine, Away) else "no answer", "See the check of the broker")
    if NOT_AUTHORIZED in mine.reason:
        return fail(
            f"the broker does not let it write below {topics.root(own)}",
            "Its name in the certificate must be gate.id, and site.id the one of the access list: docs/broker.md",
        )
    if isinstance(other, Answered) and NOT_AUTHORIZED not in other.reason:
        return warn("the gate may speak under other gates' names", "Give the broker an access list: docs/broker.md")
    return ok(f"it may write below {topics.root(own)}, and not under another name")


def _nothing(who: Identity) -> Message:
    """An answer that nobody waits for, and that no broker keeps."""
    payload = command.response(Response(str(ULID()), "no_answer", "gate doctor tries the access list"))
    topic = command.response_topic(Verb.DIAGNOSE, command.address(who))
    return Message(topic, payload, retain=False, content_type=command.RESPONSE_TYPE, expiry_s=1)
