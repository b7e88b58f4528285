"""Whoever stands at the door and sees what no program can."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TextIO

from gate.cli.inert import inert

CONSENT = "release"


@dataclass(frozen=True, slots=True)
class Person:
    """Asks on standard error, so that standard output holds the findings alone; an end of the input is a no."""

    hears: TextIO = sys.stderr
    speaks: TextIO = sys.stdin

    def agrees(self, question: str) -> bool:
        """Whether the answer begins with y."""
        return self._answer(f"{question} [y/n] ").startswith("y")

    def consents(self, to: str) -> bool:
        """Whether the word was written that nobody writes by mistake."""
        return self._answer(f"{to} Write {CONSENT} to go on, anything else to leave it: ") == CONSENT

    def told(self, text: str) -> None:
        """Tell something that wants no answer."""
        print(inert(text), file=self.hears, flush=True)

    def _answer(self, question: str) -> str:
        print(inert(question), end="", file=self.hears, flush=True)
        return self.speaks.readline().strip().lower()
