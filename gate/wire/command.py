"""Commands of the centre: a JSON object in a JWS (RFC 7515, Ed25519) of a key in the trust bundle; and answers. Pure.

Rules: reading never raises and ends in a ``Command`` or in a ``Refused`` with the reason; nothing of a message that is
not proved is told further but words of this contract, a ULID and a key's id.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from gate.access.command import FREES, ROLES, CommandRefusal, Verb
from gate.credential import jose
from gate.credential.errors import MalformedError
from gate.credential.instant import ClockTrust, Instant
from gate.credential.model import CredentialKind
from gate.credential.trust import Issuer, IssuerKey, TrustBundle
from gate.wire import jsontext, signed, topics
from gate.wire.envelope import timestamp
from gate.wire.topics import Identity

CONTENT_TYPE = "application/jose"
RESPONSE_TYPE = "application/json"
EXPIRY_S, RESPONSE_EXPIRY_S = 30, 60
ALGORITHM = "EdDSA"
TYP = "gate-command+jws"
MAX_BYTES = 4096
AHEAD = timedelta(seconds=30)
"""How long a command may count at most."""
HIGHEST_NONCE = 2**53
UNKNOWN = "unknown"
"""What stands for a verb that is none."""

_FIELDS = {"transaction", "verb", "args", "gate", "nonce", "not_after"}
_TRANSACTION = re.compile("[0-7][0-9A-HJKMNP-TV-Z]{25}")
_KID = re.compile("[0-9a-f]{16}")
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{3})?Z")


@dataclass(frozen=True, slots=True)
class Command:
    """A command as its sender means it. ``gate`` is ``<site>/<gate>``, ``transaction`` a ULID."""

    transaction: str
    verb: Verb
    args: Mapping[str, Any]
    gate: str
    nonce: int
    not_after: datetime


@dataclass(frozen=True, slots=True)
class Proven:
    """A command that may act, as far as its message tells. ``left_ns``: how long it still counts."""

    command: Command
    kid: str
    by: str
    left_ns: int


@dataclass(frozen=True, slots=True)
class Refused:
    """A message that does not act. ``kid`` and ``transaction`` are what it says, where it says any."""

    reason: CommandRefusal
    verb: str
    kid: str | None = None
    transaction: str | None = None


@dataclass(frozen=True, slots=True)
class Response:
    """What a gate answers. ``status`` is ``done``, ``refused`` or ``no_answer``; ``error`` names the refusal."""

    transaction: str
    status: str
    text: str
    error: str | None = None
    data: Mapping[str, Any] = field(default_factory=dict)


class _No(Exception):  # noqa: N818  (a verdict on its way out)
    def __init__(self, reason: CommandRefusal) -> None:
        super().__init__(reason)
        self.reason = reason


def address(identity: Identity) -> str:
    """What a command calls the gate."""
    return f"{identity.site}/{identity.gate}"


def sign(command: Command, private: Ed25519PrivateKey) -> bytes:
    """The payload for ``cmd/<verb>``."""
    claims = {
        "transaction": command.transaction,
        "verb": command.verb.value,
        "args": dict(command.args),
        "gate": command.gate,
        "nonce": command.nonce,
        "not_after": timestamp(command.not_after),
    }
    return signed.sign(claims, TYP, private)


def read(topic: str, payload: bytes, identity: Identity, bundle: TrustBundle, now: Instant) -> Proven | Refused:
    """Look at a message on ``cmd/<verb>`` of this gate; the core still looks at the nonce."""
    verb = _verb_of(topic, identity)
    message = _shape(payload)
    if isinstance(message, CommandRefusal):
        return Refused(message, verb, transaction=_transaction_of(payload))
    kid, claims = _kid_of(message), _claims(message)
    transaction = _plain(claims.get("transaction"), _TRANSACTION)
    try:
        issuer, key = _signer(message, kid, bundle)
        command = _command(claims)
        _require_topic(command, verb)
        _require_right(command, issuer, key, identity)
        left_ns = _time_left(command, key, bundle, now)
    except _No as no:
        return Refused(no.reason, verb, kid, transaction)
    return Proven(command, str(kid), issuer.id, left_ns)


def response(answer: Response) -> bytes:
    """The payload for ``res/<verb>``."""
    return jsontext.dump(
        {
            "transaction": answer.transaction,
            "status": answer.status,
            "text": answer.text,
            "error": answer.error,
            "data": dict(answer.data),
        }
    )


def read_response(payload: bytes) -> Response | str:
    """The answer, or what is wrong with it."""
    found = jsontext.load(payload)
    if isinstance(found, str):
        return found
    texts = [found.get(name) for name in ("transaction", "status", "text")]
    error, data = found.get("error"), found.get("data")
    if not all(isinstance(text, str) for text in texts) or not isinstance(data, dict):
        return "not an answer of a gate"
    transaction, status, text = map(str, texts)
    return Response(transaction, status, text, error if isinstance(error, str) else None, data)


def topic_of(verb: Verb, address: str) -> str:
    """Where a command to the gate of this address goes."""
    return f"gate/{topics.VERSION}/{address}/cmd/{verb.value}"


def response_topic(verb: str, address: str) -> str:
    """Where that gate answers it."""
    return f"gate/{topics.VERSION}/{address}/res/{verb}"


def subscription(identity: Identity) -> str:
    """What a gate subscribes to for its commands."""
    return f"{topics.root(identity)}/cmd/+"


def is_command(topic: str, identity: Identity) -> bool:
    """Whether a message on this topic is for ``read``."""
    return topic.startswith(f"{topics.root(identity)}/cmd/")


# The steps of reading.


def _verb_of(topic: str, identity: Identity) -> str:
    leaf = topic.removeprefix(f"{topics.root(identity)}/cmd/")
    return leaf if leaf in set(Verb) else UNKNOWN


def _shape(payload: bytes) -> jose.Jws | CommandRefusal:
    if len(payload) > MAX_BYTES:
        return CommandRefusal.MALFORMED
    try:
        message = jose.read(payload)
    except MalformedError:
        return CommandRefusal.UNSIGNED if isinstance(jsontext.load(payload), dict) else CommandRefusal.MALFORMED
    if message.header.get("alg") == "none" or not message.signature:
        return CommandRefusal.UNSIGNED
    if message.header.keys() != {"alg", "kid", "typ"} or message.header["typ"] != TYP:
        return CommandRefusal.MALFORMED
    return message


def _transaction_of(payload: bytes) -> str | None:
    """What an unsigned one calls itself, so that its sender hears of it."""
    found = jsontext.load(payload) if len(payload) <= MAX_BYTES else ""
    return _plain(found.get("transaction"), _TRANSACTION) if isinstance(found, dict) else None


def _kid_of(message: jose.Jws) -> str | None:
    return _plain(message.header["kid"], _KID)


def _claims(message: jose.Jws) -> dict[str, Any]:
    found = jsontext.load(message.payload)
    return {} if isinstance(found, str) else found


def _plain(value: object, form: re.Pattern[str]) -> str | None:
    return value if isinstance(value, str) and form.fullmatch(value) else None


def _signer(message: jose.Jws, kid: str | None, bundle: TrustBundle) -> tuple[Issuer, IssuerKey]:
    """Whose key it is, whatever the header says of the algorithm."""
    found = bundle.signers(CredentialKind.COMMAND, bytes.fromhex(kid)) if kid is not None else ()
    ours = [signer for signer in found if isinstance(signer[1].public, Ed25519PublicKey)]
    if not ours:
        raise _No(CommandRefusal.UNKNOWN_KEY)
    if message.header["alg"] != ALGORITHM or not jose.verifies(message, ours[0][1].public):
        raise _No(CommandRefusal.BAD_SIGNATURE)
    return ours[0]


def _command(claims: dict[str, Any]) -> Command:
    if claims.keys() != _FIELDS:
        raise _No(CommandRefusal.MALFORMED)
    transaction, not_after = _plain(claims["transaction"], _TRANSACTION), _plain(claims["not_after"], _TIME)
    nonce, args, gate, verb = claims["nonce"], claims["args"], claims["gate"], claims["verb"]
    well_formed = type(nonce) is int and 0 <= nonce <= HIGHEST_NONCE and isinstance(args, dict)
    if transaction is None or not_after is None or not well_formed or not isinstance(gate, str):
        raise _No(CommandRefusal.MALFORMED)
    if not isinstance(verb, str) or verb not in set(Verb):
        raise _No(CommandRefusal.UNKNOWN_VERB)
    return Command(transaction, Verb(verb), args, gate, nonce, _moment(not_after))


def _moment(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        raise _No(CommandRefusal.MALFORMED) from None


def _require_topic(command: Command, verb: str) -> None:
    """The broker's access list judges by the topic: no other verb may travel on it."""
    if command.verb.value != verb:
        raise _No(CommandRefusal.MALFORMED)


