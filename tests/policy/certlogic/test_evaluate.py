"""CertLogic, operation by operation, and whatever the expression: a value or a ``CertLogicError``."""

from __future__ import annotations

import copy
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.policy.certlogic import Budget, CertLogicError, Limits, evaluate, evaluate_within, validate
from gate.policy.certlogic.shape import SHAPES

DATA: dict[str, Any] = {
    "n": 3,
    "fraction": 2.5,
    "whole": 2.0,
    "text": "abc",
    "empty": "",
    "list": [1, "a", None, [2]],
    "object": {"deep": {"er": 7}, "0": "zero"},
    "day": "2021-06-01",
}


def var(path: str) -> dict[str, str]:
    return {"var": path}


VALUES: list[tuple[Any, Any]] = [
    ("x", "x"),
    (True, True),
    (2.0, 2),
    ([1, var("n")], [1, 3]),
    (var("object.deep.er"), 7),
    (var("object.0"), "zero"),
    (var("list.1"), "a"),
    (var("list.3.0"), 2),
    (var("list.9"), None),
    (var("list.-1"), None),
    (var("list.a"), None),
    (var("text.0"), None),
    (var("text.length"), None),
    (var("nothing.at.all"), None),
    (var("whole"), 2),
    ({"===": [var("whole"), 2]}, True),
    ({"===": [1, True]}, False),
    ({"===": [0, False]}, False),
    ({"===": [var("nothing"), var("none")]}, True),
    ({"===": [var("list"), 1]}, False),
    ({"in": ["a", var("list")]}, True),
    ({"in": [True, var("list")]}, False),
    ({"in": [var("nothing"), var("list")]}, True),
    ({"in": ["b", []]}, False),
    ({"!": [var("nothing")]}, True),
    ({"!": [var("empty")]}, True),
    ({"!": [var("object")]}, False),
    ({"!": [[]]}, True),
    ({"and": [1, "x", var("nothing"), {"no such": []}]}, None),
    ({"and": [1, 2]}, 2),
    ({"if": [var("n"), "yes", {"no such": []}]}, "yes"),
    ({"if": [0, {"no such": []}, "no"]}, "no"),
    ({"<": [1, 2, 3]}, True),
    ({"<": [1, 3, 2]}, False),
    ({">=": [2, 2, 1]}, True),
    ({"+": [1, {"+": [var("n"), -4]}]}, 0),
    ({"reduce": [var("list.3"), {"+": [var("accumulator"), var("current")]}, 5]}, 7),
    ({"reduce": [var("nothing"), var("current"), var("n")]}, 3),
    ({"reduce": [[1, 2], var("n"), 0]}, None),
    ({"extractFromUVCI": ["URN:UVCI:01:NL:187/37#9", 4]}, "9"),
    ({"extractFromUCI": ["a::c/#/f", 3]}, ""),
    ({"extractFromUVCI": [var("nothing"), 0]}, None),
    ({"extractFromUVCI": ["a", -1]}, None),
]


@pytest.mark.parametrize(("expression", "value"), VALUES, ids=repr)
def test_an_expression_has_its_value(expression: Any, value: Any) -> None:
    found = evaluate(expression, DATA)
    assert (type(found), found) == (type(value), value)


WRONG: list[Any] = [
    None,
    3.5,
    2**53,
    {},
    {"===": [1, 1], "!": [0]},
    {"no such": [1]},
    {"!": 0},
    {"!": []},
    {"!": [0, 0]},
    {"!": [var("fraction")]},
    {"and": [1]},
    {"and": [{"plusTime": [var("day"), 0, "day"]}, 1]},
    {"if": [1, 2]},
    {"===": [var("list"), var("list")]},
    {"===": [var("object"), var("object")]},
    {"===": [{"plusTime": [var("day"), 0, "day"]}, {"plusTime": [var("day"), 0, "day"]}]},
    {"in": ["a", "abc"]},
    {"in": ["a", var("nothing")]},
    {"<": [1, "2"]},
    {"<": [1, True]},
    {"<": [var("nothing"), 1]},
    {"+": [2**53 - 1, 1]},
    {"+": [1, 2, 3]},
    {"after": [var("day"), var("day")]},
    {"plusTime": [{"plusTime": [var("day"), 0, "day"]}, 0, "day"]},
    {"plusTime": [var("day"), var("n"), "day"]},
    {"plusTime": [var("day"), 1, "week"]},
    {"plusTime": [var("day"), 1, []]},
    {"plusTime": [var("n"), 1, "day"]},
    {"dccDateOfBirth": [var("nothing")]},
    {"dccDateOfBirth": ["2021-06-01T00:00:00Z"]},
    {"reduce": ["abc", 1, 1]},
    {"extractFromUVCI": [1, 1]},
    {"extractFromUVCI": ["a", "1"]},
    {"var": 1},
    {"var": ["n"]},
    {"var": "a..b"},
    {"var": "."},
]


