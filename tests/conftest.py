"""What every test gets: a leak of a thread, a child process or a socket fails the test that made it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.leaks import Running

pytest_plugins = ["pytester"]


@pytest.fixture(autouse=True)
def no_leaks() -> Iterator[None]:
    """Automatic fixtures are set up first and torn down last, so this one sees what all the others left."""
    before = Running.now()
    yield
    leaks = before.leaked_since()
    if leaks:
        pytest.fail("the test left behind: " + "; ".join(leaks), pytrace=False)
