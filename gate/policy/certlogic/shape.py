"""The forms of the operations: how many operands each takes, and which of them are literals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from gate.policy.certlogic.dates import UNITS
from gate.policy.certlogic.values import integer

MANY = 1_000_000


@dataclass(frozen=True, slots=True)
class Shape:
    """The operands of an operation: at least and at most so many, of which the last ``literals`` are not evaluated."""

    fewest: int
    most: int
    literals: int = 0


_TWO = Shape(2, 2)
_TWO_OR_THREE = Shape(2, 3)

COMPARISONS = ("<", ">", "<=", ">=")
MOMENT_COMPARISONS = {"before": "<", "after": ">", "not-after": "<=", "not-before": ">="}

SHAPES: dict[str, Shape] = {
    "if": Shape(3, 3),
    "===": _TWO,
    "in": _TWO,
    "+": _TWO,
    "and": Shape(2, MANY),
    "!": Shape(1, 1),
    "reduce": Shape(3, 3),
    "plusTime": Shape(3, 3, literals=2),
    "dccDateOfBirth": Shape(1, 1),
    "extractFromUVCI": Shape(2, 2, literals=1),
    **dict.fromkeys(COMPARISONS, _TWO_OR_THREE),
    **dict.fromkeys(MOMENT_COMPARISONS, _TWO_OR_THREE),
}
SHAPES["extractFromUCI"] = SHAPES["extractFromUVCI"]


def operands_problem(operator: str, operands: Any) -> str | None:
    """What is wrong with the form of an operation other than ``var``; None when nothing is."""
    shape = SHAPES.get(operator)
    if shape is None:
        return "an unknown operation"
    if not isinstance(operands, list) or not operands:
        return f'"{operator}" must have an array of operands'
    if not shape.fewest <= len(operands) <= shape.most:
        return f'"{operator}" must have {_counted(shape)}, has {len(operands)}'
    return _literals_problem(operator, operands)


def _literals_problem(operator: str, operands: list[Any]) -> str | None:
    shape = SHAPES[operator]
    if shape.literals and integer(operands[1]) is None:
        return f'operand 2 of "{operator}" must be an integer'
    if operator == "plusTime" and operands[2] not in UNITS:
        return f'operand 3 of "plusTime" must be one of {", ".join(UNITS)}'
    return None


def _counted(shape: Shape) -> str:
    if shape.fewest == shape.most:
        return f"{shape.fewest} operand{'s' if shape.fewest > 1 else ''}"
    return f"{shape.fewest} or more operands" if shape.most == MANY else f"{shape.fewest} or {shape.most} operands"
