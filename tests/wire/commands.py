"""A centre's keys, and commands signed with them."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import count
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gate.access.command import Role, Verb
from gate.credential.keys import PrivateKey, kid_of
from gate.credential.model import CredentialKind
from gate.credential.trust import Issuer, IssuerKey, TrustBundle
from gate.wire import command
from gate.wire.command import Command
from gate.wire.topics import Identity
from tests.wire.examples import IDENTITY, NOON, ULID_A

EVERY_ROLE = frozenset(role.value for role in Role)


class Staff:
    """Somebody at the centre who may command."""

    def __init__(self, *roles: Role, name: str = "desk-1") -> None:
        self.private = Ed25519PrivateKey.generate()
        self.kid = kid_of(self.private.public_key()).hex()
        self.name = name
        self.usages = frozenset(role.value for role in roles) or EVERY_ROLE
        self._nonces = count(1)

    def issuer(self, *, revoked: bool = False, **limits: datetime) -> Issuer:
        key = issuer_key(self.private, self.usages, **limits)
        withdrawn = frozenset({key.kid}) if revoked else frozenset()
        return Issuer(self.name, self.name, CredentialKind.COMMAND, None, (key,), revoked_keys=withdrawn)

    def command(self, verb: Verb = Verb.RELEASE, identity: Identity = IDENTITY, **changes: Any) -> Command:
        fields: dict[str, Any] = {
            "transaction": ULID_A,
            "verb": verb,
            "args": {},
            "gate": command.address(identity),
            "nonce": next(self._nonces),
            "not_after": NOON.utc.replace(microsecond=123_000) + timedelta(seconds=15),
        }
        return Command(**(fields | changes))

    def signed(self, verb: Verb = Verb.RELEASE, identity: Identity = IDENTITY, **changes: Any) -> bytes:
        return command.sign(self.command(verb, identity, **changes), self.private)


def issuer_key(private: PrivateKey, usages: frozenset[str], **limits: datetime) -> IssuerKey:
    public = private.public_key()
    return IssuerKey(kid_of(public), public, usages, limits.get("not_before"), limits.get("not_after"))


def bundle_of(*issuers: Issuer) -> TrustBundle:
    return TrustBundle(1, NOON.utc - timedelta(days=1), NOON.utc + timedelta(days=30), issuers)
