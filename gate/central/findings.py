"""What the centre itself finds amiss: its own alarms, about gates and what comes under their names. Pure."""

from __future__ import annotations

import enum
from dataclasses import dataclass


@enum.unique
class FindingKind(enum.StrEnum):
    """What is amiss."""

    MALFORMED = "malformed"
    """A message that is not what the contract says."""
    UNKNOWN_GATE = "unknown_gate"
    """The registry has no such gate."""
    FOREIGN_SITE = "foreign_site"
    """The registry has this gate at another site."""
    APART_DROPPED = "apart_dropped"
    """Messages that were set apart were dropped for newer ones; ``count`` is how many."""
    CONTENT_CHANGED = "content_changed"
    """A record came again and is not what it was."""
    CHAIN_BROKEN = "chain_broken"
    """A record does not name the one before it."""
    HEAD_NOT_SIGNED = "head_not_signed"
    """The signature of a head does not hold."""
    HEAD_KEY_CHANGED = "head_key_changed"
    """A head is signed by another key than the journal's own."""
    HEAD_KEY_REVOKED = "head_key_revoked"
    """A head is signed by a key that counts no more, because the gate was revoked."""
    GAP_OPEN = "gap_open"
    """Records are missing that asking again has not brought."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing amiss. The same (``kind``, ``source``, ``subject``) again is counted, not told a second time.

    ``source`` is the gate's part of the tree, or empty; ``subject`` is what of it is meant, such as a journal;
    ``detail`` is for people and quotes nothing of a message.
    """

    kind: FindingKind
    source: str
    subject: str
    detail: str
