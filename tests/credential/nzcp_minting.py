"""An issuer of NZ passes for tests."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec

from gate.credential import base32, cbor, cose, nzcp
from gate.credential.keys import PrivateKey
from gate.credential.model import CredentialKind
from gate.credential.trust import Issuer, IssuerKey, Trust, TrustBundle
from tests.credential.hcert_minting import NOW_S
from tests.credential.minting import EPOCH, NOON

DID = "did:web:nzcp.example"
KID = b"key-1"
HOLDER = {"givenName": "Aroha", "familyName": "Example", "dob": "1960-04-16"}
VC: dict[str, Any] = {
    "@context": ["https://www.w3.org/2018/credentials/v1", "https://nzcp.example/v1"],
    "version": "1.0.0",
    "type": ["VerifiableCredential", "PublicCovidPass"],
    "credentialSubject": HOLDER,
}


class NzIssuer:
    """One issuer, with one key."""

    def __init__(self, did: str = DID) -> None:
        self.did = did
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.trust = self.trusting(self.issuer())

    def issuer(self, **changes: Any) -> Issuer:
        """The entry in a bundle."""
        key = IssuerKey(KID, self.key.public_key(), frozenset(), None, None)
        usual: dict[str, Any] = {"id": self.did, "name": "NZ", "kind": CredentialKind.NZCP, "country": None}
        return Issuer(**{**usual, "keys": (key,), **changes})

    @staticmethod
    def trusting(*issuers: Issuer, **changes: Any) -> Trust:
        """A trust in these issuers."""
        bundle = TrustBundle(1, NOON - timedelta(hours=1), NOON + timedelta(days=30), issuers)
        return Trust(bundle, EPOCH, **changes)

    def claims(self, **changes: Any) -> dict[Any, Any]:
        """The claims of a pass; None leaves one out."""
        names = {"iss": 1, "exp": 4, "nbf": 5, "cti": 7, "vc": "vc"}
        usual = {"iss": self.did, "exp": NOW_S + 86400, "nbf": NOW_S - 86400, "cti": bytes(range(16)), "vc": VC}
        return {names[name]: value for name, value in {**usual, **changes}.items() if value is not None}

    def of(self, claims: Any, key: PrivateKey | None = None, **headers: Any) -> str:
        """The text of a pass of any claims, or of any bytes."""
        payload = claims if isinstance(claims, bytes) else cbor.encode(claims)
        protected: cose.Headers = {cose.HEADER_KID: KID, **headers.get("protected", {})}
        return nzcp.PREFIX.decode() + base32.encode(cose.sign(protected, payload, key or self.key))

    def valid(self, **changes: Any) -> str:
        """The text of a genuine pass."""
        return self.of(self.claims(**changes))


NZ = NzIssuer()
