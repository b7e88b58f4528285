"""The EU's certificate rules as they are published: reading, selecting and applying them.

The fields are those of the rules' own schema (ehn-dcc-development/eu-dcc-business-rules, rule.schema.json).  The data
of a rule is the certificate's payload, which holds a name and a birth date: a result names fields, never their values.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from gate.credential.model import Colour
from gate.policy.certlogic import SPECIFICATION, Budget, CertLogicError, Limits, holds, validate
from gate.policy.strict import Fields, RuleError

ENGINE = "CERTLOGIC"
SCHEMA_MAJOR = 1
GENERAL = "General"

_VERSION = re.compile(r"([0-9]{1,6})\.([0-9]{1,6})\.([0-9]{1,6})")

Version = tuple[int, int, int]


@enum.unique
class RuleType(enum.StrEnum):
    """What a rule that holds says of a certificate."""

    ACCEPTANCE = "Acceptance"
    """It can be accepted as far as this rule goes."""
    INVALIDATION = "Invalidation"
    """It is no longer valid."""


@enum.unique
class RuleResult(enum.StrEnum):
    """What came of a rule."""

    TRUE = "true"
    FALSE = "false"
    ERROR = "error"
    """It counts as false, and is reported."""
    OPEN = "open"
    """Its engine, or a newer version of it, is not ours: it was not evaluated."""


@dataclass(frozen=True, slots=True)
class EuRule:
    """One rule. ``certificate_type`` is Vaccination, Test, Recovery or General; both ends of its time count."""

    id: str
    type: RuleType
    country: str
    region: str | None
    version: Version
    schema_version: Version
    engine: str
    engine_version: Version
    certificate_type: str
    descriptions: Mapping[str, str]
    valid_from: datetime
    valid_to: datetime
    affected_fields: tuple[str, ...]
    logic: Any

    @property
    def is_ours(self) -> bool:
        """Whether this version of the engine can evaluate it."""
        ours = self.engine == ENGINE and self.engine_version <= SPECIFICATION
        return ours and self.schema_version[0] == SCHEMA_MAJOR


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which rules a place and a moment ask for; ``region`` None leaves regional rules out."""

    country: str
    region: str | None
    certificate_type: str
    at: datetime

    def includes(self, rule: EuRule) -> bool:
        here = rule.country == self.country and rule.region in (None, self.region)
        return here and rule.certificate_type in (GENERAL, self.certificate_type) and self._in_force(rule)

    def _in_force(self, rule: EuRule) -> bool:
        return rule.valid_from <= self.at <= rule.valid_to


@dataclass(frozen=True, slots=True)
class Applied:
    """A rule and what came of it; ``problem`` says why there is no value."""

    rule: EuRule
    result: RuleResult
    problem: str = ""


def parse(document: Any) -> EuRule:
    """The rule of a JSON object as published. Raises ``RuleError``."""
    fields = Fields(document, "the rule")
    rule = EuRule(
        id=fields.take("Identifier", str),
        type=_type(fields.take("Type", str)),
        country=fields.take("Country", str),
        region=fields.maybe("Region", str),
        version=_version(fields.take("Version", str)),
        schema_version=_version(fields.take("SchemaVersion", str)),
        engine=fields.take("Engine", str),
        engine_version=_version(fields.take("EngineVersion", str)),
        certificate_type=fields.take("CertificateType", str),
        descriptions=_descriptions(fields.take("Description", list)),
        valid_from=_moment(fields.take("ValidFrom", str)),
        valid_to=_moment(fields.take("ValidTo", str)),
        affected_fields=fields.texts("AffectedFields"),
        logic=fields.anything("Logic"),
    )
    fields.end()
    return _sound(rule)


def select(rules: Iterable[EuRule], wanted: Wanted) -> tuple[EuRule, ...]:
    """The rules asked for, by id, each in its newest version that is in force."""
    newest: dict[str, EuRule] = {}
    for rule in filter(wanted.includes, rules):
        known = newest.get(rule.id)
        if known is None or rule.version > known.version:
            newest[rule.id] = rule
    return tuple(newest[id_] for id_ in sorted(newest))


def external(at: datetime, value_sets: Mapping[str, list[str]], country: str) -> dict[str, Any]:
    """What rules may know beside the payload: the time, the value sets, the country of the place. Nothing is copied."""
    clock = at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {"validationClock": clock, "valueSets": value_sets, "countryCode": country}


def apply(rules: Iterable[EuRule], payload: Any, outside: Mapping[str, Any], limits: Limits) -> tuple[Applied, ...]:
    """What came of each rule; one budget for all."""
    return apply_within(rules, payload, outside, Budget(limits))


def apply_within(
    rules: Iterable[EuRule], payload: Any, outside: Mapping[str, Any], budget: Budget
) -> tuple[Applied, ...]:
    """The same from a budget that others share."""
    data = {"payload": payload, "external": dict(outside)}
    return tuple(_applied(rule, data, budget) for rule in rules)


def colour_of(results: Sequence[Applied]) -> Colour | None:
    """Red when a rule says no; yellow when one could not say; green when all said yes; None without rules."""
    if not results:
        return None
    if any(says_no(one) for one in results):
        return Colour.RED
    unsaid = any(one.result in (RuleResult.OPEN, RuleResult.ERROR) for one in results)
    return Colour.YELLOW if unsaid else Colour.GREEN


def says_no(one: Applied) -> bool:
    """Whether the rule alone makes the certificate red."""
    if one.rule.type is RuleType.INVALIDATION:
        return one.result is RuleResult.TRUE
    return one.result in (RuleResult.FALSE, RuleResult.ERROR)


def _applied(rule: EuRule, data: Any, budget: Budget) -> Applied:
    if not rule.is_ours:
        return Applied(rule, RuleResult.OPEN, "it is for another engine, or a newer version of ours")
    try:
        return Applied(rule, RuleResult.TRUE if holds(rule.logic, data, budget) else RuleResult.FALSE)
    except CertLogicError as error:
        return Applied(rule, RuleResult.ERROR, str(error))


def _sound(rule: EuRule) -> EuRule:
    if rule.valid_to < rule.valid_from:
        raise RuleError("the rule ends before it begins")
    issues = validate(rule.logic) if rule.is_ours else ()
    if issues:
        raise RuleError(f"the rule's Logic is not CertLogic: {issues[0].message}")
    return rule


def _type(text: str) -> RuleType:
    try:
        return RuleType(text)
    except ValueError:
        raise RuleError("Type of the rule must be Acceptance or Invalidation") from None


def _version(text: str) -> Version:
    found = _VERSION.fullmatch(text)
    if found is None:
        raise RuleError("a version of the rule must be three numbers such as 1.0.2")
    return int(found[1]), int(found[2]), int(found[3])


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise RuleError("ValidFrom and ValidTo of the rule must be times") from None


def _descriptions(items: list[Any]) -> dict[str, str]:
    found: dict[str, str] = {}
    for item in items:
        fields = Fields(item, "a description")
        found[fields.take("lang", str)] = fields.take("desc", str)
        fields.end()
    return found