def _require_right(command: Command, issuer: Issuer, key: IssuerKey, identity: Identity) -> None:
    if command.gate != address(identity):
        raise _No(CommandRefusal.OTHER_GATE)
    if key.kid in issuer.revoked_keys:
        raise _No(CommandRefusal.KEY_NOT_VALID)
    if not ROLES[command.verb] & key.usages:
        raise _No(CommandRefusal.NO_ROLE)


def _time_left(command: Command, key: IssuerKey, bundle: TrustBundle, now: Instant) -> int:
    """How long it still counts (ns). While the clock is unset, ``now.utc`` is a lower bound, which proves only ends."""
    unset = now.clock is ClockTrust.UNSET
    if command.not_after <= now.utc:
        raise _No(CommandRefusal.EXPIRED)
    if key.not_after is not None and key.not_after <= now.utc:
        raise _No(CommandRefusal.KEY_NOT_VALID)
    if unset:
        if command.verb in FREES:
            raise _No(CommandRefusal.NO_CLOCK)
        return int(AHEAD.total_seconds()) * 1_000_000_000
    if command.not_after > now.utc + AHEAD:
        raise _No(CommandRefusal.TOO_FAR_AHEAD)
    if key.not_before is not None and now.utc < key.not_before:
        raise _No(CommandRefusal.KEY_NOT_VALID)
    if command.verb in FREES and bundle.expires <= now.utc:
        raise _No(CommandRefusal.STALE_TRUST)
    return (command.not_after - now.utc) // timedelta(microseconds=1) * 1000
