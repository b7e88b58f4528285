"""What the gate needs of the outside, as protocols; adapters implement them, tests hold each to its contract.

Every method that waits takes the longest time it may wait. ``close`` may be called twice and from another thread.
"""

from __future__ import annotations

import enum
import errno
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from gate.access.effects import Lease, Light
from gate.access.journal_events import Missing
from gate.access.signals import InputChanged
from gate.credential.instant import Instant
from gate.credential.trust import RuleRef, Trust
from gate.decoding import AdapterError, DecoderDied, Luma, Symbol, SymbolDecoder
from gate.frames import Frame, FrameSource
from gate.wire.health import Disk
from gate.wire.info import Hardware

__all__ = [
    "AckVerdict",
    "Acknowledged",
    "AdapterError",
    "Aside",
    "Board",
    "Clock",
    "Connected",
    "Contested",
    "DecoderDied",
    "Disconnected",
    "DiskError",
    "DoorStrike",
    "Dropped",
    "EmergencyMark",
    "Entry",
    "Frame",
    "FrameSource",
    "HeadSigner",
    "Indicator",
    "InputLines",
    "Journal",
    "JournalFigures",
    "LinkEvent",
    "LinkFault",
    "Luma",
    "Message",
    "Notifier",
    "Open",
    "Publisher",
    "Record",
    "RecordKind",
    "RuleFile",
    "Slot",
    "Space",
    "Symbol",
    "SymbolDecoder",
    "TrustSource",
    "Vouched",
    "is_of_the_disk",
]


class DiskError(AdapterError):
    """The disk, or a file on it, does not do what it should; it may later."""


_OF_THE_DISK = frozenset(
    {errno.EROFS, errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EUCLEAN, errno.ENODEV, errno.ENXIO, errno.ESTALE}
)


def is_of_the_disk(error: OSError) -> bool:
    """Whether the disk is full, read-only, broken or gone; anything else is a name or a permission to correct."""
    return error.errno in _OF_THE_DISK


class DoorStrike(Protocol):
    """The strike. The adapter ends a lease by itself when the core does not."""

    @property
    def released(self) -> bool:
        """Whether the line is driven to let people pass."""

    def release(self, lease: Lease) -> None:
        """Release until the lease ends, and never longer than the adapter's own bound for its kind."""

    def secure(self) -> None:
        """Secure at once; this ends an emergency's standing release too."""

    def rest(self) -> None:
        """Nobody decides any more: secure, but leave the strike free where a standing release is in force."""

    def close(self) -> None:
        """``rest``, and let the line go at that level."""


class EmergencyMark(Protocol):
    """Tells whoever secures the lines after a crash that an emergency is in force. Outlives the process; no disk."""

    def set(self) -> None: ...

    def clear(self) -> None: ...


class Indicator(Protocol):
    """The lamp tower, the attention lamp, the second alarm light and the buzzer."""

    def show(self, light: Light) -> None: ...

    def close(self) -> None: ...


class RingLight(Protocol):
    """The light around the camera. Any thread may call."""

    def shine(self, on: bool) -> None:  # noqa: FBT001  (a level)
        """Switch it. Never raises: the door does not need it."""

    def close(self) -> None: ...


class InputLines(Protocol):
    """The inputs. ``on_change`` is called on the driver's thread, and returns at once."""

    def listen(self, on_change: Callable[[InputChanged], None]) -> None:
        """Tell how each input is now, with ``initial``, and then every change with the time of its edge."""

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Slot:
    """The place that the journal gives to the record being built."""

    journal: str
    seq: int
    prev: str
    """SHA-256 of the previous record's bytes, lower-case hex; of the journal's ULID for the first record."""


@enum.unique
class RecordKind(enum.IntEnum):
    """What a record is to the journal; the numbers are stored."""

    ORDINARY = 0
    ALARM = 1
    """Given up after everything else."""
    HEAD = 2
    """It signs the chain before it."""
    GAP = 3
    """It explains which records are gone."""


