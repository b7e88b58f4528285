"""The account of a life: every change of the strike's wire has its reason, every released moment its record."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from gate.access.events import ModeChanged, SelfTested
from gate.access.strike_wiring import StrikeWiring
from gate.adapters.journal_sqlite import JournalReader
from gate.wire import envelope
from tests.docs.strike_lines import Freed
from tests.lives.board import STRIKE, Board, Kind
from tests.lives.facts import Facts
from tests.lives.windows import EMERGENCY, Window, falls, release_ms, windows
from tests.pins import Change

NS_PER_MS = 1_000_000


class UnexplainedError(AssertionError):
    """The lock was something that nothing explains."""


class Account:
    """Judges one life after the other; ``released_ms`` sums up what explains the released time."""

    def __init__(self, board: Board) -> None:
        self.released_ms: Counter[str] = Counter()
        self._board = board
        self._seq = 0
        self._level = board.level
        """Of the wire when the last life was judged."""

    def judge(self, facts: Facts) -> None:
        """Raise ``UnexplainedError``. Called before the next life begins."""
        self._match_with_journal(facts)
        changes = self._board.pins.changes
        running = [one for one in changes[facts.edges_before : facts.edges_at_end] if one.pin == STRIKE]
        after = [one.level for one in changes[facts.edges_at_end :] if one.pin == STRIKE]
        found = windows(facts, self._board.settings)
        self._reasons(facts, running, found)
        at_end = running[-1].level if running else self._level
        self._covered(facts, running, found)
        self._promised(facts, running, found)
        self._at_rest(facts, found, at_end)
        self._after_the_end(facts, at_end, after)
        self._level = self._board.level

    def _match_with_journal(self, facts: Facts) -> None:
        """What is in the file is what was asked for, in order, as far as it goes; all of it after an orderly end."""
        with JournalReader(self._board.journal_file) as journal:
            records = list(journal.records(self._seq))
        asked = list(facts.asked.values())
        for one, record in zip(asked, records, strict=False):
            read = envelope.decode(record.body)
            assert isinstance(read, envelope.Received)
            if (read.type, read.time.microsecond // 1000) != (
                envelope.type_of(one.event.name),
                one.event.at.utc.microsecond // 1000,
            ):
                raise UnexplainedError(f"record {record.seq} is {read.type}, not {one.event.name}")
            if read.data.get("release_ms", 0) != release_ms(one.event):
                raise UnexplainedError(f"record {record.seq} tells of another release than {one.event}")
            one.committed = True
        if len(records) > len(asked) or (facts.end.in_order and len(records) < len(asked)):
            raise UnexplainedError(f"{len(asked)} events and {len(records)} records")
        for one in asked:
            if one.handled_ns is not None and not one.committed:
                raise UnexplainedError(f"acted on a record that is not there: {one.event.name}")
        self._seq += len(records)

    def _reasons(self, facts: Facts, running: Sequence[Change], found: list[Window]) -> None:
        """Each change of the lock happens at a moment that has a reason for it, and each reason is good for one."""
        rising, falling = Counter(one.start_ns for one in found), falls(facts, found)
        for change in running:
            moment = change.mono_ns
            if self._is_release(change.level):
                if not rising[moment]:
                    raise UnexplainedError(f"released at {_ms(moment, facts)} for no reason")
                rising[moment] -= 1
            elif moment not in falling and not (facts.hung_ns and moment >= facts.hung_ns):
                raise UnexplainedError(f"secured at {_ms(moment, facts)} for no reason")

    def _covered(self, facts: Facts, running: Sequence[Change], found: list[Window]) -> None:
        """Each released moment lies in a window, and where the lock must be released, it is."""
        levels = [(facts.start_ns, self._level), *((one.mono_ns, one.level) for one in running), (facts.end_ns, False)]
        for (start_ns, level), (end_ns, _) in pairwise(levels):
            if start_ns == end_ns:
                continue
            if self._is_release(level):
                self._explain(start_ns, end_ns, facts, found)
            else:
                for one in found:
                    if one.must and max(start_ns, one.start_ns) < min(end_ns, one.end_ns):
                        raise UnexplainedError(f"secured from {_ms(start_ns, facts)} on, but {one.why}")

    def _promised(self, facts: Facts, running: Sequence[Change], found: list[Window]) -> None:
        """Whoever was let in finds the lock released, if the service was still there a moment later."""
        falling = falls(facts, found)
        for one in found:
            before = [change.level for change in running if change.mono_ns <= one.start_ns]
            released = self._is_release([self._level, *before][-1])
            last_ns = facts.end_ns if facts.hung_ns is None else facts.hung_ns
            if (
                one.passing
                and one.why != SelfTested.name
                and not released
                and one.start_ns < last_ns
                and one.start_ns not in falling
            ):
                raise UnexplainedError(f"not released at {_ms(one.start_ns, facts)}, but {one.why}")

    def _at_rest(self, facts: Facts, found: list[Window], at_end: bool) -> None:  # noqa: FBT001  (a level)
        """A process that ends in order leaves the lock secured, but in an emergency."""
        modes = [one for one in facts.asked.values() if isinstance(one.event, ModeChanged)]
        if not facts.end.in_order or any(one.at_ns == facts.end_ns for one in modes):
            return
        emergency = any(one.must and one.why in EMERGENCY and one.end_ns == facts.end_ns for one in found)
        if self._is_release(at_end) is not emergency:
            raise UnexplainedError(f"{facts.end.value} with the lock {'released' if not emergency else 'secured'}")

    def _explain(self, start_ns: int, end_ns: int, facts: Facts, found: list[Window]) -> None:
        """Each moment by the window that comes first, in the order of what is strongest."""
        cuts = {start_ns, end_ns}
        cuts |= {cut for one in found for cut in (one.start_ns, one.end_ns) if start_ns < cut < end_ns}
        for left_ns, right_ns in pairwise(sorted(cuts)):
            over = [one for one in found if one.start_ns <= left_ns and right_ns <= one.end_ns]
            why = min((one.why for one in over), key=_weight, default="nothing")
            if why == "nothing" or why.startswith("UNRECORDED"):
                raise UnexplainedError(
                    f"released from {_ms(left_ns, facts)} to {_ms(right_ns, facts)}, explained by {why}"
                )
            self.released_ms[why] += (right_ns - left_ns) / NS_PER_MS  # type: ignore[assignment]  # a sum of times

    def _after_the_end(self, facts: Facts, at_end: bool, after: Sequence[bool]) -> None:  # noqa: FBT001  (a level)
        """What the kernel and ``gate-secure-lines`` do with a line that is given back, and nothing else."""
        expected = story_after(self._board.kind, at_end, facts.frees_after)
        if [at_end, *after] != expected:
            raise UnexplainedError(f"after the end ({facts.end.value}) the line was {after}, not {expected[1:]}")

    def _is_release(self, level: bool) -> bool:  # noqa: FBT001  (a level)
        return level is self._board.kind.wiring.released_level


def story_after(kind: Kind, at_end: bool, frees_after: Sequence[bool]) -> list[bool]:  # noqa: FBT001  (a level)
    """The levels of a line from the end of a life on, each another one than before.

    ``frees_after``: for each run of ``gate-secure-lines``, whether it finds an emergency.
    """
    story = [at_end, *given_back(kind.freed)]
    for frees in frees_after:
        story += [_rest(kind.wiring, frees=frees), *given_back(kind.freed)]
    return [level for n, level in enumerate(story) if n == 0 or level is not story[n - 1]]


def given_back(freed: Freed) -> list[bool]:
    """What the kernel makes of it."""
    return [] if freed is Freed.KEEPS else [freed is Freed.PULLED_UP]


def _rest(wiring: StrikeWiring, *, frees: bool) -> bool:
    return wiring.released_level if frees else wiring.secured_level


def _weight(why: str) -> tuple[bool, bool, str]:
    """What is recorded explains before what is not."""
    return (why.startswith("UNRECORDED"), why.startswith("lost"), why)


def _ms(moment_ns: int, facts: Facts) -> str:
    return f"{(moment_ns - facts.start_ns) / NS_PER_MS:.3f} ms"
