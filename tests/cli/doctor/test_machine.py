"""The checks of the machine: heat, power, clock, disk, versions, watchdog, board."""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path

import pytest

from gate.cli.checks.finding import Verdict
from gate.cli.checks.unit import Unit
from gate.cli.checks.versions import SYSTEM_ONLY
from tests.adapters.test_board_linux import pi
from tests.cli.doctor.bench import AT, GPIOD, Bench, Case, cases, clock, judged

OK, WARN, FAIL = Verdict.OK, Verdict.WARN, Verdict.FAIL
RTC = "root/sys/class/rtc/rtc0/since_epoch"
WATCHDOG = "root/sys/class/watchdog/watchdog0/state"
CONFIG_TXT = "root/boot/firmware/config.txt"
BLOCK = 4096


def a_cool_pi(bench: Bench) -> Unit:
    pi(bench.root, throttled="0")
    return bench.unit()


def a_warm_pi(bench: Bench) -> Unit:
    pi(bench.root, throttled="0", temperature="71000")
    return bench.unit()


def a_weak_supply(bench: Bench) -> Unit:
    pi(bench.root, throttled="1")
    return bench.unit()


def a_hot_pi(bench: Bench) -> Unit:
    pi(bench.root, throttled="8")
    return bench.unit()


def a_hot_machine(bench: Bench) -> Unit:
    pi(bench.root, throttled="", temperature="80000")
    return bench.unit()


def a_machine_that_says_nothing(bench: Bench) -> Unit:
    return bench.unit()


def a_pi_that_was_weak(bench: Bench) -> Unit:
    pi(bench.root, throttled="10000")
    return bench.unit()


def a_pi_that_was_hot(bench: Bench) -> Unit:
    pi(bench.root, throttled="80000")
    return bench.unit()


def synced(bench: Bench) -> Unit:
    bench.file(RTC, str(int(AT.timestamp()) + 2))
    return bench.unit()


def synced_without_a_battery_that_nobody_promised(bench: Bench) -> Unit:
    return bench.unit({"trust.clock_kept": False})


def nothing_sets_it(bench: Bench) -> Unit:
    bench.file(RTC, str(int(AT.timestamp())))
    return bench.unit(clock=clock(synced=False))


def an_empty_battery(bench: Bench) -> Unit:
    bench.file(RTC, "12")
    return bench.unit()


def a_promised_battery_that_is_missing(bench: Bench) -> Unit:
    return bench.unit()


def a_clock_of_1970(bench: Bench) -> Unit:
    return bench.unit(clock=clock(at=AT.replace(year=1970)))


def room(free_mb: int, flags: int = 0) -> os.statvfs_result:
    blocks = free_mb * 1_000_000 // BLOCK
    return os.statvfs_result((BLOCK, BLOCK, 2 * blocks, blocks, blocks, 0, 0, 0, flags, 255))


def an_empty_disk(bench: Bench) -> Unit:
    return bench.unit(statvfs=lambda _: room(10_000))


def a_disk_that_the_journal_outgrows(bench: Bench) -> Unit:
    return bench.unit(statvfs=lambda _: room(500))


def a_full_disk(bench: Bench) -> Unit:
    return bench.unit(statvfs=lambda _: room(63))


def a_read_only_disk(bench: Bench) -> Unit:
    return bench.unit(statvfs=lambda _: room(10_000, os.ST_RDONLY))


def a_disk_that_is_gone(bench: Bench) -> Unit:
    return bench.unit({"journal.path": "gone/journal.db"})


def debian(bench: Bench) -> Unit:
    pi(bench.root)
    return bench.unit()


def another_system(bench: Bench) -> Unit:
    return bench.unit()


def no_gpiod(bench: Bench) -> Unit:
    pi(bench.root)
    return bench.unit(GPIOD, located=lambda _: None)


def the_systems_camera(bench: Bench) -> Unit:
    pi(bench.root)
    return bench.unit({"camera.source": "picamera2"}, located=lambda name: Path("/usr/lib/python3") / name)


def no_picamera2(bench: Bench) -> Unit:
    pi(bench.root)
    there = {name: Path("/usr/lib/python3") / name for name in SYSTEM_ONLY if name != "picamera2"}
    return bench.unit({"camera.source": "picamera2"}, located=there.get)


def numpy_from_pip(bench: Bench) -> Unit:
    assert sys.prefix != sys.base_prefix, "the tests run in a venv"
    pi(bench.root)
    places = {name: Path("/usr/lib/python3") / name for name in SYSTEM_ONLY} | {"numpy": Path(sys.prefix) / "numpy"}
    return bench.unit({"camera.source": "picamera2"}, located=places.get)


