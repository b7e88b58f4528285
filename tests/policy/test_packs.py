"""Rule packs: what is one, what the shipped ones say, and when they are in force."""

from __future__ import annotations

import copy
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from gate.credential.model import Colour
from gate.policy import cases, pack, packs
from gate.policy.facts import Place, facts_document
from gate.policy.judging import RuleSet, judge
from gate.policy.shown import Exposure, Finding, LabTest, Method, Shown, Vaccination
from gate.policy.strict import RuleError

SCHEMA = Draft202012Validator(packs.document("schema"))
PL = ("pl-2021-09", "pl-2022-02", "pl-2022-07")
TABLES = {id_: cases.parse(packs.document(f"cases/{id_}")) for id_ in packs.SHIPPED}
CASES = [(id_, case) for id_, table in TABLES.items() for case in table.cases]


@pytest.mark.parametrize(("id_", "case"), CASES, ids=lambda part: part if isinstance(part, str) else part.name)
def test_a_shipped_pack_gives_each_case_its_colour_by_its_rule(id_: str, case: cases.Case) -> None:
    met = judge(packs.shipped(id_), case.document).met
    assert (met and met.colour, met and met.id) == (case.colour, case.rule)


@pytest.mark.parametrize("id_", packs.SHIPPED)
def test_the_cases_of_a_pack_reach_each_of_its_rules(id_: str) -> None:
    assert TABLES[id_].pack == id_
    assert {case.rule for case in TABLES[id_].cases} - {None} == {rule.id for rule in packs.shipped(id_).rules}


# The circulars once more, in plain Python, over every meeting of their boundaries.


def before(facts: dict[str, Any], topic: str, days: int) -> bool:
    return bool(facts[topic]["known"]) and facts[topic]["days"] < days


def cleared(facts: dict[str, Any], topic: str) -> bool:
    return len([day for day in facts[topic]["negative_pcr_days"] if day >= 5]) >= 2


def of_2021_09(facts: dict[str, Any]) -> Colour | None:
    given = facts["vaccination"]
    if before(facts, "positive", 14) or before(facts, "contact", 14):
        return Colour.BLACK
    if given["complete"] or given["doses"] >= 2:
        return Colour.GREEN
    return Colour.YELLOW if given["doses"] == 1 else Colour.RED


def of_2022_02(facts: dict[str, Any]) -> Colour | None:
    given, recovered = facts["vaccination"], before(facts, "recovery", 90)
    if any(before(facts, topic, 10) and not cleared(facts, topic) for topic in ("positive", "contact")):
        return Colour.BLACK
    if given["complete"] or (given["doses"] and recovered):
        return Colour.GREEN
    return Colour.YELLOW if given["doses"] or recovered else Colour.RED


def of_2022_07(facts: dict[str, Any]) -> Colour | None:
    if before(facts, "positive", 10) or before(facts, "contact", 14):
        return Colour.BLACK
    age = facts["age"]["years"]
    if age is None or age >= 18:
        return _adult(facts)
    return of_2022_02(facts | {"positive": {"known": False}, "contact": {"known": False}}) if age >= 6 else None


def _adult(facts: dict[str, Any]) -> Colour:
    given, recovered = facts["vaccination"], before(facts, "recovery", 90)
    if given["booster"] or (given["complete"] and recovered):
        return Colour.GREEN
    return Colour.YELLOW if given["complete"] or (given["doses"] and recovered) else Colour.RED


@pytest.mark.parametrize(("id_", "reading"), [*zip(PL, (of_2021_09, of_2022_02, of_2022_07), strict=True)])
def test_a_pack_says_what_its_circular_says_for_every_generated_case(
    id_: str, reading: Callable[[dict[str, Any]], Colour | None]
) -> None:
    for name, document in cases.generated():
        judgement = judge(packs.shipped(id_), document)
        assert not judgement.broken
        assert (judgement.met and judgement.met.colour) is reading(document["facts"]), name


# From days and seconds.

SECOND, DAY = timedelta(seconds=1), timedelta(days=1)
TAKEN = datetime(2022, 8, 1, 3, tzinfo=UTC)
"""10:00 of the first of August in WIB."""
FIRST = date(2022, 8, 1)
BOOSTED = Vaccination(3, 2, date(2022, 3, 1))
ADULT = date(1990, 1, 1)


def colour(id_: str, shown: Shown, utc: datetime, offset: int = 420) -> Colour | None:
    met = judge(packs.shipped(id_), facts_document(shown, Place(utc, "office-1", offset))).met
    return met.colour if met else None


