"""Why a pack says what it says: each rule up to the one that held, and what in its logic made it so."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from gate.policy.certlogic import Budget, CertLogicError, Limits, holds
from gate.policy.judging import LIMITS
from gate.policy.pack import Pack, PackRule


@dataclass(frozen=True, slots=True)
class Reason:
    """A part of the logic without and, if or ! in it, and whether it is true; None, and why, when it failed."""

    part: Any
    is_true: bool | None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Explained:
    """One rule that was tried. ``held`` None means that it could not be evaluated."""

    rule: PackRule
    held: bool | None
    reasons: tuple[Reason, ...]
    """What made it so: of an ``and`` that is false, only the operand that is."""


def explain(pack: Pack, document: dict[str, Any], limits: Limits = LIMITS) -> tuple[Explained, ...]:
    """The rules that were tried, in their order; only the last can have held. As in a decision they share a budget."""
    tried: list[Explained] = []
    budget = Budget(limits)
    for rule in pack.rules:
        reasons = reasons_of(rule.logic, document, limits)
        tried.append(Explained(rule, _truth_within(rule.logic, document, budget).is_true, reasons))
        if tried[-1].held:
            break
    return tuple(tried)


def reasons_of(logic: Any, document: dict[str, Any], limits: Limits = LIMITS) -> tuple[Reason, ...]:
    """The parts of one rule's logic that make it true or false."""
    return _once(_reasons(logic, document, limits))


def _once(reasons: Iterator[Reason]) -> tuple[Reason, ...]:
    """Each reason once; logic is JSON, which has no hash."""
    found: list[Reason] = []
    for reason in reasons:
        if reason not in found:
            found.append(reason)
    return tuple(found)


def _reasons(logic: Any, document: dict[str, Any], limits: Limits) -> Iterator[Reason]:
    name, operands = _operation(logic)
    if name == "and":
        yield from _reasons_of_and(operands, document, limits)
    elif name == "!":
        yield from _reasons(operands[0], document, limits)
    elif name == "if":
        guard, then, otherwise = operands
        yield from _reasons(guard, document, limits)
        found = _truth(guard, document, limits).is_true
        if found is not None:
            yield from _reasons(then if found else otherwise, document, limits)
    elif name:
        yield _truth(logic, document, limits)


def _reasons_of_and(operands: list[Any], document: dict[str, Any], limits: Limits) -> Iterator[Reason]:
    for operand in operands:
        if not _truth(operand, document, limits).is_true:
            yield from _reasons(operand, document, limits)
            return
    for operand in operands:
        yield from _reasons(operand, document, limits)


def _truth(logic: Any, document: dict[str, Any], limits: Limits) -> Reason:
    return _truth_within(logic, document, Budget(limits))


def _truth_within(logic: Any, document: dict[str, Any], budget: Budget) -> Reason:
    try:
        return Reason(logic, holds(logic, document, budget))
    except CertLogicError as error:
        return Reason(logic, None, str(error))


def _operation(logic: Any) -> tuple[str, Any]:
    """The operation and its operands; no name for a literal."""
    if not isinstance(logic, dict):
        return "", None
    ((name, operands),) = logic.items()
    return name, operands
