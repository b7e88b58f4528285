"""One life after the other at one door, each judged before the next one begins."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path

from gate.access.inputs import InputLine
from tests.docs.strike_lines import WIRINGS, Freed
from tests.lives.account import Account, UnexplainedError
from tests.lives.board import Board, Kind
from tests.lives.facts import End, Facts, State
from tests.lives.process import Makers, Process
from tests.lives.story import SCHEDULE, Teller
from tests.service.config_files import Raw

KINDS = [Kind(wiring, freed) for wiring, freed in product(WIRINGS, Freed)]
NS_PER_S = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Plan:
    """How a life is to end, and whether ``gate-secure-lines`` runs after it."""

    state: State
    end: End
    secures: bool

    def __str__(self) -> str:
        after = "then gate-secure-lines" if self.secures else "without gate-secure-lines"
        return f"{self.state.value}; {self.end.value}; {after}"


PLANS = [Plan(state, end, secures) for state, end, secures in product(State, End, (True, False))]


@dataclass(slots=True)
class Lives:
    """A door of this kind; what happens at it follows from the seed."""

    kind: Kind
    folder: Path
    seed: str
    makers: Makers = field(default_factory=Makers)
    seen: Counter[Plan] = field(default_factory=Counter)
    """How each life did end."""
    board: Board = field(init=False)
    account: Account = field(init=False)
    _chance: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self._chance = random.Random(self.seed)  # noqa: S311  (a test that can be repeated)
        self.board = Board(self.kind, self.folder, self._site())
        self.account = Account(self.board)

    def _site(self) -> dict[str, object]:
        pick = self._chance.choice
        return {
            "door.release_s": pick([0.5, 1.0, 3.0]),
            "door.extended_release_s": pick([3.0, 6.0]),
            "door.relock_on_open": pick([True, False]),
            "door.held_open_s": 5.0,
            "door.pre_alarm_s": 2.0,
            "door.extended_held_open_s": 6.0,
            "officer.hold_s": 8.0,
            "journal.required": pick([True, False]),
            "self_test.at_start": pick(["off", "signals", "relay"]),
            "schedule.unlocked": Raw(SCHEDULE),
            "schedule.utc_offset": "+00:00",
        }

    def live(self, plan: Plan) -> None:
        """One life, and the time until the next. Raises ``UnexplainedError`` with all that repeats it."""
        process = Process(self.board, plan.end, self.makers)
        process.inbox.story = Teller(process, self._chance).life(plan.state)
        process.run()
        facts = process.facts
        self.seen[Plan(facts.state, facts.end, plan.secures)] += 1
        self._afterwards(facts, secures=plan.secures)
        try:
            self.account.judge(facts)
        except UnexplainedError as error:
            raise UnexplainedError(
                f"{error} ({self.kind}; {plan}; seed {self.seed!r}, life {self.seen.total()})"
            ) from None

    def _afterwards(self, facts: Facts, *, secures: bool) -> None:
        """The service is not there: doors and loops may move, and systemd runs what it is told to."""
        if self._chance.random() < 0.1:
            line = self._chance.choice([InputLine.EMERGENCY, InputLine.DOOR_MONITOR])
            is_open = self.board.loop_is_open if line is InputLine.EMERGENCY else self.board.door_is_open
            self.board.connect(line, closed=is_open)
        if secures:
            facts.frees_after.append(self.board.mark.is_set() or self.board.loop_is_open)
            assert self.makers.secure_lines(self.board) == 0
        self.board.pass_until(self.board.clock.now_ns + self._chance.choice([1, 60]) * NS_PER_S)
