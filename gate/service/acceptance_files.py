"""The EU's rules and value sets of a site, as files that the trust bundle vouches for."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from gate.credential.trust import RuleRef
from gate.policy.acceptance import Acceptance
from gate.policy.eu_files import ValueSets, rules_of, value_sets_of
from gate.policy.eu_rules import EuRule
from gate.policy.status import Rule
from gate.policy.strict import RuleError, document
from gate.ports import AdapterError, RuleFile, Vouched

T = TypeVar("T")

log = logging.getLogger(__name__)


@dataclass(slots=True)
class EuFile(Generic[T]):
    """One file, and what is in force of it."""

    file: RuleFile
    read: Callable[[Any], T]
    """What its JSON holds. Raises ``RuleError``."""
    content: T | None = None

    @property
    def name(self) -> Rule:
        """What was signed of it, by which events call it."""
        ref = self.file.kept[0].ref
        return Rule(ref.id, ref.version)

    @property
    def told(self) -> str:
        """What is in force of it, for people; empty for nothing."""
        return f"{self.name.id} {self.name.version}" if self.content is not None else ""

    def recall(self) -> None:
        """Go on with what was in force before."""
        for kept in self.file.kept[:1]:
            try:
                self.content = self._content(kept)
            except AdapterError as error:
                log.warning("What was in force is left out: %s", error)

    def take(self, refs: Sequence[RuleRef]) -> bool:
        """Take what lies there; whether that is something else. Raises ``AdapterError`` and changes nothing."""
        offered = self.file.offered(refs)
        another = [offered.raw] != [kept.raw for kept in self.file.kept]
        content = self._content(offered) if another or self.content is None else self.content
        self.file.keep((offered,))
        self.content = content
        return another

    def _content(self, offered: Vouched) -> T:
        try:
            return self.read(document(offered.raw))
        except RuleError as error:
            raise AdapterError(f"{self.file.name} cannot be used: {error}. gate rules validate tries it.") from error


@dataclass(frozen=True, slots=True)
class Borders:
    """What a site says of the EU's rules: whose they are, and where they lie."""

    country: str
    region: str
    rules: Path
    value_sets: Path | None


class AcceptanceFiles:
    """The files together."""

    def __init__(self, borders: Borders, open_file: Callable[[Path], RuleFile]) -> None:
        self._borders = borders
        self._rules: EuFile[tuple[EuRule, ...]] = EuFile(open_file(borders.rules), rules_of)
        sets = borders.value_sets
        self._sets: EuFile[ValueSets] | None = EuFile(open_file(sets), value_sets_of) if sets else None
        self.files: list[EuFile[Any]] = [file for file in (self._rules, self._sets) if file is not None]

    def in_force(self) -> Acceptance | None:
        """What an EU certificate is judged by; None only before the files have been taken."""
        if self._rules.content is None:
            return None
        return Acceptance(
            name=self._rules.name,
            rules=self._rules.content,
            country=self._borders.country,
            region=self._borders.region or None,
            value_sets=(self._sets.content if self._sets else None) or {},
        )
