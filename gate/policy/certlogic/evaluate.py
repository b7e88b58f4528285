"""The value of a CertLogic expression over data.

Two rules: nothing here changes the expression or the data; whatever they are, the answer is a value or a
``CertLogicError``, after no more steps than the limits allow.
"""

from __future__ import annotations

import operator as python
from collections.abc import Callable
from datetime import datetime
from itertools import pairwise
from typing import Any

from gate.policy.certlogic import access, dates
from gate.policy.certlogic.budget import Budget, CertLogicError, Limits
from gate.policy.certlogic.shape import COMPARISONS, MOMENT_COMPARISONS, operands_problem
from gate.policy.certlogic.values import LARGEST, integer, same, truth

CHARACTERS_A_STEP = 64
ITEMS_A_STEP = 4
STEPS_OF_TEXT = 4
"""What reading a date or an identifier costs more than another operation."""


def evaluate(expression: Any, data: Any, limits: Limits = Limits()) -> Any:  # noqa: B008  (frozen)
    """The value: JSON, or a ``datetime`` in UTC. Raises ``CertLogicError``; arrays and objects belong to ``data``."""
    return evaluate_within(expression, data, Budget(limits))


def evaluate_within(expression: Any, data: Any, budget: Budget) -> Any:
    """The value, from a budget that other evaluations share."""
    return _value(expression, data, budget, budget.depth)


def holds(expression: Any, data: Any, budget: Budget) -> bool:
    """Whether the expression's value is truthy. Raises ``CertLogicError`` also for a value that is neither."""
    return _truth(evaluate_within(expression, data, budget), "rule")


def _value(expression: Any, data: Any, budget: Budget, depth: int) -> Any:
    budget.spend(1)
    if isinstance(expression, str | bool):
        return expression
    if isinstance(expression, dict | list) and depth == 0:
        raise CertLogicError("the expression is too deep")
    if isinstance(expression, dict):
        return _operation(expression, data, budget, depth)
    if isinstance(expression, list):
        return [_value(item, data, budget, depth - 1) for item in expression]
    number = integer(expression)
    if number is None:
        raise CertLogicError("a literal that is no string, integer or truth value")
    return number


def _operation(expression: dict[Any, Any], data: Any, budget: Budget, depth: int) -> Any:
    if len(expression) != 1:
        raise CertLogicError("an operation must be an object with one key")
    ((name, operands),) = expression.items()
    if name == "var":
        path = access.fragments(operands)
        budget.spend(len(path))
        return access.reach(data, path)
    problem = operands_problem(name, operands)
    if problem is not None:
        raise CertLogicError(problem)
    return _OPERATIONS[name](operands, lambda part: _value(part, data, budget, depth - 1), budget, depth)


Evaluated = Callable[[Any], Any]
"""The value of an operand over the operation's data."""


def _if(operands: list[Any], value: Evaluated, _: Budget, __: int) -> Any:
    guard, then, otherwise = operands
    return value(then if _truth(value(guard), "if") else otherwise)


def _and(operands: list[Any], value: Evaluated, _: Budget, __: int) -> Any:
    last: Any = None
    for operand in operands:
        last = value(operand)
        if not _truth(last, "and"):
            return last
    return last


def _not(operands: list[Any], value: Evaluated, _: Budget, __: int) -> bool:
    return not _truth(value(operands[0]), "!")


def _equal(operands: list[Any], value: Evaluated, _: Budget, __: int) -> bool:
    return same(value(operands[0]), value(operands[1]))


def _in(operands: list[Any], value: Evaluated, budget: Budget, _: int) -> bool:
    member, group = map(value, operands)
    if not isinstance(group, list):
        raise CertLogicError('operand 2 of "in" is no array')
    budget.spend(len(group) // ITEMS_A_STEP)
    return any(same(member, item) for item in group)


def _plus(operands: list[Any], value: Evaluated, _: Budget, __: int) -> int:
    one, other = (_integer(value(operand), "+") for operand in operands)
    if abs(one + other) > LARGEST:
        raise CertLogicError('the sum of "+" is too large')
    return one + other


def _comparison(name: str, read: Callable[[Any, str], Any]) -> Callable[[list[Any], Evaluated, Budget, int], bool]:
    holds = _HOLDS[MOMENT_COMPARISONS.get(name, name)]

    def compared(operands: list[Any], value: Evaluated, _: Budget, __: int) -> bool:
        values = [read(value(operand), name) for operand in operands]
        return all(holds(one, other) for one, other in pairwise(values))

    return compared


def _plus_time(operands: list[Any], value: Evaluated, budget: Budget, _: int) -> datetime:
    budget.spend(STEPS_OF_TEXT)
    return dates.plus(_text(value(operands[0]), "plusTime"), _integer(operands[1], "plusTime"), operands[2])


def _date_of_birth(operands: list[Any], value: Evaluated, budget: Budget, _: int) -> datetime:
    budget.spend(STEPS_OF_TEXT)
    return dates.date_of_birth(_text(value(operands[0]), "dccDateOfBirth"))


def _extract(operands: list[Any], value: Evaluated, budget: Budget, _: int) -> str | None:
    found = value(operands[0])
    if found is None:
        return None
    uvci = _text(found, "extractFromUVCI")
    budget.spend(STEPS_OF_TEXT + len(uvci) // CHARACTERS_A_STEP)
    return access.fragment_of_uvci(uvci, _integer(operands[1], "extractFromUVCI"))


def _reduce(operands: list[Any], value: Evaluated, budget: Budget, depth: int) -> Any:
    over, step, initial = operands
    items, accumulator = value(over), value(initial)
    if items is not None and not isinstance(items, list):
        raise CertLogicError('operand 1 of "reduce" is no array')
    for current in items or ():
        accumulator = _value(step, {"accumulator": accumulator, "current": current}, budget, depth - 1)
    return accumulator


def _truth(value: Any, name: str) -> bool:
    found = truth(value)
    if found is None:
        raise CertLogicError(f'an operand of "{name}" is neither true nor false')
    return found


def _integer(value: Any, name: str) -> int:
    number = integer(value)
    if number is None:
        raise CertLogicError(f'an operand of "{name}" is no integer')
    return number


def _moment(value: Any, name: str) -> datetime:
    if not isinstance(value, datetime):
        raise CertLogicError(f'an operand of "{name}" is no date-time')
    return value


def _text(value: Any, name: str) -> str:
    if not isinstance(value, str):
        raise CertLogicError(f'operand 1 of "{name}" is no string')
    return value


_HOLDS: dict[str, Callable[[Any, Any], bool]] = {"<": python.lt, ">": python.gt, "<=": python.le, ">=": python.ge}

_OPERATIONS: dict[str, Callable[[list[Any], Evaluated, Budget, int], Any]] = {
    "if": _if,
    "and": _and,
    "!": _not,
    "===": _equal,
    "in": _in,
    "+": _plus,
    "reduce": _reduce,
    "plusTime": _plus_time,
    "dccDateOfBirth": _date_of_birth,
    "extractFromUVCI": _extract,
    "extractFromUCI": _extract,
    **{name: _comparison(name, _integer) for name in COMPARISONS},
    **{name: _comparison(name, _moment) for name in MOMENT_COMPARISONS},
}
