"""A gate, a link, a broker and a centre, all real programs and sockets here, and what may be done to them."""

from __future__ import annotations

import json
import random
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import replace
from pathlib import Path
from socket import socketpair
from typing import Self

from gate.access.command import Role
from gate.adapters.clock_system import SystemClock
from gate.adapters.journal_sqlite import JournalReader
from gate.credential.bundle import sign_bundle
from gate.credential.model import Colour
from gate.simulation.broker import PrivateBroker
from gate.simulation.errors import SimulationError
from gate.simulation.observer import Observer
from gate.simulation.office import Office
from tests.e2e.living import RUN
from tests.nemesis.centre import Centre
from tests.nemesis.checker import MS, Findings, Release, check_feed, check_releases
from tests.nemesis.link import Link
from tests.nemesis.workers import Office as CentreOffice
from tests.nemesis.workers import Workers
from tests.pictures import qr, saved
from tests.wire.commands import Staff

READY_S = 30.0
ACT_S = 5.0
RECORD_WAIT_NS = 250 * MS
SLACK_NS = 100 * MS
"""For the time between a kill and its moment as this process knows it."""
RELEASING = ("gate.access.granted.", "gate.door.exit_requested.")
PERSISTENT = ("allow_anonymous true", "persistence true", "autosave_interval 1")
"""It stores once a second, so that a kill loses what it has acknowledged since: no promise of a broker is relied on."""


