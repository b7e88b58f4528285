"""Read and sign trust bundles: a JSON document in a COSE_Sign1 message of the operator's root key (Ed25519).

The signature comes first: nothing of the document is read before it held. What is unreadable in one entry costs that
entry alone, by name; a document that is unreadable as a whole is a ``TrustError``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Generator, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import NoReturn, TypeVar

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from gate.credential import cose, list_sources
from gate.credential.badge_pattern import require_pattern
from gate.credential.errors import MalformedError, TrustError
from gate.credential.keys import PublicKey, from_jwk, kid_of, thumbprint_of, to_jwk
from gate.credential.model import Colour, CredentialKind, Notice, RejectReason
from gate.credential.trust import STATUS_VALUES, Issuer, IssuerKey, ListRef, RuleRef, StatusMeaning, TrustBundle

TYP = "application/gate-trust-bundle+cose"
CONTENT_TYPE = "application/json"
MAX_BYTES = 4 * 1024 * 1024
MAX_NAME = 255
MAX_KID = 64
LIST_ID = re.compile("[a-z0-9][a-z0-9.-]{0,63}")
"""Also a file's name."""
RULES_ID = re.compile("[a-z0-9][a-z0-9-]{0,62}")
_MAX_VERSION = 2**53
_GIVEN_KID = re.compile(f"([0-9a-f]{{2}}){{1,{MAX_KID}}}")
_SHA256_BYTES = 32
_MAX_STATUS = 255
_STATUS_VALUE = re.compile("0|[1-9][0-9]{0,2}")
_MEANINGS: Mapping[str, StatusMeaning] = {
    **{colour.value: colour for colour in Colour},
    **{notice.value: notice for notice in Notice},
    RejectReason.REVOKED.value: RejectReason.REVOKED,
}

_NAMED_BY_PUBLISHER = frozenset((CredentialKind.HC1, CredentialKind.VDSNC, CredentialKind.NZCP, CredentialKind.DIVOC))
"""Kinds whose keys are named by whoever publishes them, not by a hash of the key."""

Document = Mapping[str, object]
T = TypeVar("T")


def parse_bundle(raw: bytes, root: Ed25519PublicKey) -> TrustBundle:
    """The bundle, if ``root`` signed it. Raises ``TrustError``."""
    steps = bundle_steps(raw, root)
    while True:
        try:
            next(steps)
        except StopIteration as end:
            bundle: TrustBundle = end.value
            return bundle


def bundle_steps(raw: bytes, root: Ed25519PublicKey) -> Generator[None, None, TrustBundle]:
    """As ``parse_bundle``, in short pieces: thousands of keys take long enough to keep a visitor waiting."""
    document = _document(_payload(raw, root))
    skipped: list[str] = []
    issuers: list[Issuer] = []
    for number, entry in enumerate(_array(document, "issuers"), start=1):
        yield
        issuers += _each([entry], "issuer", lambda entry: parse_issuer(entry, skipped), skipped, number)
    return TrustBundle(
        version=_version(document),
        issued=_required_time(document, "issued"),
        expires=_required_time(document, "expires"),
        issuers=tuple(issuers),
        revocation=_each(_list(document, "revocation"), "deny list", parse_list, skipped),
        next_root=_next_root(document),
        rule_packs=_each(_list(document, "rule_packs"), "rule pack", _rule_ref, skipped),
        skipped=tuple(skipped),
    )


def signer_of(raw: bytes, roots: Sequence[Ed25519PublicKey]) -> Ed25519PublicKey:
    """Which of these root keys signed the bundle. Raises ``TrustError``."""
    refused = TrustError("no root key is given")
    for root in roots:
        try:
            _payload(raw, root)
        except TrustError as error:
            refused = error
        else:
            return root
    raise refused


def _next_root(document: Document) -> Ed25519PublicKey | None:
    if "next_root" not in document:
        return None
    public = from_jwk(_object(document["next_root"]))
    if not isinstance(public, Ed25519PublicKey):
        raise TrustError("the next root key is not Ed25519")
    return public


def sign_bundle(bundle: TrustBundle, root: Ed25519PrivateKey) -> bytes:
    """The bytes of a bundle file. Raises ``TrustError`` when it would be too large to be read again."""
    document: dict[str, object] = {
        "version": bundle.version,
        "issued": _stamp(bundle.issued),
        "expires": _stamp(bundle.expires),
        "issuers": [issuer_document(issuer) for issuer in bundle.issuers],
    }
    if bundle.revocation:
        document["revocation"] = [list_document(one) for one in bundle.revocation]
    if bundle.rule_packs:
        document["rule_packs"] = [
            {"id": one.id, "version": one.version, "sha256": one.sha256.hex()} for one in bundle.rule_packs
        ]
    if bundle.next_root is not None:
        document["next_root"] = to_jwk(bundle.next_root)
    protected: cose.Headers = {
        cose.HEADER_CONTENT_TYPE: CONTENT_TYPE,
        cose.HEADER_KID: kid_of(root.public_key()),
        cose.HEADER_TYP: TYP,
    }
    raw = cose.sign(protected, json.dumps(document, indent=1).encode(), root)
    if len(raw) > MAX_BYTES:
        raise TrustError(f"the bundle would exceed {MAX_BYTES} bytes; leave issuers out")
    return raw


