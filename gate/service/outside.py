"""What the recorder works with, what it takes, and how far it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from gate.access.effects import Answer, Errand, Persist, Share
from gate.access.memory import Memory
from gate.access.signals import DeviceChanged, Recorded, SiteHeard, SiteJoined
from gate.ports import Clock, HeadSigner, Journal, LinkEvent, Publisher
from gate.service.certificate_end import CertificateEnd
from gate.service.commands import CommandDesk
from gate.service.errands import Errands
from gate.service.herald import Silent, Tells
from gate.service.late_journal import LateJournal
from gate.service.link_watch import LinkState

Handed = Persist | Share | Answer | Errand | LinkEvent
"""What others put in the inbox."""


@dataclass(frozen=True, slots=True)
class Outside:
    """What the recorder works with. ``on_recorded`` and ``new_id`` are called on its thread."""

    journal: Journal
    publisher: Publisher
    clock: Clock
    encode_memory: Callable[[Memory], bytes]
    on_recorded: Callable[[Recorded], None]
    new_id: Callable[[], str]
    """A new ULID for each event."""
    orderly: Callable[[], bool]
    """Asked at the end: whether the service stops because it was asked to, and not because something failed."""
    on_joined: Callable[[SiteJoined], None] = lambda _: None
    """Called on its thread, as the next ones."""
    on_heard: Callable[[SiteHeard], object] = lambda _: None
    on_device: Callable[[DeviceChanged], None] = lambda _: None
    """What is wrong with the link, and no longer."""
    herald: Tells = field(default_factory=Silent)
    """What is told beside the records; asked on its thread."""
    signer: HeadSigner | None = None
    """With which the heads of the chain are signed; None signs none."""
    keep_days: int = 30
    wants_key: bool = False
    """Whether it is a fault that there is no signer."""
    certificate: Callable[[], CertificateEnd] = CertificateEnd
    """The end of the gate's own; asked on its thread."""
    commands: CommandDesk | None = None
    """None where the centre commands nothing."""
    errands: Errands | None = None
    late: LateJournal | None = None
    """The journal, where it could not be opened at the start."""
    retiring: bool = False
    """The mandate has ended in an earlier run, and what the gate kept is still there."""


@dataclass(frozen=True, slots=True)
class Counts:
    """Where the events of this run are."""

    waiting: int
    """Not on the disk yet."""
    committed: int
    confirmed: int
    pending: int
    """On the disk and not confirmed, those of earlier runs too."""
    link: LinkState
    ignored: int = 0
    """Messages on the site's topics that are none of a gate."""
