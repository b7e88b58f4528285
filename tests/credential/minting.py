"""A small issuer for tests: keys of its own, a ready ``Trust`` and bundle, and passes of every sort.

``MINT`` is ready to use; ``Mint(algorithm=...)`` makes another authority with other keys.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gate.credential import base45, cbor, cose, gatepass
from gate.credential.bundle import sign_bundle
from gate.credential.instant import ClockTrust, Instant
from gate.credential.keys import PrivateKey, kid_of, public_to_pem
from gate.credential.model import Colour, CredentialKind, PassFacts, Verified
from gate.credential.pass_claims import PassClaims, StatusRef
from gate.credential.trust import EpochKey, Issuer, IssuerKey, Trust, TrustBundle

NOON = datetime(2026, 3, 14, 12, 0, tzinfo=UTC)
EPOCH = EpochKey("2026-W11", bytes(range(32)))
ISSUER = "ministry"


def new_key(algorithm: str = "ed25519") -> PrivateKey:
    """A fresh signing key: ``ed25519`` or ``es256``."""
    return Ed25519PrivateKey.generate() if algorithm == "ed25519" else ec.generate_private_key(ec.SECP256R1())


def at(time: datetime = NOON, clock: ClockTrust = ClockTrust.SYNCED) -> Instant:
    """A moment of the tests' clock."""
    return Instant(time, 1_000_000_000, clock)


def signed_text(protected: cose.Headers, payload: bytes, key: PrivateKey) -> str:
    """Any signed message as the text of a pass, for what ``mint`` would refuse to make."""
    return "GP1:" + base45.encode(cose.sign(protected, payload, key))


class Mint:
    """One operator (root key) that trusts one issuer (pass key)."""

    def __init__(self, *, issuer: str = ISSUER, algorithm: str = "ed25519", now: datetime = NOON) -> None:
        self.issuer = issuer
        self.now = now
        self.root = Ed25519PrivateKey.generate()
        self.key = new_key(algorithm)
        self.bundle = self.bundle_of(self.issuer_of())
        self.trust = Trust(self.bundle, EPOCH)

    def issuer_of(
        self,
        *,
        usages: tuple[str, ...] = ("pass",),
        not_before: datetime | None = None,
        not_after: datetime | None = None,
    ) -> Issuer:
        """The issuer's entry, with what its key may do and when."""
        public = self.key.public_key()
        key = IssuerKey(kid_of(public), public, frozenset(usages), not_before, not_after)
        return Issuer(self.issuer, "Ministry of Visits", CredentialKind.PASS, "ID", (key,))

    def bundle_of(self, *issuers: Issuer, version: int = 1) -> TrustBundle:
        """A bundle of this operator, issued an hour ago for a month."""
        issued = self.now - timedelta(hours=1)
        return TrustBundle(version, issued, issued + timedelta(days=30), issuers)

    def trusting(self, *issuers: Issuer) -> Trust:
        """The trust that holds these issuers."""
        return Trust(self.bundle_of(*issuers), EPOCH)

    @property
    def bundle_bytes(self) -> bytes:
        """The bundle, signed by the root."""
        return sign_bundle(self.bundle, self.root)

    @property
    def root_pem(self) -> bytes:
        """The public root key, as pinned at install."""
        return public_to_pem(self.root.public_key())

    def write_trust(self, folder: Path) -> tuple[Path, Path]:
        """The bundle and the root key as files: (bundle, root key)."""
        bundle, root = folder / "trust.bundle", folder / "root.pub"
        bundle.write_bytes(self.bundle_bytes)
        root.write_bytes(self.root_pem)
        return bundle, root

    @property
    def headers(self) -> cose.Headers:
        """The protected headers of this issuer's passes, without the algorithm."""
        return {cose.HEADER_KID: kid_of(self.key.public_key()), cose.HEADER_TYP: gatepass.TYP}

    def claims(self, **changes: Any) -> PassClaims:
        """The claims of an ordinary pass, valid for eight hours around ``now``."""
        usual: dict[str, Any] = {
            "issuer": self.issuer,
            "not_before": self.now - timedelta(hours=1),
            "not_after": self.now + timedelta(hours=7),
            "issued_at": self.now - timedelta(hours=1),
            "pass_id": b"pass-0000001",
            "subject": "visitor-1",
            "colour": Colour.GREEN,
        }
        return PassClaims(**{**usual, **changes})

    def valid(self, colour: Colour | None = Colour.GREEN, **changes: Any) -> str:
        """A genuine pass within its validity."""
        return gatepass.mint(self.claims(colour=colour, **changes), self.key)

    def expired(self, colour: Colour | None = Colour.GREEN) -> str:
        """A genuine pass of yesterday."""
        return self.valid(colour, not_before=self.now - timedelta(hours=30), not_after=self.now - timedelta(hours=22))

    def not_yet_valid(self, colour: Colour | None = Colour.GREEN) -> str:
        """A genuine pass for tomorrow."""
        return self.valid(colour, not_before=self.now + timedelta(hours=20), not_after=self.now + timedelta(hours=28))

    def forged(self, colour: Colour | None = Colour.GREEN) -> str:
        """A pass that names the issuer's key and was signed with another one."""
        payload = cose.read(base45.decode(self.valid(colour)[4:].encode())).payload
        other = new_key("ed25519" if isinstance(self.key, Ed25519PrivateKey) else "es256")
        return signed_text(self.headers, payload, other)

    def unknown_issuer(self, colour: Colour | None = Colour.GREEN) -> str:
        """A pass of an issuer that nobody here trusts."""
        return gatepass.mint(self.claims(colour=colour, issuer="stranger"), new_key())

    def raw(self, claims: dict[int, Any] | bytes, **headers: Any) -> str:
        """A signed pass of arbitrary claims; ``headers`` replaces the protected ones."""
        payload = claims if isinstance(claims, bytes) else cbor.encode(claims)
        return signed_text(headers.get("protected", self.headers), payload, self.key)


def colour_of(verdict: Verified) -> Colour | None:
    """The colour that a genuine pass has."""
    assert isinstance(verdict.facts, PassFacts)
    return verdict.facts.colour


STATUS = StatusRef("https://status.example/1", 42)
MINT = Mint()