def midnight_after(days: int, offset: int) -> datetime:
    """The midnight that begins the day so many days after the first of August."""
    return datetime(2022, 8, 1, tzinfo=UTC) + days * DAY - timedelta(minutes=offset)


BOUNDARIES = [
    ("pl-2021-09", "positive", 14),
    ("pl-2021-09", "contact", 14),
    ("pl-2022-02", "positive", 10),
    ("pl-2022-02", "contact", 10),
    ("pl-2022-07", "positive", 10),
    ("pl-2022-07", "contact", 14),
]


def exposed(kind: str) -> Shown:
    if kind == "contact":
        return Shown("x", ADULT, BOOSTED, exposure=Exposure(contact=True, contact_on=FIRST))
    return Shown("x", ADULT, BOOSTED, tests=(LabTest(Method.PCR, Finding.POSITIVE, TAKEN),))


@pytest.mark.parametrize("offset", [420, 480, 540])
@pytest.mark.parametrize(("id_", "kind", "days"), BOUNDARIES)
def test_black_ends_at_local_midnight(id_: str, kind: str, days: int, offset: int) -> None:
    end = midnight_after(days, offset)
    found = [colour(id_, exposed(kind), end + step, offset) for step in (-DAY, -SECOND, 0 * SECOND, SECOND, DAY)]
    assert found == [Colour.BLACK, Colour.BLACK, Colour.GREEN, Colour.GREEN, Colour.GREEN]


@pytest.mark.parametrize("id_", ["pl-2022-02", "pl-2022-07"])
def test_a_recovery_counts_until_the_midnight_that_begins_its_ninetieth_day(id_: str) -> None:
    shown = Shown("x", date(2010, 1, 1), Vaccination(1, 2, date(2022, 3, 1)), first_positive=FIRST)
    end = midnight_after(90, 420)
    found = [colour(id_, shown, end + step) for step in (-DAY, -SECOND, 0 * SECOND, DAY)]
    assert found == [Colour.GREEN, Colour.GREEN, Colour.YELLOW, Colour.YELLOW]


@pytest.mark.parametrize(("birthday", "found"), [(date(2004, 8, 1), Colour.YELLOW), (date(2004, 8, 2), Colour.GREEN)])
def test_the_eighteenth_birthday_asks_for_a_booster(birthday: date, found: Colour) -> None:
    assert colour("pl-2022-07", Shown("x", birthday, Vaccination(2, 2, date(2022, 3, 1))), TAKEN) is found


@pytest.mark.parametrize(("birthday", "found"), [(date(2016, 8, 1), Colour.GREEN), (date(2016, 8, 2), None)])
def test_the_pack_of_2022_speaks_of_children_from_their_sixth_birthday_on(birthday: date, found: Colour | None) -> None:
    assert colour("pl-2022-07", Shown("x", birthday, Vaccination(2, 2, date(2022, 3, 1))), TAKEN) is found


@pytest.mark.parametrize(
    ("hours", "found"),
    [((4 * 24 + 10, 6 * 24), Colour.BLACK), ((5 * 24, 6 * 24), Colour.GREEN), ((5 * 24, 5 * 24 + 2), Colour.BLACK)],
)
def test_two_negative_pcr_on_different_days_from_the_fifth_on_clear_a_case(
    hours: tuple[int, int], found: Colour
) -> None:
    negative = tuple(LabTest(Method.PCR, Finding.NEGATIVE, TAKEN + timedelta(hours=hour)) for hour in hours)
    shown = Shown("x", ADULT, BOOSTED, tests=(LabTest(Method.PCR, Finding.POSITIVE, TAKEN), *negative))
    assert colour("pl-2022-02", shown, TAKEN + timedelta(hours=6 * 24 + 1)) is found


@pytest.mark.parametrize("kind", [Method.PCR, Method.ANTIGEN])
@pytest.mark.parametrize("hours", [0, 23, 24, 25, 71, 72, 73])
@pytest.mark.parametrize("id_", PL)
def test_a_negative_test_of_any_age_makes_nobody_green(id_: str, hours: int, kind: Method) -> None:
    tests = (LabTest(kind, Finding.NEGATIVE, TAKEN - timedelta(hours=hours)),)
    assert colour(id_, Shown("x", ADULT, tests=tests), TAKEN) is Colour.RED
    assert colour(id_, Shown("x", ADULT, BOOSTED, tests=tests), TAKEN) is Colour.GREEN