def issuer_document(issuer: Issuer) -> dict[str, object]:
    """An issuer's entry, as in bundles and in the ``.issuer.json`` files of ``gate pass keygen``."""
    entry: dict[str, object] = {"id": issuer.id, "name": issuer.name, "kind": issuer.kind.value}
    if issuer.country is not None:
        entry["country"] = issuer.country
    if issuer.revocation:
        entry["revocation"] = list(issuer.revocation)
    if issuer.status_values != STATUS_VALUES:
        entry["status_values"] = {str(value): meaning.value for value, meaning in issuer.status_values.items()}
    if issuer.pattern:
        entry["pattern"] = issuer.pattern
    if issuer.revoked_keys:
        entry["revoked_keys"] = sorted(kid.hex() for kid in issuer.revoked_keys)
    return {**entry, "keys": [_key_document(key) for key in issuer.keys]}


def list_document(one: ListRef) -> dict[str, object]:
    """A deny list's entry, as in bundles and in the ``.list.json`` files of ``gate revocation compile``."""
    times = {"issued": _stamp(one.issued), "expires": _stamp(one.expires)}
    sources = {"sources": list_sources.documents(one.sources)} if one.sources else {}
    return {"id": one.id, "sha256": one.sha256.hex(), **times, **sources}


def parse_list(entry: object) -> ListRef:
    """A deny list's entry. Raises ``TrustError``."""
    document = _object(entry)
    list_id = _text(document, "id")
    if not LIST_ID.fullmatch(list_id):
        raise TrustError("the id of a deny list is not 1 to 64 lower-case letters, digits, dots and hyphens")
    return ListRef(
        id=list_id,
        sha256=_hex(document.get("sha256"), _SHA256_BYTES),
        issued=_required_time(document, "issued"),
        expires=_required_time(document, "expires"),
        sources=list_sources.parse(_list(document, "sources")),
    )


def _rule_ref(entry: object) -> RuleRef:
    document = _object(entry)
    name = document.get("id")
    if not isinstance(name, str) or not RULES_ID.fullmatch(name):
        raise TrustError("the id of a rule pack is not 1 to 63 lower-case letters, digits and hyphens")
    return RuleRef(name, _version(document), _hex(document.get("sha256"), _SHA256_BYTES))


def _key_document(key: IssuerKey) -> dict[str, object]:
    entry: dict[str, object] = {"kid": key.kid.hex(), "jwk": to_jwk(key.public)}
    if key.usages:
        entry["usages"] = sorted(key.usages)
    limits = (("not_before", key.not_before), ("not_after", key.not_after))
    return {**entry, **{name: _stamp(time) for name, time in limits if time is not None}}


def parse_issuer(entry: object, skipped: list[str] | None = None) -> Issuer:
    """An issuer's entry. A bad key is added to ``skipped``, or raises ``TrustError`` where that is not given."""
    document = _object(entry)
    kind = _text(document, "kind")
    if kind not in list(CredentialKind):
        raise TrustError("its kind is not one that this version knows")
    issuer_id = _text(document, "id")
    keys = _array(document, "keys")
    read = partial(_key, CredentialKind(kind))
    return Issuer(
        id=issuer_id,
        name=_text(document, "name"),
        kind=CredentialKind(kind),
        country=_text(document, "country") if "country" in document else None,
        keys=tuple(map(read, keys)) if skipped is None else _each(keys, f"{issuer_id}: key", read, skipped),
        revocation=tuple(_word(name) for name in _list(document, "revocation")),
        revoked_keys=frozenset(_hex(kid) for kid in _list(document, "revoked_keys")),
        status_values=_status_values(document),
        pattern=require_pattern(_text(document, "pattern")) if kind == CredentialKind.BADGE else "",
    )


def _each(
    entries: Sequence[object], what: str, read: Callable[[object], T], skipped: list[str], first: int = 1
) -> tuple[T, ...]:
    """Those entries that can be read; the others are named in ``skipped``, counted from ``first``."""
    found: list[T] = []
    for number, entry in enumerate(entries, start=first):
        try:
            found.append(read(entry))
        except TrustError as error:
            skipped.append(f"{what} {number}: {error}")
    return tuple(found)


