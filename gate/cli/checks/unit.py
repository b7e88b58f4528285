"""The unit that is looked at, as the checks see it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from gate.adapters.board_linux import LinuxBoard
from gate.adapters.clock_system import SystemClock
from gate.cli.checks import locked
from gate.cli.checks.ways import Ways
from gate.cli.control_client import NoAnswer, ask
from gate.service.config_schema import Config
from gate.wire.control import Answered, Request


@dataclass(frozen=True)
class Unit:
    """Made once for a run of the doctor; what was asked once is kept."""

    config: Config
    ways: Ways = field(default_factory=Ways)

    @cached_property
    def clock(self) -> SystemClock:
        """The clocks of the machine, judged as the service judges them."""
        return self.ways.clock(self.config.trust.clock_kept)

    @cached_property
    def board(self) -> LinuxBoard:
        """The machine, with the disk that the journal is on."""
        return LinuxBoard(self.config.journal.path.parent, self.ways.root)

    @cached_property
    def standing(self) -> Answered | NoAnswer:
        """What the gate that runs here says of itself, or why there is no answer."""
        return self.order(Request("status"))

    @property
    def runs(self) -> bool:
        """Whether a gate runs here, which then has the camera, the lines and the way to the broker."""
        if isinstance(self.standing, Answered) or not self.standing.absent:
            return True
        return locked.held(self.config.journal.path, self.ways.root)

    @property
    def told(self) -> bool:
        """Whether the gate that runs here has said how it stands."""
        return isinstance(self.standing, Answered) and self.standing.status is not None

    @property
    def alarms(self) -> tuple[str, ...]:
        """The kinds of the alarms that are open at the gate that runs here."""
        status = (self.standing.status if isinstance(self.standing, Answered) else None) or {}
        found = status.get("alarms")
        return tuple(_kind(one) for one in found if isinstance(one, dict)) if isinstance(found, list) else ()

    def order(self, request: Request) -> Answered | NoAnswer:
        """Ask the gate that runs here."""
        socket = self.config.control.socket
        if socket is None:
            return NoAnswer("control.socket is empty, so that the gate cannot be asked", absent=True)
        try:
            return ask(socket, request)
        except NoAnswer as none:
            return none


def _kind(alarm: dict[str, Any]) -> str:
    detail = alarm.get("detail")
    return f"{alarm.get('kind')} ({detail})" if detail else str(alarm.get("kind"))
