"""Whether an expression has the form that the specification asks for, before any data is there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from gate.policy.certlogic.access import is_path
from gate.policy.certlogic.budget import Budget, CertLogicError, Limits
from gate.policy.certlogic.shape import SHAPES, operands_problem
from gate.policy.certlogic.values import integer


@dataclass(frozen=True, slots=True)
class Issue:
    """What is wrong, and the part of the expression that it is about."""

    part: Any
    message: str


def validate(expression: Any, limits: Limits = Limits()) -> tuple[Issue, ...]:  # noqa: B008  (frozen)
    """Everything that is wrong with the form. An expression larger than the limits is one issue more."""
    issues: list[Issue] = []
    try:
        issues.extend(_issues(expression, Budget(limits), limits.depth))
    except CertLogicError:
        issues.append(Issue(expression, "too large or too deep to be evaluated"))
    return tuple(issues)


def _issues(expression: Any, budget: Budget, depth: int) -> Iterator[Issue]:
    budget.spend(1)
    if isinstance(expression, dict | list) and depth == 0:
        raise CertLogicError("too deep")
    if isinstance(expression, dict):
        yield from _operation_issues(expression, budget, depth)
    elif isinstance(expression, list):
        for item in expression:
            yield from _issues(item, budget, depth - 1)
    elif isinstance(expression, int | float) and integer(expression) is None and not isinstance(expression, bool):
        yield Issue(expression, "a number that is no integer")
    elif not isinstance(expression, str | int | float):
        yield Issue(expression, "no expression")


def _operation_issues(expression: dict[Any, Any], budget: Budget, depth: int) -> Iterator[Issue]:
    if len(expression) != 1:
        yield Issue(expression, f"an operation must be an object with one key, has {len(expression)}")
        return
    ((name, operands),) = expression.items()
    if name == "var":
        if not is_path(operands):
            yield Issue(expression, '"var" must name a path')
        return
    problem = operands_problem(name, operands)
    if problem is not None:
        yield Issue(expression, problem)
    shape = SHAPES.get(name)
    if shape is None or not isinstance(operands, list):
        return
    for operand in operands[: shape.most - shape.literals]:
        yield from _issues(operand, budget, depth - 1)