class World:
    """Use as a context manager; then everything runs."""

    def __init__(
        self, folder: Path, extra: str = "", broker: tuple[str, ...] = PERSISTENT, office: CentreOffice | None = None
    ) -> None:
        """``office``: with the real centre, and not with the smallest one."""
        self.folder = folder
        (folder / "broker").mkdir()
        where = f"persistence_location {folder / 'broker'}/"
        self.broker = PrivateBroker(folder, lines=(*broker, where))
        staff = Staff(Role.REPLAY, name="centre")
        port = self.broker.port
        self.centre = Centre(port) if office is None else Workers(office, port, staff.private)
        self.link = Link(self.broker.port)
        office_ = Office.from_seed(random.Random(7), SystemClock().now().utc)  # noqa: S311  (can be repeated)
        self._config = office_.set_up(folder, self.link.port)
        trust = replace(office_.bundle(), issuers=(*office_.bundle().issuers, staff.issuer()))
        (folder / "trust.bundle").write_bytes(sign_bundle(trust, office_.root))
        text = self._config.read_text().replace("acknowledge = 4", "acknowledge = 4\nrex = 8\ndoor_monitor = 12")
        self._config.write_text(text.replace("[mqtt]\n", f"[mqtt]\nlongest_retry_s = 5\n{extra}"))
        self._green = saved(qr(office_.genuine(Colour.GREEN)), folder / "green.png")
        self._gate: subprocess.Popen[bytes] | None = None
        self._observer: Observer | None = None
        self._releases: list[Release] = []
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            stack.enter_context(self.broker)
            stack.enter_context(self.link)
            stack.enter_context(self.centre)
            stack.callback(self.kill_gate)
            self.start_gate()
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    # What happens at the door.

    def walk_out(self) -> None:
        """Somebody inside asks to get out, opens the door and closes it."""
        observer = self._door()
        changes = len(observer.lines)
        observer.do("hold", button="rex")
        observer.wait_until(lambda: len(observer.lines) > changes, ACT_S)
        observer.do("let_go", button="rex")
        observer.do("door", open=True)
        observer.do("door", open=False)

    def show(self) -> None:
        """A visitor with a green pass; steps back when the strike is released."""
        observer = self._door()
        changes = len(observer.lines)
        observer.do("show", picture=str(self._green))
        observer.wait_until(lambda: len(observer.lines) > changes, ACT_S)
        observer.do("show")

    def count(self, times: int) -> None:
        """The officer corrects the number of people inside so often: as many events at once."""
        for inside in range(times):
            self._door().do("order", verb="occupancy", inside=inside)

    # What the nemesis does.

    def start_gate(self) -> None:
        """Start the service and wait until its workbench answers."""
        if self._gate is not None:
            return
        bench = self.folder / "bench.sock"
        bench.unlink(missing_ok=True)
        with (self.folder / "run.log").open("ab") as log:
            self._gate = subprocess.Popen([*RUN, str(self._config)], stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        quiet, other = socketpair()
        with ExitStack() as stack:
            stack.enter_context(quiet)
            stack.enter_context(other)
            self._observer = Observer(bench, quiet.fileno(), self._check)
            if not self._observer.wait_until(self._reached, READY_S):
                raise SimulationError("the gate does not start")

    def kill_gate(self) -> None:
        """End it with SIGKILL."""
        self._end_gate(kill=True)

    def stop_gate(self) -> None:
        """End it in order."""
        self._end_gate(kill=False)

    def restart_broker(self, *, kill: bool) -> None:
        """An outage of the broker, which loses what it has not stored."""
        self.broker.stop(kill=kill)
        self.broker.start()

    def kill_workers(self, rng: random.Random) -> None:
        """Some of the centre's workers end with SIGKILL; the smallest centre has none."""
        if isinstance(self.centre, Workers):
            self.centre.kill(rng)

    # What became of it.

    def settled(self, timeout_s: float) -> bool:
        """Wait until the centre has everything that is committed; False when it has not in time."""
        return self.centre.until(self._has_all, timeout_s)

    def confirmed(self, timeout_s: float) -> bool:
        """Wait until the gate holds every record for confirmed; False when it does not in time."""
        return self._door().wait_until(self._nothing_waits, timeout_s)

    def findings(self) -> Findings:
        """The checker's verdict; the gate must have ended."""
        with JournalReader(self.folder / "journal.db") as journal:
            committed = [record.body for record in journal.records()]
            ulid = journal.ulid
        shelf = self.centre.shelves[ulid]
        problems = list(check_feed(ulid, committed, shelf.bodies))
        problems += [f"a gate of another journal was heard: {other}" for other in self.centre.shelves.keys() - {ulid}]
        if self.centre.wrong:
            problems.append(f"{len(self.centre.wrong)} wrong messages, the first: {self.centre.wrong[0]}")
        unrecorded, late = check_releases(self._releases, list(_releases(committed)), RECORD_WAIT_NS + SLACK_NS)
        return Findings(len(committed), len(shelf.bodies), shelf.again, unrecorded, (*problems, *late))

    def _has_all(self) -> bool:
        with JournalReader(self.folder / "journal.db") as journal:
            ulid, count = journal.ulid, sum(1 for _ in journal.records())
        return self.centre.whole_to(ulid) >= count

    def _nothing_waits(self) -> bool:
        with JournalReader(self.folder / "journal.db") as journal:
            return journal.backlog() == 0

    def _reached(self) -> bool:
        """Whether the workbench takes us: its socket is there a moment before it listens."""
        with suppress(OSError):
            self._door().connect()
            return True
        return False

    def _door(self) -> Observer:
        assert self._observer is not None
        return self._observer

    def _end_gate(self, *, kill: bool) -> None:
        gate, self._gate = self._gate, None
        if gate is None:
            return
        if kill:
            gate.kill()
        else:
            gate.terminate()
        killed_ns = time.monotonic_ns() if kill else None
        gate.wait(20)
        observer, self._observer = self._observer, None
        if observer is not None:
            observer.wait_until(lambda: False, 0.01)  # what it told before its end
            self._releases += [
                Release(one.mono_ns, killed_ns) for one in observer.lines if one.line == "strike" and one.on
            ]
            observer.close()

    def _check(self) -> None:
        if self._gate is not None and self._gate.poll() is not None:
            raise SimulationError(f"the gate has ended by itself: {(self.folder / 'run.log').read_text()[-2000:]}")


def _releases(committed: list[bytes]) -> Iterator[int]:
    for body in committed:
        event = json.loads(body)
        if event["type"].startswith(RELEASING):
            yield int(event["data"]["mono_ms"]) * MS
