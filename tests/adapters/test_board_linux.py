"""What a machine says of itself: a made-up Raspberry Pi, one that says nothing, and the one that runs the test."""

from __future__ import annotations

import platform
from pathlib import Path

import pytest

from gate.adapters.board_linux import LinuxBoard


def pi(root: Path, *, throttled: str = "50005", temperature: str = "54512") -> LinuxBoard:
    """The files of a Raspberry Pi, as its kernel shows them."""
    files = {
        "sys/firmware/devicetree/base/model": "Raspberry Pi 4 Model B Rev 1.5\0",
        "sys/class/thermal/thermal_zone0/type": "gpu-thermal\n",
        "sys/class/thermal/thermal_zone0/temp": "48000\n",
        "sys/class/thermal/thermal_zone1/type": "cpu-thermal\n",
        "sys/class/thermal/thermal_zone1/temp": f"{temperature}\n",
        "sys/devices/platform/soc/soc:firmware/get_throttled": f"{throttled}\n",
        "etc/os-release": 'NAME="Debian"\nPRETTY_NAME="Debian GNU/Linux 13 (trixie)"\n',
    }
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return LinuxBoard(root, root)


def test_a_raspberry_pi_says_what_it_is(tmp_path: Path) -> None:
    found = pi(tmp_path).hardware()
    assert (found.model, found.system) == ("Raspberry Pi 4 Model B Rev 1.5", "Debian GNU/Linux 13 (trixie)")
    assert (found.machine, found.python) == (platform.machine(), platform.python_version())


def test_the_processors_temperature_goes_before_another(tmp_path: Path) -> None:
    assert pi(tmp_path).temperature_c() == 54.5
    assert pi(tmp_path, temperature="hot").temperature_c() == 48.0


@pytest.mark.parametrize(
    ("bits", "words"),
    [
        ("0", ()),
        ("50000", ()),
        ("50005", ("under_voltage", "throttled")),
        ("f", ("under_voltage", "frequency_capped", "throttled", "hot")),
        ("8", ("hot",)),
        ("?", None),
        ("", None),
    ],
)
def test_why_it_slows_down_now_and_not_why_it_once_did(
    tmp_path: Path, bits: str, words: tuple[str, ...] | None
) -> None:
    assert pi(tmp_path, throttled=bits).throttled() == words


def test_a_machine_that_says_nothing(tmp_path: Path) -> None:
    board = LinuxBoard(tmp_path / "missing", tmp_path)
    assert (board.hardware().model, board.hardware().system) == (None, None)
    assert (board.temperature_c(), board.throttled(), board.disk()) == (None, None, None)


def test_this_machine(tmp_path: Path) -> None:
    board = LinuxBoard(tmp_path)
    disk = board.disk()
    assert disk is not None
    assert 0 < disk.free <= disk.total
    assert board.hardware().system
    warmth = board.temperature_c()
    assert warmth is None or -40 < warmth < 150
