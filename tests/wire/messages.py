"""One message of every type of the contract, as a gate, its site or the centre sends it: name to message."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gate.access.events import AlarmEvent, AlarmStep, DoorCondition, DoorConditionChanged, Event, PassageEvent
from gate.access.modes import DoorMode
from gate.credential import base64url
from gate.credential.revocation import StatusStamp
from gate.policy.site import Direction
from gate.policy.status import Rule
from gate.ports import Message
from gate.wire import availability, batch, contract, discovery, envelope, health, info, jsontext, site, state, topics
from gate.wire.availability import Presence
from gate.wire.contract import Channel
from gate.wire.envelope import timestamp
from gate.wire.health import Camera, Disk, Health, JournalDepth
from gate.wire.info import Hardware, Info
from gate.wire.state import Occupancy, State
from tests.wire.examples import (
    ASSISTED,
    BLACK,
    DRILL,
    FORGED,
    GRANTED,
    IDENTITY,
    NOON,
    OTHERS,
    PASSED,
    PLACE,
    STAMP,
    ULID_A,
    ULID_B,
)
from tests.wire.test_site import NOTES

STATE = State(
    mode=DoorMode.LOCKED,
    since=NOON.utc,
    health=("camera_fault", "clock_unset"),
    occupancy=Occupancy(12, 40),
    alarms=(1, 2),
    journal=ULID_A,
)
INFO = Info(
    version="0.7.0",
    hardware=Hardware("Raspberry Pi 4 Model B Rev 1.5", "aarch64", "Debian GNU/Linux 13 (trixie)", "3.13.5"),
    config="5e" * 32,
    direction=Direction.ENTRY,
    trust=STAMP,
    rules=(Rule("visitor-pass", 1),),
    status_lists=(
        StatusStamp("ministry", "https://status.example/1", NOON.utc, NOON.utc + timedelta(days=1), 7, complete=True),
    ),
    journal=ULID_A,
    journal_key="A" * 43,
    certificate_until=NOON.utc + timedelta(days=365),
    started=NOON.utc,
)
HEALTH = Health(
    at=NOON,
    uptime_s=86_400,
    camera=Camera(29.8, 33, None),
    temperature_c=54.5,
    throttled=("under_voltage",),
    disk=Disk(9_000_000_000, 29_000_000_000),
    journal=JournalDepth(0, 3, NOON.utc),
    dropped=0,
)
UNKNOWN_HEALTH = replace(
    HEALTH, camera=None, temperature_c=None, throttled=None, disk=None, journal=JournalDepth(0, 0, None)
)
POINTER = {
    "kind": "trust",
    "version": 8,
    "sha256": "ab" * 32,
    "bytes": 20_000,
    "url": "https://centre.example/trust-8.cose",
    "chunks": None,
}
PIECES = POINTER | {"url": None, "chunks": 1}
NOTICE = {
    "id": ULID_A,
    "issued": timestamp(NOON.utc),
    "until": timestamp(NOON.utc + timedelta(days=1)),
    "level": "info",
    "text": {"en": "New rules from Monday.", "id": "Aturan baru mulai Senin."},
}
COMMAND = {
    "transaction": ULID_B,
    "verb": "identify",
    "args": {},
    "gate": "jkt-01/front",
    "nonce": 1_700_000_000_000,
    "not_after": timestamp(NOON.utc + timedelta(seconds=30)),
}
RESULT: dict[str, object] = {
    "transaction": ULID_B,
    "status": "done",
    "text": "the lamps blink",
    "error": None,
    "data": {},
}
_SIGNER = Ed25519PrivateKey.from_private_bytes(bytes(32))


def record(event: Event) -> bytes:
    return envelope.encode(event, PLACE, IDENTITY, ULID_B, offline=False)


def signed(claims: object, typ: str) -> bytes:
    """A JWS in compact form."""
    header = {"alg": "EdDSA", "kid": "00112233aabbccdd", "typ": typ}
    text = ".".join(base64url.encode(jsontext.dump(part)) for part in (header, claims)).encode()
    return text + b"." + base64url.encode(_SIGNER.sign(text)).encode()


def sent(channel: Channel, payload: bytes, topic: str) -> Message:
    return Message(topic, payload, channel.retain, channel.content_type, channel.qos, channel.expiry_s)


def _here(name: str, payload: bytes, leaf: str) -> Message:
    return sent(_CHANNELS[name], payload, topics.below(IDENTITY, leaf))


_CHANNELS = {channel.name: channel for channel in contract.CHANNELS}
_AVAILABLE = availability.encode(Presence.ONLINE, "boot-1", NOON.utc)
_ALL: tuple[Event, ...] = (
    *(GRANTED, FORGED, ASSISTED, DRILL, *OTHERS),
    *(PassageEvent(NOON, 1, passage) for passage in PASSED),
    *(DoorConditionChanged(NOON, condition, DoorMode.LOCKED) for condition in DoorCondition),
    *(AlarmEvent(NOON, step, BLACK, "uid-1001") for step in AlarmStep if step is not AlarmStep.FOLLOWED_UP),
)
EVENTS: dict[str, Event] = {envelope.type_of(event.name): event for event in reversed(_ALL)}
"""One event of each type that there is an example of."""
FEEDS: dict[str, Message] = {
    type_: _here(f"evt_{event.feed}", record(event), f"evt/{event.feed}") for type_, event in EVENTS.items()
}
TOLD: dict[str, Message] = {
    "availability": _here("availability", _AVAILABLE, "availability"),
    "state": _here("state", state.encode(STATE, IDENTITY), "state"),
    "info": _here("info", info.encode(INFO, IDENTITY), "info"),
    "health": _here("health", health.encode(HEALTH, IDENTITY), "health"),
    "open_alarm": _here("open_alarm", state.encode_alarm(BLACK, ULID_A, IDENTITY), "alarm/1"),
    "evt_batch": _here("evt_batch", batch.encode([record(GRANTED), record(FORGED)]), "evt/batch"),
    "live": _here("live", envelope.provisional(GRANTED, IDENTITY, ULID_B, offline=False), "live"),
    "discovery": sent(
        _CHANNELS["discovery"],
        discovery.encode(IDENTITY, INFO.version, INFO.hardware, INFO.direction),
        discovery.topic(IDENTITY),
    ),
    "ack": _here("ack", jsontext.dump({"journal": ULID_A, "seq": 7}), "ack"),
    "command": _here("command", signed(COMMAND, "gate-command+jws"), "cmd/identify"),
    "result": _here("result", jsontext.dump(RESULT), "res/identify"),
    "trust": sent(_CHANNELS["trust"], signed(POINTER, "gate-pointer+jws"), "gate/v1/all/trust"),
    "rules": sent(_CHANNELS["rules"], signed(POINTER | {"kind": "rules"}, "gate-pointer+jws"), "gate/v1/all/rules"),
    "deny": sent(_CHANNELS["deny"], signed(PIECES | {"kind": "deny"}, "gate-pointer+jws"), "gate/v1/all/deny/ministry"),
    "snapshot": sent(
        _CHANNELS["snapshot"],
        signed(PIECES | {"kind": "status"}, "gate-pointer+jws"),
        "gate/v1/all/status/ministry/snapshot",
    ),
    **{
        f"{name}_chunk": sent(_CHANNELS[f"{name}_chunk"], b"a piece of a file", f"{topic}/chunk/{'ab' * 32}/0")
        for name, topic in (
            ("trust", "gate/v1/all/trust"),
            ("rules", "gate/v1/all/rules"),
            ("deny", "gate/v1/all/deny/ministry"),
            ("snapshot", "gate/v1/all/status/ministry/snapshot"),
        )
    },
    "notice": sent(_CHANNELS["notice"], signed(NOTICE, "gate-notice+jws"), "gate/v1/all/notice"),
    **{
        f"site_{kind}": sent(_CHANNELS[f"site_{kind}"], site.encode(note, IDENTITY), site.topic_of(note, IDENTITY))
        for kind, note in NOTES.items()
    },
}
"""By channel: everything but the feeds, whose types are in ``FEEDS``, and the binary ``status``."""
INSIDE = {"command": COMMAND, "pointer": POINTER, "notice": NOTICE}
"""What the signed messages say, by schema."""