@dataclass(frozen=True, slots=True)
class Entry:
    """Something to commit: ``build`` makes the record's bytes for the slot it gets.

    ``memory`` replaces the old one; None leaves it. ``at`` is the event's own time (UTC).
    """

    feed: str
    build: Callable[[Slot], bytes]
    memory: bytes | None
    kind: RecordKind = RecordKind.ORDINARY
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """A committed record; ``body`` is exactly what is hashed and published."""

    seq: int
    feed: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Open:
    """A record of the journal before, which the centre may lack; ``seq`` is its number there."""

    seq: int
    feed: str
    kind: RecordKind
    at: datetime | None
    body: bytes


@dataclass(frozen=True, slots=True)
class Aside:
    """A record that nobody takes, and why; it holds up no other."""

    seq: int
    reason: str


@enum.unique
class AckVerdict(enum.StrEnum):
    """What the journal makes of the centre's word that it has stored everything up to a number."""

    TAKEN = "taken"
    """Confirmed, or known already."""
    OTHER_JOURNAL = "other_journal"
    """It is meant for another journal, such as that of a card that was replaced. Nothing changed."""
    BEYOND = "beyond"
    """It names a record that this journal has not committed: an older copy of the card. Nothing changed."""


@enum.unique
class Space(enum.StrEnum):
    """How the journal stands to its budget."""

    AMPLE = "ample"
    NEAR = "near"
    """Little is left."""
    OVER = "over"
    """Records have to be given up."""


@dataclass(frozen=True, slots=True)
class JournalFigures:
    """The state of the journal at one moment."""

    last_seq: int
    signed_seq: int
    """The newest record that signs the chain before it; 0 when there is none."""
    depth: int
    """Records that are not confirmed, those set aside too."""
    aside: int
    oldest_unconfirmed: datetime | None
    """Its event's own time (UTC); None when all are confirmed, or its time is not known."""
    used_bytes: int
    """Of the database's pages in use. The write-ahead log beside it takes a few MB more."""
    space: Space


@dataclass(frozen=True, slots=True)
class Dropped:
    """Records that are being given up, by numbers and by what they were."""

    ranges: tuple[Missing, ...]
    count: int
    unconfirmed: int
    alarms: int


class HeadSigner(Protocol):
    """The gate's own key."""

    @property
    def public(self) -> str:
        """The public key (Ed25519), base64url without padding."""

    def sign(self, text: bytes) -> str:
        """The signature over ``text``, base64url without padding. Never raises."""


