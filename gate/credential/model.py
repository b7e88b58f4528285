"""What verification says about a credential: ``Verified`` or ``Rejected``, and nothing that names a person."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from gate.credential.health import Health


@enum.unique
class Colour(enum.StrEnum):
    """The status colours of PeduliLindungi; ``policy.status`` says what each leads to."""

    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"
    BLACK = "black"


@enum.unique
class Notice(enum.StrEnum):
    """What an authority says of whoever holds a pass, by its status list; the pass is black as long as it says so."""

    POSITIVE = "positive"
    CONTACT = "contact"


@enum.unique
class CredentialKind(enum.StrEnum):
    """The credential formats, by the name used in events and trust bundles."""

    PASS = "pass"  # noqa: S105  (the kind's name, not a secret)
    HC1 = "hc1"
    SHC = "shc"
    VDSNC = "vdsnc"
    NZCP = "nzcp"
    DIVOC = "divoc"
    PRETIX = "pretix"
    BADGE = "badge"
    COMMAND = "command"
    """No credential: in a trust bundle, whose keys sign the centre's commands to a gate."""


@enum.unique
class RejectReason(enum.StrEnum):
    """Why a presentation was not accepted. The values are part of the event contract and never change."""

    UNREADABLE = "unreadable"
    SEVERAL_CODES = "several_codes"
    UNKNOWN_FORMAT = "unknown_format"
    MALFORMED = "malformed"
    TOO_LARGE = "too_large"
    UNKNOWN_ISSUER = "unknown_issuer"
    BAD_SIGNATURE = "bad_signature"
    WRONG_KEY_USAGE = "wrong_key_usage"
    NOT_YET_VALID = "not_yet_valid"
    EXPIRED = "expired"
    REVOKED = "revoked"
    ISSUER_REVOKED = "issuer_revoked"
    SEVERAL_ENTRIES = "several_entries"
    ISSUER_MISMATCH = "issuer_mismatch"
    UNSUPPORTED_ALGORITHM = "unsupported_algorithm"


@dataclass(frozen=True, slots=True)
class CredentialRef:
    """What may be told about a credential outside the gate: no name, number, date of birth or text of the code.

    ``kid`` is lower-case hex; ``fp`` is the subject's pseudonym (hex, 16 bytes) within ``epoch``.
    """

    kind: CredentialKind
    issuer: str
    kid: str
    fp: str
    epoch: str
    previous_fp: str | None = None
    """The pseudonym in the epoch before, for the gate's own eyes: it is in no event."""


@dataclass(frozen=True, slots=True)
class PassFacts:
    """What a gate pass states, besides its validity."""

    purpose: str
    colour: Colour | None
    """The colour that its status list gives it now, or else the one at issue; none: a valid pass is enough."""
    notice: Notice | None = None
    """Why its status list makes it black, where the list says so; rules ask for it, and nobody else learns of it."""


@dataclass(frozen=True, slots=True)
class Entitlement:
    """What a ticket, or another authority's pass, states: that its holder may, and nothing of a colour."""

    purpose: str = ""
    """Which of its issuer's sorts it is, in words of this program (``[a-z0-9-]{1,32}``)."""
    birth_date: str = field(default="", repr=False)
    """ISO 8601, whole or only the year and month or the year; empty where it is not known."""


Facts = PassFacts | Entitlement | Health
"""The union of facts; each format adds its own."""


@dataclass(frozen=True, slots=True)
class TrustStamp:
    """Which trust bundle a verdict rests on."""

    version: int
    issued: datetime
    expires: datetime
    """The first moment at which the bundle no longer counts."""


@dataclass(frozen=True, slots=True)
class Verified:
    """A genuine credential within its validity."""

    credential: CredentialRef
    facts: Facts
    not_before: datetime | None
    not_after: datetime | None
    revocation_known: bool = True
    """False when it could have been revoked and nothing here can tell; never the same as "not revoked"."""
    document: Mapping[object, object] | None = field(default=None, repr=False, compare=False)
    """Of an EU certificate: its payload as it was signed, but for the name, since the EU's rules look at just that.
    It lives as long as the facts do."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """A presentation that proves nothing, with a stable reason and a detail fit for an officer.

    ``credential`` is known only where the signature held (expired, not yet valid, revoked …).
    """

    reason: RejectReason
    detail: str
    credential: CredentialRef | None = None


Verdict = Verified | Rejected
