"""The ladder, stepped frame by frame: what is tried, when, how often, and what the answers mean."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Sequence

import numpy as np
import pytest

from benchmarks import attempts
from gate.ports import AdapterError, Frame, Luma, Symbol
from gate.service.vision.crew import REST_NS
from gate.service.vision.ladder import (
    AGAIN_NS,
    IDLE_LOOK_NS,
    MS,
    SAVED_NS,
    SHARE,
    STAY_NS,
    UNPROMISING_EVERY,
    Ladder,
)
from gate.service.vision.look import Look
from gate.service.vision.rungs import Rung, steps
from tests import pictures

FRAME_NS = 33 * MS
HALF, PLAIN = (360, 640), (720, 1280)
CODE = Symbol(b"GP1:A", ((600, 300), (700, 300), (700, 400), (600, 400)))
OTHER = Symbol(b"GP1:B", CODE.corners)
ELSEWHERE = Symbol(b"GP1:C", ((100, 100), (200, 100), (200, 200), (100, 200)))
PART = Symbol(b"GP1:", CODE.corners, part=True)
UNREAD = Symbol(b"", CODE.corners, part=True)


class Scripted:
    """Sees what the test says, takes as long as it says for a close look, and remembers what it was shown."""

    def __init__(self, name: str, sees: Callable[[Luma], Sequence[Symbol]] = lambda _: (), takes_ns: int = 0) -> None:
        self.name = name
        self.sees = sees
        self.takes_ns = takes_ns
        self.shown: list[tuple[int, ...]] = []
        self.now_ns = 0
        self.closed = 0

    def decode(self, luma: Luma) -> tuple[Symbol, ...]:
        assert luma.flags.c_contiguous
        self.shown.append(luma.shape)
        self.now_ns += 0 if luma.shape == HALF else self.takes_ns
        return tuple(self.sees(luma))

    def close(self) -> None:
        self.closed += 1


def at_half(*symbols: Symbol) -> Callable[[Luma], Sequence[Symbol]]:
    """Seen at half size only; corners are told in the pixels that the decoder was shown."""
    shrunk = [Symbol(one.data, tuple((x // 2, y // 2) for x, y in one.corners), one.part) for one in symbols]
    return lambda luma: shrunk if luma.shape == HALF else ()


def on_close_look(*symbols: Symbol) -> Callable[[Luma], Sequence[Symbol]]:
    return lambda luma: [Symbol(one.data, ((4, 4),), one.part) for one in symbols] if luma.shape != HALF else ()


def ladder(*decoders: Scripted) -> Ladder:
    return Ladder(decoders, lambda: sum(decoder.now_ns for decoder in decoders))


def picture(number: int = 0) -> Luma:
    """Busy in the middle; another number is another picture."""
    luma = np.full(PLAIN, 100, np.uint8)
    luma[300:400, 600:700] = pictures.noise(100, 100, f"busy {number}")
    return luma


def film(lumas: Iterable[Luma], every_ns: int = FRAME_NS, start_ns: int = 0) -> list[Frame]:
    return [Frame(luma, None, start_ns + number * every_ns, "frame") for number, luma in enumerate(lumas)]


def run(climbed: Ladder, frames: Iterable[Frame]) -> list[Look]:
    return [climbed.look(frame) for frame in frames]


def still(count: int, start_ns: int = 0) -> list[Frame]:
    return film([picture()] * count, start_ns=start_ns)


def moving(count: int, start_ns: int = 0) -> list[Frame]:
    return film([picture(number + 1) for number in range(count)], start_ns=start_ns)


def test_a_frame_gets_one_cheap_look_and_at_most_one_costly_attempt() -> None:
    looks = run(ladder(Scripted("one"), Scripted("two")), [*still(15), *moving(15, start_ns=500 * MS)])
    for look in looks:
        assert len(look.attempts) <= 2
        assert all(attempt.rung is Rung.HALF for attempt in look.attempts[:1])
    assert any(len(look.attempts) == 2 for look in looks)


@pytest.mark.parametrize("names", [("one",), ("one", "two")])
def test_a_still_picture_is_tried_with_every_rung_within_a_second_and_then_left_alone(names: tuple[str, ...]) -> None:
    climbed = ladder(*(Scripted(name) for name in names))
    looks = run(climbed, still(60))
    tried = {(attempt.rung, attempt.decoder) for look in looks[:30] for attempt in look.attempts}
    assert tried >= {(step.rung, names[step.decoder]) for step in steps(len(names)) if step.region != 1}
    assert climbed.through
    looked = [bool(look.attempts) for look in looks]
    assert sum(looked[30:]) <= 1


def test_what_changes_is_looked_at_in_every_frame_and_every_rung_has_its_turn_beside_the_best() -> None:
    looks = run(ladder(Scripted("one"), Scripted("two")), moving(20))
    assert all(look.changed is not None and look.attempts for look in looks)
    rungs = [look.attempts[1].rung for look in looks]
    assert set(rungs) >= {Rung.ENLARGED, Rung.BOXED, Rung.SHARPENED, Rung.PLAIN}
    assert rungs[::2].count(rungs[0]) == len(rungs[::2])


def test_a_quiet_picture_is_looked_at_once_a_second() -> None:
    climbed = ladder(Scripted("one"))
    run(climbed, still(30))
    later = run(climbed, still(300, start_ns=2000 * MS))
    looked = [look for look in later if look.attempts]
    assert len(looked) == pytest.approx(300 * FRAME_NS / IDLE_LOOK_NS, abs=2)
    assert all(len(look.attempts) == 1 for look in looked)


def test_a_code_that_is_read_at_half_size_is_read_in_every_frame_without_a_costly_attempt() -> None:
    looks = run(ladder(Scripted("one", at_half(CODE)), Scripted("two")), still(60))
    assert all(look.symbols[0].data == CODE.data for look in looks)
    assert all(len(look.attempts) == 1 for look in looks)


def test_corners_are_told_in_pixels_of_the_frame() -> None:
    (look,) = run(ladder(Scripted("one", at_half(CODE))), still(1))
    assert np.abs(np.array(look.symbols[0].corners) - np.array(CODE.corners)).max() <= 1
    looks = run(ladder(Scripted("one", on_close_look(CODE))), still(2))
    ((x, y),) = next(look for look in looks if look.symbols).symbols[0].corners
    region = looks[0].attempts[1].region
    assert region.left <= x <= region.left + 4
    assert region.top <= y <= region.top + 4


def test_a_code_that_only_a_costly_rung_reads_is_read_again_while_it_stays() -> None:
    looks = run(ladder(Scripted("one", on_close_look(CODE))), still(120))
    times = [number * FRAME_NS for number, look in enumerate(looks) if look.symbols]
    gaps = [after - before for before, after in itertools.pairwise(times)]
    assert times[0] == 0
    assert max(gaps) <= AGAIN_NS + FRAME_NS
    assert min(gaps) >= AGAIN_NS
    assert times[-1] >= 118 * FRAME_NS - AGAIN_NS


def test_after_a_code_is_gone_the_gate_shuts() -> None:
    one = Scripted("one", at_half(CODE))
    climbed = ladder(one)
    run(climbed, still(5))
    one.sees = lambda _: ()
    looks = run(climbed, still(90, start_ns=200 * MS))
    assert [bool(look.attempts) for look in looks][: STAY_NS // FRAME_NS - 2] == [True] * (STAY_NS // FRAME_NS - 2)
    assert sum(bool(look.attempts) for look in looks[35:]) <= 2


def test_costly_attempts_take_half_of_the_time_and_no_more() -> None:
    slow = Scripted("one", takes_ns=100 * MS)
    looks = run(ladder(slow), moving(120))
    spent_ns = sum(attempt.took_ns for look in looks for attempt in look.attempts)
    assert 120 * FRAME_NS / 3 < spent_ns <= 120 * FRAME_NS / 2 + 700 * MS


def test_an_hour_without_costly_attempts_does_not_save_up_for_a_flood_of_them() -> None:
    slow = Scripted("one", takes_ns=100 * MS)
    climbed = ladder(slow)
    run(climbed, still(30))
    looks = run(climbed, moving(15, start_ns=3_600_000 * MS))
    costly = sum(len(look.attempts) - 1 for look in looks)
    assert costly <= (SAVED_NS + 15 * FRAME_NS * SHARE) / (100 * MS) + 1


def test_the_first_decoder_that_sees_a_whole_code_answers() -> None:
    two = Scripted("two", lambda _: [OTHER])
    looks = run(ladder(Scripted("one", at_half(CODE)), two), still(3))
    assert [look.symbols[0].data for look in looks] == [CODE.data] * 3
    assert two.shown == []


def test_a_part_is_put_to_the_others_at_once_and_a_whole_code_replaces_it() -> None:
    two = Scripted("two", lambda _: [Symbol(b"GP1:WHOLE", ((9, 9),))])
    (look,) = run(ladder(Scripted("one", at_half(PART)), two), still(1))
    assert [symbol.data for symbol in look.symbols] == [b"GP1:WHOLE"]
    assert len(two.shown) == 1


def test_a_part_that_no_decoder_sees_whole_stays_a_part() -> None:
    looks = run(ladder(Scripted("one", at_half(PART)), Scripted("two")), still(40))
    assert all(look.symbols[0].part and look.symbols[0].data == PART.data for look in looks)
    assert not any(look.unreadable for look in looks)


def test_a_part_does_not_keep_a_code_beside_it_from_being_read() -> None:
    one = Scripted("one", lambda luma: at_half(PART)(luma) or on_close_look(ELSEWHERE)(luma))
    looks = run(ladder(one, Scripted("two")), still(6))
    assert any(look.read for look in looks)


def test_a_second_code_is_looked_for_beside_a_new_one_once() -> None:
    both = np.full(PLAIN, 100, np.uint8)
    for left in (200, 900):
        both[300:400, left : left + 100] = pictures.noise(100, 100, "busy")
    left_code = Symbol(b"GP1:L", ((200, 300), (300, 300), (300, 400), (200, 400)))
    one = Scripted("one", lambda luma: at_half(left_code)(luma) or on_close_look(ELSEWHERE)(luma))
    looks = run(ladder(one), film([both] * 4))
    assert {symbol.data for symbol in looks[0].symbols} == {b"GP1:L", ELSEWHERE.data}
    assert [len(look.attempts) for look in looks] == [2, 1, 1, 1]


def test_a_code_that_cannot_be_read_is_told_after_a_second_and_as_long_as_it_stays() -> None:
    looks = run(ladder(Scripted("one", at_half(UNREAD)), Scripted("two")), still(90))
    told = [look.unreadable for look in looks]
    assert not any(told[:30])
    assert all(told[32:])
    assert not any(look.symbols for look in looks)


def test_one_that_only_a_costly_rung_notices_is_told_within_two_seconds() -> None:
    looks = run(ladder(Scripted("one", on_close_look(UNREAD))), still(62))
    assert any(look.unreadable for look in looks)


@pytest.mark.parametrize("names", [("zbar",), ("one", "two")])
def test_a_code_that_no_decoder_notices_is_told_too_by_its_finder_patterns(names: tuple[str, ...]) -> None:
    wall = np.full(PLAIN, 140, np.uint8)
    code = pictures.qr(b"GP1:" + b"0A:" * 60)
    code[70:-70, 70:-70] = 128
    wall[200 : 200 + code.shape[0], 500 : 500 + code.shape[1]] = code
    looks = run(ladder(*(Scripted(name) for name in names)), film([wall] * 62))
    assert not any(look.unreadable for look in looks[:30])
    assert any(look.unreadable for look in looks)


def closest(decoder: Scripted) -> int:
    """The most pixels that it was shown at once, beside the half pictures."""
    return max((height * width for height, width in decoder.shown if (height, width) != HALF), default=0)


@pytest.mark.parametrize("names", [("zxing", "zbar"), ("zbar",)])
def test_a_wall_of_finder_patterns_is_not_put_to_zbar_but_for_scraps(names: tuple[str, ...]) -> None:
    crew = [Scripted(name) for name in names]
    run(ladder(*crew), film([attempts.pictures(1)["finder patterns of 4, in the middle"]] * 30))
    assert len(crew[0].shown) > 5
    assert closest(crew[-1]) < 120_000


@pytest.mark.parametrize("picture", ["noise", "checks of 3", "random modules of 2", "stripes"])
def test_zbar_alone_goes_over_no_more_pixels_in_an_attempt_than_a_frame_has(picture: str) -> None:
    """Twice over each, since it looks at the negative too."""
    alone = Scripted("zbar")
    run(ladder(alone), film([attempts.pictures(1)[picture]] * 30))
    largest = max(height * width for height, width in alone.shown)
    assert PLAIN[0] * PLAIN[1] / 4 < largest <= PLAIN[0] * PLAIN[1] / 2


def test_an_unreadable_code_beside_a_read_one_is_nothing_to_tell() -> None:
    looks = run(ladder(Scripted("one", at_half(CODE, UNREAD))), still(60))
    assert not any(look.unreadable for look in looks)
    assert all([symbol.data for symbol in look.symbols] == [CODE.data] for look in looks)


def in_the_middle(data: bytes) -> Callable[[Luma], Sequence[Symbol]]:
    """Seen in the middle of whatever is shown."""
    return lambda luma: [Symbol(data, ((luma.shape[1] // 2, luma.shape[0] // 2),))] if data else []


def test_a_decoder_that_reads_otherwise_contradicts() -> None:
    climbed = ladder(Scripted("one", at_half(CODE)), Scripted("two", in_the_middle(b"GP1:Z")))
    frame = still(1)[0]
    assert climbed.contradicted(frame, climbed.look(frame))


def test_one_that_reads_another_code_beside_it_does_not() -> None:
    two = Scripted("two", lambda _: [Symbol(b"GP1:Z", ((1, 1),))])
    climbed = ladder(Scripted("one", at_half(CODE)), two)
    frame = still(1)[0]
    assert not climbed.contradicted(frame, climbed.look(frame))
    assert two.shown


@pytest.mark.parametrize("answer", [b"", CODE.data])
def test_one_that_agrees_or_sees_nothing_does_not_and_is_not_asked_again(answer: bytes) -> None:
    two = Scripted("two", in_the_middle(answer))
    climbed = ladder(Scripted("one", at_half(CODE)), two)
    for frame in still(5):
        assert not climbed.contradicted(frame, climbed.look(frame))
    assert len(two.shown) == 1


def test_a_code_that_was_away_is_compared_again() -> None:
    one, two = Scripted("one", at_half(CODE)), Scripted("two", in_the_middle(CODE.data))
    climbed = ladder(one, two)
    before, after = still(1)[0], still(1, start_ns=2 * STAY_NS)[0]
    assert not climbed.contradicted(before, climbed.look(before))
    one.sees = lambda _: ()
    run(climbed, still(10, start_ns=STAY_NS))
    one.sees, two.sees = at_half(CODE), in_the_middle(b"GP1:Z")
    assert climbed.contradicted(after, climbed.look(after))


def test_what_is_no_text_is_not_compared() -> None:
    code, two = Symbol(b"\xa4\x40", CODE.corners), Scripted("two", in_the_middle(b"GP1:Z"))
    climbed = ladder(Scripted("one", at_half(code)), two)
    frame = still(1)[0]
    assert not climbed.contradicted(frame, climbed.look(frame))
    assert not two.shown


def test_a_wall_of_finder_patterns_is_not_compared() -> None:
    wall = attempts.pictures(1)["finder patterns of 4, in the middle"]
    over_it, two = Symbol(b"GP1:A", ((380, 160), (900, 160), (900, 560), (380, 560))), Scripted("two")
    climbed = ladder(Scripted("one", at_half(over_it)), two)
    (frame,) = film([wall])
    assert not climbed.contradicted(frame, climbed.look(frame))
    assert not two.shown


def test_the_time_for_a_comparison_is_taken_from_that_for_costly_attempts() -> None:
    one, two = Scripted("one", at_half(CODE)), Scripted("two", in_the_middle(CODE.data), takes_ns=2000 * MS)
    climbed = ladder(one, two)
    frame = still(1)[0]
    climbed.contradicted(frame, climbed.look(frame))
    one.sees = lambda _: ()
    looks = run(climbed, moving(60, start_ns=FRAME_NS))
    assert all(len(look.attempts) == 1 for look in looks)


def test_what_moves_and_does_not_look_like_a_code_gets_a_costly_attempt_now_and_then() -> None:
    coat = np.linspace(60, 180, 640).astype(np.uint8)
    frames = [np.full(PLAIN, 100, np.uint8) for _ in range(30)]
    for number, frame in enumerate(frames):
        frame[100:700, 20 * number : 20 * number + 640] = coat
    looks = run(ladder(Scripted("one"), Scripted("two")), film(frames))
    assert all(look.changed for look in looks)
    costly = [len(look.attempts) == 2 for look in looks]
    assert sum(costly) == len(costly) // UNPROMISING_EVERY


def failing(_: Luma) -> Sequence[Symbol]:
    raise AdapterError("it died")


def test_while_one_decoder_fails_the_other_leads_and_it_is_told() -> None:
    one, two = Scripted("one", failing), Scripted("two", at_half(CODE))
    climbed = ladder(one, two)
    looks = run(climbed, still(10))
    assert [attempt.failure for attempt in looks[0].attempts if attempt.failure] == ["it died"]
    assert all(look.read for look in looks[1:])
    assert len(one.shown) == 1
    climbed.look(still(1, start_ns=REST_NS + FRAME_NS)[0])
    assert len(one.shown) == 2


def test_when_all_fail_it_is_an_error_and_they_are_asked_again() -> None:
    one, two = Scripted("one", failing), Scripted("two", failing)
    climbed = ladder(one, two)
    for frame in moving(3):
        with pytest.raises(AdapterError, match="it died"):
            climbed.look(frame)
    one.sees = two.sees = at_half(CODE)
    assert climbed.look(moving(4, start_ns=100 * MS)[-1]).read


def test_small_pictures_are_looked_at_as_they_are() -> None:
    one = Scripted("one")
    run(ladder(one), film([pictures.noise(200, 300, "small")]))
    assert one.shown[0] == (200, 300)


def test_the_cameras_own_half_is_used_where_it_fits() -> None:
    lores = np.full(HALF, 7, np.uint8)
    seen: list[Luma] = []

    def remember(luma: Luma) -> Sequence[Symbol]:
        seen.append(luma)
        return ()

    one = Scripted("one", remember)
    ladder(one).look(Frame(picture(), lores, 0, "frame"))
    assert seen[0] is lores
    ladder(one).look(Frame(picture(), lores[:50], 0, "frame"))
    assert seen[2].shape == HALF


def test_closing_closes_them_all() -> None:
    one, two = Scripted("one"), Scripted("two")
    climbed = ladder(one, two)
    assert climbed.name == "one+two"
    climbed.close()
    assert (one.closed, two.closed) == (1, 1)
