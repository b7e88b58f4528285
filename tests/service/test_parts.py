"""From the configuration to the parts, and what ``run_gate`` says when several of them cannot be opened."""

from __future__ import annotations

import errno
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import psutil
import pytest

from gate.access.effects import Held, Line, Momentary
from gate.access.inputs import InputLine
from gate.access.memory import Memory
from gate.access.modes import DoorMode
from gate.access.settings import SECOND_NS
from gate.access.signals import InputChanged
from gate.adapters.clock_system import SystemClock
from gate.adapters.frames_picamera2 import PRESETS, CameraSettings, Metering
from gate.adapters.journal_sqlite import SqliteJournal
from gate.ports import AdapterError, DiskError, Entry
from gate.service import camera_parts, codec, parts
from gate.service.app import run_gate
from gate.service.camera import LiveCamera
from gate.service.camera_limits import LIVE, REPLAY
from gate.service.config import load
from gate.service.config_camera import ExposureFor
from gate.service.config_schema import Config
from gate.service.core_settings import settings_of
from gate.service.late_journal import LateJournal
from gate.service.opening import Opening, StartError
from gate.service.workbench import Workbench
from gate.wire import pointer
from gate.wire.topics import Identity
from tests.contract.test_journal import build
from tests.credential.minting import Mint
from tests.pins import RecordedPins
from tests.service.config_files import changed_toml


@pytest.fixture
def configured(tmp_path: Path) -> Callable[..., Config]:
    """A configuration in a folder where everything works, changed at will."""
    Mint(now=datetime.now(UTC)).write_trust(tmp_path)  # noqa: TID251  (real trust is judged by the real clock)
    (tmp_path / "pictures").mkdir()
    (tmp_path / "pictures" / "empty.png").write_bytes(b"")

    def configure(changes: dict[str, object] | None = None) -> Config:
        usual: dict[str, object] = {
            "trust.bundle": "trust.bundle",
            "trust.root_key": "root.pub",
            "trust.epoch_dir": "epochs",
            "journal.path": "journal.db",
            "pins.factory": "mock",
            "log.signals": "signals.jsonl",
            "control.socket": "control.sock",
            "door.emergency_mark": "emergency",
        }
        file = tmp_path / "gate.toml"
        file.write_text(changed_toml({**usual, **(changes or {})}))
        return load(file)

    return configure


def problems(config: Config) -> list[str]:
    with pytest.raises(StartError) as told:
        run_gate(config)
    return str(told.value).splitlines()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"trust.bundle": "missing.bundle"}, ("missing.bundle",)),
        ({"trust.root_key": "missing.pub"}, ("missing.pub",)),
        ({"camera.path": "nowhere"}, ("no folder", "nowhere")),
        ({"camera.source": "video", "camera.path": "none.mp4"}, ("none.mp4",)),
        ({"journal.path": "nowhere/journal.db"}, ("journal", "nowhere")),
        ({"log.signals": "nowhere/signals.jsonl"}, ("the signal log", "nowhere", "correct log.signals")),
        ({"pins.factory": "gpiod"}, ('pins.factory = "gpiod" does not work here', 'pins.factory = "mock"')),
        ({"mqtt.username": "gate", "mqtt.password_file": "no.secret"}, ("no.secret",)),
        ({"bench.socket": "nowhere/bench.sock"}, ("the workbench cannot listen", "[bench] socket")),
        ({"control.socket": "nowhere/control.sock"}, ("the local control cannot listen", "[control] socket")),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_one_part_that_cannot_be_opened_is_one_line(
    configured: Callable[..., Config], changes: dict[str, object], words: tuple[str, ...]
) -> None:
    (line,) = problems(configured(changes))
    assert all(word in line for word in words), line


