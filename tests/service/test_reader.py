"""The reader: what it makes of the symbols of a frame, and what it does while the camera is away."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import replace

import numpy as np
import pytest

from gate.access.signals import Presented
from gate.credential.instant import Instant
from gate.credential.model import PassFacts, Rejected, RejectReason, Verdict, Verified
from gate.credential.trust import Trust
from gate.policy.status import Judged
from gate.ports import AdapterError, Frame, Luma, Symbol, SymbolDecoder
from gate.service import codec
from gate.service import reader as reader_module
from gate.service.reader import Reader, judge, without_facts
from gate.service.threads import Worker
from gate.service.vision.ladder import Ladder
from tests.access.examples import by_rules
from tests.credential.hcert_minting import AUTHORITY
from tests.credential.minting import MINT, at
from tests.credential.shc_minting import CLINIC
from tests.service.stepped import SteppedClock

CORNERS = ((0, 0), (9, 0), (9, 9), (0, 9))
GOOD = MINT.valid().encode()
OTHER = MINT.valid(pass_id=b"pass-0000002").encode()
KEY = b"k" * 32


def symbol(data: bytes, *, part: bool = False, x: int = 0) -> Symbol:
    return Symbol(data, tuple((x + across, down) for across, down in CORNERS), part)


def seen(*symbols: Symbol) -> tuple[Symbol, ...]:
    return symbols


@pytest.mark.parametrize(
    ("symbols", "reason"),
    [
        (seen(symbol(GOOD)), None),
        (seen(symbol(GOOD), symbol(GOOD, x=50)), None),
        (seen(symbol(GOOD), symbol(OTHER)), RejectReason.SEVERAL_CODES),
        (seen(symbol(GOOD), symbol(GOOD, x=50), symbol(OTHER)), RejectReason.SEVERAL_CODES),
        (seen(symbol(GOOD), symbol(b"menu of the day")), RejectReason.SEVERAL_CODES),
        (seen(symbol(GOOD, part=True)), RejectReason.UNREADABLE),
        (seen(symbol(b"one", part=True), symbol(b"two", part=True)), RejectReason.UNREADABLE),
        (seen(symbol(b"one", part=True), symbol(GOOD)), RejectReason.SEVERAL_CODES),
        (seen(symbol(GOOD, part=True), symbol(GOOD)), RejectReason.SEVERAL_CODES),
        (seen(symbol(b"")), RejectReason.UNREADABLE),
        (seen(symbol(b"hello")), RejectReason.UNKNOWN_FORMAT),
        (seen(symbol(MINT.forged().encode())), RejectReason.BAD_SIGNATURE),
        (seen(symbol(MINT.expired().encode())), RejectReason.EXPIRED),
    ],
)
def test_the_symbols_of_a_frame_give_one_verdict(symbols: tuple[Symbol, ...], reason: RejectReason | None) -> None:
    for given in (symbols, symbols[::-1]):
        verdict = judge(given, MINT.trust, at())
        if reason is None:
            assert isinstance(verdict, Verified)
        else:
            assert isinstance(verdict, Rejected)
            assert verdict.reason is reason


@pytest.mark.parametrize("code", [AUTHORITY.valid(), CLINIC.valid(rid="Er9vHZ1UMeA")], ids=["hc1", "shc"])
def test_what_a_certificate_states_goes_no_further_than_the_reader(code: str) -> None:
    trust = AUTHORITY.trusting(AUTHORITY.issuer(), CLINIC.issuer())
    verdict = judge(seen(symbol(code.encode())), trust, at())
    assert isinstance(verdict, Verified)
    reduced = without_facts(verdict)
    assert isinstance(reduced, Verified)
    assert not isinstance(verdict.facts, PassFacts)
    assert reduced == replace(verdict, facts=type(verdict.facts)())
    assert verdict.facts != reduced.facts
    assert reduced.document is None, "which equality does not look at"
    again: object = codec.decode(codec.encode(reduced, Verdict), Verdict)  # type: ignore[arg-type]  # a union is not a type to mypy
    assert again == reduced


def frame(name: str = "frame", captured_ns: int = 5) -> Frame:
    return Frame(np.zeros((2, 2), np.uint8), None, captured_ns, name)


class ScriptedCamera:
    """Gives what the script says, an error by raising it; then stops the reader."""

    def __init__(self, script: Iterable[Frame | AdapterError | None]) -> None:
        self._script = iter(script)
        self.stop = threading.Event()

    def next(self, timeout_s: float) -> Frame | None:
        assert 0 < timeout_s < 1
        for step in self._script:
            if isinstance(step, AdapterError):
                raise step
            return step
        self.stop.set()
        return None

    def close(self) -> None:
        self.stop.set()


class ScriptedDecoder:
    """Sees the same symbols in every frame."""

    name = "scripted"

    def __init__(self, *symbols: Symbol) -> None:
        self.symbols = symbols

    def decode(self, luma: Luma) -> tuple[Symbol, ...]:
        assert luma.shape == (2, 2)
        return self.symbols

    def close(self) -> None:
        """Keeps nothing."""


class FailingDecoder(ScriptedDecoder):
    """Fails where the script says so."""

    def __init__(self, *script: AdapterError | None) -> None:
        super().__init__(symbol(GOOD))
        self._script = iter(script)

    def decode(self, luma: Luma) -> tuple[Symbol, ...]:
        error = next(self._script)
        if error is not None:
            raise error
        return super().decode(luma)


def ladder(*decoders: SymbolDecoder) -> Ladder:
    return Ladder(decoders, time.monotonic_ns)


class FixedTrust:
    """The trust of the test's issuer; counts how often it is given time to look for newer."""

    def __init__(self) -> None:
        self.refreshed = 0

    def current(self) -> Trust:
        return MINT.trust

    def refresh(self) -> None:
        self.refreshed += 1


