"""The passive buzzer on a folder that plays the kernel's PWM files."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.adapters import buzzer_pwm
from gate.adapters.buzzer_pwm import PwmBuzzer
from gate.ports import AdapterError


class Chip:
    """A chip whose channel takes numbers as the kernel does, and keeps what was written in order."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, *, exported: bool = True) -> None:
        self.channel = folder / "pwm0"
        self.written: list[tuple[str, int]] = []
        self.values = {"period": 0, "duty_cycle": 0, "enable": 0}
        self.refused: dict[str, OSError] = {}
        (folder / "export").touch()
        if exported:
            self.channel.mkdir()
        self._real = buzzer_pwm._write
        monkeypatch.setattr(buzzer_pwm, "_write", self.write)

    def write(self, file: Path, text: str) -> None:
        if file.name == "export":
            self._real(file, text)
            self.channel.mkdir()
            return
        if not file.parent.is_dir():
            raise FileNotFoundError(2, "No such file or directory", str(file))
        if file.name in self.refused:
            raise self.refused[file.name]
        self.written.append((file.name, int(text)))
        values = {**self.values, file.name: int(text)}
        if values["duty_cycle"] > values["period"] or (values["enable"] and not values["period"]):
            raise OSError(22, "Invalid argument")
        self.values = values

    @property
    def tone_hz(self) -> int:
        """What is heard."""
        period_ns, half_ns = self.values["period"], self.values["duty_cycle"]
        return round(1e9 / period_ns) if self.values["enable"] and half_ns == period_ns // 2 > 0 else 0


@pytest.fixture
def chip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Chip:
    return Chip(tmp_path, monkeypatch)


def test_it_is_silent_from_the_start_even_when_the_one_before_was_killed_sounding(chip: Chip) -> None:
    chip.values = {"period": 1000, "duty_cycle": 500, "enable": 1}
    PwmBuzzer(chip.channel)
    assert chip.tone_hz == 0


def test_every_tone_follows_every_other(chip: Chip) -> None:
    buzzer = PwmBuzzer(chip.channel)
    for first, second in itertools.product((0, 900, 1800, 2700), repeat=2):
        buzzer.sound(first)
        buzzer.sound(second)
        assert chip.tone_hz == second


def test_a_tone_that_goes_on_is_not_written_again(chip: Chip) -> None:
    buzzer = PwmBuzzer(chip.channel)
    buzzer.sound(900)
    count = len(chip.written)
    buzzer.sound(900)
    assert len(chip.written) == count


def test_close_silences_and_nothing_sounds_after_it(chip: Chip) -> None:
    buzzer = PwmBuzzer(chip.channel)
    buzzer.sound(900)
    buzzer.close()
    assert chip.tone_hz == 0
    buzzer.sound(900)
    buzzer.close()
    assert chip.tone_hz == 0


@pytest.mark.parametrize("file", ["period", "duty_cycle", "enable"])
def test_a_write_that_fails_is_told_with_advice_and_made_good_later(chip: Chip, file: str) -> None:
    buzzer = PwmBuzzer(chip.channel)
    buzzer.sound(900)
    chip.refused[file] = OSError(5, "Input/output error")
    with pytest.raises(AdapterError, match=r"PWM channel .* cannot be used: .*Input/output.*pins.buzzer_pwm"):
        buzzer.sound(2700)
    chip.refused.clear()
    buzzer.sound(900)
    assert chip.tone_hz == 900


@given(tones=st.lists(st.integers(0, 20_000), max_size=20), fails=st.sets(st.integers(0, 40)))
def test_whatever_fails_a_write_that_works_is_heard(tones: list[int], fails: set[int]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        count = itertools.count()
        heard: dict[str, int] = {}

        def write(file: Path, text: str) -> None:
            if next(count) in fails and heard:
                raise OSError(5, "Input/output error")
            heard[file.name] = int(text)

        patch.setattr(buzzer_pwm, "_write", write)
        patch.setattr(Path, "exists", lambda _: True)
        buzzer = PwmBuzzer(Path("pwm0"))
        for tone in tones:
            try:
                buzzer.sound(tone)
            except AdapterError:
                continue
            assert heard["enable"] == (tone > 0)
            assert not tone or heard["period"] == 1_000_000_000 // tone


def test_a_channel_that_is_not_exported_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    chip = Chip(tmp_path, monkeypatch, exported=False)
    PwmBuzzer(chip.channel).sound(900)
    assert (tmp_path / "export").read_text() == "0"
    assert chip.tone_hz == 900


def test_a_channel_that_udev_gives_us_a_moment_later_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chip = Chip(tmp_path, monkeypatch, exported=False)
    refusals = iter(range(3))

    def write(file: Path, text: str) -> None:
        if file.name == "enable" and next(refusals, None) is not None:
            raise PermissionError(13, "Permission denied")
        chip.write(file, text)

    monkeypatch.setattr(buzzer_pwm, "_write", write)
    PwmBuzzer(chip.channel).sound(1800)
    assert chip.tone_hz == 1800


def test_a_channel_that_never_lets_us_write_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    chip = Chip(tmp_path, monkeypatch, exported=False)
    chip.refused["enable"] = PermissionError(13, "Permission denied")
    monkeypatch.setattr(buzzer_pwm, "READY_S", 0.1)
    with pytest.raises(AdapterError, match=r"Permission denied.*may this user write"):
        PwmBuzzer(chip.channel)


@pytest.mark.parametrize(("path", "told"), [("pwmchip9/pwm0", "export"), ("buzzer", "a channel is named like")])
def test_a_path_that_is_no_channel_is_told_with_advice(tmp_path: Path, path: str, told: str) -> None:
    with pytest.raises(AdapterError, match=told):
        PwmBuzzer(tmp_path / path)


def test_files_that_are_there_are_written_and_none_is_made(tmp_path: Path) -> None:
    channel = tmp_path / "pwm0"
    channel.mkdir()
    for file in ("period", "duty_cycle", "enable"):
        (channel / file).write_text("777777777777")
    buzzer = PwmBuzzer(channel)
    assert (channel / "enable").read_text() == "0"
    buzzer.sound(900)
    assert [(channel / file).read_text() for file in ("period", "duty_cycle", "enable")] == ["1111111", "555555", "1"]
    (channel / "enable").unlink()
    with pytest.raises(AdapterError):
        buzzer.close()
    assert not (channel / "enable").exists()
