"""The real centre as the nemesis knows it: workers that are processes of their own, and their database."""

from __future__ import annotations

import os
import random
import socket
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gate.central.adapters.sql.engine import open_database
from gate.central.adapters.sql.events import SqlStore
from gate.credential.keys import private_to_pem
from tests.broker import HOST
from tests.central.office import RUN, configured
from tests.nemesis.centre import Shelf

ENDS_S = 20.0


@dataclass(frozen=True, slots=True)
class Office:
    """Where the real centre keeps things, and how many workers it has."""

    folder: Path
    url: str
    password: str | None = None
    workers: int = 1


class Workers:
    """``centre.Centre`` with real workers. ``key`` signs its requests for missing records."""

    def __init__(self, office: Office, port: int, key: Ed25519PrivateKey) -> None:
        self._office = office
        (office.folder / "replay.key").write_bytes(private_to_pem(key))
        (office.folder / "password").write_text(office.password or "")
        self._config = configured(
            office.folder,
            {
                "broker": {"host": HOST, "port": port},
                "store": {"url": office.url} | ({"password_file": "password"} if office.password else {}),
                "commands": {"key": "replay.key"},
            },
        )
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._notify.bind(str(office.folder / "notify"))
        self._store: SqlStore

    # What it has.

    @property
    def shelves(self) -> dict[str, Shelf]:
        """What is in the database, by journal."""
        found = {}
        for journal, progress in self._store.journals().items():
            found[journal.ulid] = Shelf(dict(self._store.bodies(journal)), 0, progress.whole_to)
        return found

    @property
    def wrong(self) -> list[str]:
        """What the centre finds amiss, but gaps that were filled."""
        return [f"{one.finding.kind}: {one.finding.detail}" for one in self._store.findings() if one.ended is None]

    def whole_to(self, ulid: str) -> int:
        return max((one.whole_to for name, one in self._store.journals().items() if name.ulid == ulid), default=0)

    def until(self, satisfied: Callable[[], bool], timeout_s: float) -> bool:
        """Looks whenever a worker tells systemd how it is, each second."""
        until_s = time.monotonic() + timeout_s
        while not satisfied():
            self._notify.settimeout(max(0.01, until_s - time.monotonic()))
            try:
                self._notify.recv(4096)
            except TimeoutError:
                return satisfied()
        return True

    # What is done to it.

    def come(self) -> None:
        """Every worker that is not there starts, and is ready."""
        names = {f"centre.worker-{number}" for number in range(self._office.workers)} - self._processes.keys()
        for name in sorted(names):
            self._processes[name] = self._started(name)
        self._await_ready(len(names))

    def go(self) -> None:
        """Every worker ends in order."""
        for process in self._processes.values():
            process.terminate()
        self._bury(code=0)

    def kill(self, rng: random.Random) -> None:
        """One worker at least dies at once."""
        for name in rng.sample(sorted(self._processes), rng.randint(1, len(self._processes))):
            self._processes[name].kill()
            self._processes.pop(name).wait(ENDS_S)

    def __enter__(self) -> Self:
        self.come()
        self._store = SqlStore(open_database(self._office.url, self._office.password))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in self._processes.values():
            process.kill()
        self._bury()
        self._store.close()
        self._notify.close()

    def _started(self, name: str) -> subprocess.Popen[bytes]:
        environment = os.environ | {"NOTIFY_SOCKET": str(self._office.folder / "notify")}
        command = [*RUN, str(self._config), "--worker", name]
        with (self._office.folder / "central.log").open("ab") as log:
            return subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def _await_ready(self, count: int) -> None:
        """Until so many have said that they are."""
        self._notify.settimeout(ENDS_S)
        until_s = time.monotonic() + ENDS_S
        while count and time.monotonic() < until_s:
            count -= b"READY=1" in self._notify.recv(4096)
        told = (self._office.folder / "central.log").read_text()[-2000:]
        assert count == 0, f"the centre does not start: {told}"

    def _bury(self, code: int | None = None) -> None:
        for process in self._processes.values():
            assert process.wait(ENDS_S) == code or code is None
        self._processes.clear()
