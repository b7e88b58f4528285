"""The EU's rules at a gate: a genuine certificate before the reader, judged, decided by the controller, recorded."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gate.access.effects import Persist
from gate.access.events import AccessEvent
from gate.access.signals import Presented
from gate.adapters.trust_files.rule_files import RuleFileOnDisk
from gate.adapters.trust_files.source import TrustFiles
from gate.credential.health import LabTest
from gate.credential.model import Colour, Verified
from gate.credential.trust import RuleRef
from gate.credential.verify import verify
from gate.policy import packs
from gate.policy.packs import VISITOR_PASS
from gate.policy.status import Other, Rule
from gate.ports import AdapterError, Frame
from gate.service import codec
from gate.service.acceptance_files import Borders
from gate.service.reader import Reader
from gate.service.rules_in_force import RulesInForce, TrustWithRules
from gate.service.vision.ladder import Ladder
from tests.access.examples import SECOND, TRUST
from tests.adapters.test_trust_bundles import SECOND_NS, Site
from tests.contract.test_trust_source import paths_of
from tests.credential.hcert_minting import AUTHORITY, TEST, VACCINATION, dcc
from tests.credential.minting import MINT
from tests.policy.eu_published import published
from tests.service.stepped import QUIET, Bench
from tests.service.test_pairs import PACK as BOTH
from tests.service.test_trust_while_reading import OneCode

LOGIC = {
    "and": [
        {">=": [{"var": "payload.v.0.dn"}, {"var": "payload.v.0.sd"}]},
        {"in": [{"var": "payload.v.0.mp"}, {"var": "external.valueSets.products"}]},
    ]
}


class Border:
    """A gate that goes by the EU's rules, and the operator who signs and delivers them."""

    def __init__(self, folder: Path, names: tuple[str, ...] = (VISITOR_PASS,)) -> None:
        self.site = Site(folder)
        self.names = names
        self.rules_file, self.sets_file = folder / "eu-xx.json", folder / "sets.json"
        self.version = 5
        self.refs: dict[Path, RuleRef] = {}
        self.deliver(self.rules_file, [published(Logic=LOGIC)])
        self.deliver(self.sets_file, {"products": ["EU/1/20/1528"]})
        self.start()

    def deliver(self, file: Path, content: Any, *, signed: bool = True) -> None:
        raw = json.dumps(content).encode()
        file.with_suffix(".draft").write_bytes(raw)
        file.with_suffix(".draft").rename(file)
        if signed:
            self.version += 1
            self.refs[file] = RuleRef(file.stem, self.version, sha256(raw).digest())
            self.sign()

    def sign(self) -> None:
        self.version += 1
        issuers = (self.site.mint.issuer_of(), AUTHORITY.issuer())
        bundle = self.site.version(self.version, issuers=issuers, rule_packs=tuple(self.refs.values()))
        self.site.deliver(bundle)

    def start(self) -> None:
        files = TrustFiles(paths_of(self.site.folder, self.site.bundle, self.site.root), self.site.clock)
        borders = Borders("XX", "", self.rules_file, self.sets_file)
        open_file = partial(RuleFileOnDisk, folder=self.site.state / "rules")
        self.rules = RulesInForce(self.names, open_file, files.current().bundle, QUIET.site, borders)
        self.trust = TrustWithRules(files, self.rules, self.site.clock)

    def shown(self, code: str) -> Presented:
        """What the reader makes of one frame with this code."""
        stop, found = threading.Event(), list[Presented]()
        self.site.clock.mono_ns += SECOND_NS
        clock = self.site.clock

        class Once:
            def next(self, timeout_s: float) -> Frame | None:
                del timeout_s
                if stop.is_set():
                    return None
                stop.set()
                return Frame(np.zeros((2, 2), np.uint8), None, clock.mono_ns, "frame")

            def close(self) -> None: ...

        ladder = Ladder([OneCode(code)], time.monotonic_ns)
        Reader(Once(), ladder, self.trust, clock, self.rules.judged, found.append, b"key").run(stop, lambda: None)
        (presented,) = found
        return presented

    def visit(self, code: str) -> AccessEvent:
        """The first event that a visit with this code leads to at the controller."""
        at_the_bench = {"captured_ns": SECOND, "decoded_ns": SECOND, "trust": TRUST}  # whose day is another
        presented = replace(self.shown(code), **at_the_bench)  # type: ignore[arg-type]  # fields by name
        bench = Bench([(1, presented)], 2)
        bench.run()
        events = [what.event for _, what in bench.calls.of("persist") if isinstance(what, Persist)]
        return next(event for event in events if isinstance(event, AccessEvent))


@pytest.fixture
def border(tmp_path: Path) -> Border:
    return Border(tmp_path)


ONCE = dcc(v=[{**VACCINATION, "dn": 1}])
OTHER_PRODUCT = dcc(v=[{**VACCINATION, "mp": "Unknown"}])


