"""What every hostile code costs, in raw ES256 verifications, as one JSON object: ``python -m tests.credential.costs``.

A process of its own, since whatever traces the tests would be measured with them.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from gate.credential.verify import verify
from tests.credential.hostile import EVERY, TRUST
from tests.credential.minting import at

ROUNDS = 12


def raw_verification() -> Callable[[], None]:
    """One ES256 verification, as the library alone does it."""
    key, signed, algorithm = ec.generate_private_key(ec.SECP256R1()), bytes(500), ec.ECDSA(hashes.SHA256())
    signature, public = key.sign(signed, algorithm), key.public_key()
    return lambda: public.verify(signature, signed, algorithm)


def cpu_ns(work: Callable[[], object], times: int) -> float:
    """The CPU time of one run."""
    began = time.thread_time_ns()
    for _ in range(times):
        work()
    return (time.thread_time_ns() - began) / times


def ratio(raw: Callable[[], None], code: str | bytes) -> float:
    """Both are measured in turn, and the best moment of each counts: the other work of the machine is in neither."""
    ours, theirs = [], []
    for _ in range(ROUNDS):
        theirs.append(cpu_ns(raw, 20))
        ours.append(cpu_ns(lambda: verify(code, TRUST, at()), 2))
    return min(ours) / min(theirs)


if __name__ == "__main__":
    raw = raw_verification()
    json.dump({name: round(ratio(raw, code), 2) for name, code in EVERY.items()}, sys.stdout)
