"""The pure core: what a decision, a visit and a text cost, and whether a million visits cost the same each (B16).

Beside it stands one raw ES256 verification, the cheapest thing that any verifier of certificates must do.
"""

from __future__ import annotations

import gc
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from gate.access.access_point import AccessPoint
from gate.access.effects import Persist
from gate.access.inputs import InputLine, Wiring
from gate.access.orders import Acknowledge, Admit, FollowUp, FollowUpOutcome, Order, Refuse
from gate.access.settings import Settings
from gate.access.signals import InputChanged, Ordered, Presented, Recorded, Signal, Started, Tick
from gate.adapters.clock_system import SystemClock
from gate.credential.instant import Instant
from gate.credential.model import Colour, Verdict
from gate.credential.trust import Trust
from gate.credential.verify import verify
from gate.policy import packs
from gate.policy.decision import judged
from gate.policy.site import SitePolicy
from gate.service.config import load
from gate.service.parts import trust_of
from gate.simulation.office import Office

SECOND = 1_000_000_000
SITE, RULES = SitePolicy(), packs.usual()
COLOURS = (Colour.GREEN,) * 7 + (Colour.YELLOW, Colour.RED, Colour.BLACK)
"""Of ten visitors; whoever is held is answered by the officer."""
SAMPLES = 2_000
PARTS = (0.1, 0.5, 1.0)


@dataclass(slots=True)
class Walk:
    """Visitors at one access point, one after the other, 12 s apart; the time of day stands still."""

    point: AccessPoint
    now: Instant
    trust: Trust
    decide_us: list[float] = field(default_factory=list)
    """CPU time from the verdict to the effects, of the first visits."""
    visits: int = 0

    def tell(self, signal: Signal) -> None:
        """Hand a signal over, and then the journal's answers."""
        effects = self.point.handle(signal, self.now)
        for effect in effects:
            if isinstance(effect, Persist):
                self.point.handle(Recorded(effect.ticket), self.now)

    def wait(self, seconds: float) -> None:
        """Let time pass, with every deadline on the way."""
        until_ns = self.now.mono_ns + int(seconds * SECOND)
        while (due_ns := self.point.deadline_ns(self.now.mono_ns)) is not None and due_ns <= until_ns:
            self._to(max(due_ns, self.now.mono_ns))
            self.tell(Tick())
        self._to(until_ns)

    def _to(self, mono_ns: int) -> None:
        self.now = Instant(self.now.utc, mono_ns, self.now.clock)

    def visit(self, verdict: Verdict, colour: Colour) -> None:
        """Somebody shows a code; the officer answers a hold; whoever is let in walks through."""
        self.visits += 1
        captured_ns = self.now.mono_ns - SECOND // 20
        began = time.process_time_ns()
        said = judged(verdict, self.now, SITE, RULES)
        shown = Presented(verdict, self.visits.to_bytes(8), self.trust.stamp, captured_ns, captured_ns, said)
        effects = self.point.handle(shown, self.now)
        if len(self.decide_us) < SAMPLES:
            self.decide_us.append((time.process_time_ns() - began) / 1e3)
        for effect in effects:
            if isinstance(effect, Persist):
                self.point.handle(Recorded(effect.ticket), self.now)
        self._answered(colour)
        for is_open in (True, False):
            self.wait(1)
            self.tell(InputChanged(InputLine.DOOR_MONITOR, is_open, self.now.mono_ns))
        self.wait(8)

    def _answered(self, colour: Colour) -> None:
        self.wait(2)
        if colour is Colour.GREEN:
            return
        let_in = colour is Colour.YELLOW
        orders: list[Order] = [Admit("officer_present") if let_in else Refuse("officer_present"), Acknowledge()]
        if colour is Colour.BLACK:
            orders.append(FollowUp(FollowUpOutcome.REFERRED))
        for order in orders:
            self.tell(Ordered(order, "door-officer", self.now.mono_ns))


def run(seed: int, visits: int) -> dict[str, Any]:
    """Walk that many visitors through; the result as JSON holds it."""
    chance = random.Random(seed)  # noqa: S311  (visitors that can be repeated)
    clock = SystemClock()
    now = clock.now()
    office = Office.from_seed(chance, now.utc)
    with tempfile.TemporaryDirectory() as name:
        trust = _trust(office, Path(name), clock)
    texts = {colour: office.genuine(colour).encode() for colour in Colour}
    verdicts = {colour: verify(text, trust, now) for colour, text in texts.items()}
    settings = Settings(wiring=frozenset({Wiring.DOOR_MONITOR}))
    walk = Walk(AccessPoint(settings), now, trust)
    walk.tell(Started("benchmark"))
    parts = _walked(walk, verdicts, visits, chance)
    es256_us, verify_us = _each_us(_es256()), _each_us(lambda: verify(texts[Colour.GREEN], trust, now))
    decide_us = statistics.median(walk.decide_us)
    return {
        "seed": seed,
        "visits": visits,
        "es256_us": round(es256_us, 1),
        "decision_us": round(decide_us, 1),
        "decisions_per_s": round(1e6 / decide_us),
        "text_us": round(verify_us + decide_us, 1),
        "texts_per_s": round(1e6 / (verify_us + decide_us)),
        "parts": parts,
    }


def _trust(office: Office, folder: Path, clock: SystemClock) -> Trust:
    return trust_of(load(office.set_up(folder, 1883)), clock).current()


def _walked(walk: Walk, verdicts: dict[Colour, Verdict], visits: int, chance: random.Random) -> list[dict[str, Any]]:
    """Time and memory at each part of the way."""
    process, parts = psutil.Process(), []
    began_ns, done = time.process_time_ns(), 0
    for part in PARTS:
        wanted = round(visits * part)
        for _ in range(wanted - done):
            colour = chance.choice(COLOURS)
            walk.visit(verdicts[colour], colour)
        spent_us = (time.process_time_ns() - began_ns) / 1e3
        gc.collect()
        parts.append(
            {
                "visits": wanted,
                "visit_us": round(spent_us / max(1, wanted - done), 1),
                "rss_mb": round(process.memory_info().rss / 2**20, 2),
                "objects": len(gc.get_objects()),
            }
        )
        began_ns, done = time.process_time_ns(), wanted
    return parts


def _es256() -> Callable[[], object]:
    key = ec.generate_private_key(ec.SECP256R1())
    message, digest = b"\x84" * 300, ec.ECDSA(hashes.SHA256())
    signature, public = key.sign(message, digest), key.public_key()
    return lambda: public.verify(signature, message, digest)


def _each_us(work: Callable[[], object]) -> float:
    """The middle of the CPU times."""
    spent = []
    for _ in range(SAMPLES):
        began = time.process_time_ns()
        work()
        spent.append((time.process_time_ns() - began) / 1e3)
    return statistics.median(spent)
