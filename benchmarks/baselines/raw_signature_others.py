"""The signature checks alone of the other formats, with everything else prepared beforehand."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any

from benchmarks.baselines.raw_signature import Check, check, of_cose
from gate.credential.divoc_shape import options_of, statements_of
from gate.credential.rdf_canonical import digest


def check_of_seal(code: str, public: Any) -> Check:
    """The check in an ICAO seal, over its data in canonical form."""
    seal = json.loads(code)
    signed = json.dumps(seal["data"], ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return check(public, base64.urlsafe_b64decode(seal["sig"]["sigvl"]), signed.encode())


def check_of_nz_pass(code: str, public: Any) -> Check:
    """The check in an NZ pass."""
    text = code.removeprefix("NZCP:/1/")
    return of_cose(base64.b32decode(text + "=" * (-len(text) % 8)), public)


def check_of_ticket(code: str, public: Any) -> Check:
    """The check in a ticket of pretix."""
    raw = base64.b64decode(code[::-1])
    return check(public, raw[-64:], raw[5:-64])


def check_of_divoc(document: Mapping[str, Any], public: Any) -> Check:
    """The check in a DIVOC certificate, over the digests of its statements."""
    plain = dict(document)
    proof = plain.pop("proof")
    head, _, signature = proof["jws"].split(".")
    signed = head.encode() + b"." + digest(options_of(proof)) + digest(statements_of(plain))
    return check(public, base64.urlsafe_b64decode(signature + "=="), signed)
