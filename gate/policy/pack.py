"""Rule packs: dated sets of rules in CertLogic, read strictly from JSON (``packs/schema.json`` describes it)."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from gate.credential.model import Colour
from gate.policy.certlogic import Limits, validate
from gate.policy.paths import unknown_paths
from gate.policy.status import Rule
from gate.policy.strict import Fields, RuleError

STRICTEST_FIRST = (Colour.BLACK, Colour.RED, Colour.YELLOW, Colour.GREEN)
TOPICS = frozenset({"vaccination", "recovery", "test", "exposure", "pass"})
LANGUAGES = frozenset({"id", "en"})
MOST_RULES = 32
MOST_TEXT = 500
LARGEST_VERSION = 1_000_000
RULE_LIMITS = Limits(depth=24, steps=300)
"""How large the logic of one rule may be."""
PACK_LIMITS = Limits(depth=RULE_LIMITS.depth + 1, steps=1000)
"""How large all rules together may be, so that a decision has its limits (``judging``) to spare."""

_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True, slots=True)
class PackRule:
    """One rule: when ``logic`` holds over the facts document, the visitor has the colour."""

    id: str
    colour: Colour
    description: Mapping[str, str]
    logic: Any


@dataclass(frozen=True, slots=True)
class Pack:
    """Rules, the strictest colour first, and the days on which they are in force: both days count."""

    id: str
    version: int
    speaks_of: tuple[str, ...]
    """The topics of credentials on which it decides."""
    valid_from: date
    valid_to: date | None
    description: Mapping[str, str]
    source: str
    """Where the rules come from."""
    rules: tuple[PackRule, ...]
    together: frozenset[str] = frozenset()
    """Topics that count only when all of them are shown, by one credential or by two; empty for any."""

    @property
    def name(self) -> Rule:
        """What every event calls it by."""
        return Rule(self.id, self.version)

    def speaks_to(self, topics: Collection[str]) -> bool:
        """Whether it is asked of a credential with these topics; of facts without topics, which a person wrote, too."""
        return not topics or not set(topics).isdisjoint(self.speaks_of)

    def lacks(self, topics: Collection[str]) -> bool:
        """Whether only some of the topics are there that count together."""
        there = self.together.intersection(topics)
        return bool(there) and there != self.together

    def in_force(self, day: date) -> bool:
        """Whether it is in force on this local day."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


def parse(document: Any) -> Pack:
    """The pack of a JSON object. Raises ``RuleError``, which names the part that is wrong."""
    fields = Fields(document, "the pack")
    pack = Pack(
        id=_id(fields.take("id", str), "the pack"),
        version=_version(fields.take("version", int)),
        speaks_of=_topics(fields.texts("speaks_of")),
        valid_from=_day(fields.take("valid_from", str)),
        valid_to=_maybe_day(fields.maybe("valid_to", str)),
        description=_description(fields.anything("description"), "the pack"),
        source=_text(fields.take("source", str), "source of the pack"),
        rules=_rules(fields.take("rules", list)),
        together=frozenset(fields.texts("together", needed=False)),
    )
    fields.end()
    if pack.together and (len(pack.together) < 2 or not pack.together.issubset(pack.speaks_of)):  # noqa: PLR2004  (two)
        raise RuleError("together of the pack must name two or more of the topics in speaks_of")
    if pack.valid_to is not None and pack.valid_to < pack.valid_from:
        raise RuleError("the pack ends before it begins")
    return pack


def _rules(items: list[Any]) -> tuple[PackRule, ...]:
    if not 0 < len(items) <= MOST_RULES:
        raise RuleError(f"the pack must have 1 to {MOST_RULES} rules, has {len(items)}")
    rules = tuple(_rule(item, number) for number, item in enumerate(items, 1))
    ids = [rule.id for rule in rules]
    if len(set(ids)) < len(ids):
        raise RuleError("two rules of the pack have the same id")
    ranks = [STRICTEST_FIRST.index(rule.colour) for rule in rules]
    if ranks != sorted(ranks):
        raise RuleError("the rules must stand in the order black, red, yellow, green")
    if validate([rule.logic for rule in rules], PACK_LIMITS):
        raise RuleError("the rules of the pack are too large together")
    return rules


def _rule(item: Any, number: int) -> PackRule:
    fields = Fields(item, f"rule {number}")
    id_ = _id(fields.take("id", str), f"rule {number}")
    where = f"the rule {id_}"
    colour, logic = fields.take("colour", str), fields.anything("logic")
    rule = PackRule(id_, _colour(colour, where), _description(fields.anything("description"), where), logic)
    fields.end()
    issues = validate(logic, RULE_LIMITS)
    if issues:
        raise RuleError(f"the logic of {where} is not CertLogic: {'; '.join(issue.message for issue in issues[:3])}")
    lost = next(unknown_paths(logic), None)
    if lost is not None:
        raise RuleError(f"the logic of {where} looks at {lost[:64]!r}, which no facts document has")
    return rule


def _id(text: str, where: str) -> str:
    if _ID.fullmatch(text) is None:
        raise RuleError(f"the id of {where} must be lower-case letters, digits and hyphens, at most 63")
    return text


def _version(number: int) -> int:
    if not 0 < number < LARGEST_VERSION:
        raise RuleError(f"version of the pack must be from 1 to {LARGEST_VERSION - 1}")
    return number


def _topics(topics: tuple[str, ...]) -> tuple[str, ...]:
    if not topics or not TOPICS.issuperset(topics) or len(set(topics)) < len(topics):
        raise RuleError(f"speaks_of of the pack must name some of {', '.join(sorted(TOPICS))}, each once")
    return topics


def _colour(text: str, where: str) -> Colour:
    try:
        return Colour(text)
    except ValueError:
        raise RuleError(f"the colour of {where} must be black, red, yellow or green") from None


def _maybe_day(text: str | None) -> date | None:
    return None if text is None else _day(text)


def _day(text: str) -> date:
    try:
        if _DAY.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise RuleError("valid_from and valid_to of the pack must be days such as 2022-07-17")


def _description(value: Any, where: str) -> dict[str, str]:
    fields = Fields(value, f"the description of {where}")
    texts = {
        language: _text(fields.take(language, str), f"the description of {where}") for language in sorted(LANGUAGES)
    }
    fields.end()
    return texts


def _text(text: str, where: str) -> str:
    if not 0 < len(text) <= MOST_TEXT or not text.isprintable():
        raise RuleError(f"{where} must be a line of 1 to {MOST_TEXT} printable characters")
    return text