@pytest.mark.parametrize("expression", WRONG, ids=repr)
def test_what_has_no_value_is_an_error(expression: Any) -> None:
    with pytest.raises(CertLogicError):
        evaluate(expression, DATA)


def test_an_error_quotes_nothing_of_the_data() -> None:
    for expression in ({"+": [1, var("x")]}, {"plusTime": [var("x"), 0, "day"]}, {"in": [1, var("x")]}):
        with pytest.raises(CertLogicError) as caught:
            evaluate(expression, {"x": "Siti"})
        assert "Siti" not in str(caught.value)


DATES = [
    ("2021-06-01", 0, "day", "2021-06-01T00:00:00"),
    ("2021", 0, "day", "2021-12-31T00:00:00"),
    ("2020-02", 0, "day", "2020-02-29T00:00:00"),
    ("2021-06-01T12:00:00", 0, "hour", "2021-06-01T12:00:00"),
    ("2021-06-01T12:00:00Z", 1, "hour", "2021-06-01T13:00:00"),
    ("2021-06-01T12:00:00+7", 0, "hour", "2021-06-01T05:00:00"),
    ("2021-06-01T12:00:00+07", 0, "hour", "2021-06-01T05:00:00"),
    ("2021-06-01T12:00:00+730", 0, "hour", "2021-06-01T04:30:00"),
    ("2021-06-01T12:00:00-0730", 0, "hour", "2021-06-01T19:30:00"),
    ("2021-06-01T12:00:00+7:30", 0, "hour", "2021-06-01T04:30:00"),
    ("2021-06-01T12:00:00+07:30", 0, "hour", "2021-06-01T04:30:00"),
    ("2021-06-01T12:00:00.1Z", 0, "hour", "2021-06-01T12:00:00.100000"),
    ("2021-06-01T12:00:00.123999Z", 0, "hour", "2021-06-01T12:00:00.123000"),
    ("2020-02-29", 1, "day", "2020-03-01T00:00:00"),
    ("2020-02-29", 1, "month", "2020-03-29T00:00:00"),
    ("2020-02-29", 1, "year", "2021-03-01T00:00:00"),
    ("2021-01-31", 1, "month", "2021-03-03T00:00:00"),
    ("2021-03-31", -1, "month", "2021-03-03T00:00:00"),
    ("2021-01-15", -13, "month", "2019-12-15T00:00:00"),
]


@pytest.mark.parametrize(("text", "amount", "unit", "result"), DATES)
def test_time_is_added_as_the_reference_does(text: str, amount: int, unit: str, result: str) -> None:
    assert evaluate({"plusTime": [text, amount, unit]}, {}) == datetime.fromisoformat(result).replace(tzinfo=UTC)


NO_MOMENTS = """
21-06-01|2021-6-1|2021-02-30|2021-13|0000|2021-06-01T24:00:00Z|2021-06-01 12:00:00|2021-06-01T12:00:60Z
2021-06-01T12:00:00+24|2021-06-01T12:00:00+07:60|2021-06-01T12:00Z|0001-01-01T00:00:00+01:00|2021-06-01 |now
"""


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2021-06-01\n",
        "2021-06-01T12:00:00." + "1" * 99,
        "\u0662021-06-01",
        *NO_MOMENTS.strip().replace("\n", "|").split("|"),
    ],
)
def test_what_is_no_moment_is_an_error(text: str) -> None:
    with pytest.raises(CertLogicError):
        evaluate({"plusTime": [text, 0, "day"]}, {})


@pytest.mark.parametrize(("amount", "unit"), [(10**15, "day"), (8000, "year"), (-2022, "year"), (-(10**8), "hour")])
def test_time_never_leaves_the_calendar(amount: int, unit: str) -> None:
    with pytest.raises(CertLogicError):
        evaluate({"plusTime": ["2021-06-01", amount, unit]}, {})


