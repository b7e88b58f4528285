"""The real service under the system calls that its unit file allows, enforced by the kernel."""

from __future__ import annotations

import ctypes
import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from gate.adapters.clock_system import ask_kernel
from gate.credential.model import Colour
from gate.simulation.office import Office
from tests.e2e import living
from tests.e2e.conftest import config, office
from tests.e2e.living import lines_of, observed, recorded, running, until
from tests.e2e.test_decoder_children import decoders_of
from tests.pictures import qr, saved
from tests.service.config_files import least_toml
from tests.system import filtered
from tests.system.unit_calls import allowed, can_tell, filters

__all__ = ["config", "office"]
pytestmark = [pytest.mark.system, pytest.mark.timeout(120)]
FILTERED = 2
"""In ``/proc/PID/status``: a seccomp filter is in force."""


@pytest.fixture
def lines() -> list[str]:
    """Of the unit file."""
    if not can_tell():
        pytest.skip("systemd-analyze is not installed (apt install systemd)")
    try:
        ctypes.CDLL(filtered.LIBRARY)
    except OSError:
        pytest.skip("libseccomp is not installed (apt install libseccomp2)")
    return filters()


def confined(monkeypatch: pytest.MonkeyPatch, folder: Path, names: list[str]) -> None:
    """Let every service of this test run under a filter."""
    calls = folder / "calls"
    calls.write_text("\n".join(names))
    monkeypatch.setattr(living, "RUN", [sys.executable, filtered.__file__, str(calls), *living.RUN])


def test_it_starts_reads_admits_and_stops(
    config: Path, office: Office, lines: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    confined(monkeypatch, tmp_path, allowed(lines))
    picture = saved(qr(office.genuine(Colour.GREEN)), tmp_path / "green.png")
    with running(config, notify=tmp_path / "notify") as (process, systemd):
        systemd.wait_for("READY=1")
        assert _seccomp(process.pid) == FILTERED
        assert decoders_of(process.pid).keys() == {"zxing", "zbar"}
        with observed(config) as observer:
            observer.do("show", picture=str(picture))
            until(observer, lambda: lines_of(observer, "strike") == [True, False])
            until(observer, lambda: recorded(config, "access.granted"))
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
        told = process.stderr.read() if process.stderr else ""
    assert "Operation not permitted" not in told
    assert not recorded(config, "alarm")


def test_without_its_second_line_the_decoders_cannot_confine_themselves(
    config: Path, lines: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So the filter bites, and the list needs what it has."""
    confined(monkeypatch, tmp_path, allowed(lines[:1]))
    with running(config, notify=tmp_path / "notify") as (process, systemd):
        systemd.wait_for("READY=1")
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
        told = process.stderr.read() if process.stderr else ""
    assert (
        "the zxing decoder runs without Landlock (Operation not permitted), seccomp (Operation not permitted)" in told
    )


def test_the_clock_can_be_asked_and_not_without_its_line(lines: list[str], tmp_path: Path) -> None:
    ask = "from gate.adapters.clock_system import ask_kernel; raise SystemExit(ask_kernel() is None)"
    assert ask_kernel() is not None
    for names, code in ((allowed(lines), 0), (allowed(lines[:1]), 1)):
        calls = tmp_path / "calls"
        calls.write_text("\n".join(names))
        ran = subprocess.run([sys.executable, filtered.__file__, str(calls), sys.executable, "-c", ask], check=False)
        assert ran.returncode == code


def test_the_doctor_warns_of_decoders_that_cannot_confine_themselves(lines: list[str], tmp_path: Path) -> None:
    (tmp_path / "gate.toml").write_text(least_toml())
    doctor = ["-m", "gate.cli.main", "doctor", "--only", "decoders", "--json", "--config", str(tmp_path / "gate.toml")]
    for names, verdict in ((allowed(lines), "ok"), (allowed(lines[:1]), "warn")):
        calls = tmp_path / "calls"
        calls.write_text("\n".join(names))
        words = [sys.executable, filtered.__file__, str(calls), sys.executable, *doctor]
        found = json.loads(subprocess.run(words, capture_output=True, check=True).stdout)["checks"][1]
        assert found["verdict"] == verdict
        assert ("seccomp" in found["said"]) is (verdict == "warn")


def _seccomp(pid: int) -> int:
    return int(Path(f"/proc/{pid}/status").read_text().partition("Seccomp:")[2].split()[0])