@pytest.mark.parametrize(
    ("document", "told"),
    [
        (dcc(), ("granted", "green", "rule_met", "eu-xx")),
        (ONCE, ("held", "red", "rule_met", "eu-xx")),
        (OTHER_PRODUCT, ("held", "red", "rule_met", "eu-xx")),
        (dcc(t=[TEST]), ("held", "yellow", "no_rule", "eu-xx")),
    ],
    ids=["complete", "incomplete", "another product", "no rule for tests"],
)
def test_a_certificate_is_judged_at_the_gate_and_the_event_names_the_rules(
    border: Border, document: dict[str, Any], told: tuple[str, ...]
) -> None:
    event = border.visit(AUTHORITY.valid(document))
    assert (event.result.value, event.colour, event.reason, event.rule.id) == told
    assert event.rule.version == border.refs[border.rules_file].version


def test_all_that_decides_is_named_for_who_asks_what_a_gate_goes_by(border: Border) -> None:
    version = border.refs[border.rules_file].version
    assert border.rules.named == (packs.shipped(VISITOR_PASS).name, Rule("eu-xx", version))


def test_a_pass_is_judged_by_its_pack_alone(border: Border) -> None:
    event = border.visit(MINT.valid())
    assert (event.result.value, event.rule.id) == ("granted", VISITOR_PASS)


def test_the_stricter_of_pack_and_place_decides(tmp_path: Path) -> None:
    border = Border(tmp_path, (VISITOR_PASS, "pl-2022-07"))
    assert border.visit(AUTHORITY.valid()).rule.id == "pl-2022-07", "two doses are yellow there"
    assert border.visit(AUTHORITY.valid(ONCE)).rule.id == "eu-xx"


@pytest.mark.parametrize(("document", "colour"), [(dcc(), Colour.GREEN), (OTHER_PRODUCT, Colour.RED)])
def test_what_the_place_refuses_is_refused_also_as_the_first_of_two_codes(
    tmp_path: Path, document: dict[str, Any], colour: Colour
) -> None:
    """The second code is no EU certificate, so the rules of the place say nothing of it."""
    border = Border(tmp_path)
    pack = tmp_path / "both.json"
    border.deliver(pack, {**BOTH, "version": border.version + 1})
    border.names = (str(pack),)
    border.start()
    now = border.site.clock.now()
    first = verify(AUTHORITY.valid(document), border.trust.current(), now)
    assert isinstance(first, Verified)
    result = LabTest(birth_date="1998-02-26", target="840539006", method="LP6464-4", result="260415000")
    sampled = replace(result, sampled=now.utc - timedelta(hours=3))
    second = replace(first, credential=replace(first.credential, fp="bb" * 16), facts=sampled, document=None)
    assert border.rules.judged(first, now).wants
    both = border.rules.judged(second, now)
    assert (both.colour, both.other) == (colour, Other(first.credential))


def test_nothing_of_the_certificate_goes_further_than_the_reader(border: Border) -> None:
    presented = border.shown(AUTHORITY.valid())
    written = codec.encode(presented, Presented)
    assert not [part for part in ("1998-", "EU/1/20/1528", "MUSTERFRAU", "VR-XX-0001") if part.encode() in written]
    red = border.shown(AUTHORITY.valid(ONCE))
    assert red.judged.met == "VR-XX-0001"
    assert "VR-XX-0001" not in repr(border.visit(AUTHORITY.valid(ONCE)))


def test_rules_are_replaced_while_the_gate_runs(border: Border) -> None:
    border.deliver(border.rules_file, [published(Logic={"===": [1, 2]})])
    event = border.visit(AUTHORITY.valid())
    assert (event.colour, event.rule.version) == ("red", border.refs[border.rules_file].version)
    border.deliver(border.rules_file, [published(Logic=LOGIC)])
    assert border.visit(AUTHORITY.valid()).colour == "green"
    border.deliver(border.sets_file, {"products": ["another"]})
    assert border.visit(AUTHORITY.valid()).colour == "red"
    border.deliver(border.rules_file, [published()])
    assert border.visit(AUTHORITY.valid()).colour == "green"


SPOILT: dict[str, Callable[[Border], None]] = {
    "tampered": lambda border: border.deliver(border.rules_file, [published(Logic={"===": [1, 1]})], signed=False),
    "tampered sets": lambda border: border.deliver(border.sets_file, {"products": ["A"]}, signed=False),
    "missing": lambda border: border.rules_file.unlink(),
    "signed but no rules": lambda border: border.deliver(border.rules_file, {"products": [3]}),
}


@pytest.mark.parametrize("fault", SPOILT)
def test_what_is_not_vouched_for_changes_nothing(border: Border, fault: str, caplog: pytest.LogCaptureFixture) -> None:
    version = border.refs[border.rules_file].version
    with caplog.at_level(logging.WARNING):
        SPOILT[fault](border)
        for code, colour in ((AUTHORITY.valid(), "green"), (AUTHORITY.valid(ONCE), "red")) * 2:
            event = border.visit(code)
            assert (event.colour, event.rule.version) == (colour, version)
    assert len([line for line in caplog.messages if line.endswith("stays in force.")]) == 1
    border.start()
    assert border.visit(AUTHORITY.valid(ONCE)).colour == "red"


def test_a_gate_that_never_had_them_does_not_start(border: Border) -> None:
    for file in (border.site.state / "rules").iterdir():
        file.unlink()
    border.rules_file.unlink()
    border.deliver(border.sets_file, {"products": ["A"]}, signed=False)
    with pytest.raises(AdapterError) as caught:
        border.start()
    assert [name in str(caught.value) for name in ("eu-xx.json", "sets.json")] == [True, True]
