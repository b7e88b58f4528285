"""Renews the gate's own certificate at the centre, for the same key, when a third of its life is left.

Rules: it has a thread of its own, which may wait for the network; a door never waits for it. The certificate is
replaced as a whole, and the next connection to the broker takes it; the one that stands goes on. A centre that is away
costs tries, ever further apart, and raises nothing until half of the time is gone; a refusal is told at once.
"""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from gate.credential.instant import ClockTrust
from gate.pki import checking, making, requests
from gate.pki.errors import PkiError
from gate.ports import AdapterError, Clock, OwnCertificate, Registrar
from gate.service.certificate_end import WARN_BEFORE, CertificateEnd
from gate.wire import enrolment
from gate.wire.enrolment import Refusal, Refused

log = logging.getLogger(__name__)

LOOK_S: Final = 60.0
FIRST_RETRY_S: Final = 60.0
LONGEST_RETRY_S: Final = 6 * 3600.0
_BEAT_S: Final = 1.0
_MOST_DOUBLINGS: Final = 16
_NS_PER_S: Final = 1_000_000_000
_WHOLE_LIFE: Final = timedelta(days=90)
"""A certificate that lives for less is asked for again in shorter steps."""
_PASSING: Final = (Refusal.UNAVAILABLE, Refusal.TOO_MANY)


class Renewal:
    """``run`` is the thread; ``end`` may be read on any, and is None until the certificate was looked at."""

    def __init__(
        self,
        gate: str,
        own: OwnCertificate,
        registrar: Registrar,
        clock: Clock,
        chance: Callable[[], float] = random.random,
    ) -> None:
        """``chance`` gives numbers from 0 to 1, so that not all gates ask at once."""
        self.end: CertificateEnd | None = None
        self._gate = gate
        self._own = own
        self._registrar = registrar
        self._clock = clock
        self._chance = chance
        self._failures = 0
        self._pace = 1.0
        """Less for a certificate that lives for less than months."""
        self._again_ns = 0
        self._refused = False
        self._told = ""

    def run(self, stop: threading.Event, beat: Callable[[], None]) -> None:
        """Look now and then until stopped."""
        until_s = -1.0
        while not stop.is_set():
            beat()
            if time.monotonic() >= until_s:
                until_s = time.monotonic() + self.step()
            stop.wait(max(0.0, min(_BEAT_S, until_s - time.monotonic())))

    def step(self) -> float:
        """Look at the certificate, and renew it if it is time; how many seconds there are until the next look."""
        now = self._clock.now()
        if now.clock is ClockTrust.UNSET:
            return LOOK_S
        try:
            return self._look(now.utc, now.mono_ns)
        except (AdapterError, PkiError) as error:
            self._tell(f"the gate's own certificate cannot be renewed: {error}")
            return self._failed(now.mono_ns)

    def _look(self, now: datetime, mono_ns: int) -> float:
        pem, key_pem = self._own.read()
        own = making.certificate_from_pem(pem, "the gate's own certificate")
        begin, until = making.life_of(own)
        life = until - begin
        self._pace = min(1.0, life / _WHOLE_LIFE)
        self.end = CertificateEnd(until, min(WARN_BEFORE, life / 6), self._refused)
        due_in = until - life / 3 - now
        if due_in > timedelta():
            self._done(until)
            return min(LOOK_S, due_in.total_seconds())
        if now >= until:
            self._tell("the gate's own certificate has expired and cannot be renewed: enrol the gate again")
            return LOOK_S
        if mono_ns < self._again_ns:
            return min(LOOK_S, (self._again_ns - mono_ns) / _NS_PER_S)
        return self._renew(making.key_from_pem(key_pem, "the gate's own key"), now, mono_ns)

    def _renew(self, key: ec.EllipticCurvePrivateKey, now: datetime, mono_ns: int) -> float:
        found = self._registrar.renew(enrolment.ask_again(requests.made(self._gate, key)))
        if isinstance(found, Refused):
            self._refused = found.reason not in _PASSING
            self._tell(f"the centre does not renew the gate's own certificate ({found.reason}): {found.text}")
            if self.end is not None:
                self.end = CertificateEnd(self.end.until, self.end.warn_before, self._refused)
            return self._failed(mono_ns)
        made = self._checked(found.certificate, key, now)
        self._own.replace(making.certificate_to_pem(made))
        log.info("the gate's own certificate is renewed, until %s", making.stamp(made.not_valid_after_utc))
        self._done(made.not_valid_after_utc)
        return 0.0

    def _checked(self, pem: bytes, key: ec.EllipticCurvePrivateKey, now: datetime) -> x509.Certificate:
        """The new certificate, if one of the authorities that the gate believes has issued it for this gate and key."""
        problem = PkiError("there is no authority beside the gate's own certificate")
        for authority in making.certificates_from_pem(self._own.authority(), "the authority"):
            try:
                return checking.client_certificate(pem, authority, self._gate, key.public_key(), now)
            except PkiError as error:
                problem = error
        raise problem

    def _done(self, until: datetime) -> None:
        self._failures, self._again_ns, self._refused, self._told = 0, 0, False, ""
        if self.end is not None:
            self.end = CertificateEnd(until, self.end.warn_before)

    def _failed(self, mono_ns: int) -> float:
        """Ask again after a while; how long to wait until the next look."""
        self._failures = min(self._failures + 1, _MOST_DOUBLINGS)
        longest_s = min(FIRST_RETRY_S * 2.0 ** (self._failures - 1), LONGEST_RETRY_S)
        wait_s = max(_BEAT_S, longest_s * self._pace * (0.5 + self._chance() / 2))
        self._again_ns = mono_ns + int(wait_s * _NS_PER_S)
        return min(LOOK_S, wait_s)

    def _tell(self, text: str) -> None:
        """Each cause once, until it is over."""
        if text != self._told:
            self._told = text
            log.warning("%s", text)
