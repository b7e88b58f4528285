"""A film: one visitor whose room, hand and code stay while the grain, the light and the pose change."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from gate.adapters.decoder_zxing import ZxingDecoder
from gate.simulation import optics
from gate.simulation.film import Film
from gate.simulation.pose import Pose, ordinary_pose, poses
from gate.simulation.props import Device, Shown
from gate.simulation.scene import SIZE
from gate.simulation.symbols import symbol

TEXT = "GP1:" + "0A:" * 40


@pytest.fixture(scope="module")
def pose() -> Pose:
    return poses(np.random.default_rng(5), 3)[-1]


def test_a_frame_is_a_luma_of_the_camera_and_the_same_for_a_seed(pose: Pose) -> None:
    one, again, other = (Film(seed, Shown(symbol(TEXT))).frame(4, pose) for seed in (1, 1, 2))
    assert one.shape == SIZE[::-1]
    assert one.dtype == np.uint8
    assert np.array_equal(one, again)
    assert not np.array_equal(one, other)


def test_from_frame_to_frame_only_the_grain_changes(pose: Pose) -> None:
    film = Film(3, Shown(symbol(TEXT)))
    quiet = replace(pose, noise=0.0)
    assert np.array_equal(film.frame(0, quiet), film.frame(1, quiet))
    first, second = (film.frame(number, pose).astype(int) for number in (0, 1))
    assert 1 < np.abs(first - second).mean() < 12


def test_what_is_shown_can_be_read_and_is_gone_without_it(pose: Pose) -> None:
    film = Film(4, Shown(symbol(TEXT), Device.PAPER))
    assert [found.data for found in ZxingDecoder().decode(film.frame(0, pose))] == [TEXT.encode()]
    assert ZxingDecoder().decode(film.without(0, pose)) == ()


def test_a_person_who_walks_by_changes_the_picture_where_they_are(pose: Pose) -> None:
    film = Film(5)
    quiet = replace(pose, noise=0.0, shade=0.0)
    left, right = (film.frame(0, quiet, stands_at=at).astype(int) for at in (0.25, 0.75))
    differs = np.abs(left - right) > 20
    assert differs[:, :640].mean() > 0.05
    assert differs[:, 640:].mean() > 0.05
    assert not differs[:, :32].any()


def test_a_flickering_lamp_darkens_bands_of_rows(pose: Pose) -> None:
    film = Film(6)
    quiet = replace(pose, noise=0.0, shade=0.0)
    plain = film.frame(0, quiet).mean(axis=1)
    banded = film.frame(0, replace(quiet, bands=0.5)).mean(axis=1)
    share = banded / np.maximum(1, plain)
    assert share.max() / share.min() == pytest.approx(2, rel=0.1)


def test_the_dots_of_a_screen_beat_on_a_telephone_and_not_on_paper(pose: Pose) -> None:
    beating = replace(pose, moire=0.6, noise=0.0)
    quiet = replace(beating, moire=0.0)
    for device, changes in ((Device.PHONE, True), (Device.PAPER, False)):
        film = Film(7, Shown(symbol(TEXT), device))
        assert np.array_equal(film.frame(0, beating), film.frame(0, quiet)) is not changes


def test_bands_and_moire_are_shares_of_the_light() -> None:
    wave = optics.bands(100, 0.4, 0.2)
    assert wave.shape == (100, 1)
    assert wave.min() == pytest.approx(0.6, abs=0.01)
    assert wave.max() == pytest.approx(1.0, abs=0.01)
    mask = np.asarray(optics.moire((60, 40), 8, 30, 0.5))
    assert mask.shape == (40, 60)
    assert mask.max() <= 127


def test_an_easier_pose_has_less_moire() -> None:
    hard = replace(ordinary_pose(np.random.default_rng(1)), moire=0.4)
    assert hard.easier().moire < hard.moire
