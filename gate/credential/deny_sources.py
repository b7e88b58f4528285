"""What issuers publish of their withdrawals, read as entries of a deny list.

Four forms, told apart by their shape: revocation batches of the EU gateway (one, or a list of them), the rid list
of a SMART Health Cards key, a snapshot of the VCI directory with such lists in it, and our own file of ``gate pass
revoke``. What is unreadable in one costs that one alone, by name.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Iterator, Mapping

from gate.credential.denylist import ANY_KID, Entry
from gate.credential.errors import TrustError
from gate.credential.revocation import DIGEST_BYTES, digest

EU_HASH_TYPES = ("UCI", "COUNTRYCODEUCI", "SIGNATURE")
EU_ANY_KID = "UNKNOWN_KID"
OWN = "gate-withdrawals"
_LAST_S = 2**63
_TIME_DIGITS = 19
_MAX_KID = 64

Document = Mapping[str, object]


def read(document: object, skipped: list[str]) -> Iterator[Entry]:
    """The entries; what cannot be read is named in ``skipped``. Raises ``TrustError`` for another form."""
    match document:
        case list():
            for number, batch in enumerate(document, start=1):
                yield from _batch(batch, f"batch {number}", skipped)
        case {"hashType": _}:
            yield from _batch(document, "batch", skipped)
        case {"method": _}:
            yield from _rids(document, "list", skipped)
        case {"issuerInfo": list(issuers)}:
            yield from _vci(issuers, skipped)
        case {"form": "gate-withdrawals", "entries": list(entries)}:
            yield from _own(entries, skipped)
        case _:
            raise TrustError("neither revocation batches of the EU, nor a list of rids, nor of `gate pass revoke`")


def own(entries: Iterable[Entry]) -> dict[str, object]:
    """Our own form: digests only, so that the file names nobody."""
    return {"form": OWN, "entries": [_own_entry(entry) for entry in entries]}


def _own_entry(entry: Entry) -> dict[str, object]:
    found: dict[str, object] = {"digest": entry.digest.hex()}
    if entry.kid != ANY_KID:
        found["kid"] = entry.kid.hex()
    return found


def _own(entries: list[object], skipped: list[str]) -> Iterator[Entry]:
    for number, entry in enumerate(entries, start=1):
        try:
            match entry:
                case {"digest": str(text), **rest}:
                    kid = rest.get("kid", "")
                    one = Entry(bytes.fromhex(kid if isinstance(kid, str) else "-"), bytes.fromhex(text))
                case _:
                    one = Entry(ANY_KID, b"")
        except ValueError:
            one = Entry(ANY_KID, b"")
        if len(one.digest) == DIGEST_BYTES and len(one.kid) <= _MAX_KID:
            yield one
        else:
            skipped.append(f"entry {number}: its digest is not {DIGEST_BYTES} bytes in hex, or its kid not in hex")


def _batch(batch: object, name: str, skipped: list[str]) -> Iterator[Entry]:
    """A batch of the EU gateway: hashes of 16 bytes under one kid, or under any of the country's keys."""
    match batch:
        case {"kid": str() | None as kid, "hashType": str(kind), "entries": list(entries)} if kind in EU_HASH_TYPES:
            named = ANY_KID if kid is None or kid == EU_ANY_KID else _base64(kid + "=" * (-len(kid) % 4))
        case _:
            skipped.append(f"{name}: not a revocation batch with kid, hashType and entries")
            return
    if named is None or len(named) > _MAX_KID or (named == ANY_KID and kid == ""):
        skipped.append(f"{name}: its kid is not base64")
        return
    for number, entry in enumerate(entries, start=1):
        text = entry.get("hash") if isinstance(entry, dict) else None
        raw = _base64(text) if isinstance(text, str) else None
        if raw is None or len(raw) < DIGEST_BYTES:
            skipped.append(f"{name}: entry {number}: its hash is not {DIGEST_BYTES} bytes in base64")
        else:
            yield Entry(named, raw[:DIGEST_BYTES])


def _rids(crl: object, name: str, skipped: list[str]) -> Iterator[Entry]:
    """A list of rids of one key; ``rid.1700000000`` withdraws only what became valid before that second."""
    match crl:
        case {"kid": str(kid), "method": "rid", "rids": list(rids)} if (named := thumbprint(kid)) is not None:
            pass
        case _:
            skipped.append(f"{name}: not a revocation list of method rid, or its kid is not a thumbprint")
            return
    for number, rid in enumerate(rids, start=1):
        one = _rid(named, rid)
        if one is None:
            skipped.append(f"{name}: rid {number} is neither an id nor an id with a time")
        else:
            yield one


def _rid(kid: bytes, rid: object) -> Entry | None:
    if not isinstance(rid, str) or not rid.isascii():
        return None
    name, dot, time = rid.partition(".")
    if not name or (dot and not (time.isdecimal() and len(time) <= _TIME_DIGITS and int(time) < _LAST_S)):
        return None
    return Entry(kid, digest(name.encode()), int(time) if dot else None)


def _vci(issuers: list[object], skipped: list[str]) -> Iterator[Entry]:
    for number, issuer in enumerate(issuers, start=1):
        crls = issuer.get("crls", []) if isinstance(issuer, dict) else None
        if not isinstance(crls, list):
            skipped.append(f"issuer {number}: its crls are not a list")
            continue
        for place, crl in enumerate(crls, start=1):
            yield from _rids(crl, f"issuer {number}: list {place}", skipped)


def thumbprint(kid: str) -> bytes | None:
    """The bytes of a key's thumbprint (RFC 7638) in base64url without padding; None for anything else."""
    raw = _base64(kid.translate(str.maketrans("-_", "+/")) + "=" * (-len(kid) % 4))
    return raw if raw and kid == base64.urlsafe_b64encode(raw).rstrip(b"=").decode() else None


def _base64(text: str) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
