"""The composition root of the service: opens the parts, connects the threads, runs them until told to stop.

Everything is opened before anything runs, and all that cannot be opened is told at once.
"""

from __future__ import annotations

import logging
import math
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from ulid import ULID

from gate import __version__
from gate.access.access_point import AccessPoint
from gate.access.effects import Answer
from gate.access.memory import Memory
from gate.access.modes import DoorMode
from gate.access.orders import SetMode
from gate.access.settings import Settings
from gate.access.signals import Ordered
from gate.adapters.clock_system import SystemClock
from gate.adapters.emergency_mark import FileMark
from gate.adapters.head_key import HeadKey
from gate.adapters.journal_sqlite import SqliteJournal
from gate.adapters.local_socket.bench import BenchSocket
from gate.adapters.local_socket.control import ControlSocket
from gate.adapters.notify_systemd import SystemdNotifier
from gate.policy.passback import Crossings
from gate.ports import AdapterError, Publisher, SymbolDecoder, TrustSource
from gate.service import codec, parts
from gate.service.camera import LiveCamera
from gate.service.camera_parts import limits_of, reopening, warming
from gate.service.camera_watch import WatchedFrames, no_light
from gate.service.certificate_end import CertificateEnd
from gate.service.clock_floor import newest_synced, raise_to
from gate.service.commands import CommandDesk, CommandPosts
from gate.service.condition import Condition, left_over
from gate.service.config_dump import fingerprint
from gate.service.config_schema import Config
from gate.service.control import Control, Posts
from gate.service.controller import Controller, Hands
from gate.service.core_settings import settings_of
from gate.service.crossings_journal import crossings_of
from gate.service.decoder_parts import Decoders
from gate.service.decoding import apart
from gate.service.errands import Errands
from gate.service.herald import Herald
from gate.service.inbox import Inbox
from gate.service.late_journal import LateJournal
from gate.service.opening import Opening, StartError
from gate.service.outside import Outside
from gate.service.reader import Reader
from gate.service.recorder import Recorder
from gate.service.retirement import retire
from gate.service.rules_in_force import RulesInForce, TrustWithRules
from gate.service.signal_log import Run, SignalLog
from gate.service.supervisor import Pace, Supervisor, stop_on_signals
from gate.service.threads import PATIENCE_S, Body, Worker, let_process_live, watch_foreign_threads
from gate.service.updates import Updates
from gate.service.updates_link import LinkWithUpdates
from gate.service.vision.ladder import Ladder
from gate.service.vitals import Sources, Vitals
from gate.service.workbench import Workbench
from gate.wire import topics
from gate.wire.topics import Identity

if TYPE_CHECKING:
    from gate.service.renewal import Renewal  # loads x509, which a gate without a renewal does without

log = logging.getLogger(__name__)

Reread = Callable[[], Config]

BY_MARK = "emergency_mark"
"""Who declares an emergency that the journal does not know, because its record was lost with the last run."""
DISK_PATIENCE_S = 60.0
"""A commit takes as long as the card lets it; a door that is restarted for that is no better off."""


@dataclass(frozen=True, slots=True)
class Outdoors:
    """Every part that had to be opened; None for what the configuration does not ask for."""

    identity: Identity
    clock: SystemClock
    settings: Settings
    rules: RulesInForce
    bench: Workbench
    server: BenchSocket | None
    control: ControlSocket | None
    mark: FileMark
    hardware: parts.Hardware
    inbox: Inbox
    decoder: SymbolDecoder
    trust: TrustSource
    updates: Updates | None
    journal: SqliteJournal | LateJournal
    head_key: HeadKey | None
    memory: Memory
    crossings: Crossings
    publisher: Publisher
    renewal: Renewal | None
    signal_log: SignalLog | None


def run_gate(config: Config, camera: LiveCamera | None = None, reread: Reread | None = None) -> int:
    """Run the service until it is told to stop; the exit code. Raises ``StartError``.

    ``camera`` is the live one, where it was begun before this module was loaded; it is closed here.
    ``reread`` reads the configuration again, and raises ``ConfigErrors``.
    """
    opening, lost = Opening(), list[str]()
    watch_foreign_threads(lost.append)  # from the first thread on that a library starts
    try:
        live = opening.closing(lambda: camera or warming(config.camera))
        return _run(config, _open(config, opening, live), lost, reread or (lambda: config))
    finally:
        opening.close()
        let_process_live()


