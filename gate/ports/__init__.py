"""What the gate needs of the outside, as protocols; adapters implement them, tests hold each to its contract.

Every method that waits takes the longest time it may wait. ``close`` may be called twice and from another thread.
"""

from __future__ import annotations

from gate.decoding import AdapterError, DecoderDied, Luma, Symbol, SymbolDecoder
from gate.frames import Frame, FrameSource
from gate.ports.certificate import OwnCertificate, Registrar
from gate.ports.disk import DiskError, is_of_the_disk
from gate.ports.door import DoorStrike, EmergencyMark, Indicator, InputLines, RingLight
from gate.ports.journal import Journal
from gate.ports.link import (
    Acknowledged,
    Connected,
    Contested,
    Deaf,
    Disconnected,
    Ears,
    Heard,
    LinkEvent,
    LinkFault,
    Message,
    Publisher,
)
from gate.ports.machine import Board, Clock, Notifier
from gate.ports.records import (
    AckVerdict,
    Aside,
    Dropped,
    Entry,
    HeadSigner,
    JournalFigures,
    Open,
    Record,
    RecordKind,
    Slot,
    Space,
)
from gate.ports.shelf import RefusedUpdate, Shelf, UnknownSigner
from gate.ports.trust import RuleFile, TrustSource, Vouched

__all__ = [
    "AckVerdict",
    "Acknowledged",
    "AdapterError",
    "Aside",
    "Board",
    "Clock",
    "Connected",
    "Contested",
    "Deaf",
    "DecoderDied",
    "Disconnected",
    "DiskError",
    "DoorStrike",
    "Dropped",
    "Ears",
    "EmergencyMark",
    "Entry",
    "Frame",
    "FrameSource",
    "HeadSigner",
    "Heard",
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
    "OwnCertificate",
    "Publisher",
    "Record",
    "RecordKind",
    "RefusedUpdate",
    "Registrar",
    "RingLight",
    "RuleFile",
    "Shelf",
    "Slot",
    "Space",
    "Symbol",
    "SymbolDecoder",
    "TrustSource",
    "UnknownSigner",
    "Vouched",
    "is_of_the_disk",
]
