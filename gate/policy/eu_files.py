"""The EU's rules and value sets in the files in which they are published: one, a list, or an object of them by name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from gate.policy.eu_rules import EuRule, parse
from gate.policy.strict import RuleError

MOST_RULES = 500
MOST_SETS = 64
MOST_VALUES = 2000

ValueSets = dict[str, list[str]]


def is_of_eu(content: Any) -> bool:
    """Whether it looks like either of them, so that it is told as such where something is wrong with it."""
    return _are_rules(content) or _are_sets(content)


def rules_of(content: Any) -> tuple[EuRule, ...]:
    """The rules of a file. Raises ``RuleError``, which names the rule."""
    published = list(_each(content, "Identifier"))
    if not 0 < len(published) <= MOST_RULES:
        raise RuleError(f"there must be 1 to {MOST_RULES} rules, there are {len(published)}")
    return tuple(_rule(number, one) for number, one in enumerate(published, 1))


def value_sets_of(content: Any) -> ValueSets:
    """The codes of each value set of a file, by its id. Raises ``RuleError``."""
    sets = dict(_sets(content))
    if not 0 < len(sets) <= MOST_SETS:
        raise RuleError(f"there must be 1 to {MOST_SETS} value sets, there are {len(sets)}")
    return sets


def described(content: Any) -> str:
    """What is in a file, for people. Raises ``RuleError`` when it cannot be used."""
    if not _are_rules(content):
        sets = value_sets_of(content)
        return f"{len(sets)} value sets with {sum(map(len, sets.values()))} values"
    rules = rules_of(content)
    foreign = sum(not rule.is_ours for rule in rules)
    countries = ", ".join(sorted({rule.country for rule in rules}))
    return f"{len(rules)} EU rules of {countries}" + (f", {foreign} of them for another engine" if foreign else "")


def _are_rules(content: Any) -> bool:
    """A list is one of rules, unless it is one of value sets: a pack and a table of cases are objects."""
    if isinstance(content, list):
        return bool(content) and not _are_sets(content)
    return _one_or_all_have(content, "Identifier")


def _are_sets(content: Any) -> bool:
    if isinstance(content, list):
        return bool(content) and all(isinstance(one, dict) and "valueSetId" in one for one in content)
    by_name = isinstance(content, dict) and bool(content) and all(isinstance(one, list) for one in content.values())
    return by_name or _one_or_all_have(content, "valueSetId")


def _one_or_all_have(content: Any, name: str) -> bool:
    if not isinstance(content, dict) or not content:
        return False
    return name in content or all(isinstance(one, dict) and name in one for one in content.values())


def _each(content: Any, name: str) -> Iterator[Any]:
    if isinstance(content, dict):
        yield from [content] if name in content else content.values()
    elif isinstance(content, list):
        yield from content


def _rule(number: int, content: Any) -> EuRule:
    try:
        return parse(content)
    except RuleError as error:
        raise RuleError(f"rule {number}: {error}") from error


def _sets(content: Any) -> Iterator[tuple[str, list[str]]]:
    if isinstance(content, dict) and all(isinstance(one, list) for one in content.values()):
        yield from ((name, _codes(name, values)) for name, values in content.items())
        return
    for one in _each(content, "valueSetId"):
        values = one.get("valueSetValues") if isinstance(one, dict) else None
        if not isinstance(values, dict) or not isinstance(one.get("valueSetId"), str):
            raise RuleError("a value set must have valueSetId and valueSetValues")
        yield one["valueSetId"], _codes(one["valueSetId"], list(values))


def _codes(name: str, values: list[Any]) -> list[str]:
    if len(values) > MOST_VALUES or not all(isinstance(value, str) for value in values):
        raise RuleError(f"the value set {name[:64]!r} must hold at most {MOST_VALUES} strings")
    return values
