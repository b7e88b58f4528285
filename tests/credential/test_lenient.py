"""Values as issuers write them, and what is made of them; what cannot be read is missing, and nothing raises."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.credential import lenient
from tests.credential.test_cbor import PLAIN


@pytest.mark.parametrize(
    ("value", "expected"),
    [(1, 1), (2.0, 2), (0, 0), (99, 99), (100, None), (-1, None), (1.5, None), (True, None), ("2", None), (None, None)],
)
def test_counts(value: Any, expected: int | None) -> None:
    assert lenient.count(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2021-05-03", date(2021, 5, 3)),
        (" 2021-05-03 ", date(2021, 5, 3)),
        ("2021-05-03T10:00:00Z", date(2021, 5, 3)),
        ("2021-02-30", None),
        ("2021-W01-1", None),
        ("2021-05", None),
        ("20210503", None),
        ("", None),
        (20210503, None),
    ],
)
def test_days(value: Any, expected: date | None) -> None:
    assert lenient.day(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2021-05-03T10:27:15Z", datetime(2021, 5, 3, 10, 27, 15, tzinfo=UTC)),
        ("2021-05-03T10:27:15+02:00", datetime(2021, 5, 3, 8, 27, 15, tzinfo=UTC)),
        ("2021-05-03T10:27:15+0200", datetime(2021, 5, 3, 8, 27, 15, tzinfo=UTC)),
        ("2021-05-03T10:27:15", None),
        ("0001-01-01T00:00:00+14:00", None),
        ("2021-05-03", None),
        ("soon", None),
        (1, None),
    ],
)
def test_moments(value: Any, expected: datetime | None) -> None:
    assert lenient.moment(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("1990-05-03", "1990-05-03"),
        ("1990-05-03T00:00:00", "1990-05-03"),
        ("1990-05", "1990-05"),
        ("1990", "1990"),
        (" 1990 ", "1990"),
        ("1990-13", ""),
        ("1990-02-30", ""),
        ("0990", ""),
        ("٠٩٩٠", ""),
        ("unknown", ""),
        (1990, ""),
    ],
)
def test_birth_dates(value: Any, expected: str) -> None:
    assert lenient.birth_date(value) == expected


@given(PLAIN | st.text() | st.floats())
def test_anything_is_read_or_missing(value: Any) -> None:
    for read in (lenient.text, lenient.count, lenient.day, lenient.moment, lenient.birth_date):
        read(value)
    assert len(lenient.text(value)) <= lenient.MAX_TEXT
