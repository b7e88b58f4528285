"""What hostile rules and certificates cost a decision, in ms of CPU, as JSON: ``python -m tests.policy.costs``.

A process of its own, since whatever traces the tests would be measured with them.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from typing import Any

from gate.credential import health
from gate.credential.model import Colour, Facts, Verified
from gate.credential.shc_bundle import MAX_STATEMENTS
from gate.credential.verify import verify
from gate.policy import eu_rules, packs
from gate.policy.acceptance import Acceptance
from gate.policy.decision import decide
from gate.policy.eu_files import MOST_RULES, MOST_SETS, MOST_VALUES
from gate.policy.judging import RuleSet
from gate.policy.pack import MOST_RULES as MOST_OF_A_PACK
from gate.policy.pack import Pack, PackRule
from gate.policy.site import SitePolicy
from gate.policy.status import Decision, Rule
from gate.service.config_rules import MOST as MOST_PACKS
from tests.credential.hcert_minting import AUTHORITY, VACCINATION, dcc
from tests.credential.minting import NOON, at
from tests.policy.eu_published import published

ROUNDS = 15
TEXT = {"id": "Uji.", "en": "Test."}
SITE = SitePolicy(site="office-1", utc_offset_min=420)
TRUST = AUTHORITY.trust.stamp

ONES = list(range(90))
NESTED = [ONES] * 30
DEEP: Any = {"var": "facts.kind"}
for _ in range(20):
    DEEP = {"!": [DEEP]}
UVCI = "URN:UVCI:" + "a/" * 60
LOGICS: dict[str, Any] = {
    "endless reduce": {"reduce": [NESTED, {"+": [{"var": "accumulator"}, 1]}, 0]},
    "reduce in reduce": {
        "reduce": [ONES, {"reduce": [ONES, {"+": [{"var": "accumulator"}, {"var": "current"}]}, 0]}, 0]
    },
    "dates": {"reduce": [ONES, {"plusTime": ["2026-03-14T12:00:00.123456+07:00", 5, "month"]}, 0]},
    "births": {"reduce": [ONES, {"dccDateOfBirth": ["1998-02"]}, 0]},
    "ids": {"reduce": [ONES, {"extractFromUVCI": [UVCI, 55]}, 0]},
    "long paths": {"reduce": [ONES, {"var": ".".join(["facts"] * 80)}, 0]},
    "members": {"reduce": [ONES, {"in": ["x", [str(number) for number in range(40)]]}, 0]},
    "depth": {"reduce": [ONES, DEEP, 0]},
    "errors": {"<": [{"var": "facts.nothing"}, 1]},
}
IN_PAYLOAD: dict[str, Any] = {
    "members of the payload": {
        "reduce": [{"var": "payload.many"}, {"in": [{"var": "current"}, {"var": "payload.many"}]}, 0]
    },
    "members of value sets": {"reduce": [ONES, {"in": ["x", {"var": "external.valueSets.set-0"}]}, 0]},
    "long texts": {"reduce": [ONES, {"===": [{"var": "payload.text"}, {"var": "payload.text"}]}, 0]},
    "a long id": {"reduce": [ONES, {"extractFromUVCI": [{"var": "payload.text"}, 900]}, 0]},
    "a long date": {"reduce": [ONES, {"plusTime": [{"var": "payload.text"}, 1, "day"]}, 0]},
}
SETS = {f"set-{number}": [f"code-{code}" for code in range(MOST_VALUES)] for number in range(MOST_SETS)}


def never(logic: Any) -> Any:
    """The logic is worked out and the rule does not hold, so that the next one is tried."""
    return {"===": [logic, "never"]}


def pack_of(logic: Any, day: date = date(2020, 1, 1)) -> Pack:
    """As many rules as a pack may have, all of this logic; larger than a gate would take, so that limits alone help."""
    colours = [Colour.BLACK] * (MOST_OF_A_PACK - 1) + [Colour.GREEN]
    rules = tuple(PackRule(f"rule-{number}", colour, TEXT, never(logic)) for number, colour in enumerate(colours))
    topics = ("vaccination", "recovery", "test", "exposure", "pass")
    return Pack("hostile", 1, topics, day, None, TEXT, "a test", rules)


def place_of(logic: Any, count: int = MOST_RULES) -> Acceptance:
    """As many rules as a file may have, all in force."""
    template = eu_rules.parse(published())
    rules = tuple(replace(template, id=f"VR-XX-{number:04}", logic=never(logic)) for number in range(count))
    return Acceptance(Rule("eu-xx", 1), rules, "XX", None, SETS)


def certificate(**more: Any) -> Verified:
    """A genuine certificate with more in it than belongs there."""
    verdict = verify(AUTHORITY.valid({**dcc(v=[{**VACCINATION, "dn": 3}]), **more}), AUTHORITY.trust, at())
    assert isinstance(verdict, Verified)
    return verdict


def card(count: int) -> Verified:
    """A card that holds so many statements."""
    dose = health.Vaccination(target="840539006", dose=1, series=2, given=NOON.date())
    test = health.LabTest(target="840539006", method="LP6464-4", result="260415000")
    tests = [replace(test, sampled=NOON - timedelta(hours=number)) for number in range(count)]
    facts: Facts = health.HealthCard(birth_date="1998", statements=(*[dose] * count, *tests))
    return replace(certificate(), facts=facts, document=None)


def cases() -> Iterator[tuple[str, Callable[[], Decision]]]:
    """Decisions, each with a name."""
    plain = certificate()
    many, long = certificate(many=list(range(-400, 400))), certificate(text="a/" * 1500)
    shipped = RuleSet(tuple(map(packs.shipped, packs.SHIPPED)))
    for name, logic in LOGICS.items():
        hostile = RuleSet((pack_of(logic),) * MOST_PACKS)
        yield f"pack: {name}", partial(decide, plain, TRUST, SITE, at(), hostile)
        yield f"place: {name}", partial(decide, plain, TRUST, SITE, at(), shipped, place_of(logic))
    for name, logic in IN_PAYLOAD.items():
        shown = long if "long" in name else many
        yield f"place: {name}", partial(decide, shown, TRUST, SITE, at(), shipped, place_of(logic))
    both = RuleSet((pack_of(LOGICS["endless reduce"]),))
    yield "both", partial(decide, many, TRUST, SITE, at(), both, place_of(LOGICS["errors"]))
    yield "a full card", partial(decide, card(MAX_STATEMENTS // 2), TRUST, SITE, at(), shipped)


def cpu_ms(work: Callable[[], object]) -> float:
    """The CPU time of the best of some runs: the other work of the machine is in none of them."""
    times = []
    for _ in range(ROUNDS):
        began = time.thread_time_ns()
        work()
        times.append(time.thread_time_ns() - began)
    return min(times) / 1e6


if __name__ == "__main__":
    json.dump({name: round(cpu_ms(work), 3) for name, work in cases()}, sys.stdout)
