"""Every channel of the contract in one table: where it is, who speaks, how it is sent, and what it holds. Pure.

The AsyncAPI document, its page and the tests are made from this table; ``docs/events.md`` says the same for people.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, replace

from gate.wire import availability, batch, discovery, envelope, health, info, pointer, site, state, topics
from gate.wire.topics import VERSION

JOSE = "application/jose"
JSON = "application/json"
DELTA = "application/gate-status-delta+cwt"
BINARY = pointer.CHUNK_TYPE


@enum.unique
class Way(enum.StrEnum):
    """Who publishes."""

    UP = "up"
    """The gate."""
    DOWN = "down"
    """The centre, or its staff."""
    SITE = "site"
    """A gate, to the other gates of its site."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """One topic, or a family of topics. ``{...}`` in ``address`` stands for one level."""

    name: str
    address: str
    way: Way
    qos: int = 1
    retain: bool = False
    expiry_s: int | None = None
    """What the sender sets, seconds; None for none. Of a command it is the most that is allowed."""
    content_type: str
    schemas: tuple[str, ...]
    """Names of what it may hold, without the version; empty where it is not JSON."""
    what: str


def _gate(leaf: str) -> str:
    return f"gate/{VERSION}/{{site}}/{{gate}}/{leaf}"


def _standing(leaf: str, schema: str, content_type: str, what: str) -> Channel:
    """Retained by the broker."""
    return Channel(
        name=schema,
        address=_gate(leaf),
        way=Way.UP,
        retain=True,
        content_type=content_type,
        schemas=(schema,),
        what=what,
    )


def _feed(feed: str, schemas: tuple[str, ...], what: str) -> Channel:
    return Channel(
        name=f"evt_{feed}",
        address=_gate(f"evt/{feed}"),
        way=Way.UP,
        content_type=envelope.CONTENT_TYPE,
        schemas=schemas,
        what=f"{what}: the reliable feed.",
    )


def _for_all(name: str, schema: str, what: str, leaf: str = "") -> Channel:
    return Channel(
        name=name,
        address=f"{topics.EVERYBODY}/{leaf or name}",
        way=Way.DOWN,
        retain=True,
        content_type=JOSE,
        schemas=(schema,),
        what=what,
    )


def _chunk(pointer_: Channel) -> Channel:
    """A piece of what a pointer points at."""
    return replace(
        pointer_,
        name=f"{pointer_.name}_chunk",
        address=f"{pointer_.address}/chunk/{{digest}}/{{number}}",
        content_type=BINARY,
        schemas=(),
        what=f"A piece of that file, at most {pointer.CHUNK_BYTES} bytes; its SHA-256 is in the topic.",
    )


def _shared(kind: str, what: str, *, retain: bool) -> Channel:
    return Channel(
        name=f"site_{kind}",
        address=f"gate/{VERSION}/{{site}}/site/{{gate}}/{kind}",
        way=Way.SITE,
        retain=retain,
        content_type=site.CONTENT_TYPE,
        schemas=(f"site.{kind}",),
        what=what,
    )


LIVE_EXPIRY_S = 10
COMMAND_EXPIRY_S = 30
RESULT_EXPIRY_S = 60
_ACCESS = ("access", "access.passage", "access.passback_reset")
_DOOR = ("door.condition", "door.exit_requested", "door.mode_changed", "alarm")
_SYSTEM = (
    *("system.started", "system.stopped", "system.self_test", "system.self_test_ended", "system.order_refused"),
    *("system.journal_late", "system.clock_changed", "system.occupancy_corrected", "system.checked_out"),
    *("system.command_taken", "system.command_ended", "system.command_refused", "system.retired"),
    *("system.chain_head", "system.records_dropped", "system.journal_begun", "system.events_lost"),
)

_POINTERS = (
    _for_all("trust", "pointer", "Where the newest trust bundle is, signed."),
    _for_all("rules", "pointer", "Where the newest rules are, signed."),
    _for_all("deny", "pointer", "Where the newest of one deny list is, signed.", "deny/{list}"),
    _for_all(
        "snapshot", "pointer", "Where the newest snapshot of one status list is, signed.", "status/{list}/snapshot"
    ),
)
CHANNELS: tuple[Channel, ...] = (
    _standing("availability", "availability", availability.CONTENT_TYPE, "Whether the gate is there; also its will."),
    _standing("state", "state", state.CONTENT_TYPE, "How the door and the unit stand now."),
    _standing("info", "info", info.CONTENT_TYPE, "What the gate is and goes by."),
    replace(
        _standing("health", "health", health.CONTENT_TYPE, "How the unit fares, every minute."),
        qos=0,
        expiry_s=health.EXPIRY_S,
    ),
    _standing("alarm/{number}", "open_alarm", state.CONTENT_TYPE, "An open alarm; an empty payload clears it."),
    _feed("access", _ACCESS, "Visits"),
    _feed("door", _DOOR, "The door and its alarms"),
    _feed("officer", ("alarm",), "Alarms about visitors and the unit"),
    _feed("system", _SYSTEM, "The service, its tests, orders and clock"),
    Channel(
        name="evt_batch",
        address=_gate(topics.BATCH),
        way=Way.UP,
        content_type=batch.CONTENT_TYPE,
        schemas=("batch",),
        what="A backlog of the reliable feed, in order.",
    ),
    Channel(
        name="live",
        address=_gate(topics.LIVE),
        way=Way.UP,
        qos=0,
        expiry_s=LIVE_EXPIRY_S,
        content_type=envelope.CONTENT_TYPE,
        schemas=("live", "event"),
        what="Events at once, for screens: provisional first, then as recorded. They may be lost.",
    ),
    Channel(
        name="ack",
        address=_gate(topics.ACK),
        way=Way.DOWN,
        retain=True,
        content_type=JSON,
        schemas=("ack",),
        what="The centre has stored the gate's journal up to here.",
    ),
    Channel(
        name="command",
        address=_gate(f"{topics.COMMAND}/{{verb}}"),
        way=Way.DOWN,
        expiry_s=COMMAND_EXPIRY_S,
        content_type=JOSE,
        schemas=("command",),
        what="A signed command to this gate; never retained.",
    ),
    Channel(
        name="result",
        address=_gate(f"{topics.RESULT}/{{verb}}"),
        way=Way.UP,
        expiry_s=RESULT_EXPIRY_S,
        content_type=JSON,
        schemas=("result",),
        what="What became of a command.",
    ),
    *_POINTERS,
    *map(_chunk, _POINTERS),
    _for_all("notice", "notice", "A word of the centre to whoever looks after gates, signed."),
    Channel(
        name="status",
        address=f"{topics.EVERYBODY}/status/{{list}}",
        way=Way.DOWN,
        retain=True,
        content_type=DELTA,
        schemas=(),
        what="The newest change of one status list since its snapshot, with all before it, signed (COSE).",
    ),
    Channel(
        name="discovery",
        address="homeassistant/device/{gate}/config",
        way=Way.UP,
        retain=True,
        content_type=discovery.CONTENT_TYPE,
        schemas=("discovery",),
        what="The gate announces itself to Home Assistant, where mqtt.home_assistant is on; it only shows.",
    ),
    _shared("occupancy", "How many went in and out at this gate.", retain=True),
    _shared("crossing", "Somebody went through this gate.", retain=False),
    _shared("crossings", "The gate's newest crossings.", retain=True),
)


def channel_of(topic: str) -> Channel | None:
    """The channel that a topic belongs to; None for a topic that is not in the contract."""
    levels = topic.split("/")
    return next((one for one in CHANNELS if _matches(one.address.split("/"), levels)), None)


_TAKEN = {"{site}": "all", "{gate}": "site"}
"""What a name may not be, because the tree of topics has it."""


def _matches(address: list[str], levels: list[str]) -> bool:
    return len(address) == len(levels) and all(map(_fits, address, levels))


def _fits(part: str, level: str) -> bool:
    return level not in {"", _TAKEN.get(part)} if part.startswith("{") else level == part
