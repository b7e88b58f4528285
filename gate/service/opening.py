"""Opening the parts of a service: what fails is collected, so that all of it is told at once."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from gate.ports import AdapterError

log = logging.getLogger(__name__)
T = TypeVar("T")


class StartError(Exception):
    """The service cannot start; each line is one reason, with advice."""


class Closeable(Protocol):
    """What must be let go of in the end."""

    def close(self) -> None: ...


class Opening:
    """Opens the parts one by one, remembers what failed, and closes what was opened in reverse."""

    def __init__(self) -> None:
        self._problems: list[str] = []
        self._opened: list[Closeable] = []

    def part(self, make: Callable[[], T], *needs: object) -> T:
        """What ``make`` gives; None when it failed, which nobody sees, because ``check`` raises before it is used.

        Where a part that it needs has failed, nothing is made, and the one reason stands.
        """
        if any(need is None for need in needs):
            return None  # type: ignore[return-value]  # see above
        try:
            return make()
        except AdapterError as error:
            self._problems.append(str(error))
            return None  # type: ignore[return-value]  # see above

    def closing(self, make: Callable[[], T], *needs: object) -> T:
        """The same for a part that has to be closed."""
        made: Any = self.part(make, *needs)
        if made is not None:
            self._opened.append(made)
        return made  # type: ignore[no-any-return]  # T, or None as in ``part``

    def check(self) -> None:
        """Raise ``StartError`` with everything that failed."""
        if self._problems:
            raise StartError("\n".join(self._problems))

    def close(self) -> None:
        """Close all, whatever one of them does."""
        for opened in reversed(self._opened):
            try:
                opened.close()
            except Exception:  # the others must still be closed
                log.exception("closing %s failed", type(opened).__name__)
        self._opened.clear()
