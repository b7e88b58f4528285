"""What every ``ports.Notifier`` must do: nothing that could disturb the service."""

from __future__ import annotations

from pathlib import Path

import pytest

from gate.adapters.notify_systemd import SystemdNotifier
from gate.ports import Notifier


@pytest.fixture(params=["nobody", "gone"])
def notifier(request: pytest.FixtureRequest, tmp_path: Path) -> Notifier:
    return SystemdNotifier(None if request.param == "nobody" else str(tmp_path / "gone"))


def test_every_call_does_nothing_where_nobody_listens(notifier: Notifier) -> None:
    notifier.ready("up")
    notifier.watchdog()
    notifier.status("still up")
    notifier.stopping()
    notifier.stopping()
