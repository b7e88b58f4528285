"""What a gate is: the retained message on ``info``. Pure.

It holds moments rather than ages, because a retained message grows old. What is not known here is null.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from gate.credential.model import TrustStamp
from gate.credential.revocation import StatusStamp
from gate.policy.site import Direction
from gate.policy.status import Rule
from gate.wire import jsontext
from gate.wire.envelope import timestamp
from gate.wire.topics import Identity

CONTENT_TYPE = "application/json"
MOST_LISTS = 64


@dataclass(frozen=True, slots=True)
class Hardware:
    """What the gate runs on, in the words of the machine itself."""

    model: str | None
    """Such as "Raspberry Pi 4 Model B Rev 1.5"; None where the machine does not say."""
    machine: str
    """Such as "aarch64"."""
    system: str | None
    """Such as "Debian GNU/Linux 13 (trixie)"."""
    python: str


@dataclass(frozen=True, slots=True)
class Info:
    """A unit and what it goes by."""

    version: str
    hardware: Hardware
    config: str
    """SHA-256 of the configuration in force, hex: equal for equal settings, whatever the file looks like."""
    direction: Direction
    trust: TrustStamp
    rules: Sequence[Rule]
    """The rule packs."""
    status_lists: Sequence[StatusStamp]
    """What the gate knows of who was withdrawn since; at most ``MOST_LISTS`` are told."""
    journal: str
    journal_key: str | None
    """The public key that signs the chain's heads, base64url; None where none does."""
    certificate_until: datetime | None
    """When the gate's own TLS certificate ends; None without one."""
    started: datetime


def encode(info: Info, identity: Identity) -> bytes:
    """The payload."""
    until, trust, unit = info.certificate_until, info.trust, info.hardware
    return jsontext.dump(
        {
            "version": info.version,
            "hardware": {
                "model": unit.model,
                "machine": unit.machine,
                "system": unit.system,
                "python": unit.python,
            },
            "config": info.config,
            "direction": info.direction.value,
            "trust": {
                "version": trust.version,
                "issued": timestamp(trust.issued),
                "expires": timestamp(trust.expires),
            },
            "rules": [{"id": rule.id, "version": rule.version} for rule in info.rules],
            "status_lists": [
                {
                    "issuer": one.issuer,
                    "uri": one.uri,
                    "issued": timestamp(one.issued),
                    "expires": timestamp(one.expires),
                    "changes": one.changes,
                    "complete": one.complete,
                }
                for one in info.status_lists[:MOST_LISTS]
            ],
            "journal": info.journal,
            "journal_key": info.journal_key,
            "certificate_until": None if until is None else timestamp(until),
            "access_point": identity.access_point,
            "boot": identity.boot,
            "started": timestamp(info.started),
        }
    )
