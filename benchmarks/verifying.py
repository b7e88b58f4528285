"""Verifying a code: from its text to verified claims, against the signature check in it (B7); and bombs (B8).

The baseline is the library's own verification of the same signature over the same bytes with the same key.
"""

from __future__ import annotations

import hashlib
import statistics
import zlib
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

from benchmarks.baselines.raw_signature import Check, check_of_hc1, check_of_pass, check_of_shc
from benchmarks.baselines.raw_signature_others import check_of_divoc, check_of_nz_pass, check_of_seal, check_of_ticket
from benchmarks.measure import compare
from gate.credential import base45, inflate
from gate.credential.errors import Refusal
from gate.credential.model import Verified
from gate.credential.trust import Trust
from gate.credential.verify import verify
from tests.credential.divoc_minting import EXAMPLE, INDIA, DivocIssuer, changed
from tests.credential.hcert_minting import AUTHORITY, P384, RSA, VACCINATION, Authority, dcc
from tests.credential.minting import MINT, Mint, at
from tests.credential.nzcp_minting import NZ
from tests.credential.pretix_minting import FAIR
from tests.credential.shc_minting import CLINIC
from tests.credential.vdsnc_minting import SIGNER, UTOPIA, VACCINATED

CODES = 10
REPEATS = 20
BOMB_BYTES = 100_000_000
NOW = at()


@dataclass(frozen=True, slots=True)
class Subject:
    """One code, the trust that it is genuine under, and the signature check that is in it."""

    code: str | bytes
    trust: Trust
    raw: Check

    @property
    def bytes(self) -> bytes:
        return self.code if isinstance(self.code, bytes) else self.code.encode()


def subjects() -> dict[str, list[Subject]]:
    """Freshly minted codes of every format and sort of key."""
    es256 = Mint(algorithm="es256")
    passes = {"pass Ed25519": MINT, "pass ES256": es256}
    certificates = {"hc1 ES256": AUTHORITY, "hc1 ES256 P-384": P384, "hc1 PS256 2048": RSA}
    made = {name: [_certificate(issuer, number) for number in range(CODES)] for name, issuer in certificates.items()}
    made |= {name: [make(number) for number in range(CODES)] for name, make in OTHERS.items()}
    made["shc ES256"] = [_card(number) for number in range(CODES)]
    return made | {name: [_pass(mint, number) for number in range(CODES)] for name, mint in passes.items()}


def _certificate(issuer: Authority, number: int) -> Subject:
    code = issuer.valid(dcc(v=[{**VACCINATION, "ci": f"{VACCINATION['ci']}{number}"}]))
    return Subject(code, issuer.trust, check_of_hc1(code, issuer.key.public_key()))


def _card(number: int) -> Subject:
    code = CLINIC.valid(rid=f"card-{number}")
    return Subject(code, CLINIC.trust, check_of_shc(code, CLINIC.key.public_key()))


def _seal(number: int) -> Subject:
    code = SIGNER.valid({**VACCINATED, "uvci": f"U{number}"})
    return Subject(code, UTOPIA.trusting(), check_of_seal(code, SIGNER.key.public_key()))


def _nz_pass(number: int) -> Subject:
    code = NZ.valid(cti=bytes((number,)) * 16)
    return Subject(code, NZ.trust, check_of_nz_pass(code, NZ.key.public_key()))


def _ticket(number: int) -> Subject:
    code = FAIR.valid(seed=f"ticket-{number}".encode())
    return Subject(code, FAIR.trust, check_of_ticket(code, FAIR.key.public_key()))


def _divoc(issuer: DivocIssuer, number: int) -> Subject:
    document = issuer.signed(changed(evidence__certificateId=f"{number}"))
    public = (issuer.rsa or issuer.ed25519).public_key()
    return Subject(issuer.of(document), issuer.trust, check_of_divoc(document, public))


OTHERS: Mapping[str, Callable[[int], Subject]] = {
    "vdsnc ES256": _seal,
    "nzcp ES256": _nz_pass,
    "pretix Ed25519": _ticket,
    "divoc PS256 2048": partial(_divoc, INDIA),
    "divoc Ed25519": partial(_divoc, EXAMPLE),
}


def _pass(mint: Mint, number: int) -> Subject:
    code = mint.valid(subject=f"visitor-{number}")
    return Subject(code, mint.trust, check_of_pass(code, mint.key.public_key()))


def run(seed: int, rounds: int) -> dict[str, Any]:
    """Verify all codes both ways; the result as JSON holds it."""
    return {
        "seed": seed,
        "codes": CODES,
        "formats": {name: _ratio(several, rounds, seed) for name, several in subjects().items()},
        "bombs": _bombs(rounds, seed),
    }


def _ratio(several: list[Subject], rounds: int, seed: int) -> dict[str, Any]:
    ways: Mapping[str, Callable[[Subject], None]] = {"raw": _raw, "gate": _gate}
    timed = compare(ways, several, rounds, seed)
    pairs = zip(timed["gate"].cpu_ms, timed["raw"].cpu_ms, strict=True)
    ratios = [gate / raw for gate, raw in pairs]
    text = b"\n".join(one.bytes for one in several)
    return {
        "median": round(statistics.median(ratios), 2),
        "worst": round(max(ratios), 2),
        "characters": len(several[0].code),
        "sha256": hashlib.sha256(text).hexdigest(),
    }


def _raw(subject: Subject) -> None:
    for _ in range(REPEATS):
        subject.raw()


def _gate(subject: Subject) -> None:
    for _ in range(REPEATS):
        verdict = verify(subject.code, subject.trust, NOW)
        if not isinstance(verdict, Verified):
            raise TypeError(f"a genuine code was rejected: {verdict.detail}")


def _bombs(rounds: int, seed: int) -> dict[str, float]:
    """The CPU of refusing each bomb, in raw ES256 verifications."""
    bomb = zlib.compress(bytes(BOMB_BYTES), 9)
    shown = "HC1:" + base45.encode(zlib.compress(bytes(2_800_000), 9))
    raw = check_of_hc1(AUTHORITY.valid(), AUTHORITY.key.public_key())
    works: dict[str, Callable[[], object]] = {
        "100 MB, unpacked up to the cap": partial(_refused, bomb),
        "100 MB, as a code": partial(verify, "HC1:" + base45.encode(bomb), AUTHORITY.trust, NOW),
        "2.8 MB, as the largest code there is": partial(verify, shown, AUTHORITY.trust, NOW),
    }
    ways: dict[str, Callable[[int], None]] = {name: partial(_repeated, work) for name, work in works.items()}
    ways["raw"] = partial(_repeated, raw)
    timed = compare(ways, [0, 1, 2], rounds, seed)
    return {name: round(timed[name].median_ms / timed["raw"].median_ms, 2) for name in works}


def _repeated(work: Callable[[], object], _number: int) -> None:
    for _ in range(REPEATS):
        work()


def _refused(bomb: bytes) -> None:
    with suppress(Refusal):
        inflate.zlib_stream(bomb)
