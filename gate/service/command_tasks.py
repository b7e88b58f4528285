"""The verbs of the centre's commands, as a table: what each asks of the core or the service, and what it takes.

Texts that go into events come from the configuration's lists or from this table, never from who asks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from gate.access.command import Reload, Replay, Restart, Retire, Task, Verb
from gate.access.modes import DoorMode
from gate.access.orders import Acknowledge, Drill, RemoteRelease, Report, SelfTest, SetMode
from gate.credential.model import Colour
from gate.service.control_verbs import DRILLS, Asked, Reasons, WrongRequest, reason_of

MOST_REPLAYED = 10_000
"""Records that one command sends again."""


def _release(asked: Asked, reasons: Reasons) -> Task:
    return RemoteRelease(reason_of(asked, reasons.admit), asked.number("visit"))


def _replay(asked: Asked, _: Reasons) -> Task:
    first, last = asked.number("from"), asked.number("to")
    if first is None or last is None or not 0 <= last - first < MOST_REPLAYED:
        raise WrongRequest(f'"from" and "to" must name 1 to {MOST_REPLAYED} records, the first and the last of them')
    return Replay(first, last)


def _mode(mode: DoorMode) -> Callable[[Asked, Reasons], Task]:
    return lambda _asked, _reasons: SetMode(mode)


TASKS: Mapping[Verb, Callable[[Asked, Reasons], Task]] = {
    Verb.RELEASE: _release,
    Verb.LOCKDOWN: _mode(DoorMode.LOCKED_DOWN),
    Verb.NORMAL: _mode(DoorMode.LOCKED),
    Verb.EMERGENCY_RELEASE: _mode(DoorMode.LOCKED_OPEN),
    Verb.ACKNOWLEDGE: lambda asked, _reasons: Acknowledge(asked.number("alarm")),
    Verb.DRILL: lambda asked, _reasons: Drill(Colour(asked.choice("colour", DRILLS))),
    Verb.RELOAD: lambda _asked, _reasons: Reload(),
    Verb.REPLAY: _replay,
    Verb.IDENTIFY: lambda _asked, _reasons: SelfTest(),
    Verb.DIAGNOSE: lambda _asked, _reasons: Report(),
    Verb.RESTART: lambda _asked, _reasons: Restart(),
    Verb.RETIRE: lambda _asked, _reasons: Retire(),
}


def task_of(verb: Verb, args: Mapping[str, Any], reasons: Reasons) -> Task:
    """What is asked. Raises ``WrongRequest``."""
    asked = Asked(dict(args))
    task = TASKS[verb](asked, reasons)
    asked.nothing_more()
    return task
