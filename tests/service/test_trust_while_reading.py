"""Scenarios 22 and 23 as a visitor meets them: the reader at work, while trust is delivered, withdrawn and spoilt."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gate.access.signals import Presented
from gate.credential.bundle import MAX_BYTES, sign_bundle
from gate.credential.model import Colour, Notice
from gate.credential.pass_claims import StatusRef
from gate.credential.statuslist import Delta, Snapshot, array_of, sign_delta, sign_snapshot
from gate.credential.trust import STATUS_VALUES
from gate.policy.decision import conclude
from gate.policy.site import SitePolicy
from gate.ports import Frame, Luma, Symbol
from gate.service.reader import Reader
from gate.service.vision.ladder import Ladder
from tests.access.examples import by_rules
from tests.adapters.test_deny_lists import LOST, ListedSite
from tests.adapters.test_trust_bundles import SECOND_NS
from tests.credential.minting import MINT, NOON

URI = "https://status.example/1"
EMPTY = np.zeros((2, 2), np.uint8)


class OneCode:
    """A decoder that sees the same pass in every frame."""

    name = "one code"

    def __init__(self, code: str) -> None:
        self._code = code.encode()

    def decode(self, luma: Luma) -> tuple[Symbol, ...]:
        del luma
        return (Symbol(self._code, ()),)

    def close(self) -> None: ...


class Visit:
    """A pass held before the camera for as long as there are steps; a second passes before each frame."""

    def __init__(self, site: ListedSite, steps: Sequence[Callable[[], object]]) -> None:
        self._site, self._steps = site, iter(steps)
        self._stop = threading.Event()
        self.presented: list[Presented] = []

    def next(self, timeout_s: float) -> Frame | None:
        """Do what happens next, then give a frame; the reader looks at its trust before the one after it."""
        del timeout_s
        self._site.clock.mono_ns += SECOND_NS
        step = next(self._steps, None)
        if step is None:
            self._stop.set()
            return None
        step()
        return Frame(EMPTY, None, self._site.clock.mono_ns, "frame")

    def close(self) -> None: ...

    def read(self, code: str) -> list[str]:
        """What each frame led to: a colour, or the reason where the colour does not tell."""
        trust = self._site.open()
        ladder = Ladder([OneCode(code)], time.monotonic_ns)
        reader = Reader(self, ladder, trust, self._site.clock, by_rules, self.presented.append, b"key")
        reader.run(self._stop, lambda: None)
        return [self._told(one) for one in self.presented]

    def _told(self, one: Presented) -> str:
        decision = conclude(one.verdict, one.judged, one.trust, SitePolicy(), self._site.clock.now())
        return decision.reason if decision.colour in (None, Colour.YELLOW) else f"{decision.colour}"


def nothing() -> None:
    """A frame like the one before."""


@pytest.fixture
def site(tmp_path: Path) -> ListedSite:
    return ListedSite(tmp_path)


def test_nothing_that_is_delivered_wrongly_stops_a_visitor_with_a_good_pass(site: ListedSite) -> None:
    good = sign_bundle(site.version(6), MINT.root)
    steps = [
        nothing,
        lambda: site.deliver(b""),
        lambda: site.deliver(good[: len(good) // 2]),
        lambda: site.deliver(bytes(10 * MAX_BYTES)),
        lambda: site.deliver(site.version(7), Ed25519PrivateKey.generate()),
        lambda: site.deliver(site.version(4)),
        site.bundle.unlink,
        lambda: site.deliver(good),
        nothing,
        nothing,
    ]
    visit = Visit(site, steps)
    assert visit.read(MINT.valid()) == ["green"] * len(steps)
    assert [one.trust.version for one in visit.presented] == [5] * 8 + [6] * 2


def test_a_withdrawn_pass_is_red_at_the_second_frame_after_its_list_came(site: ListedSite) -> None:
    none, none_raw = site.compiled()
    lost, lost_raw = site.compiled(LOST)
    site.bring(none, none_raw)
    site.deliver(site.naming(6, none))
    steps = [nothing, lambda: site.bring(lost, lost_raw), lambda: site.deliver(site.naming(7, lost)), nothing, nothing]
    assert Visit(site, steps).read(MINT.valid()) == ["green", "green", "green", "red", "red"]


def test_a_withdrawn_key_is_red_and_a_key_that_is_taken_out_is_unknown(site: ListedSite) -> None:
    issuer = MINT.issuer_of()
    withdrawn = replace(issuer, revoked_keys=frozenset({issuer.keys[0].kid}))
    steps = [
        nothing,
        lambda: site.deliver(site.version(6, issuers=(withdrawn,))),
        nothing,
        lambda: site.deliver(site.version(7, issuers=(replace(issuer, keys=()),))),
        nothing,
    ]
    assert Visit(site, steps).read(MINT.valid()) == ["green", "green", "red", "red", "unknown_issuer"]


def test_the_centre_turns_a_visitor_black_between_two_snapshots(site: ListedSite) -> None:
    issuer = replace(MINT.issuer_of(usages=()), status_values={**STATUS_VALUES, 15: Notice.CONTACT})
    site.deliver(site.version(6, issuers=(issuer,)))
    status = site.folder / "status"
    status.mkdir()
    snapshot = Snapshot(URI, 4, array_of([0, 0], 4), NOON, NOON + timedelta(days=1))
    (status / "1.statuslist").write_bytes(sign_snapshot(snapshot, MINT.key))

    def bring(seq: int, value: int) -> None:
        draft = status / "draft"
        draft.write_bytes(sign_delta(Delta(URI, NOON, seq, {1: value}), MINT.key))
        draft.rename(status / f"{seq}.delta")

    steps = [nothing, lambda: bring(1, 13), nothing, lambda: bring(2, 1), nothing, lambda: bring(3, 0), nothing]
    steps += [lambda: bring(4, 15), nothing, lambda: bring(5, 0), nothing]
    told = Visit(site, steps).read(MINT.valid(status=StatusRef(URI, 1)))
    assert told == ["green", "green", "black", "black", "red", "red", "green", "green", "black", "black", "green"]


def test_an_expired_list_holds_and_stops_nobody(site: ListedSite) -> None:
    ref, raw = site.compiled(days=1 / 24)
    site.bring(ref, raw)
    site.deliver(site.naming(6, ref))

    def later() -> None:
        site.clock.utc += timedelta(hours=1)

    assert Visit(site, [nothing, later, nothing]).read(MINT.valid()) == ["green", "green", "revocation_unknown"]