def test_a_journal_that_its_disk_has_spoilt_is_no_reason_not_to_start(
    configured: Callable[..., Config], tmp_path: Path
) -> None:
    """It comes when somebody has moved it aside."""
    path = tmp_path / "journal.db"
    path.write_bytes(bytes(5000))
    late = parts.journal_of(configured())
    assert isinstance(late, LateJournal)
    assert parts.memory_of(late) == Memory()
    with pytest.raises(DiskError):
        late.open()
    path.rename(tmp_path / "journal.spoilt")
    late.open()
    assert late.goes_on
    late.close()


def test_one_that_is_used_elsewhere_or_is_anothers_is(configured: Callable[..., Config], tmp_path: Path) -> None:
    config = configured()
    first = parts.journal_of(config)
    with pytest.raises(AdapterError, match="another service uses"):
        parts.journal_of(config)
    first.close()
    (tmp_path / "journal.db").unlink()
    with closing(sqlite3.connect(tmp_path / "journal.db")) as other:
        other.execute("CREATE TABLE something (x)")
        other.commit()
    with pytest.raises(AdapterError, match="another program"):
        parts.journal_of(config)


def test_a_full_disk_costs_the_signal_log_and_not_the_start(
    configured: Callable[..., Config], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(_: Path, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "touch", full)
    assert parts.signal_log_of(configured()) is None
    assert "No space left" in caplog.text


def test_all_parts_that_cannot_be_opened_are_told_at_once(configured: Callable[..., Config], tmp_path: Path) -> None:
    (tmp_path / "bench.sock").mkdir()
    config = configured(
        {
            "trust.bundle": "missing.bundle",
            "camera.path": "nowhere",
            "journal.path": "nowhere/journal.db",
            "log.signals": "nowhere/signals.jsonl",
            "bench.socket": "bench.sock",
        }
    )
    lines = problems(config)
    assert len(lines) == 5, lines
    for word in ("missing.bundle", "no folder", "journal.db", "signals.jsonl", "bench.sock"):
        assert sum(word in line for line in lines) == 1, (word, lines)


def test_what_was_opened_is_free_again_after_a_failed_start(configured: Callable[..., Config], tmp_path: Path) -> None:
    config = configured({"camera.path": "nowhere", "bench.socket": "bench.sock"})
    for _ in range(2):
        assert len(problems(config)) == 1
        assert not (tmp_path / "bench.sock").exists()
        SqliteJournal(tmp_path / "journal.db").close()


def test_the_decoders_processes_end_with_the_rest(configured: Callable[..., Config]) -> None:
    assert len(problems(configured({"camera.path": "nowhere"}))) == 1
    assert psutil.Process().children() == []


@contextmanager
def opened(
    config: Config, *, standing: bool = False, camera: LiveCamera | None = None
) -> Iterator[tuple[parts.Hardware, Opening, Workbench]]:
    """The hardware of the simulated door."""
    opening, bench = Opening(), parts.bench_of(config, SystemClock())
    try:
        hardware = parts.hardware_of(config, settings_of(config), opening, bench, standing=standing, camera=camera)
        opening.check()
        yield hardware, opening, bench
    finally:
        opening.close()


def test_the_strike_is_closed_before_everything_else_at_the_door(configured: Callable[..., Config]) -> None:
    closed = list[str]()

    def noted(name: str, close: Callable[[], None]) -> None:
        closed.append(name)
        close()

    with opened(configured()) as (hardware, opening, _):
        for name in ("frames", "inputs", "indicator", "strike"):
            part: Any = getattr(hardware, name)
            part.close = partial(noted, name, part.close)
        opening.close()
    assert closed == ["strike", "inputs", "indicator", "frames"]


MISSING = {"camera.source": "v4l2", "camera.path": "no-webcam"}


@pytest.mark.parametrize("camera", [MISSING, {"camera.source": "picamera2"}], ids=["webcam", "module"])
def test_a_camera_that_is_missing_is_no_reason_not_to_start(
    configured: Callable[..., Config], caplog: pytest.LogCaptureFixture, camera: dict[str, object]
) -> None:
    config = configured(camera)
    live = camera_parts.warming(config.camera)
    assert live is not None
    with opened(config, camera=live) as (hardware, _, _):
        assert hardware.frames is live
        assert hardware.frames.next(0.01) is None
    live.close()
    assert "no frames: " in caplog.text


def test_a_live_camera_is_closed_with_the_rest_after_a_failed_start(configured: Callable[..., Config]) -> None:
    live = camera_parts.warming(configured(MISSING).camera)
    with pytest.raises(StartError, match=r"missing\.pub"):
        run_gate(configured({**MISSING, "trust.root_key": "missing.pub"}), live)
    assert live is not None
    assert live.next(10) is None


def test_a_replay_is_no_live_camera(configured: Callable[..., Config]) -> None:
    for source in ("pictures", "video"):
        camera = configured({"camera.source": source}).camera
        assert camera_parts.warming(camera) is None
        assert camera_parts.limits_of(camera) == REPLAY


def test_a_dark_room_is_an_alarm_unless_the_office_says_otherwise(configured: Callable[..., Config]) -> None:
    assert camera_parts.limits_of(configured(MISSING).camera) == LIVE
    limits = camera_parts.limits_of(configured({**MISSING, "camera.covered_alarm": False}).camera)
    assert (limits.covered_ns, limits.silent_ns, limits.frozen_ns) == (None, LIVE.silent_ns, LIVE.frozen_ns)


def test_the_camera_module_is_set_as_the_configuration_says(
    configured: Callable[..., Config], monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[CameraSettings] = []
    monkeypatch.setattr("gate.adapters.frames_picamera2.PicameraFrames", made.append)
    keys = {
        "camera.number": 1, "camera.width_px": 1920, "camera.height_px": 1080, "camera.fps": 15,
        "camera.focus_cm": 25, "camera.exposure": "phone", "camera.exposure_ms": 4, "camera.gain": 2,
        "camera.mains_hz": 60,
    }  # fmt: skip
    for changes in ({}, keys):
        camera_parts._picamera2(configured({"camera.source": "picamera2", **changes}).camera)
    assert made == [
        CameraSettings(),
        CameraSettings(
            number=1, width_px=1920, height_px=1080, fps=15, focus_cm=25.0, metering=Metering.PHONE, exposure_ms=4.0,
            gain=2.0, mains_hz=60,
        ),
    ]  # fmt: skip


def test_every_exposure_of_the_configuration_is_one_that_the_camera_knows() -> None:
    assert {one.value for one in ExposureFor} == {one.value for one in Metering} == {one.value for one in PRESETS}


def test_a_ring_light_is_an_output_like_any_other(configured: Callable[..., Config]) -> None:
    config = configured({"pins.ring_light": 10})
    assert parts.wires_of(config).outputs[10] == "ring_light"
    assert parts.secured_levels(config)[10] is False
    with opened(config) as (hardware, _, _):
        assert hardware.ring_light is not None
        hardware.ring_light.shine(on=True)
        hardware.ring_light.close()
        hardware.ring_light.close()
    with opened(configured()) as (hardware, _, _):
        assert hardware.ring_light is None


ALL_WIRED = {
    "pins.acknowledge": 4, "pins.help": 7, "pins.rex": 8, "pins.door_monitor": 12, "pins.door_monitor_open": 13,
    "pins.lock_monitor": 16, "pins.tamper": 21, "pins.emergency": 20, "pins.alarm": 26,
}  # fmt: skip


def test_every_line_has_its_pin_and_its_name(configured: Callable[..., Config]) -> None:
    config = configured({**ALL_WIRED, "pins.strike": 9, "pins.buzzer": 27})
    assert set(parts.lamps_of(config)) == set(Line)
    assert set(parts.inputs_of(config)) == set(InputLine)
    wires = parts.wires_of(config)
    assert (wires.outputs[9], wires.outputs[27], wires.outputs[26]) == ("strike", "buzzer", "alarm")
    assert len(wires.outputs) == len(Line) + 1
    assert len(set(wires.outputs) | set(wires.inputs.values())) == len(Line) + 1 + len(InputLine)


def test_what_is_not_wired_has_no_pin(configured: Callable[..., Config]) -> None:
    config = configured()
    assert set(parts.inputs_of(config)) == {InputLine.ADMIT, InputLine.REFUSE}
    assert set(parts.lamps_of(config)) == set(Line) - {Line.ALARM}


def test_a_passive_buzzer_takes_the_place_of_the_active_one(configured: Callable[..., Config]) -> None:
    config = configured({"pins.buzzer_pwm": "pwm0"})
    assert Line.BUZZER not in parts.lamps_of(config)
    assert config.pins.buzzer not in parts.secured_levels(config)


def test_a_passive_buzzer_that_is_not_there_is_one_line(configured: Callable[..., Config]) -> None:
    (line,) = problems(configured({"pins.buzzer_pwm": "no-pwm"}))
    assert "no-pwm" in line


@pytest.mark.parametrize("active_high", [True, False])
@pytest.mark.parametrize("lock", ["fail_secure", "fail_safe"])
def test_the_lamps_rest_dark_and_the_strike_as_its_wiring_says(
    configured: Callable[..., Config], lock: str, *, active_high: bool
) -> None:
    config = configured({"pins.strike": 9, "door.active_high": active_high, "door.lock": lock})
    levels = parts.secured_levels(config)
    assert levels.pop(9) is (active_high is (lock == "fail_safe"))
    assert levels == dict.fromkeys(parts.lamps_of(config).values(), False)


class TestTheSimulatedDoor:
    def initially(self, config: Config) -> dict[InputLine, bool]:
        told: list[InputChanged] = []
        with opened(config) as (hardware, _, _):
            hardware.inputs.listen(told.append)
        assert all(change.initial for change in told)
        return {change.line: change.active for change in told}

    def test_is_at_rest_in_the_beginning(self, configured: Callable[..., Config]) -> None:
        assert self.initially(configured(ALL_WIRED)) == dict.fromkeys(InputLine, False)
        assert self.initially(configured()) == {InputLine.ADMIT: False, InputLine.REFUSE: False}

    @pytest.mark.parametrize("lock", ["fail_secure", "fail_safe"])
    def test_is_free_from_the_beginning_in_an_emergency(self, configured: Callable[..., Config], lock: str) -> None:
        with opened(configured({"door.lock": lock}), standing=True) as (hardware, _, _):
            assert hardware.strike.released
        with opened(configured({"door.lock": lock})) as (hardware, _, _):
            assert not hardware.strike.released


@pytest.mark.parametrize(
    ("memory", "marked", "emergency"),
    [
        (None, False, False),
        (None, True, True),
        (Memory(), False, False),
        (Memory(), True, True),
        (Memory(emergency=True), False, True),
        (Memory(emergency=True), True, True),
    ],
)
def test_an_emergency_is_known_again(
    configured: Callable[..., Config], tmp_path: Path, memory: Memory | None, *, marked: bool, emergency: bool
) -> None:
    mark = parts.mark_of(configured({"door.emergency_mark": "mark"}))
    if marked:
        mark.set()
    assert (tmp_path / "mark").exists() is marked
    assert parts.in_emergency(memory, mark) is emergency


def test_without_the_library_of_the_real_lines_nothing_else_takes_their_place(
    configured: Callable[..., Config], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "gate.adapters.pins_gpiod.factory", None)
    (line,) = problems(configured({"pins.factory": "gpiod"}))
    assert 'pins.factory = "gpiod" does not work here' in line
    assert 'pip install "gate[pi]"' in line


def test_no_two_gates_are_the_same_client_of_the_broker(
    configured: Callable[..., Config], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = list[str]()
    monkeypatch.setattr(parts, "PahoPublisher", lambda address: seen.append(address.client_id))
    for site, gate in (("a-b", "c"), ("a", "b-c")):
        parts.publisher_of(configured(), Identity(site, gate, "main", "boot"), SystemClock())
    assert seen == ["a-b/c", "a/b-c"]


@pytest.mark.parametrize(
    ("changes", "heard"),
    [
        ({"remote.commands": False, "mqtt.updates": False}, {"ack"}),
        ({"mqtt.updates": False}, {"cmd/+", "ack"}),
        ({"mqtt.confirm": "centre"}, {"cmd/+", "ack", *pointer.subscriptions()}),
    ],
)
def test_the_link_hears_what_the_configuration_lets_it_hear(
    configured: Callable[..., Config], monkeypatch: pytest.MonkeyPatch, changes: dict[str, object], heard: set[str]
) -> None:
    seen: list[tuple[str, ...]] = []
    monkeypatch.setattr(parts, "PahoPublisher", lambda address: seen.append(address.subscribe))
    parts.publisher_of(configured(changes), Identity("s", "g", "main", "boot"), SystemClock())
    assert {topic.removeprefix("gate/v1/s/g/") for topic in seen[0]} == heard


class TestMemory:
    def test_a_new_journal_remembers_nothing(self, tmp_path: Path) -> None:
        journal = SqliteJournal(tmp_path / "journal.db")
        assert parts.memory_of(journal) == Memory()
        journal.close()

    def test_what_was_committed_is_known_again(self, tmp_path: Path) -> None:
        memory = Memory(DoorMode.LOCKED_DOWN, visits=41)
        journal = SqliteJournal(tmp_path / "journal.db")
        journal.commit([Entry("door", build, codec.encode(memory, Memory))])
        assert parts.memory_of(journal) == memory
        journal.close()

    @pytest.mark.parametrize("stored", [b"", b"[]", b'"x"', b'{"mode":"ajar"}', b'{"mode":"locked","more":1}'])
    def test_a_memory_that_is_not_understood_stops_the_start(self, tmp_path: Path, stored: bytes) -> None:
        journal = SqliteJournal(tmp_path / "journal.db")
        journal.commit([Entry("door", build, stored)])
        with pytest.raises(AdapterError, match=r"of another version: .* Move the journal aside"):
            parts.memory_of(journal)
        journal.close()


def test_the_three_bounds_of_a_release_fit_the_configuration(configured: Callable[..., Config]) -> None:
    """The adapter's and the main thread's bounds are a little above the longest lease, and no more."""
    settings = settings_of(configured({"door.release_s": 3.0, "door.extended_release_s": 7.0}))
    pins = RecordedPins()
    strike = parts._strike(configured(), settings, pins.factory, standing=False)
    try:
        longest = {kind: ns / SECOND_NS for kind, ns in strike._longest_ns.items()}
        assert longest == {Momentary: 7.0 + parts.MARGIN_S, Held: settings.renew_ns / SECOND_NS + parts.MARGIN_S}
        assert parts.watched(strike, settings).longest_ns == (7 + parts.MARGIN_S) * SECOND_NS
    finally:
        strike.close()
        pins.close()


LEFT_RELEASED = """
import sys, threading
from pathlib import Path
from gate.access.effects import Momentary
from gate.adapters.gpio_gpiozero import GpioStrike
from gate.service import app, controller
from gate.service.config import load

GpioStrike._guard_at = lambda strike, at_ns: setattr(strike, "_guard_ns", None)  # the adapter's guard is not there
released = threading.Event()

def handle(self, signal):
    "A core that releases the strike for a visitor, and is never heard of again."
    if not released.is_set():
        self.hands.strike.release(Momentary(self.clock.now().mono_ns + 200_000_000))
        released.set()

controller.Controller._handle = handle
sys.exit(app.run_gate(load(Path(sys.argv[1]))))
"""


def test_the_main_thread_ends_a_release_that_neither_core_nor_adapter_end(
    configured: Callable[..., Config], tmp_path: Path
) -> None:
    configured({"camera.path": "pictures", "mqtt.port": 1})
    command = [sys.executable, "-c", LEFT_RELEASED, str(tmp_path / "gate.toml")]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as service:
        assert service.stderr is not None
        try:
            told = next((line for line in service.stderr if "secured by the supervisor" in line), None)
        finally:
            service.terminate()
    assert told is not None
