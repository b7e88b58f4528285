"""A word of the centre to whoever looks after gates: signed, with an end, and without effect on any door. Pure."""

from __future__ import annotations

import enum
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gate.credential.instant import ClockTrust, Instant
from gate.credential.trust import TrustBundle
from gate.wire import signed, topics
from gate.wire.envelope import timestamp
from gate.wire.signed import Proof

TOPIC = f"{topics.EVERYBODY}/notice"
TYP = "gate-notice+jws"
LONGEST = 500
MOST_LANGUAGES = 8

_ID = re.compile("[0-7][0-9A-HJKMNP-TV-Z]{25}")
_LANGUAGE = re.compile("[a-z]{2,3}")


@enum.unique
class Level(enum.StrEnum):
    """How much it matters."""

    INFO = "info"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Notice:
    """``id`` is a ULID; ``text`` is by language, such as en and id."""

    id: str
    issued: datetime
    until: datetime
    level: Level
    text: Mapping[str, str]


def sign(notice: Notice, private: Ed25519PrivateKey) -> bytes:
    """The payload. Raises ``ValueError`` for one that a gate would refuse."""
    claims = {
        "id": notice.id,
        "issued": timestamp(notice.issued),
        "until": timestamp(notice.until),
        "level": notice.level.value,
        "text": dict(notice.text),
    }
    problem = _notice(claims)
    if isinstance(problem, str):
        raise ValueError(problem)  # noqa: TRY004  (its content, not its type)
    return signed.sign(claims, TYP, private)


def read(payload: bytes, bundle: TrustBundle, now: Instant) -> Notice | Proof | str:
    """The notice; or why it is not proven; or what is wrong with it."""
    token = signed.read(payload, TYP)
    if isinstance(token, str):
        return token
    proof = signed.proof(token, bundle, now)
    return _notice(token.claims) if proof is Proof.HOLDS else proof


def counts(notice: Notice, now: Instant) -> bool:
    """Whether it still says something."""
    return now.clock is ClockTrust.UNSET or now.utc < notice.until


def _notice(claims: Mapping[str, object]) -> Notice | str:
    id_, level, text = claims.get("id"), claims.get("level"), claims.get("text")
    issued, until = signed.moment(claims.get("issued")), signed.moment(claims.get("until"))
    if not isinstance(id_, str) or not _ID.fullmatch(id_) or level not in list(Level):
        return "its id or its level is none"
    if issued is None or until is None or until <= issued:
        return "it does not say from when to when it counts"
    if not isinstance(text, dict) or not 0 < len(text) <= MOST_LANGUAGES or not all(map(_is_said, text, text.values())):
        return "its text is not by language, printable and short"
    return Notice(id_, issued, until, Level(str(level)), text)


def _is_said(language: str, text: object) -> bool:
    return (
        bool(_LANGUAGE.fullmatch(language))
        and isinstance(text, str)
        and 0 < len(text) <= LONGEST
        and text.isprintable()
    )