def _key(kind: CredentialKind, entry: object) -> IssuerKey:
    document = _object(entry)
    public = from_jwk(_object(document.get("jwk")))
    usages = _array(document, "usages") if "usages" in document else []
    return IssuerKey(
        kid=_kid(kind, document, public),
        public=public,
        usages=frozenset(_usage(usage) for usage in usages),
        not_before=_time(document, "not_before"),
        not_after=_time(document, "not_after"),
    )


def _kid(kind: CredentialKind, document: Document, public: PublicKey) -> bytes:
    """The key's id, in hex: a hash of the key where its format says so, or else what its publisher names it."""
    if kind in _NAMED_BY_PUBLISHER:
        return _given_kid(document.get("kid"))
    kid = thumbprint_of(public) if kind is CredentialKind.SHC else kid_of(public)
    if document.get("kid") != kid.hex():
        raise TrustError(f"its kid is not that of its key, which is {kid.hex()}")
    return kid


def _given_kid(value: object) -> bytes:
    if isinstance(value, str) and _GIVEN_KID.fullmatch(value):
        return bytes.fromhex(value)
    raise TrustError(f"its kid is not 1 to {MAX_KID} bytes in lower-case hex")


def _usage(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise TrustError("a usage is not a text")
    return value


def _payload(raw: bytes, root: Ed25519PublicKey) -> bytes:
    if len(raw) > MAX_BYTES:
        raise TrustError(f"the bundle exceeds {MAX_BYTES} bytes, so it is not one of ours")
    try:
        message = cose.read(raw)
    except MalformedError as error:
        raise TrustError(f"not a trust bundle, or cut short: {error}; make it with `gate trust sign`") from None
    if message.protected.get(cose.HEADER_TYP) != TYP or message.unprotected or cose.HEADER_CRIT in message.protected:
        raise TrustError(f"not a trust bundle: the message is not typed {TYP}")
    if cose.algorithm_of(message) is not cose.Algorithm.EDDSA or not cose.verifies(message, root):
        raise TrustError("the bundle is not signed by this root key; sign it again, or pin the right .pub file")
    return message.payload


def _document(payload: bytes) -> Document:
    try:
        return _object(json.loads(payload, object_pairs_hook=_unique, parse_constant=_refuse_constant))
    except (ValueError, RecursionError) as error:
        raise TrustError(f"the signed document is not usable JSON: {error}") from None


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise TrustError("a name stands twice in one object")
    return found


def _refuse_constant(name: str) -> NoReturn:
    raise TrustError(f"{name} is not a number")


def _object(value: object) -> Document:
    if not isinstance(value, dict):
        raise TrustError("an object was expected")
    return value


def _array(document: Document, name: str) -> list[object]:
    value = document.get(name)
    if not isinstance(value, list):
        raise TrustError(f"{name} is not a list")
    return value


def _list(document: Document, name: str) -> list[object]:
    """A list that may be left out."""
    return _array(document, name) if name in document else []


def _status_values(document: Document) -> Mapping[int, StatusMeaning]:
    if "status_values" not in document:
        return STATUS_VALUES
    found: dict[int, StatusMeaning] = {}
    for value, meaning in _object(document["status_values"]).items():
        if not _STATUS_VALUE.fullmatch(value) or int(value) > _MAX_STATUS or str(meaning) not in _MEANINGS:
            raise TrustError("a status value is not 0 to 255, or means neither a colour, positive, contact nor revoked")
        found[int(value)] = _MEANINGS[str(meaning)]
    return found


def _word(value: object) -> str:
    return _text({"name": value}, "name")


def _hex(value: object, length: int | None = None) -> bytes:
    try:
        raw = bytes.fromhex(value if isinstance(value, str) else "")
    except ValueError:
        raw = b""
    if not raw or len(raw) != (length or len(raw)):
        raise TrustError("a kid or a digest is not hexadecimal, or not of its length")
    return raw


def _text(document: Document, name: str) -> str:
    value = document.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= MAX_NAME or not value.isprintable():
        raise TrustError(f"{name} is not a printable text of 1 to {MAX_NAME} characters")
    return value


def _version(document: Document) -> int:
    value = document.get("version")
    if type(value) is not int or not 0 < value < _MAX_VERSION:
        raise TrustError("version is not a positive whole number")
    return value


def _required_time(document: Document, name: str) -> datetime:
    time = _time(document, name)
    if time is None:
        raise TrustError(f"{name} is missing")
    return time


def _time(document: Document, name: str) -> datetime | None:
    value = document.get(name)
    if value is None:
        return None
    try:
        time = datetime.fromisoformat(value if isinstance(value, str) else "")
        if time.tzinfo is not None:
            return time.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise TrustError(f"{name} is not a time with its zone, such as 2026-01-31T12:00:00Z")


def _stamp(time: datetime) -> str:
    return time.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