def a_known_board(bench: Bench) -> Unit:
    pi(bench.root)
    return bench.unit()


def an_unknown_board(bench: Bench) -> Unit:
    return bench.unit()


def another_chip(bench: Bench) -> Unit:
    pi(bench.root)
    bench.kernel.label = "pinctrl-rp1"
    return bench.unit()


def no_chip(bench: Bench) -> Unit:
    pi(bench.root)
    bench.kernel.label = "gpio-mockup"
    return bench.unit()


def a_fed_watchdog(bench: Bench) -> Unit:
    bench.file(WATCHDOG, "active\n")
    return bench.unit()


def a_hungry_watchdog(bench: Bench) -> Unit:
    bench.file(WATCHDOG, "inactive\n")
    return bench.unit()


def no_watchdog(bench: Bench) -> Unit:
    return bench.unit()


def strict_lines(bench: Bench) -> Unit:
    bench.file(CONFIG_TXT, "# dtparam=nothing\n[all]\ndtparam=audio=off,strict_gpiod\n")
    return bench.unit()


def lines_that_keep_their_level(bench: Bench) -> Unit:
    bench.file(CONFIG_TXT, "#dtparam=strict_gpiod\ndtparam=strict_gpiod=off\n")
    return bench.unit()


def no_config_txt(bench: Bench) -> Unit:
    return bench.unit()


CASES = (
    Case("machine", OK, a_cool_pi, "54.5 °C, not slowed down"),
    Case("machine", WARN, a_warm_pi, "71.0 °C"),
    Case("machine", WARN, a_machine_that_says_nothing),
    Case("machine", FAIL, a_weak_supply, "voltage"),
    Case("machine", FAIL, a_hot_pi, "hot"),
    Case("machine", FAIL, a_hot_machine, "80.0 °C"),
    Case("power", OK, a_cool_pi),
    Case("power", WARN, a_pi_that_was_hot, "hot"),
    Case("power", WARN, a_machine_that_says_nothing),
    Case("power", FAIL, a_pi_that_was_weak, "voltage"),
    Case("clock", OK, synced, "a battery agrees"),
    Case("clock", OK, synced_without_a_battery_that_nobody_promised),
    Case("clock", WARN, nothing_sets_it, "holdover"),
    Case("clock", WARN, an_empty_battery, "s off"),
    Case("clock", FAIL, a_promised_battery_that_is_missing, "trust.clock_kept"),
    Case("clock", FAIL, a_clock_of_1970, "unset"),
    Case("disk", OK, an_empty_disk, "MB free"),
    Case("disk", WARN, a_disk_that_the_journal_outgrows, "512 MB"),
    Case("disk", FAIL, a_full_disk),
    Case("disk", FAIL, a_read_only_disk, "read-only"),
    Case("disk", FAIL, a_disk_that_is_gone, os.strerror(errno.ENOENT)),
    Case("versions", OK, debian, "Debian GNU/Linux 13"),
    Case("versions", OK, the_systems_camera, "zxing-cpp"),
    Case("versions", WARN, another_system, "unknown system"),
    Case("versions", FAIL, no_gpiod, "gpiod is missing"),
    Case("versions", FAIL, no_picamera2, "missing: picamera2"),
    Case("versions", FAIL, numpy_from_pip, "in the venv: numpy"),
    Case("header", FAIL, an_unknown_board),
    Case("header", FAIL, another_chip, "instead of pinctrl-bcm2711"),
    Case("header", FAIL, no_chip, "gpio-mockup"),
    Case("watchdog", OK, a_fed_watchdog),
    Case("watchdog", WARN, a_hungry_watchdog),
    Case("watchdog", FAIL, no_watchdog),
    Case("freed-lines", OK, strict_lines),
    Case("freed-lines", WARN, lines_that_keep_their_level),
    Case("freed-lines", FAIL, no_config_txt),
)


@pytest.mark.parametrize("case", cases(*CASES))
def test_what_the_doctor_says(case: Case, bench: Bench) -> None:
    judged(case, bench)


@pytest.mark.parametrize(("machine", "verdict"), [("aarch64", OK), ("armv7l", WARN)])
def test_a_known_board_is_well_on_the_64_bit_system_alone(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, machine: str, verdict: Verdict
) -> None:
    monkeypatch.setattr("platform.machine", lambda: machine)
    judged(Case("header", verdict, a_known_board, machine), bench)