class Journal(Protocol):
    """The durable, gapless, hash-chained record of one gate. Used by one thread."""

    @property
    def ulid(self) -> str: ...

    @property
    def former(self) -> str | None:
        """The ULID of the journal that this one was begun after; None where there was none."""

    def memory(self) -> bytes | None:
        """What was committed last as memory; None for a new journal."""

    def commit(self, entries: Sequence[Entry]) -> None:
        """Commit all entries in order, or none; on return they are on the disk. Raises ``AdapterError``."""

    def unconfirmed(self, after_seq: int, limit: int, without: frozenset[str] = frozenset()) -> tuple[Record, ...]:
        """The oldest records after ``after_seq`` that are neither confirmed nor set aside, in order.

        None of the feeds in ``without``.
        """

    def newest(self, limit: int) -> tuple[Record, ...]:
        """The newest records, confirmed or not, the newest first."""

    def range(self, from_seq: int, to_seq: int, limit: int) -> tuple[Record, ...]:
        """The first ``limit`` records of these numbers (inclusive), confirmed or not; what is gone is left out."""

    def backlog(self) -> int:
        """How many records are not confirmed, those set aside too, and those that are still to be carried over."""

    def confirm(self, seqs: Sequence[int]) -> None:
        """The centre or the broker has these; they need not be sent again."""

    def confirm_up_to(self, journal: str, seq: int) -> AckVerdict:
        """The centre has stored all of this journal up to ``seq``; whether that can be.

        It says nothing of a record that was set aside or given back since: those were not sent when it was said, and
        are confirmed by ``confirm`` alone.
        """

    def unconfirm(self, first: int, last: int) -> int:
        """The centre wants these again, both ends included; how many of them were confirmed.

        ``confirm`` confirms them again, and so does the centre's next ack that says more than the last one.
        """

    def begin_again(self, ulid: str, first: Entry) -> None:
        """From now on be a new journal with this ULID, whose first record this is; the memory stays.

        What the centre may lack of the journal before, ``open_records`` gives until ``carry`` has committed it: all
        that is not confirmed, and all that was committed since the journal was opened. The rest of it is deleted.
        Raises ``AdapterError``; then nothing has changed.
        """

    def open_records(self, limit: int) -> tuple[Open, ...]:
        """The oldest records of the journal before that are still to be carried over."""

    def carry(self, entries: Sequence[Entry], up_to: int) -> bool:
        """Commit these in the place of the open records up to number ``up_to``; whether any of that journal is left.

        A piece of what need not be carried goes too, so that this is called until nothing is left.
        """

    def set_aside(self, seq: int, reason: str) -> None:
        """Nobody takes this record: ``unconfirmed`` gives it no more, also after a restart."""

    def asides(self) -> tuple[Aside, ...]:
        """The records that are set aside, in order."""

    def restore(self, seq: int) -> None:
        """Try it again: ``unconfirmed`` gives it as before."""

    def flush(self) -> None:
        """Write what was confirmed, set aside or restored since the last commit; until then a kill may undo it."""

    def figures(self) -> JournalFigures:
        """How things stand; cheap."""

    def forget_before(self, time: datetime) -> int:
        """Delete confirmed records that are older, a bounded piece from the beginning; how many went.

        The chain then begins with a record that signs what was before it, so without signed heads all are kept.
        """

    def make_room(self, gap: Callable[[Dropped], Entry]) -> Dropped | None:
        """Over its budget, give up a bounded piece: what is confirmed, then unconfirmed, alarms last of all.

        ``gap`` makes the record that explains it, which is committed with it. None when there is room, or when nothing
        can be given up.
        """

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Message:
    """Something to publish."""

    topic: str
    payload: bytes
    retain: bool
    content_type: str
    qos: int = 1
    """1: sent until the broker answers. 0: sent once, if there is a connection now, and never answered."""
    expiry_s: int | None = None
    """How long the broker may keep it for somebody, whole seconds; None: for ever."""


@dataclass(frozen=True, slots=True)
class Connected:
    """The broker accepted the session; it takes at most ``receive_maximum`` unacknowledged messages."""

    receive_maximum: int
    packet_bytes: int = 268_435_455
    """The largest packet that it takes; as much as MQTT can say when it announces none."""


@enum.unique
class LinkFault(enum.StrEnum):
    """Why there is no connection to the broker, as far as one can tell from this end."""

    UNREACHABLE = "unreachable"
    LOST = "lost"
    """It was there; a cut, a restart, a silence."""
    BUSY = "busy"
    REFUSED = "refused"
    """It knows the gate not, or does not let it in."""
    TAKEN_OVER = "taken_over"
    """Somebody else has connected under this gate's name: a cloned card, or a second service."""
    TOO_MUCH = "too_much"
    """It was sent more at once than it takes."""
    NO_TLS = "no_tls"
    """TLS is configured, and the broker speaks none. The gate never goes on without."""
    TLS_TOO_OLD = "tls_too_old"
    BROKER_UNTRUSTED = "broker_untrusted"
    """Its certificate is of an authority that is not ours."""
    BROKER_OTHER_HOST = "broker_other_host"
    """Its certificate is for another name."""
    BROKER_EXPIRED = "broker_expired"
    BROKER_NOT_YET_VALID = "broker_not_yet_valid"
    """Its certificate, or this machine's clock, is wrong."""
    OWN_CERTIFICATE = "own_certificate"
    """The gate's own certificate or key is missing, does not fit, or is refused."""
    OWN_EXPIRED = "own_expired"
    OWN_NOT_YET_VALID = "own_not_yet_valid"
    TLS = "tls"
    """Something else about TLS."""