# In force.


def pack_of(valid_from: str, valid_to: str | None = None, id_: str = "p", **changes: Any) -> pack.Pack:
    return pack.parse(written(id=id_, valid_from=valid_from, valid_to=valid_to, **changes))


@pytest.mark.parametrize("order", [1, -1])
@pytest.mark.parametrize(
    ("day", "decides"),
    [
        (date(2021, 8, 31), None),
        (date(2021, 9, 1), "pl-2021-09"),
        (date(2022, 2, 13), "pl-2021-09"),
        (date(2022, 2, 14), "pl-2022-02"),
        (date(2022, 7, 16), "pl-2022-02"),
        (date(2022, 7, 17), "pl-2022-07"),
        (date(2026, 1, 1), "pl-2022-07"),
    ],
)
def test_the_newest_pack_in_force_decides(day: date, decides: str | None, order: int) -> None:
    rules = RuleSet(tuple(packs.shipped(id_) for id_ in PL)[::order])
    found = rules.pack_for(["vaccination"], day)
    assert (found and found.id) == decides


@pytest.mark.parametrize(("offset", "zone"), [(420, "WIB"), (480, "WITA"), (540, "WIT")])
def test_packs_switch_at_local_midnight(offset: int, zone: str) -> None:
    rules = RuleSet(tuple(packs.shipped(id_) for id_ in PL))
    midnight = datetime(2022, 7, 17, tzinfo=UTC) - timedelta(minutes=offset)
    found = [
        rules.pack_for(["test"], Place(midnight + step, zone, offset).today)
        for step in (-SECOND, -timedelta(microseconds=1), 0 * SECOND, SECOND)
    ]
    assert [one.id for one in found if one] == ["pl-2022-02", "pl-2022-02", "pl-2022-07", "pl-2022-07"]


def test_a_pack_that_ends_gives_way_to_the_one_before_it() -> None:
    rules = RuleSet((pack_of("2022-01-01", id_="old"), pack_of("2022-03-01", "2022-03-31", id_="lent")))
    days = [date(2022, 2, 28), date(2022, 3, 1), date(2022, 3, 31), date(2022, 4, 1)]
    assert [one.id for day in days if (one := rules.pack_for(["pass"], day))] == ["old", "lent", "lent", "old"]


def test_of_two_packs_of_one_day_the_higher_version_decides() -> None:
    rules = RuleSet((pack_of("2022-01-01", version=2), pack_of("2022-01-01", version=10)))
    found = rules.pack_for(["pass"], date(2022, 1, 1))
    assert found
    assert found.version == 10


@pytest.mark.parametrize("order", [1, -1])
def test_of_two_packs_alike_in_day_and_version_the_same_one_decides_in_whatever_order(order: int) -> None:
    rules = RuleSet((pack_of("2022-01-01", id_="a"), pack_of("2022-01-01", id_="b"))[::order])
    day = date(2022, 1, 1)
    assert [one.id for one in (rules.pack_for(["pass"], day), rules.newest(day)) if one] == ["b", "b"]


def test_a_later_day_counts_more_than_a_higher_version() -> None:
    rules = RuleSet((pack_of("2022-01-01", version=9), pack_of("2022-02-01", version=1)))
    found = rules.pack_for(["pass"], date(2022, 3, 1))
    assert found
    assert found.version == 1


def test_packs_that_speak_of_different_things_live_side_by_side() -> None:
    rules = RuleSet((packs.shipped("visitor-pass"), packs.shipped("pl-2022-07")))
    today = date(2026, 1, 1)
    assert [one.id for topic in ("pass", "recovery") if (one := rules.pack_for([topic], today))] == [
        "visitor-pass",
        "pl-2022-07",
    ]
    assert rules.pack_for([], today) is None
    assert RuleSet((packs.shipped("visitor-pass"),)).pack_for(["test"], today) is None


# The form.


def written(**changes: Any) -> dict[str, Any]:
    text = {"id": "Uji.", "en": "Test."}
    rule = {"id": "all", "colour": "yellow", "description": text, "logic": True}
    return {
        "id": "p",
        "version": 1,
        "speaks_of": ["pass"],
        "valid_from": "2022-01-01",
        "valid_to": None,
        "description": text,
        "source": "a test",
        "rules": [rule],
        **changes,
    }


def with_rule(**changes: Any) -> dict[str, Any]:
    document = written()
    document["rules"][0].update(changes)
    return document


