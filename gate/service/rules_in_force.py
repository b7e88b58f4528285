"""The rules in force at a gate: shipped packs as they are, files of rules as far as the trust bundle vouches for them.

Rules: a file that is refused changes nothing; what was taken of it before stays in force, also after a restart.  All of
this is for the reader's thread, between two frames, so that a bundle and its rules come into force together.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from gate.credential.instant import ClockTrust, Instant
from gate.credential.model import Verdict, Verified
from gate.credential.trust import RuleRef, Trust, TrustBundle
from gate.policy import decision, packs
from gate.policy.judging import RuleSet
from gate.policy.pack import Pack, parse
from gate.policy.pairing import Half, Pairing
from gate.policy.shown_by import shown_by
from gate.policy.site import SitePolicy
from gate.policy.status import Judged, Other, Rule
from gate.policy.strict import RuleError, document
from gate.policy.succession import line_of, preceding
from gate.ports import AdapterError, Clock, RuleFile, TrustSource, Vouched
from gate.service.acceptance_files import AcceptanceFiles, Borders, EuFile

LOOK_NS = 1_000_000_000

log = logging.getLogger(__name__)


def pack_of(offered: Vouched) -> Pack:
    """The pack that was vouched for. Raises ``RuleError``."""
    pack = parse(document(offered.raw))
    if (pack.id, pack.version) != (offered.ref.id, offered.ref.version):
        raise RuleError(f"it is {pack.id} {pack.version}, and was signed as {offered.ref.id} {offered.ref.version}")
    return pack


@dataclass(slots=True)
class PackFile:
    """One file of a pack, and what is in force of it: the newest version, and those before it until it begins."""

    file: RuleFile
    packs: tuple[Pack, ...] = ()

    @property
    def told(self) -> str:
        """What is in force of it, for people; empty for nothing."""
        return f"{self.packs[0].id} {self.packs[0].version}" if self.packs else ""

    def recall(self) -> None:
        """Go on with what was in force before; what this version of the program cannot read is left out."""
        held = [pack for _, pack in self._held()]
        self.packs = line_of(held[0], held[1:]) if held else ()

    def take(self, refs: Sequence[RuleRef]) -> bool:
        """Take what lies there; whether that is another version. Raises ``AdapterError`` and changes nothing."""
        offered = self.file.offered(refs)
        try:
            newest = pack_of(offered)
        except RuleError as error:
            raise AdapterError(
                f"{self.file.name} is no rule pack: {error}. docs/rules.md shows one; gate rules validate tries it."
            ) from error
        others = [(kept, pack) for kept, pack in self._held() if kept.raw != offered.raw]
        before = preceding(newest, [pack for _, pack in others])
        self.file.keep((offered, *(kept for kept, pack in others if pack in before)))
        known, self.packs = self.packs, line_of(newest, before)
        return known[:1] != self.packs[:1]

    def _held(self) -> list[tuple[Vouched, Pack]]:
        held = []
        for kept in self.file.kept:
            try:
                held.append((kept, pack_of(kept)))
            except RuleError as error:
                log.warning("What was in force of %s is left out: %s", self.file.name, error)
        return held


class RulesInForce:
    """The rules of a site. Raises ``AdapterError`` at start alone, with everything that is wrong."""

    def __init__(
        self,
        names: Sequence[str],
        open_file: Callable[[Path], RuleFile],
        bundle: TrustBundle,
        site: SitePolicy,
        borders: Borders | None = None,
    ) -> None:
        self._site = site
        self._shipped = tuple(packs.shipped(name) for name in names if name in packs.SHIPPED)
        self._packs = [PackFile(open_file(Path(name))) for name in names if name not in packs.SHIPPED]
        self._eu = AcceptanceFiles(borders, open_file) if borders else None
        self._files: list[PackFile | EuFile[Any]] = [*self._packs, *(self._eu.files if self._eu else ())]
        self._bundle = bundle
        self._look_ns = 0
        self._pairing = Pairing()
        self._told_broken: frozenset[tuple[str, int, str]] = frozenset()
        problems = [problem for file in self._files for problem in _begun(file, bundle)]
        if problems:
            raise AdapterError("\n".join(problems))
        self._gather()

    @property
    def named(self) -> tuple[Rule, ...]:
        """The names and versions of all that decides, also ahead of its day. For any thread."""
        of_place = (self._acceptance.name,) if self._acceptance else ()
        return (*(pack.name for pack in self._rules.packs), *of_place)

    def judged(self, verdict: Verdict, now: Instant) -> Judged:
        """What they say of a verdict. A rule that cannot be evaluated is told once, without what it was asked of."""
        judged = self._judged(verdict, now)
        if judged.broken:
            self._tell_broken(judged)
        return judged

    def _judged(self, verdict: Verdict, now: Instant) -> Judged:
        """By itself, or together with what the visitor showed before, where a pack asks for both."""
        alone = decision.judged(verdict, now, self._site, self._rules, self._acceptance)
        if not isinstance(verdict, Verified) or not alone.wants:
            return alone
        half = self._half(verdict, now)
        before = self._pairing.before(half.fp, half.shown, now.mono_ns)
        if before is not None:
            found = decision.judged(verdict, now, self._site, self._rules, self._acceptance, before)
            if not found.wants:
                self._pairing = self._pairing.completed(half)
                return replace(found, other=before.known)
        self._pairing = self._pairing.waiting(half)
        return alone

    def _half(self, verdict: Verified, now: Instant) -> Half:
        known = Other(verdict.credential, verdict.revocation_known)
        by_place = decision.by_place(verdict, now, self._acceptance)
        return Half(known, shown_by(verdict), now.mono_ns, by_place)

    def _tell_broken(self, judged: Judged) -> None:
        broken = frozenset((judged.rule.id, judged.rule.version, rule) for rule in judged.broken)
        if broken <= self._told_broken:
            return
        self._told_broken |= broken
        log.warning(
            "Some rules could not be evaluated when %s %d decided, so they counted as false: %s. "
            "Try them with gate rules explain.",
            judged.rule.id,
            judged.rule.version,
            ", ".join(sorted(set(judged.broken))),
        )

    def refresh(self, bundle: TrustBundle, now_ns: int) -> None:
        """Take what is new, once a second at most, or at once with another bundle; what is refused is told once.

        What was shown of the first of two codes is forgotten when its time is over.
        """
        self._pairing = self._pairing.kept(now_ns)
        another = bundle is not self._bundle
        if not another and now_ns < self._look_ns:
            return
        self._bundle, self._look_ns = bundle, now_ns + LOOK_NS
        for file in self._files:
            if another or file.file.changed():
                _take(file, bundle)
        self._gather()

    def _gather(self) -> None:
        self._rules = RuleSet((*self._shipped, *(pack for file in self._packs for pack in file.packs)))
        self._acceptance = self._eu.in_force() if self._eu else None


@dataclass(slots=True)
class TrustWithRules:
    """``TrustSource`` whose bundle brings its rules into force with it, and tells that its own time has passed."""

    trust: TrustSource
    rules: RulesInForce
    clock: Clock
    passed: Callable[[datetime], None] = lambda _: None
    """Told when a new bundle was issued, where no time source says what time it is."""
    _bundle: TrustBundle | None = None

    def current(self) -> Trust:
        return self.trust.current()

    def refresh(self) -> None:
        self.trust.refresh()
        bundle, now = self.trust.current().bundle, self.clock.now()
        if bundle is not self._bundle and now.clock is not ClockTrust.SYNCED:
            self.passed(bundle.issued)
        self._bundle = bundle
        self.rules.refresh(bundle, now.mono_ns)


def _begun(file: PackFile | EuFile[Any], bundle: TrustBundle) -> list[str]:
    """Take a file at the start, or go on with what was in force before; else the reason why there is nothing."""
    file.recall()
    try:
        file.take(bundle.rule_packs)
    except AdapterError as error:
        if not file.told:
            return [str(error)]
        log.warning("%s %s stays in force.", error, file.told)
    return []


def _take(file: PackFile | EuFile[Any], bundle: TrustBundle) -> None:
    try:
        if file.take(bundle.rule_packs):
            log.info("New rules are here: %s, from %s", file.told, file.file.name)
    except AdapterError as error:
        log.warning("%s %s stays in force.", error, file.told)
