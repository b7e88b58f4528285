"""A health authority that issues DIVOC certificates, for tests."""

from __future__ import annotations

import base64
import copy
import io
import json
import zipfile
from datetime import timedelta
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gate.credential import base64url, rdf_canonical
from gate.credential.divoc_shape import CREDENTIALS, VERSIONS, options_of, statements_of
from gate.credential.model import CredentialKind
from gate.credential.trust import Issuer, IssuerKey, Trust, TrustBundle
from tests.credential.minting import EPOCH, NOON

ISSUER = "https://health.example/"
KEY_NAME = "did:example"
ADDRESS = {"streetAddress": "", "district": "Somewhere", "addressCountry": "XX", "postalCode": 12345}
DOCUMENT: dict[str, Any] = {
    "@context": [CREDENTIALS, VERSIONS[0]],
    "type": ["VerifiableCredential", "ProofOfVaccinationCredential"],
    "credentialSubject": {
        "type": "Person",
        "id": "did:in.gov.uidai.aadhaar:0000",
        "refId": "1",
        "name": "Anybody Else",
        "gender": "Female",
        "age": "40",
        "address": ADDRESS,
    },
    "issuer": ISSUER,
    "issuanceDate": "2026-03-03T04:28:46.012Z",
    "evidence": [
        {
            "id": "https://health.example/vaccine/92",
            "certificateId": "92",
            "type": ["Vaccination"],
            "batch": "B-1",
            "vaccine": "COVISHIELD",
            "manufacturer": "Somebody",
            "date": "2026-03-02T04:28:43.134Z",
            "effectiveStart": "2026-03-02",
            "effectiveUntil": "2026-06-02",
            "dose": 1,
            "totalDoses": 2,
            "verifier": {"name": "A nurse"},
            "facility": {"name": "A site", "address": ADDRESS},
        }
    ],
    "nonTransferable": "true",
}
"""A first dose of two."""


def zipped(raw: bytes, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A ZIP file of one file, as a common library makes it."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", method) as archive:
        archive.writestr("certificate.json", raw)
    return packed.getvalue()


def changed(**changes: Any) -> dict[str, Any]:
    """The document with other values; names as in ``evidence__dose``, and None takes one out."""
    document = copy.deepcopy(DOCUMENT)
    for name, value in changes.items():
        *outer, last = name.split("__")
        place: Any = document
        for part in outer:
            place = place[part][0] if part == "evidence" else place[part]
        if value is None:
            place.pop(last.replace("context", "@context"), None)
        else:
            place[last.replace("context", "@context")] = value
    return document


class DivocIssuer:
    """One issuer, with a key of RSA or of Ed25519."""

    def __init__(self, sort: str = "rsa", issuer: str = ISSUER) -> None:
        self.id = issuer
        self.rsa = rsa.generate_private_key(65537, 2048) if sort == "rsa" else None
        self.ed25519 = Ed25519PrivateKey.generate()
        self.trust = self.trusting(self.issuer())

    def issuer(self, lists: tuple[str, ...] = ()) -> Issuer:
        """The entry in a bundle."""
        public = (self.rsa or self.ed25519).public_key()
        key = IssuerKey(KEY_NAME.encode(), public, frozenset(), None, None)
        return Issuer(self.id, "Health", CredentialKind.DIVOC, None, (key,), lists)

    @staticmethod
    def trusting(*issuers: Issuer, **changes: Any) -> Trust:
        """A trust in these issuers."""
        bundle = TrustBundle(1, NOON - timedelta(hours=1), NOON + timedelta(days=30), issuers)
        return Trust(bundle, EPOCH, **changes)

    def signed(self, document: Any, header: Any = None, **proof: Any) -> dict[str, Any]:
        """The document with its proof."""
        sort, algorithm = ("RsaSignature2018", "PS256") if self.rsa else ("Ed25519Signature2018", "EdDSA")
        usual = {"type": sort, "created": "2026-03-03T04:28:46Z", "verificationMethod": KEY_NAME}
        stated = {**usual, "proofPurpose": "assertionMethod", "jws": "", **proof}
        head = base64url.encode(json.dumps(header or {"alg": algorithm, "b64": False, "crit": ["b64"]}).encode())
        digests = rdf_canonical.digest(options_of(stated)) + rdf_canonical.digest(statements_of(document))
        return {**document, "proof": {**stated, "jws": f"{head}..{base64url.encode(self._sign(head, digests))}"}}

    def _sign(self, head: str, digests: bytes) -> bytes:
        text = head.encode() + b"." + digests
        if self.rsa is None:
            return self.ed25519.sign(text)
        return self.rsa.sign(text, padding.PSS(padding.MGF1(hashes.SHA256()), 32), hashes.SHA256())

    def of(self, document: Any) -> bytes:
        """The code of any document, signed or not."""
        return zipped(document if isinstance(document, bytes) else json.dumps(document).encode())

    def valid(self, **changes: Any) -> bytes:
        """The code of a genuine certificate, as bytes."""
        return self.of(self.signed(changed(**changes)))

    def text(self, **changes: Any) -> str:
        """The same in base64."""
        return base64.b64encode(self.valid(**changes)).decode()


INDIA = DivocIssuer()
EXAMPLE = DivocIssuer("ed25519")
