"""What a command asks of the service itself: read the configuration again, start anew, end the gate's mandate."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from gate.access.answers import Reply
from gate.access.command import Reload, Restart, Retire
from gate.configuration.errors import ConfigErrors
from gate.service.config_schema import Config


@dataclass(frozen=True, slots=True)
class Errands:
    """``restart`` ends the service in order, so that the service manager starts it again; any thread may call it."""

    config: Config
    """The one in force."""
    reread: Callable[[], Config]
    """Reads the file again. Raises ``ConfigErrors``."""
    restart: Callable[[], None]
    retire: Callable[[], None] = lambda: None
    """Leaves the mark by which the next start wipes what the gate kept. Raises ``AdapterError``."""

    def perform(self, work: Reload | Restart | Retire) -> tuple[Reply, Callable[[], None] | None]:
        """What is answered, and what is to be done when that is on its way."""
        match work:
            case Reload():
                return self._reload()
            case Restart():
                return Reply(done=True, text="the service starts anew"), self.restart
            case Retire():
                text = "retired: the door stands open; what the gate kept is wiped when every record is confirmed"
                return Reply(done=True, text=text), None

    def _reload(self) -> tuple[Reply, Callable[[], None] | None]:
        """A configuration that is wrong is not taken up; trust is looked at every second anyway."""
        try:
            found = self.reread()
        except ConfigErrors as errors:
            count = len(errors.problems)
            text = f"the configuration has {count} errors, so the old one stays in force: see gate check-config"
            return Reply(done=False, text=text), None
        if found == self.config:
            return Reply(done=True, text="the configuration is the one in force"), None
        return Reply(done=True, text="the configuration is another one: the service starts anew with it"), self.restart
