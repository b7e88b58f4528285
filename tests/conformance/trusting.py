"""The trust that a case is judged by: the keys that it gives and what it says was withdrawn, and nothing else."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives import serialization

from gate.credential import base45, base64url, cose, inflate
from gate.credential.certificate import signer_key
from gate.credential.errors import MalformedError, Refusal, TrustError
from gate.credential.keys import from_jwk, thumbprint_of, to_jwk
from gate.credential.model import CredentialKind
from gate.credential.revocation import Listed, digest
from gate.credential.trust import EpochKey, Issuer, IssuerKey, Trust, TrustBundle
from tests.conformance.cases import Case

EPOCH = EpochKey("conformance", bytes(32))
LIST = "of the case"
OTHER_KEY = "key_not_of_this_issuer"
_RID = re.compile(r"([A-Za-z0-9_-]{1,24})(?:\.([0-9]{1,11}))?")


@dataclass(frozen=True, slots=True)
class CaseRevocation:
    """What a case says was withdrawn: digests, each perhaps only for what is older than a time."""

    entries: dict[bytes, datetime | None]
    readable: bool = True

    def listed(
        self, lists: Sequence[str], kid: bytes, elements: Sequence[bytes], valid_from: datetime | None
    ) -> Listed:
        """Whether any element is on the list of the case."""
        del kid
        if not lists:
            return Listed.NO
        if not self.readable:
            return Listed.UNKNOWN
        return Listed.YES if any(self._withdrawn(digest(one), valid_from) for one in elements) else Listed.NO

    def _withdrawn(self, found: bytes, valid_from: datetime | None) -> bool:
        if found not in self.entries:
            return False
        until = self.entries[found]
        return until is None or valid_from is None or valid_from < until


Maker = Callable[[Case, bytes], tuple[tuple[Issuer, ...], CaseRevocation]]


def trust_of(case: Case, code: bytes, now: datetime, make: Maker) -> Trust:
    """The trust of a case."""
    issuers, revocation = make(case, code)
    bundle = TrustBundle(1, now - timedelta(hours=1), now + timedelta(days=1), issuers)
    return Trust(bundle, EPOCH, revocation)


# HC1


def hc1(case: Case, code: bytes) -> tuple[tuple[Issuer, ...], CaseRevocation]:
    """The certificates and bare keys of a case. A certificate's own period is not what these cases state."""
    keys = (*_certified(case), *_bare(case, code))
    withdrawn = _uci_withdrawn(case)
    issuer = Issuer("case", "The issuer of the case", CredentialKind.HC1, None, keys, (LIST,) if withdrawn else ())
    return (issuer,), CaseRevocation(withdrawn)


def _certified(case: Case) -> Iterator[IssuerKey]:
    for text in _list(case.mapping("trust").get("certs")):
        try:
            key = signer_key(base64.b64decode(re.sub(r"-----[^-]*-----|\s", "", text)))
        except (TrustError, ValueError, TypeError):
            continue
        yield replace(key, not_before=None, not_after=None)


def _bare(case: Case, code: bytes) -> Iterator[IssuerKey]:
    """Keys without a certificate have no id of their own: they count for the one that the code names."""
    kid = _named_kid(code)
    for pem in _list(case.mapping("trust").get("public_keys")):
        try:
            public = from_jwk(to_jwk(serialization.load_pem_public_key(pem.encode())))  # type: ignore[arg-type]  # refused below
        except (TrustError, ValueError, AttributeError):
            continue
        if kid is not None:
            yield IssuerKey(kid, public, frozenset(), None, None)


def _named_kid(code: bytes) -> bytes | None:
    try:
        raw = inflate.zlib_stream(base45.decode(code[4:]))
        message = cose.read(raw.removeprefix(b"\xd8\x3d"))
    except (MalformedError, Refusal):
        return None
    kid = message.protected.get(cose.HEADER_KID) or message.unprotected.get(cose.HEADER_KID)
    return kid if isinstance(kid, bytes) else None


def _uci_withdrawn(case: Case) -> dict[bytes, datetime | None]:
    """The sources give no lists, only that a certificate was withdrawn: its id, as they print it, is put on one."""
    uci = case.mapping("subject_summary").get("ci")
    if case.stated.get("revoked") and isinstance(uci, str):
        return {digest(uci.encode()): None}
    return {}


# SHC


def shc(case: Case, code: bytes) -> tuple[tuple[Issuer, ...], CaseRevocation]:
    """Every issuer of the case with every key of the case, and its revocation lists.

    A case that says of its key that it is not the named issuer's has it under a name of its own.
    """
    del code
    trust = case.mapping("trust")
    named = [trust.get("iss")] if isinstance(trust.get("iss"), str) else _list(trust.get("iss"))
    names = [name for name in named if isinstance(name, str)]
    if OTHER_KEY in case.flags:
        names = ["https://another.example"]
    lists = (LIST,) if trust.get("crls") else ()
    keys = tuple(_published(trust.get("jwks")))
    issuers = tuple(Issuer(name, name, CredentialKind.SHC, None, keys, lists) for name in names)
    return issuers, _rids_withdrawn(_list(trust.get("crls")))


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _published(jwks: object) -> Iterator[IssuerKey]:
    """The keys of a list, or of a key set, that a gate can use, under the id that is theirs."""
    for jwk in _list(jwks.get("keys") if isinstance(jwks, dict) else jwks):
        try:
            public = from_jwk(jwk if isinstance(jwk, dict) else {})
        except TrustError:
            continue
        kid = thumbprint_of(public)
        if isinstance(jwk, dict) and jwk.get("kid") == base64url.encode(kid):
            yield IssuerKey(kid, public, frozenset(), None, None)


def _rids_withdrawn(crls: Sequence[object]) -> CaseRevocation:
    """``rid`` or ``rid.ts``, where ts is seconds since 1970; a list with anything else in it is no list."""
    found: dict[bytes, datetime | None] = {}
    for crl in crls:
        rids = crl.get("rids") if isinstance(crl, dict) and crl.get("method") == "rid" else None
        entries = [_RID.fullmatch(rid) for rid in rids if isinstance(rid, str)] if isinstance(rids, list) else []
        if not entries or None in entries:
            return CaseRevocation({}, readable=False)
        for entry in filter(None, entries):
            found[digest(entry[1].encode())] = datetime.fromtimestamp(int(entry[2]), UTC) if entry[2] else None
    return CaseRevocation(found)
