"""The camera adapter on the real picamera2 and libcamera, in a Debian 13 with libcamera's virtual camera.

``./install.sh system -k picamera2``, as root. The Debian is kept in
``GATE_SYSTEM_CACHE``, else in ``~/.cache/gate``, and is made in about two minutes when it is not there.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests import pictures
from tests.adapters.picamera2_facts import FACTS
from tests.adapters.test_frames_picamera2 import PICAMERA2_0_3_38
from tests.house import ROOT
from tests.system.unit_calls import allowed, can_tell, filters

HERE = Path(__file__).parent / "picamera2"
CACHE = Path(os.environ.get("GATE_SYSTEM_CACHE", Path.home() / ".cache" / "gate")) / "trixie-picamera2"
TRIES = 40
CODES = [f"GP1:VISITOR-{number}" for number in range(5)]

pytestmark = [pytest.mark.system, pytest.mark.timeout(900)]


def scene(number: int) -> Any:
    """A code before a grey wall with the noise of its moment."""
    code = pictures.qr(CODES[number], scale=6)
    wall = np.random.default_rng(number).integers(90, 110, (720, 1280), dtype=np.uint8)
    wall[100 : 100 + code.shape[0], 300 : 300 + code.shape[1]] = code
    return wall


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the check in the chroot saw."""
    if os.geteuid() != 0 or shutil.which("debootstrap") is None:
        pytest.skip("needs root and debootstrap: apt install debootstrap")
    shown = tmp_path_factory.mktemp("pictures")
    for number in range(len(CODES)):
        Image.fromarray(scene(number)).convert("RGB").save(shown / f"{number}.jpg", quality=92)
    made = subprocess.run([HERE / "make_root.sh", CACHE], capture_output=True, text=True, check=False)
    if made.returncode:
        pytest.skip(f"the Debian cannot be made here: {(made.stderr.strip().splitlines() or ['it said nothing'])[-1]}")
    bounds = [_calls(tmp_path_factory.mktemp("unit") / "calls")] if can_tell() else []
    asked = [HERE / "run_check.sh", CACHE, ROOT, shown, *bounds]
    done = subprocess.run(asked, capture_output=True, text=True, check=False)
    line = next((one for one in done.stdout.splitlines() if one.startswith("RESULT ")), None)
    assert line is not None, done.stdout + done.stderr
    result: dict[str, Any] = json.loads(line.removeprefix("RESULT "))
    return result


def _calls(path: Path) -> Path:
    """A file of the calls that the unit of the service allows: all of this runs under its bounds."""
    path.write_text("\n".join(allowed(filters())))
    return path


@pytest.mark.parametrize("fact", FACTS, ids=lambda one: one.__name__)
def test_the_real_module_behaves_as_the_double_does(seen: dict[str, Any], fact: Any) -> None:
    assert seen["facts"][fact.__name__] == ""


def test_the_real_module_takes_what_the_double_takes(seen: dict[str, Any]) -> None:
    assert seen["shape"] == PICAMERA2_0_3_38


def test_every_frame_is_read_and_none_is_old(seen: dict[str, Any]) -> None:
    run = seen["running"]
    assert all(len(codes) == 1 for codes in run["codes"])
    assert Counter(code for (code,) in run["codes"]).keys() == set(CODES)
    assert run["main"] == [[720, 1280]]
    assert len(run["lores"]) == 1
    assert run["contiguous"]
    assert run["rising"]
    assert run["youngest_s"] >= 0
    assert run["oldest_s"] < 0.5


def test_picamera2_runs_no_thread_of_ours_but_its_listener_and_leaves_none(seen: dict[str, Any]) -> None:
    run = seen["running"]
    assert {name for name in run["threads"] if "listen" not in name} == {"MainThread", "camera"}
    assert run["threads_after"] == ["MainThread"]
    assert run["closed_in_s"] < 2


def test_a_camera_in_use_is_told_leaks_nothing_and_can_be_opened_when_it_is_free(seen: dict[str, Any]) -> None:
    (told,) = seen["busy"]["told"]
    assert "resource busy. End the other program" in told
    before, after = seen["busy"]["descriptors"]
    assert after - before < TRIES // 2  # requests in flight have some of their own


def test_requests_that_never_complete_are_waited_for_in_bounds(seen: dict[str, Any]) -> None:
    assert not seen["silent"]["frame"]
    assert 0.5 <= seen["silent"]["waited_s"] < 1.0
    assert seen["silent"]["closed_in_s"] < 2


def test_a_camera_that_is_not_there_is_told(seen: dict[str, Any]) -> None:
    assert "it is not there" in seen["missing"]
