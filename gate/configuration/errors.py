"""What is wrong with a configuration, all of it at once, in words that say what to do.

Rules: one ``Problem`` for each thing to mend; a value that might be a secret is never repeated.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to mend. ``key`` is dotted and empty for the file as a whole; ``line`` is a best effort."""

    file: Path
    key: str
    line: int | None
    reason: str
    advice: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else f"{self.file}"
        told = f"{self.reason}. {self.advice}{'' if self.advice.endswith('?') else '.'}"
        return ": ".join(part for part in (place, self.key, told) if part)


class ConfigErrors(Exception):  # noqa: N818  (it carries several errors)
    """The configuration cannot be used; ``str`` gives one line for each problem, in the order of the file."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(sorted(problems, key=lambda problem: (problem.line or 0, problem.key)))
        super().__init__("\n".join(str(problem) for problem in self.problems))
