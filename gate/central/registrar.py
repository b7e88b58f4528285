"""The registrar gives out certificates: to who holds a token, once, and to who holds a certificate, before it ends.

It decides; the listener and the commands carry its answers. Nothing of a request is used before it is proved, and a
request that is sent again because the answer got lost is answered as before.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from gate.central.issuing import Certified, IssueStore, Ticket
from gate.central.registry import Registry
from gate.central.store import StoreError
from gate.pki import making, requests
from gate.pki.errors import PkiError
from gate.pki.making import Authority
from gate.wire import enrolment
from gate.wire.enrolment import Asked, Issued, Refusal, Refused
from gate.wire.token import Token

log = logging.getLogger(__name__)

_NOT_REGISTERED = Refused(Refusal.NOT_REGISTERED, "the registry does not have this gate at this office")
_UNKNOWN = Refused(Refusal.UNKNOWN_TOKEN, "there is no such token; ask for a new one")
_REVOKED = Refused(Refusal.REVOKED, "what this gate holds was revoked; ask for a new token")
_UNAVAILABLE = Refused(Refusal.UNAVAILABLE, "the centre cannot do it now; try again")


@dataclass(frozen=True, slots=True)
class Rules:
    """``length``: how long a certificate is good."""

    length: timedelta = timedelta(days=365)


class Registrar:
    """May be asked on any thread."""

    def __init__(
        self,
        store: IssueStore,
        authority: Authority,
        registry: Callable[[], Registry],
        now: Callable[[], datetime],
        rules: Rules = Rules(),
    ) -> None:
        self._store = store
        self._authority = authority
        self._registry = registry
        self._now = now
        self._rules = rules
        self.authority_pem = making.certificate_to_pem(authority.certificate)

    def enrol(self, body: bytes) -> Issued | Refused:
        """The first certificate of a gate, for a request that its token signs."""
        asked = enrolment.read_asked(body)
        if isinstance(asked, Refused):
            return asked
        try:
            ticket = self._store.ticket(asked.token)
            if ticket is None or not asked.proven_by(Ed25519PublicKey.from_public_bytes(ticket.public)):
                return _UNKNOWN
            if (asked.site, asked.gate) != (ticket.site, ticket.gate):
                return _UNKNOWN
            return self._enrol(ticket, asked)
        except (PkiError, StoreError) as error:
            return _failed(error)

    def renew(self, held: x509.Certificate, body: bytes) -> Issued | Refused:
        """The next certificate of a gate that holds ``held``, whose key the connection has proved; for the same key."""
        csr = enrolment.read_asked_again(body)
        if isinstance(csr, Refused):
            return csr
        gate = making.name_of(held)
        if not making.is_of(held, self._authority):
            return Refused(Refusal.UNKNOWN_CERTIFICATE, "the certificate is not of this centre's authority")
        try:
            return self._renew(held, gate, csr)
        except (PkiError, StoreError) as error:
            return _failed(error)

    def _enrol(self, ticket: Ticket, asked: Asked) -> Issued | Refused:
        now = self._now()
        if ticket.withdrawn is not None:
            return _REVOKED
        if now >= ticket.expires:
            return Refused(Refusal.EXPIRED, f"the token has expired at {making.stamp(ticket.expires)}")
        if not self._knows(ticket.site, ticket.gate):
            return _NOT_REGISTERED
        public = requests.key_of(asked.csr, ticket.gate)
        made = self._certified(ticket.site, ticket.gate, public, now, ticket.id)
        kept = self._store.spend(ticket.id, made, now, asked.head)
        if kept is None:
            return Refused(Refusal.USED, "the token was used already; ask for a new one, and who has used it")
        log.info("%s of %s has its certificate %s", kept.gate, kept.site, kept.serial)
        return Issued(kept.pem, self.authority_pem)

    def _renew(self, held: x509.Certificate, gate: str, csr: bytes) -> Issued | Refused:
        entry = self._registry().gates.get(gate)
        if entry is None:
            return _NOT_REGISTERED
        known = self._store.certificate(_serial(held)) is not None
        if not known and not self._store.admit(certified(held, entry.site, held.not_valid_before_utc)):  # of `gate pki`
            return _REVOKED
        public = requests.key_of(csr, gate)
        if public != held.public_key():
            return Refused(Refusal.MALFORMED, "a renewal is for the same key; for another one ask for a token")
        made = self._certified(entry.site, gate, public, self._now(), None)
        if not self._store.renew(_serial(held), made):
            return _REVOKED
        log.info("%s of %s has its certificate renewed: %s", gate, entry.site, made.serial)
        return Issued(made.pem, self.authority_pem)

    def _knows(self, site: str, gate: str) -> bool:
        entry = self._registry().gates.get(gate)
        return entry is not None and entry.site == site

    def _certified(
        self, site: str, gate: str, public: ec.EllipticCurvePublicKey, now: datetime, ticket: str | None
    ) -> Certified:
        made = making.issued(self._authority, gate, public, (), (now, self._rules.length))
        return certified(made, site, now, ticket)


def token_for(registry: Registry, site: str, gate: str, address: str, pin: bytes, secret: bytes) -> Token | str:
    """The token of a gate that the registry has, or what is wrong."""
    entry = registry.gates.get(gate)
    if entry is None:
        return f"the registry has no gate {gate}; add it first"
    if entry.site != site:
        return f"the registry has {gate} at {entry.site}, not at {site}"
    return Token(site, gate, address, pin, secret)


def ticket_of(token: Token, by: str, now: datetime, length: timedelta) -> Ticket:
    """What the centre keeps of a token."""
    public = token.key.public_key().public_bytes_raw()
    return Ticket(token.id, public, token.site, token.gate, now, now + length, by)


def certified(made: x509.Certificate, site: str, issued: datetime, ticket: str | None = None) -> Certified:
    """What is kept of a certificate. Raises ``PkiError`` for one with a key that is none of ours."""
    public = made.public_key()
    if not isinstance(public, ec.EllipticCurvePublicKey):
        raise PkiError("the certificate is for a kind of key that no gate has")
    return Certified(
        serial=_serial(made),
        site=site,
        gate=making.name_of(made),
        key=requests.fingerprint(public).hex(),
        begins=made.not_valid_before_utc,
        ends=made.not_valid_after_utc,
        issued=issued,
        pem=making.certificate_to_pem(made),
        ticket=ticket,
    )


def _serial(certificate: x509.Certificate) -> str:
    return f"{certificate.serial_number:x}"


def _failed(error: PkiError | StoreError) -> Refused:
    if isinstance(error, StoreError):
        log.error("no certificate can be given out: %s", error)
        return _UNAVAILABLE
    log.warning("a request for a certificate will not do: %s", error)
    return Refused(Refusal.MALFORMED, str(error))