def read(
    script: Iterable[Frame | AdapterError | None],
    *symbols: Symbol,
    key: bytes = KEY,
    seen_too: Callable[[Frame, tuple[Symbol, ...]], None] | None = None,
) -> list[Presented]:
    presented: list[Presented] = []
    camera = ScriptedCamera(script)
    clock = SteppedClock(1_000_000_000)
    reader = Reader(
        camera, ladder(ScriptedDecoder(*symbols)), FixedTrust(), clock, by_rules, presented.append, key, seen_too
    )
    reader.run(camera.stop, lambda: None)
    return presented


def digest(*symbols: Symbol, key: bytes = KEY) -> bytes:
    (presented,) = read([frame()], *symbols, key=key)
    return presented.code


def test_a_frame_with_a_code_is_presented_with_its_times_and_its_trust() -> None:
    (presented,) = read([frame(captured_ns=7)], symbol(GOOD))
    assert presented.captured_ns == 7
    assert presented.decoded_ns == 1_000_000_000
    assert presented.trust == MINT.trust.stamp


def test_frames_without_a_symbol_and_waits_without_a_frame_present_nothing() -> None:
    told: list[tuple[str, int]] = []
    frames = [frame("one"), None, frame("two"), None]
    assert read(frames, seen_too=lambda at, symbols: told.append((at.name, len(symbols)))) == []
    assert told == [("one", 0), ("two", 0)]


def test_every_frame_of_a_code_is_presented_and_seen() -> None:
    told: list[str] = []
    presented = read([frame("a"), frame("b")], symbol(GOOD), seen_too=lambda at, _: told.append(at.name))
    assert len(presented) == 2
    assert told == ["a", "b"]


def test_the_digest_is_of_what_was_read_wherever_and_however_often() -> None:
    assert digest(symbol(GOOD)) == digest(symbol(GOOD, x=300)) == digest(symbol(GOOD), symbol(GOOD, x=9))
    assert digest(symbol(GOOD), symbol(OTHER)) == digest(symbol(OTHER), symbol(GOOD))


def test_the_digest_tells_codes_and_runs_apart() -> None:
    digests = [
        digest(symbol(GOOD)),
        digest(symbol(OTHER)),
        digest(symbol(GOOD), symbol(OTHER)),
        digest(symbol(GOOD + OTHER)),
        digest(symbol(b"ab"), symbol(b"c")),
        digest(symbol(b"a"), symbol(b"bc")),
        digest(symbol(GOOD), key=b"x" * 32),
    ]
    assert len(set(digests)) == len(digests)


def test_the_presentation_holds_nothing_of_the_text() -> None:
    (presented,) = read([frame()], symbol(b"Budi Santoso, 3174012345678901"))
    assert "Budi" not in repr(presented)
    assert "3174" not in repr(presented)
    assert len(presented.code) == 16


def test_a_camera_that_fails_is_retried_and_told_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(reader_module, "RETRY_S", 0.001)
    away = AdapterError("no camera: plug it in")
    presented = read([frame(), away, away, away, frame()], symbol(GOOD))
    assert len(presented) == 2
    assert [record.getMessage() for record in caplog.records] == ["no frames: no camera: plug it in"]


