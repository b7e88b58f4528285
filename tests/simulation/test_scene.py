"""The rendered camera pictures: the same for a seed, true to their description, and readable."""

from __future__ import annotations

import secrets
import subprocess
import sys

import numpy as np
import pytest
from PIL import ImageChops

from gate.adapters.decoder_zbar import ZbarDecoder
from gate.adapters.decoder_zxing import ZxingDecoder
from gate.service.decoding import DecoderChain
from gate.simulation.pose import Pose, ordinary_pose, poses
from gate.simulation.props import Device, Shown
from gate.simulation.scene import SIZE, luma, render
from gate.simulation.symbols import Modules, first_part, symbol

BASE45 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
TRIES = 3


@pytest.fixture(scope="module")
def chain() -> DecoderChain:
    return DecoderChain(ZxingDecoder(), ZbarDecoder())


def gate_pass(rng: np.random.Generator) -> str:
    """A text as long as a pass is."""
    return "GP1:" + "".join(BASE45[index] for index in rng.integers(0, 45, 246))


def read(chain: DecoderChain, shown: list[Shown], pose: Pose, rng: np.random.Generator) -> set[str]:
    symbols = chain.decode(luma(render(shown, pose, rng)))
    return {symbol.data.decode() for symbol in symbols if not symbol.part}


def example(seed: int, **options: Device | bool) -> tuple[list[Shown], Pose, np.random.Generator]:
    rng = np.random.default_rng(seed)
    return [Shown(symbol(gate_pass(rng)), **options)], ordinary_pose(rng), rng  # type: ignore[arg-type]


@pytest.mark.parametrize("device", Device)
def test_a_seed_gives_one_picture(device: Device) -> None:
    one, again, other = (render(*example(seed, device=device)) for seed in (1, 1, 2))
    assert one.size == SIZE
    assert one.mode == "RGB"
    assert ImageChops.difference(one, again).getbbox() is None
    assert ImageChops.difference(one, other).getbbox() is not None


def test_the_luma_is_what_a_camera_gives() -> None:
    frame = luma(render(*example(3)))
    assert frame.shape == (720, 1280)
    assert frame.dtype == np.uint8
    assert frame.flags.c_contiguous
    assert 40 < frame.mean() < 215


@pytest.mark.parametrize("kind", ["phone", "dark", "paper"])
def test_a_visitor_is_read_within_three_poses(chain: DecoderChain, kind: str) -> None:
    for _ in range(5):
        seed = secrets.randbits(32)
        rng = np.random.default_rng(seed)
        text = gate_pass(rng)
        shown = [Shown(symbol(text), Device.PAPER if kind == "paper" else Device.PHONE, dark=kind == "dark")]
        seen = (read(chain, shown, pose, rng) for pose in poses(rng, TRIES))
        assert next((texts for texts in seen if texts), None) == {text}, f"{kind}, seed {seed}"


def test_two_telephones_show_two_codes(chain: DecoderChain) -> None:
    for _ in range(4):
        seed = secrets.randbits(32)
        rng = np.random.default_rng(seed)
        texts = {gate_pass(rng), gate_pass(rng)}
        shown = [Shown(symbol(text)) for text in texts]
        assert read(chain, shown, poses(rng, TRIES)[-1], rng) == texts, f"seed {seed}"


def test_a_part_of_a_sequence_is_seen_as_a_part(chain: DecoderChain) -> None:
    rng = np.random.default_rng(5)
    shown = [Shown(first_part(gate_pass(rng), 2), Device.PAPER)]
    symbols = chain.decode(luma(render(shown, poses(rng, TRIES)[-1], rng)))
    assert [symbol.part for symbol in symbols] == [True]


def test_an_empty_scene_holds_no_code(chain: DecoderChain) -> None:
    for _ in range(4):
        seed = secrets.randbits(32)
        rng = np.random.default_rng(seed)
        assert chain.decode(luma(render([], ordinary_pose(rng), rng))) == (), f"seed {seed}"


def test_a_code_too_large_for_the_picture_is_drawn_smaller() -> None:
    rng = np.random.default_rng(6)
    large = symbol(gate_pass(rng) * 4)
    near = ordinary_pose(rng)
    assert len(large) * 8 > SIZE[1]
    for _ in range(3):
        near = near.easier()
    symbols = ZxingDecoder().decode(luma(render([Shown(large)], near, rng)))
    assert len(symbols) == 1


def test_dark_mode_is_light_on_dark() -> None:
    """The same pose and seed, so the one difference is the screen."""
    light, dark = (luma(render(*example(7, dark=mode))) for mode in (False, True))
    (corners,) = {symbol.corners for symbol in ZxingDecoder().decode(light)}
    xs, ys = zip(*corners, strict=True)
    code = slice(min(ys), max(ys)), slice(min(xs), max(xs))
    together = np.corrcoef(light[code].ravel(), dark[code].ravel())[0, 1]
    assert together < -0.5


def test_each_pose_is_easier_than_the_one_before() -> None:
    rng = np.random.default_rng(8)
    for _ in range(50):
        first, second, third = poses(rng, 3)
        for hard, easy in ((first, second), (second, third)):
            assert easy.module_px >= hard.module_px
            assert easy.tilt_deg <= hard.tilt_deg <= 25
            assert easy.defocus < hard.defocus
            assert easy.glare <= hard.glare
            assert easy.light >= hard.light


def test_a_part_holds_less_than_the_whole() -> None:
    whole: Modules = symbol("GP1:" + "A" * 246)
    assert len(first_part("GP1:" + "A" * 246, 3)) < len(whole)


@pytest.mark.parametrize("missing", ["PIL", "segno"])
def test_without_its_libraries_the_remedy_is_told(missing: str) -> None:
    script = f"import sys; sys.modules['{missing}'] = None; import gate.simulation"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert run.returncode == 1
    assert "./install.sh demo" in run.stderr
