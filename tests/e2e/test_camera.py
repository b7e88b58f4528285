"""``gate run`` at a door whose camera is missing: the door, the buttons and the officer go on."""

from __future__ import annotations

import signal
import time
from pathlib import Path

import pytest

from gate.access.effects import Line
from tests.e2e.living import lines_of, observed, recorded, records_of, running, until

CAMERAS = {
    "webcam": 'source = "v4l2"\npath = "no-webcam"\n',
    "module": 'source = "picamera2"\n',  # picamera2 is on no machine but a Pi
}
TOLD_WITHIN_S = 5.0


@pytest.mark.parametrize("camera", CAMERAS.values(), ids=CAMERAS)
def test_without_its_camera_the_gate_starts_says_so_and_the_officer_lets_people_in(
    config: Path, tmp_path: Path, camera: str
) -> None:
    text = config.read_text().replace('source = "stage"\n', camera)
    config.write_text(text.replace("[pins]\n", "[pins]\nring_light = 10\n"))
    with running(config, notify=tmp_path / "notify") as (process, systemd):
        systemd.wait_for("READY=1")
        ready_s = time.monotonic()
        with observed(config) as observer:
            until(observer, lambda: True in lines_of(observer, Line.ATTENTION.value))
            assert time.monotonic() - ready_s < TOLD_WITHIN_S
            until(observer, lambda: recorded(config, "alarm.raised"))
            observer.do("press", button="admit")
            until(observer, lambda: lines_of(observer, "strike") == [True, False])
            assert lines_of(observer, "ring_light") in ([True, False], [False])
        systemd.heard.clear()
        systemd.wait_for("WATCHDOG=1")
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
    (alarm,) = [body for body in records_of(config) if b"gate.alarm.raised" in body]
    assert b'"camera_fault"' in alarm
    assert b'"camera"' in alarm
