"""What each kind of event says of itself: the part of ``data`` that is its own. Pure."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from gate.access.command_events import CommandEnded, CommandRefused, CommandTaken, Retired
from gate.access.events import (
    AccessEvent,
    AlarmEvent,
    DoorConditionChanged,
    Event,
    ExitRequested,
    JournalLate,
    ModeChanged,
    OrderRefused,
    PassageEvent,
    SelfTested,
    SelfTestEnded,
    ServiceStarted,
    ServiceStopped,
)
from gate.access.journal_events import ChainHead, EventsLost, JournalBegun, RecordsDropped
from gate.access.orders import Attestation
from gate.access.site_events import CheckedOut, ClockChanged, OccupancyCorrected, PassbackReset
from gate.credential.model import CredentialRef, TrustStamp


def is_drill(event: Event) -> bool:
    """Whether nothing but a drill has led to it."""
    match event:
        case AccessEvent():
            return event.drill
        case AlarmEvent():
            return event.alarm.drill
        case _:
            return False


def of(event: Event) -> dict[str, Any]:  # noqa: C901, PLR0911, PLR0912  (one line for each kind of event)
    """The event's own fields, as JSON."""
    match event:
        case AccessEvent():
            return _access(event)
        case PassageEvent():
            return {"visit": event.visit, "passage": event.passage.value}
        case ModeChanged():
            return {"mode": event.mode.value, "previous": event.previous.value, "by": event.by}
        case DoorConditionChanged():
            return {"condition": event.condition.value, "mode": event.mode.value}
        case ExitRequested():
            return {"release_ms": event.release_ms, "mode": event.mode.value}
        case AlarmEvent():
            return _alarm(event)
        case SelfTested():
            return {
                "by": event.by,
                "relay": event.relay,
                "release_ms": event.release_ms,
                "active_inputs": list(event.active_inputs),
            }
        case SelfTestEnded():
            return {"lock": event.lock.value}
        case OrderRefused():
            return {"by": event.by, "verb": event.verb, "more": event.more}
        case CommandTaken() | CommandEnded() | CommandRefused():
            return _command(event)
        case Retired():
            return {"by": event.by}
        case JournalLate():
            return {"visit": event.visit, "waited_ms": event.waited_ms, "secured": event.secured}
        case PassbackReset():
            return {"visit": event.visit, "fp": event.fp, "epoch": event.epoch, "by": event.by}
        case OccupancyCorrected():
            return {"was": event.was, "now": event.inside, "by": event.by}
        case CheckedOut():
            return {"inside": event.inside}
        case ClockChanged():
            return {"previous": event.previous.value}
        case ServiceStarted():
            return {"version": event.version, "mode": event.mode.value}
        case ServiceStopped():
            return {"reason": event.reason}
        case ChainHead():
            return {"covers": event.covers, "head": event.head, "key": event.key, "signature": event.signature}
        case RecordsDropped():
            return {
                "ranges": [{"first": r.first, "last": r.last, "prev": r.prev, "head": r.head} for r in event.ranges],
                "count": event.count,
                "unconfirmed": event.unconfirmed,
                "alarms": event.alarms,
                "why": event.why.value,
            }
        case EventsLost():
            return {
                "count": event.count,
                "alarms": event.alarms,
                "since": _moment(event.since),
                "until": _moment(event.until),
            }
        case JournalBegun():
            return {"former": event.former, "last": event.last, "stored": event.stored, "reason": event.reason.value}


def _command(event: CommandTaken | CommandEnded | CommandRefused) -> dict[str, Any]:
    told = {"transaction": event.transaction, "verb": str(event.verb)}
    match event:
        case CommandTaken():
            return told | {"kid": event.kid, "by": event.by, "nonce": event.nonce}
        case CommandEnded():
            return told | {"done": event.done, "reason": None if event.reason is None else event.reason.value}
        case CommandRefused():
            return told | {"kid": event.kid, "reason": event.reason.value, "more": event.more}


def _access(event: AccessEvent) -> dict[str, Any]:
    return {
        "visit": event.visit,
        "colour": None if event.colour is None else event.colour.value,
        "outcome": event.outcome.value,
        "reason": event.reason,
        "rule": {"id": event.rule.id, "version": event.rule.version},
        "credential": _credential(event.credential),
        "opened_by": event.opened_by.value,
        "passage": event.passage.value,
        "officer": event.officer,
        "officer_reason": event.officer_reason,
        "attestation": _attestation(event.attestation),
        "assisted": event.assisted or None,
        "trust": _trust(event.trust, event.at.utc),
        "decode_ms": event.decode_ms,
        "decide_ms": event.decide_ms,
        "release_ms": event.release_ms,
        "direction": event.direction.value,
        "passback": event.passback,
    }


def _credential(ref: CredentialRef | None) -> dict[str, str] | None:
    if ref is None:
        return None
    return {"kind": ref.kind.value, "issuer": ref.issuer, "kid": ref.kid, "fp": ref.fp, "epoch": ref.epoch}


def _attestation(attested: Attestation | None) -> dict[str, bool] | None:
    return None if attested is None else {"healthy": attested.healthy, "protocol_kept": attested.protocol_kept}


def _moment(utc: datetime) -> str:
    return utc.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _trust(stamp: TrustStamp | None, now: datetime) -> dict[str, int] | None:
    if stamp is None:
        return None
    return {"version": stamp.version, "age_s": max(0, int((now - stamp.issued).total_seconds()))}


def _alarm(event: AlarmEvent) -> dict[str, Any]:
    alarm = event.alarm
    return {
        "alarm": alarm.number,
        "kind": alarm.kind.value,
        "detail": alarm.detail,
        "visit": alarm.visit,
        "silent": alarm.wants.silent,
        "present": alarm.present,
        "acknowledged_by": alarm.acknowledged_by,
        "escalated": alarm.escalated,
        "by": event.by,
        "outcome": None if event.outcome is None else event.outcome.value,
    }