def nested(levels: int) -> Any:
    return {"!": [nested(levels - 1)]} if levels else True


def with_rules(*rules: tuple[str, str]) -> dict[str, Any]:
    document = written()
    (one,) = document["rules"]
    document["rules"] = [one | {"id": id_, "colour": colour_} for id_, colour_ in rules]
    return document


@pytest.mark.parametrize("id_", packs.SHIPPED)
def test_a_shipped_pack_keeps_to_the_schema(id_: str) -> None:
    SCHEMA.validate(packs.document(id_))
    assert packs.shipped(id_).id == id_


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(packs.document("schema"))
    SCHEMA.validate(written())
    assert pack.parse(written()).id == "p"


REFUSED_BY_BOTH: list[tuple[Any, str]] = [
    ([], "object"),
    (written(id="No Spaces"), "id"),
    (written(version=0), "version"),
    (written(version=True), "version"),
    (written(version="1"), "version"),
    (written(speaks_of=[]), "speaks_of"),
    (written(speaks_of=["weather"]), "speaks_of"),
    (written(speaks_of=["pass", "pass"]), "speaks_of"),
    (written(valid_from="17 July"), "days such as"),
    (written(valid_from=None), "valid_from"),
    (written(valid_to="20220717"), "days such as"),
    (written(description={"en": "Test."}), "lacks id"),
    (written(description={"en": "Test.", "id": ""}), "description"),
    (written(source=""), "source"),
    (written(rules=[]), "rules"),
    (written(weather="fine"), "weather"),
    (with_rule(colour="blue"), "colour"),
    (with_rule(logic=None), "CertLogic"),
    (with_rule(logic=1.5), "CertLogic"),
    (with_rule(logic={"or": [True, False]}), "CertLogic"),
    (with_rule(logic={"!": []}), "CertLogic"),
    (with_rule(logic={"plusTime": ["2022-01-01", 1, "week"]}), "CertLogic"),
    (with_rule(weather="fine"), "weather"),
    (with_rule(id=""), "id"),
]


@pytest.mark.parametrize(("document", "told"), REFUSED_BY_BOTH)
def test_what_is_no_pack_is_refused_by_the_reader_and_by_the_schema(document: Any, told: str) -> None:
    with pytest.raises(RuleError, match=told):
        pack.parse(document)
    assert not SCHEMA.is_valid(document)


@pytest.mark.parametrize(
    ("document", "told"),
    [
        (written(valid_from="2022-02-30"), "days such as"),
        (written(valid_to="2021-12-31"), "ends before"),
        (written(source="two\nlines"), "printable"),
        (with_rules(("a", "green"), ("b", "red")), "order"),
        (with_rules(("a", "red"), ("a", "green")), "same id"),
        (with_rule(logic={"var": "a..b"}), "CertLogic"),
        (with_rule(logic={"var": "facts.vacination.doses"}), "vacination"),
        (with_rule(logic={"!": [{"var": "payload.v"}]}), "payload"),
        (with_rule(logic={"reduce": [[], {"var": "facts.kind"}, 0]}), r"facts\.kind"),
        (with_rule(logic={"reduce": [{"var": "current"}, 1, 0]}), "current"),
        (with_rule(logic=[0] * 400), "too large"),
        (with_rule(logic=nested(30)), "too deep"),
        (written(rules=[written()["rules"][0] | {"id": f"r{n}", "logic": [0] * 250} for n in range(5)]), "together"),
    ],
)
def test_what_no_schema_can_see_is_refused_by_the_reader(document: Any, told: str) -> None:
    with pytest.raises(RuleError, match=told):
        pack.parse(document)


def test_a_pack_does_not_hang_on_its_document() -> None:
    document = written()
    before_ = copy.deepcopy(document)
    pack.parse(document)
    assert document == before_


# The cases.


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"expect": "blue"}, "expect"),
        ({"facts": {"vacination": {}}}, "case 1.*vacination"),
        ({"facts": None}, "facts"),
        ({"rule": 3}, "rule"),
        ({"weather": "fine"}, "weather"),
    ],
)
def test_a_case_with_a_slip_of_the_pen_says_which(changes: dict[str, Any], told: str) -> None:
    case = {"name": "one", "facts": {}, "expect": None} | changes
    with pytest.raises(RuleError, match=told):
        cases.parse({"pack": "p", "cases": [case]})


def test_generated_cases_have_names_of_their_own() -> None:
    names = [name for name, _ in cases.generated()]
    assert len(names) == len(set(names)) > 2000