def _open(config: Config, opening: Opening, camera: LiveCamera | None) -> Outdoors:
    """Open everything, the strike last, so that it is closed first. Raises ``StartError`` with all that failed."""
    clock = SystemClock(kept=config.trust.clock_kept)
    identity = Identity(config.site.id, config.gate.id, config.gate.access_point, str(ULID()))
    settings = settings_of(config)
    bench = parts.bench_of(config, clock)
    inbox = Inbox()
    decoders = opening.closing(lambda: Decoders(config.decoder))  # its processes load while the rest is opened
    journal = opening.closing(lambda: parts.journal_of(config))
    head_key = parts.head_key_of(config)
    passed = opening.part(lambda: newest_synced(journal), journal)
    raise_to(passed, "the journal's newest record", clock.raise_floor)  # the trust chooses the week's key by the clock
    trust = opening.part(lambda: parts.trust_of(config, clock))
    rules = opening.part(lambda: parts.rules_of(config, settings.site, trust.current().bundle), trust)
    memory = opening.part(lambda: parts.memory_of(journal), journal)
    crossings = opening.part(lambda: crossings_of(journal, settings.site), journal)
    updates = opening.part(lambda: parts.updates_of(config, trust, clock, inbox.post), trust)
    publisher = opening.part(lambda: _link(config, identity, clock, updates))
    socket = config.bench.socket
    server = opening.closing(lambda: bench.listen(socket)) if socket else None
    desk = config.control.socket
    control = opening.closing(lambda: parts.control_of(config, desk)) if desk else None
    signal_log = opening.closing(lambda: parts.signal_log_of(config))
    mark = parts.mark_of(config)
    standing = parts.in_emergency(memory, mark)
    hardware = parts.hardware_of(config, settings, opening, bench, standing=standing, camera=camera)
    decoder = opening.part(lambda: decoders.chain(clock, inbox.post), decoders)
    opening.check()
    raise_to(trust.current().bundle.issued, "the trust bundle", clock.raise_floor)
    return Outdoors(
        identity=identity,
        clock=clock,
        settings=settings,
        rules=rules,
        bench=bench,
        server=server,
        control=control,
        mark=mark,
        hardware=hardware,
        inbox=inbox,
        decoder=decoder,
        trust=trust,
        updates=updates,
        journal=journal,
        head_key=head_key,
        memory=memory,
        crossings=crossings,
        publisher=publisher,
        renewal=parts.renewal_of(config, clock),
        signal_log=signal_log,
    )


def _link(config: Config, identity: Identity, clock: SystemClock, updates: Updates | None) -> Publisher:
    """The link to the broker, and what the centre publishes apart from the rest."""
    link = parts.publisher_of(config, identity, clock)
    if updates is None:
        return link
    updates.listen_with(link)
    return LinkWithUpdates(link, updates)


def _run(config: Config, out: Outdoors, lost: list[str], reread: Reread) -> int:
    """Connect the threads by their queues, and run them; ``lost`` are threads of libraries that have failed already."""
    inbox, door = out.inbox, out.hardware
    strike = parts.watched(door.strike, out.settings)
    notifier = SystemdNotifier.from_environment()
    pace = Pace(look_s=min(1.0, notifier.watchdog_interval_s or 1.0))
    supervisor = Supervisor(notifier, lambda: _status(recorder, inbox), pace, strike.look)
    frames = _watched(config, out, inbox)
    recorder = _recorder(config, out, frames, supervisor, reread)
    control = _control(config, out, inbox)
    hands = Hands(
        strike,
        door.indicator,
        out.mark,
        recorder.submit,
        partial(_answer, control, recorder),
        recorder.share,
        recorder.errand,
    )
    controller = _controller(out, inbox, hands)
    out.bench.connect(inbox.post, door.frames)
    key, seen = os.urandom(32), out.bench.seen
    ladder = Ladder(apart(out.decoder), time.monotonic_ns)
    passed = partial(raise_to, source="the trust bundle", raise_floor=out.clock.raise_floor)
    trust = TrustWithRules(out.trust, out.rules, out.clock, passed)
    reader = Reader(frames, ladder, trust, out.clock, out.rules.judged, inbox.offer, key, seen)
    bodies: list[tuple[str, Body | None, float]] = [
        ("recorder", recorder.run, DISK_PATIENCE_S),
        ("updates", out.updates.run if out.updates else None, DISK_PATIENCE_S),
        ("signal log", out.signal_log.run if out.signal_log else None, math.inf),
        ("workbench", out.server.run if out.server else None, PATIENCE_S),
        ("controller", partial(controller.run, __version__), PATIENCE_S),
        ("reader", reader.run, PATIENCE_S),
        ("local control", control.run if control else None, PATIENCE_S),
        ("renewal", out.renewal.run if out.renewal else None, math.inf),
    ]
    stop_on_signals(supervisor)
    watch_foreign_threads(supervisor.foreign_thread_ended)
    for name in lost:
        supervisor.foreign_thread_ended(name)
    log.info("gate %s: %s, decoder %s", __version__, topics.root(out.identity), out.decoder.name)
    return supervisor.run([Worker(name, body, supervisor.ended, patience) for name, body, patience in bodies if body])


