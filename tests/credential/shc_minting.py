"""A clinic for tests: SMART Health Cards of every sort, signed with a key of its own."""

from __future__ import annotations

import json
import zlib
from datetime import timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec

from gate.credential import base64url
from gate.credential.keys import thumbprint_of
from gate.credential.model import CredentialKind
from gate.credential.revocation import NothingListed, Revocation
from gate.credential.shc_text import text_of
from gate.credential.trust import Issuer, IssuerKey, Trust, TrustBundle
from tests.credential.hcert_minting import NOW_S, raw_signature
from tests.credential.minting import EPOCH, NOON

ISS = "https://clinic.example/cards"
PATIENT: dict[str, Any] = {
    "resourceType": "Patient",
    "birthDate": "1951-01-20",
    "name": [{"family": "Anyperson", "given": ["Jane", "C."]}],
}


def dose(number: int, **changes: Any) -> dict[str, Any]:
    """An immunization, as an entry of a bundle."""
    return {
        "resourceType": "Immunization",
        "status": "completed",
        "vaccineCode": {"coding": [{"system": "http://hl7.org/fhir/sid/cvx", "code": "207"}]},
        "patient": {"reference": "resource:0"},
        "occurrenceDateTime": f"2026-0{number}-01",
        "performer": [{"actor": {"display": "Clinic of General Hospital"}}],
        "lotNumber": f"000000{number}",
        **changes,
    }


OBSERVATION: dict[str, Any] = {
    "resourceType": "Observation",
    "status": "final",
    "effectiveDateTime": "2026-03-13T08:00:00-05:00",
    "code": {"coding": [{"system": "http://loinc.org", "code": "94558-4"}]},
    "valueCodeableConcept": {"coding": [{"system": "http://snomed.info/sct", "code": "260373001"}]},
}


def bundle_of(*resources: Any) -> dict[str, Any]:
    """A FHIR bundle; one person with two doses where nothing else is given."""
    entries = resources or (PATIENT, dose(1), dose(2))
    listed = [{"fullUrl": f"resource:{number}", "resource": one} for number, one in enumerate(entries)]
    return {"resourceType": "Bundle", "type": "collection", "entry": listed}


def deflated(raw: bytes) -> bytes:
    """Raw DEFLATE."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(raw) + packer.flush()


class Clinic:
    """One issuer of cards."""

    def __init__(self, iss: str = ISS) -> None:
        self.iss = iss
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.kid = thumbprint_of(self.key.public_key())
        self.trust = self.trusting()

    def issuer(self, *usages: str, iss: str = "", lists: tuple[str, ...] = (), **key: Any) -> Issuer:
        """The entry in a bundle."""
        usual: dict[str, Any] = {"kid": self.kid, "public": self.key.public_key(), "usages": frozenset(usages)}
        signer = IssuerKey(**{**usual, "not_before": None, "not_after": None, **key})
        return Issuer(iss or self.iss, "Clinic", CredentialKind.SHC, None, (signer,), lists)

    def trusting(self, *issuers: Issuer, revocation: Revocation | None = None) -> Trust:
        """A trust in these issuers, or in this one."""
        issued = NOON - timedelta(hours=1)
        bundle = TrustBundle(1, issued, issued + timedelta(days=30), issuers or (self.issuer(),))
        return Trust(bundle, EPOCH, revocation or NothingListed())

    @property
    def header(self) -> dict[str, Any]:
        """The header of this issuer's cards."""
        return {"alg": "ES256", "zip": "DEF", "kid": base64url.encode(self.kid)}

    def claims(self, *resources: Any, **changes: Any) -> dict[str, Any]:
        """The claims around a bundle; ``exp=None`` and the like leave one out, ``rid`` goes where it belongs."""
        rid = {"rid": changes.pop("rid")} if "rid" in changes else {}
        usual = {"iss": self.iss, "nbf": NOW_S - 86400 + 0.657}
        named = {name: value for name, value in {**usual, **changes}.items() if value is not None}
        subject = {"fhirVersion": "4.0.1", "fhirBundle": bundle_of(*resources)}
        types = ["https://smarthealth.cards#health-card"]
        return {**named, "vc": {"type": types, "credentialSubject": subject, **rid}}

    def jws(self, payload: bytes, header: Any = None) -> str:
        """A signed message around a payload as it is; ``header`` may be bytes."""
        head = self.header if header is None else header
        written = head if isinstance(head, bytes) else json.dumps(head, separators=(",", ":")).encode()
        signed = f"{base64url.encode(written)}.{base64url.encode(payload)}"
        return f"{signed}.{base64url.encode(raw_signature(self.key, signed.encode()))}"

    def of(self, claims: Any, header: Any = None) -> str:
        """The text of a card of any claims, or of any bytes."""
        raw = claims if isinstance(claims, bytes) else json.dumps(claims, separators=(",", ":")).encode()
        return text_of(self.jws(deflated(raw), header))

    def valid(self, *resources: Any, **changes: Any) -> str:
        """The text of a genuine card."""
        return self.of(self.claims(*resources, **changes))


def chunks(code: str, total: int) -> list[str]:
    """The same card as that many codes."""
    digits = code.removeprefix("shc:/")
    size = -(-len(digits) // total // 2) * 2
    parts = [digits[start : start + size] for start in range(0, len(digits), size)]
    return [f"shc:/{number}/{len(parts)}/{part}" for number, part in enumerate(parts, 1)]


CLINIC = Clinic()
