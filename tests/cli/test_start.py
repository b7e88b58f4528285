"""What ``gate run`` has loaded, and when: nothing heavy before the camera is opened, and what decodes never."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from tests.service.config_files import changed_toml
from tests.untraced import untraced

ORDER = """
import sys
loaded = []
def note(frame, event, called):
    if event == "c_call" and called.__name__ == "start_new_thread":
        loaded.append([*sys.modules])
        sys.setprofile(None)
sys.setprofile(note)
from gate.cli.main import main
code = main(["run", "--config", sys.argv[1]])
print([code, loaded[0], [*sys.modules]])
"""
"""Tells what was loaded when the first thread began, which is the camera's, and what at the end."""

WHILE_IT_WARMS_UP = {
    "cattrs", "cbor2", "cryptography", "gate.access.access_point", "gate.adapters.journal_sqlite",
    "gate.adapters.trust_files", "gate.credential.trust", "gate.ports", "gate.service.app", "gpiozero", "numpy", "paho",
    "sqlite3", "ssl", "ulid",
}  # fmt: skip
NEVER = {
    "PIL", "asyncio", "av", "concurrent.futures", "cryptography.x509", "cv2", "gate.adapters.decoder_zbar",
    "gate.adapters.decoder_zxing", "gate.adapters.schema_jsonschema", "gate.credential.importers", "gate.simulation",
    "gpiod", "jsonschema", "multiprocessing", "numpy.testing", "pyzbar", "segno", "unittest", "zxingcpp",
}  # fmt: skip
"""The decoders' own processes load some of them; of the pins, only a board's need ``gpiod``."""


def started(folder: Path, changes: dict[str, object]) -> tuple[int, set[str], set[str]]:
    """The exit code of a service whose trust is missing, what it had loaded with its first thread, and in the end."""
    file = folder / "gate.toml"
    file.write_text(changed_toml(changes))
    told = subprocess.run(
        [sys.executable, "-c", ORDER, str(file)], capture_output=True, check=True, cwd=folder, env=untraced()
    )
    code, first, last = ast.literal_eval(told.stdout.decode().splitlines()[-1])
    return code, set(first), set(last)


def loaded_by(code: str) -> set[str]:
    """What a fresh process has loaded that did this."""
    told = subprocess.run(
        [sys.executable, "-c", f"import sys; {code}; print([*sys.modules])"],
        capture_output=True, check=True, env=untraced(),
    )  # fmt: skip
    return set(ast.literal_eval(told.stdout.decode()))


def test_the_camera_is_opened_before_the_rest_is_loaded_and_decoders_are_not_loaded_at_all(tmp_path: Path) -> None:
    code, first, last = started(tmp_path, {"camera.source": "v4l2", "camera.path": "no-webcam", "control.socket": ""})
    assert code == 2
    assert "gate.service.camera" in first
    assert first & WHILE_IT_WARMS_UP == set()
    assert last & WHILE_IT_WARMS_UP == WHILE_IT_WARMS_UP
    assert last & NEVER == set()


def test_a_bad_file_is_told_without_what_the_service_needs(tmp_path: Path) -> None:
    (tmp_path / "gate.toml").write_text("[gate]\n")
    code = "import sys; from gate.cli.main import main; main(['run', '--config', 'gate.toml']); print([*sys.modules])"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, cwd=tmp_path, env=untraced())
    loaded = set(ast.literal_eval(told.stdout.decode()))
    assert b"site.id" in told.stderr
    assert loaded & (WHILE_IT_WARMS_UP | NEVER) == set()


@pytest.mark.parametrize(("adapter", "source"), [("frames_v4l2", "V4l2Frames"), ("frames_picamera2", "PicameraFrames")])
def test_a_camera_is_opened_without_what_the_service_needs(adapter: str, source: str) -> None:
    loaded = loaded_by(f"from gate.adapters.{adapter} import {source}")
    assert loaded & (WHILE_IT_WARMS_UP | NEVER) <= ({"numpy"} if adapter == "frames_picamera2" else set())


@pytest.mark.parametrize("name", ["zbar", "zxing"])
def test_a_decoders_own_process_loads_no_numpy(name: str) -> None:
    loaded = loaded_by(
        "from gate.adapters.decoder_process.warm_up import warm_up; from gate.service.decoder_child import decoder; "
        f"warm_up(decoder({name!r}))"
    )
    assert f"gate.adapters.decoder_{name}" in loaded
    assert loaded & {"numpy", "PIL", "gate.ports", "gate.service.app", "logging"} == set()
