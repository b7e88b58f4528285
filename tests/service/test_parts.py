"""From the configuration to the parts, and what ``run_gate`` says when several of them cannot be opened."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from gate.access.effects import Line
from gate.access.memory import Memory
from gate.access.modes import DoorMode
from gate.adapters.decoder_zxing import ZxingDecoder
from gate.adapters.journal_sqlite import SqliteJournal
from gate.ports import AdapterError, Entry, SymbolDecoder
from gate.service import codec, parts
from gate.service.app import run_gate
from gate.service.config import load
from gate.service.config_schema import Config, DecoderMode
from gate.service.opening import Opening, StartError
from gate.service.workbench import Workbench
from gate.wire.topics import Identity
from tests.contract.test_journal import build
from tests.credential.minting import Mint
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
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_one_part_that_cannot_be_opened_is_one_line(
    configured: Callable[..., Config], changes: dict[str, object], words: tuple[str, ...]
) -> None:
    (line,) = problems(configured(changes))
    assert all(word in line for word in words), line


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


def test_the_decoder_is_closed_with_the_rest(
    configured: Callable[..., Config], monkeypatch: pytest.MonkeyPatch
) -> None:
    decoder, closed = ZxingDecoder(), list[str]()
    monkeypatch.setattr(decoder, "close", lambda: closed.append("decoder"))
    monkeypatch.setattr(parts, "decoder_of", lambda _: decoder)
    assert len(problems(configured({"camera.path": "nowhere"}))) == 1
    assert closed == ["decoder"]


def test_the_strike_is_closed_before_everything_else_at_the_door(configured: Callable[..., Config]) -> None:
    config, opening, closed = configured(), Opening(), list[str]()
    bench = Workbench(config, parts.outputs_of(config))
    hardware = parts.hardware_of(config, opening, bench)
    opening.check()

    def noted(name: str, close: Callable[[], None]) -> None:
        closed.append(name)
        close()

    for name in ("frames", "inputs", "indicator", "strike"):
        part: Any = getattr(hardware, name)
        part.close = partial(noted, name, part.close)
    opening.close()
    assert closed == ["strike", "inputs", "indicator", "frames"]


def test_every_line_has_its_pin_and_its_name(configured: Callable[..., Config]) -> None:
    config = configured({"pins.strike": 4, "pins.buzzer": 27})
    assert set(parts.lamps_of(config)) == set(Line)
    outputs = parts.outputs_of(config)
    assert outputs[4] == "strike"
    assert outputs[27] == "buzzer"
    assert len(outputs) == len(Line) + 1


def test_the_lamps_rest_dark_and_the_strike_as_its_polarity_says(configured: Callable[..., Config]) -> None:
    for active_high in (True, False):
        config = configured({"pins.strike": 4, "door.active_high": active_high})
        levels = parts.secured_levels(config)
        assert levels.pop(4) is not active_high
        assert levels == dict.fromkeys(parts.lamps_of(config).values(), False)


def test_without_the_library_of_the_real_lines_nothing_else_takes_their_place(
    configured: Callable[..., Config], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "gate.adapters.pins_gpiod.factory", None)
    (line,) = problems(configured({"pins.factory": "gpiod"}))
    assert 'pins.factory = "gpiod" does not work here' in line
    assert 'pip install "gate[pi]"' in line


def test_the_settings_are_those_of_the_file(configured: Callable[..., Config]) -> None:
    settings = parts.settings_of(
        configured(
            {
                "door.release_s": 2.5,
                "policy.hold_s": 60,
                "policy.reread_s": 1.5,
                "policy.retry_hint_s": 0.5,
                "journal.record_wait_ms": 300,
                "journal.required": True,
            }
        )
    )
    assert settings.release_ns == 2_500_000_000
    assert settings.hold_ns == 60_000_000_000
    assert settings.reread_ns == 1_500_000_000
    assert settings.retry_hint_ns == 500_000_000
    assert settings.record_wait_ns == 300_000_000
    assert settings.journal_required


def test_no_two_gates_are_the_same_client_of_the_broker(
    configured: Callable[..., Config], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = list[str]()
    monkeypatch.setattr(parts, "PahoPublisher", lambda address: seen.append(address.client_id))
    for site, gate in (("a-b", "c"), ("a", "b-c")):
        parts.publisher_of(configured(), Identity(site, gate, "main", "boot"))
    assert seen == ["a-b/c", "a/b-c"]


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


def _missing(library: str) -> Callable[[], SymbolDecoder]:
    def make() -> SymbolDecoder:
        raise AdapterError(f"{library} is missing. Install it.")

    return make


class TestDecoder:
    @pytest.mark.parametrize(
        ("mode", "name"), [(DecoderMode.AUTO, "+"), (DecoderMode.ZXING, "zxing"), (DecoderMode.ZBAR, "zbar")]
    )
    def test_the_wanted_decoders_are_taken(self, mode: DecoderMode, name: str) -> None:
        assert name in parts.decoder_of(mode).name

    def test_one_that_is_missing_is_done_without_and_told(
        self, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        monkeypatch.setattr(parts, "_zxing", _missing("zxing-cpp"))
        with caplog.at_level(logging.WARNING):
            decoder = parts.decoder_of(DecoderMode.AUTO)
        assert "zbar" in decoder.name
        assert "zxing" not in decoder.name
        assert "zxing-cpp is missing. Install it." in caplog.text

    def test_one_that_is_wanted_alone_is_not_replaced(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(parts, "_zbar", _missing("libzbar0"))
        with pytest.raises(AdapterError, match="libzbar0 is missing"):
            parts.decoder_of(DecoderMode.ZBAR)

    def test_none_at_all_is_told_with_all_reasons(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(parts, "_zxing", _missing("zxing-cpp"))
        monkeypatch.setattr(parts, "_zbar", _missing("libzbar0"))
        with pytest.raises(AdapterError, match=r"zxing-cpp is missing.*libzbar0 is missing"):
            parts.decoder_of(DecoderMode.AUTO)
