"""Status lists of an issuer: IETF Token Status List (draft 18) as CWT, and our signed changes between two of them.

A snapshot is a COSE_Sign1 typed ``application/statuslist+cwt`` whose claim 65533 holds ``bits`` (1, 2, 4 or 8) and a
zlib-packed array, the lowest bits of a byte first. A delta is one typed ``application/gate-status-delta+cwt`` whose
claim -65539 names the snapshot by its ``iat`` (``base``), its own number from 1 on (``seq``) and the new values
(``set``). One that holds what several have changed says how many (``covers``), itself the last. Whoever signs either is
an issuer of passes with a key for ``statuslist``, and speaks for its own passes.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from gate.credential import cbor, cose, cwt
from gate.credential.deny_filters import Bytes
from gate.credential.errors import MalformedError, TrustError, UnknownSignerError
from gate.credential.keys import PrivateKey, kid_of
from gate.credential.model import CredentialKind
from gate.credential.pass_claims import MAX_URI
from gate.credential.trust import Issuer, TrustBundle

TYP = "application/statuslist+cwt"
DELTA_TYP = "application/gate-status-delta+cwt"
USAGE = "statuslist"
CLAIM_STATUS_LIST = 65533
CLAIM_TTL = 65534
CLAIM_DELTA = -65539
SIZES = (1, 2, 4, 8)
BYTE = 8
MAX_ENTRIES = 2**20
MAX_BYTES = MAX_ENTRIES + 64 * 1024
"""Of a snapshot as it is signed: one that zlib could not pack smaller, and its claims."""
MAX_DELTA_BYTES = 64 * 1024
_MAX_TTL_S = 10 * 366 * 24 * 3600
UNDATED = timedelta(days=7)
"""How long a snapshot counts that states neither ``exp`` nor ``ttl``."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One list at one time; ``array`` holds its values unpacked."""

    uri: str
    bits: int
    array: bytes
    issued: datetime
    expires: datetime


@dataclass(frozen=True, slots=True)
class Delta:
    """The ``seq``-th change since the snapshot issued at ``base``: the new value of each index."""

    uri: str
    base: datetime
    seq: int
    values: Mapping[int, int]
    covers: int = 1
    """How many changes it holds, the ``seq``-th as the last: with ``seq``, all since the snapshot."""

    @property
    def first(self) -> int:
        """The number of the first change that it holds."""
        return self.seq - self.covers + 1


def value_at(array: Bytes, bits: int, index: int) -> int | None:
    """The value of an entry; None beyond the end."""
    at, shift = divmod(index * bits, BYTE)
    one = array[at : at + 1]
    return one[0] >> shift & ((1 << bits) - 1) if one else None