def _controller(out: Outdoors, inbox: Inbox, hands: Hands) -> Controller:
    """The controller, with all that it finds in its inbox at the start."""
    if out.signal_log is not None:
        out.signal_log.write(Run(out.settings, out.memory, out.crossings))
    if out.mark.is_set() and not out.memory.emergency:
        inbox.post(Ordered(SetMode(DoorMode.LOCKED_OPEN), BY_MARK, out.clock.now().mono_ns))
    out.hardware.inputs.listen(inbox.post)
    point = AccessPoint(out.settings, out.memory, out.crossings)
    return Controller(point, inbox, out.clock, hands, out.signal_log)


def _watched(config: Config, out: Outdoors, inbox: Inbox) -> WatchedFrames:
    """The camera, and what the core and its light are told of it."""
    door = out.hardware
    light = door.ring_light.shine if door.ring_light else no_light
    limits, reopen = limits_of(config.camera), reopening(door.frames)
    return WatchedFrames(door.frames, limits, out.clock, inbox.post, reopen, light)


def _control(config: Config, out: Outdoors, inbox: Inbox) -> Control | None:
    if out.control is None:
        return None
    return Control(out.control, parts.reasons_of(config), Posts(inbox.post, inbox.offer), out.clock)


def _answer(control: Control | None, recorder: Recorder, answer: Answer) -> None:
    """Who has asked: the local control counts its requests up from one, the centre's desk down."""
    if answer.request < 0:
        recorder.answer(answer)
    elif control is not None:
        control.answer(answer)


def _recorder(config: Config, out: Outdoors, frames: WatchedFrames, supervisor: Supervisor, reread: Reread) -> Recorder:
    inbox = out.inbox
    outside = Outside(
        journal=out.journal,
        late=out.journal if isinstance(out.journal, LateJournal) else None,
        publisher=out.publisher,
        clock=out.clock,
        encode_memory=partial(codec.encode, kind=Memory),
        on_recorded=inbox.post,
        new_id=lambda: str(ULID()),
        orderly=lambda: not supervisor.failing,
        on_joined=inbox.post,
        on_heard=inbox.offer,
        on_device=inbox.post,
        herald=_herald(config, out, frames),
        signer=out.head_key,
        keep_days=config.journal.keep_days,
        wants_key=True,
        commands=_commands(config, out, inbox) if config.remote.commands else None,
        errands=Errands(config, reread, supervisor.stop, lambda: retire(config, out.clock.now().utc)),
        certificate=partial(_certificate_end, out),
        retiring=out.memory.retired,
    )
    try:
        return Recorder(outside, out.identity, parts.sending_of(config))
    except AdapterError as error:
        raise StartError(str(error)) from error


def _herald(config: Config, out: Outdoors, frames: WatchedFrames) -> Herald:
    """What is told beside the records. Raises ``StartError`` when the journal cannot be read."""
    sources = Sources(
        version=__version__,
        config=fingerprint(config),
        site=out.settings.site,
        rules=lambda: out.rules.named,
        trust=out.trust,
        journal=out.journal,
        board=parts.board_of(config),
        camera=frames.figures,
        dropped=lambda: out.inbox.dropped,
        certificate=partial(_certificate_end, out),
        journal_key=lambda: out.head_key.public if out.head_key else None,
    )
    try:
        cleared = left_over(out.journal)
    except AdapterError as error:
        raise StartError(str(error)) from error
    condition = Condition(out.identity, out.journal.ulid, out.settings.site, cleared)
    vitals = Vitals(out.identity, sources, out.clock.now())
    announcements = (vitals.discovery(),) if config.mqtt.home_assistant else ()
    return Herald(out.identity, condition, vitals, announcements)


def _certificate_end(out: Outdoors) -> CertificateEnd:
    """As the renewal sees it, once it has looked; where there is none, as the link read it last."""
    until = out.publisher.certificate_until
    if out.renewal is None:
        return CertificateEnd(until)
    return out.renewal.end or CertificateEnd(until, timedelta())


def _commands(config: Config, out: Outdoors, inbox: Inbox) -> CommandDesk:
    posts = CommandPosts(inbox.post, inbox.offer)
    return CommandDesk(out.identity, lambda: out.trust.current().bundle, parts.reasons_of(config), posts, out.clock)


def _status(recorder: Recorder, inbox: Inbox) -> str:
    counts = recorder.counts()
    fault = f" ({counts.link.fault})" if counts.link.fault else ""
    link = "broker connected" if counts.link.connected else f"no broker{fault}"
    ignored = f"; {counts.ignored} site messages ignored" if counts.ignored else ""
    return f"{link}; {counts.committed} events recorded, {counts.pending} to publish; {inbox.dropped} dropped{ignored}"