def test_a_camera_that_fails_again_is_told_again(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(reader_module, "RETRY_S", 0.001)
    read([AdapterError("first"), None, AdapterError("first"), frame(), AdapterError("second")])
    assert [record.getMessage() for record in caplog.records] == ["no frames: first", "no frames: second"]


def test_a_decoder_that_fails_is_retried_and_told_once(caplog: pytest.LogCaptureFixture) -> None:
    died = AdapterError("the decoder died")
    presented: list[Presented] = []
    camera = ScriptedCamera([frame()] * 6)
    decoder = FailingDecoder(None, died, died, None, died, None)
    Reader(camera, ladder(decoder), FixedTrust(), SteppedClock(), by_rules, presented.append, KEY).run(
        camera.stop, lambda: None
    )
    assert len(presented) == 3
    assert [record.getMessage() for record in caplog.records] == ["no codes: the decoder died"] * 2


def test_a_decoder_that_fails_after_the_camera_is_told_too(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(reader_module, "RETRY_S", 0.001)
    camera = ScriptedCamera([AdapterError("no camera"), frame()])
    decoder = FailingDecoder(AdapterError("the decoder died"))
    Reader(camera, ladder(decoder), FixedTrust(), SteppedClock(), by_rules, print, KEY).run(camera.stop, lambda: None)
    assert [record.getMessage() for record in caplog.records] == [
        "no frames: no camera",
        "no codes: the decoder died",
    ]


def test_a_decoder_that_fails_is_asked_again_at_the_next_frame() -> None:
    presented: list[Presented] = []
    camera = ScriptedCamera([frame()] * 100)
    decoder = FailingDecoder(*[AdapterError("died")] * 99, None)
    began = time.monotonic()
    reader = Reader(camera, ladder(decoder), FixedTrust(), SteppedClock(), by_rules, presented.append, KEY)
    reader.run(camera.stop, lambda: None)
    assert len(presented) == 1
    assert time.monotonic() - began < reader_module.RETRY_S


def test_the_wait_for_a_camera_that_is_away_does_not_hold_up_a_stop() -> None:
    failed = threading.Event()

    class Away(ScriptedCamera):
        def next(self, timeout_s: float) -> Frame | None:
            failed.set()
            return super().next(timeout_s)

    reader = Reader(
        Away([AdapterError("away")]), ladder(ScriptedDecoder()), FixedTrust(), SteppedClock(), by_rules, print, KEY
    )
    worker = Worker("reader", reader.run, lambda _: None)
    worker.start()
    assert failed.wait(10)
    assert worker.stop(reader_module.RETRY_S / 2)
    assert worker.error is None


def test_its_trust_is_given_time_at_every_frame_and_at_every_wait_also_when_the_camera_fails(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("gate.service.reader.RETRY_S", 0)
    camera, trust = ScriptedCamera([frame(), None, AdapterError("away"), frame()]), FixedTrust()
    decoder, clock = ScriptedDecoder(symbol(GOOD)), SteppedClock(1_000_000_000)
    Reader(camera, ladder(decoder), trust, clock, by_rules, lambda _: None, KEY).run(camera.stop, lambda: None)
    assert trust.refreshed == 5


def test_it_beats_at_every_frame_and_at_every_wait() -> None:
    beats: list[None] = []
    camera = ScriptedCamera([frame(), None, frame()])
    reader = Reader(camera, ladder(ScriptedDecoder()), FixedTrust(), SteppedClock(), by_rules, print, KEY)
    reader.run(camera.stop, lambda: beats.append(None))
    assert len(beats) == 4


class Named(ScriptedDecoder):
    """One of several decoders; sees its symbols at the middle of what it is shown."""

    def __init__(self, name: str, *symbols: Symbol) -> None:
        super().__init__(*symbols)
        self.name = name

    def decode(self, luma: Luma) -> tuple[Symbol, ...]:
        middle = (luma.shape[1] // 2, luma.shape[0] // 2)
        return tuple(Symbol(one.data, (middle,), one.part) for one in self.symbols)


def watched(frames: int, *decoders: SymbolDecoder) -> tuple[list[Presented], Reader]:
    """What is presented of three seconds before these decoders."""
    presented: list[Presented] = []
    luma = np.zeros((60, 60), np.uint8)
    camera = ScriptedCamera([Frame(luma, None, number * 100_000_000, "frame") for number in range(frames)])
    reader = Reader(camera, ladder(*decoders), FixedTrust(), SteppedClock(), by_rules, presented.append, KEY)
    reader.run(camera.stop, lambda: None)
    return presented, reader


def reasons(presented: Iterable[Presented]) -> list[RejectReason]:
    return [one.verdict.reason for one in presented if isinstance(one.verdict, Rejected)]


def test_a_code_that_stays_and_cannot_be_read_is_presented_as_unreadable_after_a_second() -> None:
    presented, _ = watched(30, Named("one", symbol(b"", part=True)))
    assert set(reasons(presented)) == {RejectReason.UNREADABLE}
    assert presented[0].captured_ns == 1_000_000_000
    assert len({one.code for one in presented}) == 1


def test_a_rejected_code_that_decoders_read_differently_is_not_decided_but_counted(
    caplog: pytest.LogCaptureFixture,
) -> None:
    presented, reader = watched(8, Named("one", symbol(b"GP1:A")), Named("two", symbol(b"GP1:B")))
    assert presented == []
    assert reader.disagreements == 8
    (told,) = caplog.records
    assert "GP1" not in told.getMessage()


def test_a_disagreement_that_lasts_ends_as_unreadable_and_not_in_silence() -> None:
    presented, _ = watched(30, Named("one", symbol(b"GP1:A")), Named("two", symbol(b"GP1:B")))
    assert set(reasons(presented)) == {RejectReason.UNREADABLE}


def test_a_rejected_code_is_presented_where_the_other_decoder_agrees_or_sees_nothing() -> None:
    for other in (Named("two", symbol(b"GP1:A")), Named("two")):
        presented, reader = watched(3, Named("one", symbol(b"GP1:A")), other)
        assert len(presented) == 3
        assert reader.disagreements == 0


def test_a_decoder_that_fails_beside_one_that_works_is_told_once(caplog: pytest.LogCaptureFixture) -> None:
    class Dead(Named):
        def decode(self, luma: Luma) -> tuple[Symbol, ...]:
            raise AdapterError(f"{self.name} died of {luma.shape}")

    presented, _ = watched(60, Dead("one"), Named("two", symbol(b"hello")))
    assert len(presented) >= 55
    assert [record.getMessage() for record in caplog.records] == [
        "going on without a decoder: one died of (60, 60) (failure 1 of this run)"
    ]


def test_a_decoder_that_dies_again_after_it_worked_is_told_ever_more_rarely(caplog: pytest.LogCaptureFixture) -> None:
    class Mortal(Named):
        asked = 0

        def decode(self, luma: Luma) -> tuple[Symbol, ...]:
            self.asked += 1
            if self.asked % 2:
                raise AdapterError("one died")
            return super().decode(luma)

    watched(300, Mortal("one", symbol(b"hello")), Named("two", symbol(b"hello")))
    told = [record.getMessage() for record in caplog.records]
    assert told == [f"going on without a decoder: one died (failure {times} of this run)" for times in (1, 2, 4, 8)]


def test_a_decoder_that_is_gone_is_told_once_also_where_frames_between_are_not_looked_at(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Dies(Named):
        asked = 0

        def decode(self, luma: Luma) -> tuple[Symbol, ...]:
            self.asked += 1
            if self.asked > 50:
                raise AdapterError("it is in quarantine")
            return super().decode(luma)

    gone = Dies("one")
    watched(1200, gone)
    assert gone.asked > 100
    assert [record.getMessage() for record in caplog.records] == ["no codes: it is in quarantine"]


@pytest.mark.parametrize("code", [AUTHORITY.valid(), CLINIC.valid(rid="Er9vHZ1UMeA")], ids=["hc1", "shc"])
def test_what_is_presented_holds_nothing_of_what_a_certificate_states(code: str) -> None:
    class Noon:
        def now(self) -> Instant:
            return at()

    class Trusting(FixedTrust):
        def current(self) -> Trust:
            return AUTHORITY.trusting(AUTHORITY.issuer(), CLINIC.issuer())

    presented: list[Presented] = []
    judged: list[Verdict] = []

    def judging(verdict: Verdict, now: Instant) -> Judged:
        judged.append(verdict)
        return by_rules(verdict, now)

    camera, decoder = ScriptedCamera([frame()]), ScriptedDecoder(symbol(code.encode()))
    Reader(camera, ladder(decoder), Trusting(), Noon(), judging, presented.append, KEY).run(camera.stop, lambda: None)
    (one,), (whole,) = presented, judged
    assert isinstance(whole, Verified)
    assert isinstance(one.verdict, Verified)
    assert whole.facts != one.verdict.facts
    assert one.verdict == without_facts(whole)
