"""The figures of the unit: the messages on ``info`` and ``health``. Owned by the recorder's thread.

What has to be asked elsewhere is asked through functions that return at once, whatever thread the answer is made on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from gate.credential.instant import ClockTrust, Instant
from gate.policy.site import SitePolicy
from gate.policy.status import Rule
from gate.policy.trust_age import TrustAge, age_of
from gate.ports import AdapterError, Board, Journal, Message, TrustSource
from gate.service.certificate_end import CertificateEnd
from gate.wire import discovery, envelope, health, info, topics
from gate.wire.envelope import Received
from gate.wire.health import Camera, Health, JournalDepth
from gate.wire.info import Hardware, Info
from gate.wire.topics import Identity

_NS_PER_S = 1_000_000_000
_NS_PER_MS = 1_000_000


@dataclass(frozen=True, slots=True)
class Seen:
    """What the camera has given so far."""

    frames: int
    newest_ns: int | None
    trouble: str | None


@dataclass(frozen=True, slots=True)
class Sources:
    """Where the figures come from; each function may be called on the recorder's thread, and returns at once."""

    version: str
    config: str
    """SHA-256 of the configuration in force, hex."""
    site: SitePolicy
    rules: Callable[[], tuple[Rule, ...]]
    trust: TrustSource
    journal: Journal
    board: Board
    camera: Callable[[], Seen | None]
    dropped: Callable[[], int]
    certificate: Callable[[], CertificateEnd] = CertificateEnd
    journal_key: Callable[[], str | None] = lambda: None


@dataclass(slots=True)
class Vitals:
    """Makes the messages; ``started`` is when this run began."""

    identity: Identity
    sources: Sources
    started: Instant
    _hardware: Hardware = field(init=False)
    _before: tuple[int, int] = field(init=False)
    """The time of the health message before (monotonic ns), and how many frames there were."""

    def __post_init__(self) -> None:
        self._hardware = self.sources.board.hardware()
        self._before = self.started.mono_ns, 0

    def info(self) -> Message:
        """What the unit is and goes by."""
        asked = self.sources
        payload = info.encode(
            Info(
                version=asked.version,
                hardware=self._hardware,
                config=asked.config,
                direction=asked.site.direction,
                trust=asked.trust.current().stamp,
                rules=asked.rules(),
                status_lists=asked.trust.current().statuses.stamps,
                journal=asked.journal.ulid,
                journal_key=asked.journal_key(),
                certificate_until=asked.certificate().until,
                started=self.started.utc,
            ),
            self.identity,
        )
        return Message(topics.below(self.identity, topics.INFO), payload, retain=True, content_type=info.CONTENT_TYPE)

    def discovery(self) -> Message:
        """How the unit announces itself to Home Assistant."""
        asked = self.sources
        payload = discovery.encode(self.identity, asked.version, self._hardware, asked.site.direction)
        return Message(discovery.topic(self.identity), payload, retain=True, content_type=discovery.CONTENT_TYPE)

    def health(self, now: Instant, waiting: int, unconfirmed: int) -> Message:
        """How the unit fares; the two numbers are the recorder's."""
        asked, board = self.sources, self.sources.board
        payload = health.encode(
            Health(
                at=now,
                uptime_s=(now.mono_ns - self.started.mono_ns) // _NS_PER_S,
                camera=self._camera(asked.camera(), now.mono_ns),
                temperature_c=board.temperature_c(),
                throttled=board.throttled(),
                disk=board.disk(),
                journal=JournalDepth(waiting, unconfirmed, self._oldest() if unconfirmed else None),
                dropped=asked.dropped(),
            ),
            self.identity,
        )
        topic = topics.below(self.identity, topics.HEALTH)
        return Message(topic, payload, True, health.CONTENT_TYPE, qos=0, expiry_s=health.EXPIRY_S)  # noqa: FBT003  (retain)

    def reasons(self, now: Instant) -> Iterator[str]:
        """What is wrong that no alarm tells: trust or a certificate that nears its end, by a clock that is set."""
        if now.clock is ClockTrust.UNSET:
            return
        age = age_of(self.sources.trust.current().stamp, self.sources.site.trust_ages, now.utc)
        if age is not TrustAge.FRESH:
            yield f"trust_{age}"
        if self.sources.certificate().is_near(now.utc):
            yield "certificate_ends"

    def _camera(self, seen: Seen | None, now_ns: int) -> Camera | None:
        if seen is None:
            return None
        before_ns, frames = self._before
        self._before = now_ns, seen.frames
        passed_s = (now_ns - before_ns) / _NS_PER_S
        fps = round((seen.frames - frames) / passed_s, 1) if passed_s > 0 else None
        age_ms = None if seen.newest_ns is None else max(0, now_ns - seen.newest_ns) // _NS_PER_MS
        return Camera(fps, age_ms, seen.trouble)

    def _oldest(self) -> datetime | None:
        try:
            records = self.sources.journal.unconfirmed(0, 1)
        except AdapterError:  # the recorder tells of it
            return None
        found = envelope.decode(records[0].body) if records else None
        return found.time if isinstance(found, Received) else None
