"""The composition root of the service: opens the parts, connects the threads, runs them until told to stop.

Everything is opened before anything runs, and all that cannot be opened is told at once.
"""

from __future__ import annotations

import logging
import math
import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from ulid import ULID

from gate import __version__
from gate.access.access_point import AccessPoint
from gate.access.memory import Memory
from gate.access.signals import OfficerAdmitted, OfficerRefused, Signal
from gate.adapters.local_socket.bench import BenchSocket
from gate.adapters.clock_system import SystemClock
from gate.adapters.journal_sqlite import SqliteJournal
from gate.adapters.notify_systemd import SystemdNotifier
from gate.ports import AdapterError, InputChange, InputLine, Publisher, SymbolDecoder, TrustSource
from gate.service import codec, parts
from gate.service.clock_floor import newest_synced, raise_to
from gate.service.config_schema import Config
from gate.service.controller import Controller
from gate.service.inbox import Inbox
from gate.service.opening import Opening, StartError
from gate.service.reader import Reader
from gate.service.recorder import Outside, Recorder
from gate.service.signal_log import Run, SignalLog
from gate.service.supervisor import Pace, Supervisor, stop_on_signals
from gate.service.threads import PATIENCE_S, Body, Worker, let_process_live, watch_foreign_threads
from gate.service.workbench import Workbench
from gate.wire import topics
from gate.wire.topics import Identity

log = logging.getLogger(__name__)

OFFICER = "door-officer"
"""Who presses the buttons at the door: the one standby officer, not named."""
BUTTON_REASON = "officer_present"
DISK_PATIENCE_S = 60.0
"""A commit takes as long as the card lets it; a door that is restarted for that is no better off."""


@dataclass(frozen=True, slots=True)
class Outdoors:
    """Every part that had to be opened; None for what the configuration does not ask for."""

    identity: Identity
    clock: SystemClock
    bench: Workbench
    server: BenchSocket | None
    hardware: parts.Hardware
    decoder: SymbolDecoder
    trust: TrustSource
    journal: SqliteJournal
    memory: Memory
    publisher: Publisher
    signal_log: SignalLog | None


def run_gate(config: Config) -> int:
    """Run the service until it is told to stop; the exit code. Raises ``StartError``."""
    opening = Opening()
    try:
        return _run(config, _open(config, opening))
    finally:
        opening.close()
        let_process_live()


def _open(config: Config, opening: Opening) -> Outdoors:
    """Open everything, the strike last, so that it is closed first. Raises ``StartError`` with all that failed."""
    clock = SystemClock()
    identity = Identity(config.site.id, config.gate.id, config.gate.access_point, str(ULID()))
    bench = Workbench(config, parts.outputs_of(config))
    decoder = opening.closing(lambda: parts.decoder_of(config.decoder.mode))
    journal = opening.closing(lambda: SqliteJournal(config.journal.path))
    passed = opening.part(lambda: newest_synced(journal), journal)
    raise_to(passed, "the journal's newest record", clock.raise_floor)  # the trust chooses the week's key by the clock
    trust = opening.part(lambda: parts.trust_of(config, clock))
    memory = opening.part(lambda: parts.memory_of(journal), journal)
    publisher = opening.part(lambda: parts.publisher_of(config, identity))
    socket = config.bench.socket
    server = opening.closing(lambda: bench.listen(socket)) if socket else None
    signals = config.log.signals
    signal_log = opening.closing(lambda: SignalLog(signals)) if signals else None
    hardware = parts.hardware_of(config, opening, bench)
    opening.check()
    raise_to(trust.current().bundle.issued, "the trust bundle", clock.raise_floor)
    return Outdoors(identity, clock, bench, server, hardware, decoder, trust, journal, memory, publisher, signal_log)


def _run(config: Config, out: Outdoors) -> int:
    """Connect the threads by their queues, and run them."""
    inbox = Inbox()
    notifier = SystemdNotifier.from_environment()
    look_s = min(1.0, notifier.watchdog_interval_s or 1.0)
    supervisor = Supervisor(notifier, lambda: _status(recorder, inbox), Pace(look_s=look_s))
    recorder = _recorder(config, out, inbox, supervisor)
    settings = parts.settings_of(config)
    if out.signal_log is not None:
        out.signal_log.write(Run(settings, out.memory))
    point = AccessPoint(settings, out.memory)
    door = out.hardware
    controller = Controller(point, inbox, out.clock, door.strike, door.indicator, recorder.submit, out.signal_log)
    door.inputs.listen(partial(_changed, inbox.post))
    out.bench.connect(inbox.post, door.frames)
    reader = Reader(door.frames, out.decoder, out.trust, out.clock, inbox.offer, os.urandom(32), out.bench.seen)
    bodies: list[tuple[str, Body | None, float]] = [
        ("recorder", recorder.run, DISK_PATIENCE_S),
        ("signal log", out.signal_log.run if out.signal_log else None, math.inf),
        ("workbench", out.server.run if out.server else None, PATIENCE_S),
        ("controller", partial(controller.run, __version__), PATIENCE_S),
        ("reader", reader.run, PATIENCE_S),
    ]
    stop_on_signals(supervisor)
    watch_foreign_threads(supervisor.foreign_thread_ended)
    log.info("gate %s: %s, decoder %s", __version__, topics.root(out.identity), out.decoder.name)
    return supervisor.run([Worker(name, body, supervisor.ended, patience) for name, body, patience in bodies if body])


def _recorder(config: Config, out: Outdoors, inbox: Inbox, supervisor: Supervisor) -> Recorder:
    outside = Outside(
        journal=out.journal,
        publisher=out.publisher,
        clock=out.clock,
        encode_memory=partial(codec.encode, kind=Memory),
        on_recorded=inbox.post,
        new_id=lambda: str(ULID()),
        orderly=lambda: not supervisor.failing,
    )
    try:
        return Recorder(outside, out.identity, config.mqtt.window)
    except AdapterError as error:
        raise StartError(str(error)) from error


ANSWERS: dict[InputLine, type[OfficerAdmitted | OfficerRefused]] = {
    InputLine.ADMIT: OfficerAdmitted,
    InputLine.REFUSE: OfficerRefused,
}


def _changed(post: Callable[[Signal], None], change: InputChange) -> None:
    """Runs on gpiozero's thread: one message, and back."""
    if change.active:
        post(ANSWERS[change.line](OFFICER, BUTTON_REASON, change.mono_ns))


def _status(recorder: Recorder, inbox: Inbox) -> str:
    counts = recorder.counts()
    link = "broker connected" if counts.connected else "no broker"
    return f"{link}; {counts.committed} events recorded, {counts.pending} to publish; {inbox.dropped} dropped"