def array_of(values: Sequence[int], bits: int) -> bytes:
    """The array that holds these values; what is left of its last byte is zero."""
    return changed(bytes(-(-len(values) * bits // BYTE)), bits, enumerate(values))


def changed(array: bytes, bits: int, values: Iterable[tuple[int, int]]) -> bytes:
    """The array with other values at some places. Raises ``MalformedError`` for one that it cannot hold."""
    found = bytearray(array)
    for index, value in values:
        at, shift = divmod(index * bits, BYTE)
        if not 0 <= at < len(found) or not 0 <= value < 1 << bits:
            raise MalformedError(f"entry {index} with value {value} does not fit into the list")
        found[at] = found[at] & ~(((1 << bits) - 1) << shift) | value << shift
    return bytes(found)


def pack(array: bytes) -> bytes:
    """The array as it is published."""
    return zlib.compress(array, 9)


def unpack(packed: bytes, bits: int) -> bytes:
    """The array of what is published. Raises ``MalformedError``; never makes more than a list may have."""
    most = MAX_ENTRIES * bits // BYTE
    stream = zlib.decompressobj()
    try:
        array = stream.decompress(packed, most + 1)
    except zlib.error:
        raise MalformedError("the status list is not packed with zlib") from None
    if len(array) > most:
        raise MalformedError(f"the status list has more than {MAX_ENTRIES} entries")
    if not stream.eof or stream.unused_data:
        raise MalformedError("the packed status list is cut short, or bytes follow it")
    return array


def sign_snapshot(snapshot: Snapshot, private: PrivateKey) -> bytes:
    """The bytes of a published list. Raises ``MalformedError`` for one that a gate would refuse."""
    payload = cbor.encode(
        {
            cwt.SUB: snapshot.uri,
            cwt.IAT: int(snapshot.issued.timestamp()),
            cwt.EXP: int(snapshot.expires.timestamp()),
            CLAIM_STATUS_LIST: {"bits": snapshot.bits, "lst": pack(snapshot.array)},
        }
    )
    _snapshot(payload)
    return cose.sign(_headers(TYP, private), payload, private)


def sign_delta(delta: Delta, private: PrivateKey) -> bytes:
    """The bytes of a published change. Raises ``MalformedError`` for one that a gate would refuse."""
    several = {} if delta.covers == 1 else {"covers": delta.covers}
    change = {"base": int(delta.base.timestamp()), "seq": delta.seq, "set": dict(delta.values), **several}
    payload = cbor.encode({cwt.SUB: delta.uri, CLAIM_DELTA: change})
    _delta(payload)
    return cose.sign(_headers(DELTA_TYP, private), payload, private)


def _headers(typ: str, private: PrivateKey) -> cose.Headers:
    return {cose.HEADER_KID: kid_of(private.public_key()), cose.HEADER_TYP: typ}


def read_snapshot(raw: bytes, bundle: TrustBundle, utc: datetime) -> tuple[Issuer, Snapshot]:
    """A list and who speaks by it. Raises ``TrustError``."""
    message, issuer = _proven(raw, TYP, bundle, utc)
    try:
        return issuer, _snapshot(message.payload)
    except MalformedError as error:
        raise TrustError(f"the status list of {issuer.id} cannot be used: {error}") from None


def read_delta(raw: bytes, bundle: TrustBundle, utc: datetime) -> tuple[Issuer, Delta]:
    """A change and who speaks by it. Raises ``TrustError``."""
    message, issuer = _proven(raw, DELTA_TYP, bundle, utc)
    try:
        return issuer, _delta(message.payload)
    except MalformedError as error:
        raise TrustError(f"the change to a status list of {issuer.id} cannot be used: {error}") from None


def unproven(raw: bytes) -> Snapshot | Delta:
    """What a file states, whoever signed it. Raises ``MalformedError``."""
    message = cose.read(raw)
    return (
        _delta(message.payload) if message.protected.get(cose.HEADER_TYP) == DELTA_TYP else _snapshot(message.payload)
    )


def _proven(raw: bytes, typ: str, bundle: TrustBundle, utc: datetime) -> tuple[cose.Sign1, Issuer]:
    """The message, if an issuer of passes signed it with a key that may do so now."""
    try:
        message = cose.read(raw)
    except MalformedError as error:
        raise TrustError(f"not a signed message, or cut short: {error}") from None
    kid = message.protected.get(cose.HEADER_KID, message.unprotected.get(cose.HEADER_KID))
    if message.protected.get(cose.HEADER_TYP) != typ or cose.HEADER_CRIT in message.protected:
        raise TrustError(f"the message is not typed {typ}")
    signers = bundle.signers(CredentialKind.PASS, kid) if isinstance(kid, bytes) else ()
    if not signers:
        raise UnknownSignerError("no issuer in the bundle has the key that it names")
    for issuer, key in signers:
        in_period = (key.not_before is None or key.not_before <= utc) and (key.not_after is None or utc < key.not_after)
        may = in_period and key.kid not in issuer.revoked_keys and (not key.usages or USAGE in key.usages)
        if may and cose.algorithm_of(message) is cose.algorithm_for(key.public) and cose.verifies(message, key.public):
            return message, issuer
    raise TrustError("no issuer in the bundle signed it with a key that is for status lists now")


def _snapshot(payload: bytes) -> Snapshot:
    claims = cwt.read(payload)
    issued = cwt.numeric_date(claims, cwt.IAT, "iat")
    if issued is None:
        raise MalformedError("the list does not say when it was issued")
    match claims.get(CLAIM_STATUS_LIST):
        case {"bits": int(bits), "lst": bytes(packed)} if type(bits) is int and bits in SIZES:
            return Snapshot(_uri(claims), bits, unpack(packed, bits), issued, _expires(claims, issued))
    raise MalformedError("the claim status_list has not bits and lst")


def _expires(claims: cwt.Claims, issued: datetime) -> datetime:
    """By ``exp``; without one, when ``ttl`` has passed."""
    expires, ttl = cwt.numeric_date(claims, cwt.EXP, "exp"), claims.get(CLAIM_TTL)
    if expires is not None:
        return expires
    if ttl is None:
        return issued + UNDATED
    if isinstance(ttl, bool) or not isinstance(ttl, int | float) or not 0 < ttl <= _MAX_TTL_S:
        raise MalformedError("the claim ttl is not a number of seconds")
    return issued + timedelta(seconds=ttl)


def _delta(payload: bytes) -> Delta:
    claims = cwt.read(payload)
    match claims.get(CLAIM_DELTA):
        case {"base": base, "seq": int(seq), "set": dict(values), **more} if type(seq) is int and seq > 0:
            issued = cwt.numeric_date({cwt.IAT: base}, cwt.IAT, "base")
            covers = more.get("covers", 1)
            if issued is not None and type(covers) is int and 0 < covers <= seq:
                return Delta(_uri(claims), issued, seq, dict(_places(values)), covers)
    raise MalformedError("the change has not base, seq and set")


def _places(values: Mapping[cbor.Key, cbor.Value]) -> Iterable[tuple[int, int]]:
    for index, value in values.items():
        if not isinstance(index, int) or type(value) is not int or not 0 <= index < MAX_ENTRIES or not 0 <= value < 256:  # noqa: PLR2004  (8 bits)
            raise MalformedError("the change sets what no list has")
        yield index, value


def _uri(claims: cwt.Claims) -> str:
    uri = cwt.text(claims, cwt.SUB, "sub", MAX_URI)
    if uri is None:
        raise MalformedError("it does not say which list it is")
    return uri