@dataclass(frozen=True, slots=True)
class Disconnected:
    """The broker is gone, or refused; the publisher keeps trying by itself. ``reason`` is one line for a person."""

    reason: str
    fault: LinkFault = LinkFault.LOST


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """The broker answered for the message with this handle; ``taken`` is true only for plain success."""

    handle: int
    taken: bool
    reason: str
    blameless: bool = False
    """It was not taken, but not because of what it is: nobody has subscribed, or the broker has no room now."""
    returned: bool = False
    """Nobody answered for it before the connection ended; the link does not send it again by itself."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A message of what the link subscribes to, from whoever sent it."""

    topic: str
    payload: bytes
    retained: bool = False
    """It was published to be kept, so it may be of any age."""
    queued: bool = False
    """The broker kept it while this link was away: it came before what was subscribed to in this connection."""


@dataclass(frozen=True, slots=True)
class Deaf:
    """The broker will not deliver what the link subscribes to."""

    reason: str


@dataclass(frozen=True, slots=True)
class Contested:
    """Somebody else has been connected under this gate's name since it was: a cloned card, or a second service."""


LinkEvent = Connected | Disconnected | Acknowledged | Heard | Deaf | Contested


class Publisher(Protocol):
    """The link to the broker. Never blocks; link events come on the driver's thread."""

    @property
    def certificate_until(self) -> datetime | None:
        """When the gate's own certificate ends (UTC); None without one. May be asked at any time, and reads no file."""

    def start(self, on_event: Callable[[LinkEvent], None]) -> None: ...

    def publish(self, message: Message) -> int:
        """Hand over a message; the handle comes back in ``Acknowledged``, also across a reconnection.

        The handle of a message at QoS 0 is 0, and nothing comes back for it.
        """

    def close(self, farewell: Message | None, timeout_s: float) -> None:
        """Say goodbye in order if the broker is there, and end; without a farewell, leave the will to speak."""


class TrustSource(Protocol):
    """The verified trust in force; a snapshot that never changes under its holder."""

    def current(self) -> Trust: ...

    def refresh(self) -> None:
        """A short piece of looking for newer trust and loading it; never raises. For one thread, between frames."""


class Board(Protocol):
    """The machine that the gate runs on. What it does not say is None; nothing here raises."""

    def hardware(self) -> Hardware: ...

    def temperature_c(self) -> float | None: ...

    def throttled(self) -> tuple[str, ...] | None: ...

    def disk(self) -> Disk | None:
        """Where the journal is."""


@dataclass(frozen=True, slots=True)
class Vouched:
    """The bytes of a file of rules, and what the operator's signature says that they are."""

    ref: RuleRef
    raw: bytes


class RuleFile(Protocol):
    """One file of rules. For one thread, between frames."""

    @property
    def name(self) -> str:
        """Where it lies, for people."""

    @property
    def kept(self) -> tuple[Vouched, ...]:
        """What was taken of it before, also in earlier runs, the newest first; it stays good whatever lies there."""

    def changed(self) -> bool:
        """Whether another file lies there than at the last ``offered``."""

    def offered(self, refs: Sequence[RuleRef]) -> Vouched:
        """What lies there. Raises ``AdapterError`` where none of ``refs`` is of it, or it cannot be read."""

    def keep(self, taken: tuple[Vouched, ...]) -> None:
        """Remember these for good, in the place of those before."""


class Clock(Protocol):
    """The clocks of the machine."""

    def now(self) -> Instant: ...


class Notifier(Protocol):
    """The service manager; every call does nothing where there is none."""

    def ready(self, status: str) -> None: ...

    def watchdog(self) -> None: ...

    def status(self, text: str) -> None: ...

    def stopping(self) -> None: ...