@pytest.mark.parametrize(
    ("name", "order"), [("before", (1, 2)), ("after", (2, 1)), ("not-after", (1, 1)), ("not-before", (2, 1))]
)
def test_moments_are_compared_by_time(name: str, order: tuple[int, int]) -> None:
    moments = [{"plusTime": [f"2021-06-0{day}", 0, "day"]} for day in order]
    assert evaluate({name: moments}, {}) is True
    strict = name in ("before", "after")
    assert evaluate({name: [moments[0], moments[0]]}, {}) is not strict


# Bounds.

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.sampled_from(["2021-06-01", "day"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=12,
)
PATHS = st.sampled_from(["", "n", "list", "object.deep", "current", "accumulator", "day", "nothing"])
EXPRESSIONS = st.recursive(
    JSON | st.builds(var, PATHS),
    lambda inner: st.builds(
        lambda name, operands: {name: operands},
        st.sampled_from(sorted(SHAPES)),
        st.lists(inner, min_size=1, max_size=3),
    ),
    max_leaves=25,
)


def outcome(expression: Any, data: Any) -> str:
    """The value or the error, as text; anything but a ``CertLogicError`` passes through."""
    try:
        return repr(evaluate(expression, data))
    except CertLogicError as error:
        return f"error: {error}"


@given(EXPRESSIONS, JSON)
def test_any_expression_over_any_data_is_always_the_same_value_or_error(expression: Any, data: Any) -> None:
    before = repr((expression, data))
    assert outcome(expression, data) == outcome(copy.deepcopy(expression), copy.deepcopy(data))
    assert repr((expression, data)) == before


@given(EXPRESSIONS, st.integers(1, 40))
def test_no_evaluation_takes_more_steps_than_it_may(expression: Any, steps: int) -> None:
    budget = Budget(Limits(steps=steps))
    try:
        evaluate_within(expression, DATA, budget)
    except CertLogicError:
        return
    assert budget.steps >= 0


def nested(levels: int) -> Any:
    expression: Any = 1
    for _ in range(levels):
        expression = {"!": [expression]}
    return expression


def test_depth_is_bounded_far_from_the_interpreters_own_limit() -> None:
    assert evaluate(nested(32), {}) is True
    for levels in (33, 100_000):
        with pytest.raises(CertLogicError, match="too deep"):
            evaluate(nested(levels), {})


def test_the_steps_of_a_reduce_are_one_level_deeper_than_the_reduce() -> None:
    expression: Any = {"reduce": [[1], nested(30), 0]}
    assert evaluate(expression, {}, Limits(depth=31)) is True
    with pytest.raises(CertLogicError, match="too deep"):
        evaluate(expression, {}, Limits(depth=30))


def test_a_reduce_within_a_reduce_ends() -> None:
    many = list(range(1000))
    expression: Any = var("accumulator")
    for _ in range(5):
        expression = {"reduce": [var("current"), expression, 0]}
    with pytest.raises(CertLogicError, match="too many steps"):
        evaluate({"reduce": [var(""), {"reduce": [many, 1, 0]}, 0]}, many)


def test_a_long_search_costs_steps() -> None:
    with pytest.raises(CertLogicError, match="too many steps"):
        evaluate({"in": ["x", var("")]}, ["y"] * 100_000)
    with pytest.raises(CertLogicError, match="too many steps"):
        evaluate({"extractFromUVCI": [var(""), 0]}, "/" * 1_000_000)


# The form.


@pytest.mark.parametrize("expression", [expression for expression, _ in VALUES], ids=repr)
def test_an_expression_with_a_value_has_no_issue_unless_a_branch_hides_it(expression: Any) -> None:
    assert [issue.message for issue in validate(expression)] in ([], ["an unknown operation"])


@given(EXPRESSIONS)
def test_an_expression_without_issue_fails_for_its_data_alone(expression: Any) -> None:
    """What the evaluation calls a wrong form, the validation names beforehand."""
    told = outcome(expression, DATA)
    if not validate(expression) and told.startswith("error"):
        assert not any(word in told for word in ("must", "unknown", "literal that"))


def test_every_issue_is_told_with_its_part() -> None:
    wrong = {"and": [None, {"var": 1}, {"if": [3.5]}]}
    assert [issue.part for issue in validate(wrong)] == [None, {"var": 1}, {"if": [3.5]}, 3.5]


def test_an_expression_beyond_the_limits_is_an_issue() -> None:
    assert validate(nested(33))[0].message.startswith("too large or too deep")
    assert validate([0] * 3000)
    assert not validate(nested(32))
