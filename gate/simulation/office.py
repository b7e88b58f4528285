"""An office from nothing: a root key, an issuer, a signed trust bundle and a gate's configuration, in one folder."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gate.credential import base45, cose, gatepass
from gate.credential.bundle import sign_bundle
from gate.credential.keys import kid_of, public_to_pem
from gate.credential.model import Colour, CredentialKind
from gate.credential.pass_claims import PassClaims
from gate.credential.trust import Issuer, IssuerKey, TrustBundle
from gate.simulation.broker import HOST

ISSUER = "regency-health"
SITE = "demo-office"
GATE = "front-door"
BUNDLE_AGE = timedelta(minutes=5)
"""Of the trust bundle when the office opens."""


@dataclass(frozen=True, slots=True)
class Office:
    """Issues passes for its visitors. All keys come from the seed, so that a demo can be repeated; never use them."""

    rng: random.Random
    now: datetime
    root: Ed25519PrivateKey
    key: Ed25519PrivateKey

    @classmethod
    def from_seed(cls, rng: random.Random, now: datetime) -> Office:
        """An office that opens now."""
        return cls(rng, now, _key(rng), _key(rng))

    def genuine(self, colour: Colour) -> str:
        """The text of a pass that is valid today."""
        return gatepass.mint(self._claims(colour), self.key)

    def expired(self) -> str:
        """The text of a green pass of yesterday."""
        return gatepass.mint(self._claims(Colour.GREEN, ended=timedelta(hours=16)), self.key)

    def forged(self) -> str:
        """The text of a pass that names this issuer's key but was signed with another."""
        genuine = cose.read(base45.decode(self.genuine(Colour.GREEN).encode().removeprefix(gatepass.PREFIX)))
        headers: cose.Headers = {cose.HEADER_KID: kid_of(self.key.public_key()), cose.HEADER_TYP: gatepass.TYP}
        return gatepass.PREFIX.decode() + base45.encode(cose.sign(headers, genuine.payload, _key(self.rng)))

    def unknown_issuer(self) -> str:
        """The text of a pass of somebody whom nobody here trusts."""
        return gatepass.mint(self._claims(Colour.GREEN), _key(self.rng))

    def set_up(self, folder: Path, port: int, reread_s: float = 3.0) -> Path:
        """Write the trust files and the configuration of one gate; return the configuration's path."""
        (folder / "trust.bundle").write_bytes(sign_bundle(self.bundle(), self.root))
        (folder / "root.pub").write_bytes(public_to_pem(self.root.public_key()))
        config = folder / "gate.toml"
        config.write_text(CONFIG.format(site=SITE, gate=GATE, host=HOST, port=port, reread_s=reread_s))
        return config

    def _claims(self, colour: Colour, ended: timedelta = timedelta(hours=-8)) -> PassClaims:
        return PassClaims(
            issuer=ISSUER,
            not_before=self.now - timedelta(days=1),
            not_after=self.now - ended,
            issued_at=self.now - timedelta(days=1),
            pass_id=self.rng.randbytes(12),
            colour=colour,
        )

    def bundle(self) -> TrustBundle:
        """The trust in this office's issuer."""
        public = self.key.public_key()
        key = IssuerKey(kid_of(public), public, frozenset({"pass"}), None, None)
        issuer = Issuer(ISSUER, "Regency health office (demo)", CredentialKind.PASS, "ID", (key,))
        issued = self.now - BUNDLE_AGE
        return TrustBundle(1, issued, issued + timedelta(days=7), (issuer,))


def _key(rng: random.Random) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(rng.randbytes(32))


CONFIG = """\
[site]
id = "{site}"

[gate]
id = "{gate}"

[camera]
source = "stage"

[trust]
bundle = "trust.bundle"
root_key = "root.pub"
epoch_dir = "epochs"
state_dir = "trust"
lists_dir = "lists"
status_dir = "status"

[policy]
retry_hint_s = 1.0
reread_s = {reread_s}

[door]
release_s = 1.0
emergency_mark = "emergency"

[pins]
acknowledge = 4

[self_test]
at_start = "off"

[control]
socket = "ctl.sock"

[journal]
path = "journal.db"

[mqtt]
host = "{host}"
port = {port}

[log]
signals = "signals.jsonl"

[bench]
socket = "bench.sock"
"""
