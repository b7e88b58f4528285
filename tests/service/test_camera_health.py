"""The health of a camera: what its frames and their absence say, and how soon."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.access.settings import SECOND_NS
from gate.ports import Frame, Luma
from gate.service.camera_health import Health, Look, Retry, Trouble, look, spread
from gate.service.camera_limits import LIVE, REPLAY, Limits
from tests import pictures

MS = SECOND_NS // 1000
TOLD_WITHIN_NS = 5 * SECOND_NS
LIVELY, FLAT = 40.0, 0.5


def lived(
    looks: Iterable[Look | None],
    every_ns: int = 100 * MS,
    limits: Limits = LIVE,
    health: Health | None = None,
    from_ns: int = 0,
) -> list[Health]:
    """The health after each frame, or after each wait without one."""
    state = health or Health(0)
    states = [state]
    for number, what in enumerate(looks, 1):
        now_ns = from_ns + number * every_ns
        state = state.waited(now_ns, limits) if what is None else state.seen(what, now_ns, limits)
        states.append(state)
    return states


def told_after_s(states: list[Health], trouble: Trouble, every_ns: int = 100 * MS) -> float:
    first = next(number for number, state in enumerate(states) if state.trouble is trouble)
    return first * every_ns / SECOND_NS


MOVING = [Look(number, LIVELY) for number in range(100)]
TROUBLES: dict[Trouble, list[Look | None]] = {
    Trouble.SILENT: [None] * 60,
    Trouble.FROZEN: [Look(7, LIVELY)] * 60,
    Trouble.COVERED: [Look(1000 + number, FLAT) for number in range(60)],
}


@pytest.mark.parametrize(("trouble", "bad"), TROUBLES.items(), ids=TROUBLES)
@pytest.mark.parametrize("before", [0, 20])
def test_each_trouble_is_found_within_five_seconds_and_not_at_once(
    trouble: Trouble, bad: list[Look | None], before: int
) -> None:
    states = lived([*MOVING[:before], *bad])
    assert {state.trouble for state in states[: before + 1]} == {None}
    assert 2.9 <= told_after_s(states[before:], trouble) <= 5.0
    assert states[-1].trouble is trouble


@pytest.mark.parametrize(("trouble", "bad"), TROUBLES.items(), ids=TROUBLES)
def test_one_good_frame_ends_it(trouble: Trouble, bad: list[Look | None]) -> None:
    states = lived([*bad, *MOVING[:3]])
    assert states[60].trouble is trouble
    assert states[61].trouble is None


@pytest.mark.parametrize("what", [Look(99, FLAT), MOVING[19]], ids=["dark", "the one before"])
def test_a_silence_ends_with_any_frame(what: Look) -> None:
    *_, silent, after = lived([*MOVING[:20], *[None] * 30, what], limits=replace(LIVE, frozen_ns=4 * SECOND_NS))
    assert silent.trouble is Trouble.SILENT
    assert after.trouble is None


def test_a_camera_that_sees_people_has_no_trouble() -> None:
    assert {state.trouble for state in lived(MOVING)} == {None}


def test_a_code_held_before_the_lens_for_a_moment_is_no_trouble() -> None:
    passing = [Look(number, FLAT if number % 50 < 30 else LIVELY) for number in range(200)]
    assert {state.trouble for state in lived(passing)} == {None}


def test_black_that_is_the_same_for_ever_is_a_covered_lens_and_not_a_frozen_picture() -> None:
    states = lived([Look(7, 0.0)] * 100)
    assert [one.trouble for one, after in pairwise(states) if one.trouble is not after.trouble] == [None]
    assert states[-1].trouble is Trouble.COVERED


def test_what_was_wrong_with_the_picture_is_known_again_after_a_silence() -> None:
    for bad in (TROUBLES[Trouble.FROZEN], TROUBLES[Trouble.COVERED]):
        states = lived([*bad, *[None] * 40, bad[0]])
        assert states[100].trouble is Trouble.SILENT
        assert states[101].trouble is states[60].trouble


def test_a_camera_that_is_opened_anew_gets_time_for_it() -> None:
    before = lived(TROUBLES[Trouble.COVERED])[-1]
    states = lived([None] * 80, health=before.reopened(before.since_ns), from_ns=before.since_ns)
    assert {state.trouble for state in states[:70]} == {Trouble.COVERED}
    assert states[70].trouble is Trouble.SILENT


def test_a_dark_room_is_no_trouble_where_the_office_says_so() -> None:
    at_night = Limits(LIVE.silent_ns, LIVE.frozen_ns, covered_ns=None, stale_ns=LIVE.stale_ns)
    assert {state.trouble for state in lived(TROUBLES[Trouble.COVERED], limits=at_night)} == {None}


FRAMES = st.one_of(st.none(), st.builds(Look, st.integers(0, 2), st.sampled_from([LIVELY, FLAT])))


@given(st.lists(FRAMES, max_size=80), st.integers(1, 1000))
def test_a_replay_may_be_silent_still_and_dark(looks: list[Look | None], every_ms: int) -> None:
    assert {state.trouble for state in lived(looks, every_ms * MS, REPLAY)} == {None}


def test_a_replay_that_fails_is_a_trouble_until_its_next_frame() -> None:
    failed = lived(MOVING[:2], limits=REPLAY)[-1].failed()
    assert failed.trouble is Trouble.SILENT
    assert failed.seen(Look(1, FLAT), SECOND_NS, REPLAY).trouble is None


@given(st.lists(FRAMES, max_size=60), st.sampled_from(Trouble), st.integers(20, 500))
def test_whatever_came_before_each_trouble_is_found_and_its_end_too(
    before: list[Look | None], trouble: Trouble, every_ms: int
) -> None:
    state = lived(before, every_ms * MS)[-1]
    now_ns = len(before) * every_ms * MS
    until_ns = now_ns + TOLD_WITHIN_NS
    number = 100
    while now_ns < until_ns:
        now_ns += every_ms * MS
        number += 1
        if trouble is Trouble.SILENT:
            state = state.waited(now_ns, LIVE)
        elif trouble is Trouble.FROZEN:
            state = state.seen(Look(99, LIVELY), now_ns, LIVE)
        else:
            state = state.seen(Look(number, FLAT), now_ns, LIVE)
    assert state.trouble is trouble
    assert state.seen(Look(number + 1, LIVELY), now_ns + every_ms * MS, LIVE).trouble is None


@given(st.lists(FRAMES, max_size=60))
def test_a_frame_repeats_exactly_when_it_is_the_one_before(looks: list[Look | None]) -> None:
    seen = [what for what in looks if what is not None]
    states = lived(seen)[1:]
    for (before, after), state in zip(pairwise(seen), states[1:], strict=False):
        assert state.repeats is (before.fingerprint == after.fingerprint)


# What is looked at


def frame(luma: Luma, lores: Luma | None = None) -> Frame:
    return Frame(luma, lores, 0, "frame")


def dark(size: tuple[int, int], sigma: float, level: float = 6.0) -> Luma:
    """A sensor in the dark: black with the noise of a high gain."""
    rng = np.random.default_rng(5)
    return np.clip(rng.normal(level, sigma, size), 0, 255).astype(np.uint8)


SIZES = [(720, 1280), (360, 640), (480, 640), (1080, 1920)]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(
    "covered",
    [
        lambda size: np.zeros(size, np.uint8),
        lambda size: np.full(size, 16, np.uint8),
        lambda size: np.full(size, 200, np.uint8),
        lambda size: dark(size, 12),
        lambda size: dark(size, 20, level=120),
    ],
    ids=["black", "video black", "white tape", "noisy black", "noisy grey"],
)
def test_a_covered_lens_is_one_even_grey_however_noisy(
    size: tuple[int, int], covered: Callable[[tuple[int, int]], Luma]
) -> None:
    assert spread(covered(size)) < LIVE.covered_spread


@pytest.mark.parametrize("size", SIZES)
def test_a_dim_wall_with_a_little_more_light_on_one_side_is_a_scene(size: tuple[int, int]) -> None:
    wall = np.tile(np.linspace(20, 36, size[1]), (size[0], 1)).astype(np.uint8)
    assert spread(wall) >= LIVE.covered_spread


def test_a_code_before_a_dark_wall_is_a_scene() -> None:
    scene = np.zeros((720, 1280), np.uint8)
    code = pictures.qr("GP1:HELLO", scale=3)
    scene[100 : 100 + code.shape[0], 100 : 100 + code.shape[1]] = code
    assert spread(scene) >= LIVE.covered_spread


@pytest.mark.parametrize("size", [(1, 1), (3, 400), (400, 3), (8, 8), (9, 17)])
def test_the_smallest_pictures_can_be_looked_at(size: tuple[int, int]) -> None:
    assert spread(pictures.noise(*size, "any")) >= 0


def test_a_look_is_of_the_small_picture_and_tells_one_bit() -> None:
    main, lores = pictures.noise(90, 120, "main"), pictures.noise(45, 60, "lores")
    other = lores.copy()
    other[44, 59] ^= 1
    assert look(frame(main, lores)) == look(frame(main[::-1].copy(), lores.copy()))
    assert look(frame(main, lores)).fingerprint != look(frame(main, other)).fingerprint
    assert look(frame(main)).fingerprint != look(frame(main[::-1].copy())).fingerprint


# When it is opened anew


def opened_at_s(trouble: Trouble, until_s: float) -> list[float]:
    retry = Retry.after(trouble, 0)
    times = list[float]()
    while retry.due_ns <= until_s * SECOND_NS:
        times.append(retry.due_ns / SECOND_NS)
        retry = retry.done(trouble, retry.due_ns)
    return times


@pytest.mark.parametrize("trouble", [Trouble.SILENT, Trouble.FROZEN])
def test_a_camera_without_new_frames_is_opened_anew_at_once_and_again_and_again(trouble: Trouble) -> None:
    assert opened_at_s(trouble, 40) == [0, 5, 15, 25, 35]


def test_a_covered_one_is_tried_early_and_then_left_alone() -> None:
    assert opened_at_s(Trouble.COVERED, 40) == [5, 10, 20, 40]
    assert len(opened_at_s(Trouble.COVERED, 12 * 3600)) < 90
