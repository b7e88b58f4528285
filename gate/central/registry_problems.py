"""What is wrong with the files of a registry: all of it at once, with the place and what to do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to mend. ``key`` is the column, empty for a file or a row as a whole; ``line`` counts from 1."""

    file: Path
    line: int | None
    key: str
    reason: str
    advice: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else f"{self.file}"
        key = self.key if self.key.isprintable() else ascii(self.key)[1:-1]
        return ": ".join(part for part in (place, key, f"{self.reason}. {self.advice}.") if part)


class RegistryErrors(Exception):  # noqa: N818  (it carries several errors)
    """The registry cannot be used; ``str`` gives one line for each problem, in the order of the files."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(problems, key=lambda one: (str(one.file), one.line or 0)))
        super().__init__("\n".join(map(str, self.problems)))
