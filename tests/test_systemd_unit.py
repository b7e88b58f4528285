"""The shipped unit files: systemd understands every line, and they agree with what the services do."""

from __future__ import annotations

import configparser
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from gate.central import config_enrol, config_retention, config_schema
from gate.central.config_schema import StoreConfig
from gate.cli import central_run
from gate.cli.check_config import USUAL_FILE
from gate.cli.secure_lines import USUAL_MARK
from gate.service.config_hardware import DoorConfig
from gate.service.config_schema import JournalConfig, TrustConfig
from gate.service.parts import LINES_FILE

UNIT = Path(__file__).parents[1] / "systemd" / "gate.service"
CENTRAL = UNIT.with_name(config_schema.UNIT)
ENROLL = UNIT.with_name(config_enrol.UNIT)
ERASE = UNIT.with_name(config_retention.UNIT)


def _service(unit: Path = UNIT) -> configparser.SectionProxy:
    parser = configparser.ConfigParser(strict=unit == UNIT, interpolation=None, delimiters=("=",))
    parser.optionxform = str  # type: ignore[assignment, method-assign]  # keys are case-sensitive to systemd
    parser.read_string(unit.read_text(encoding="utf-8"))
    return parser["Service"]


def _complaints(unit: str, folder: Path) -> str:
    """What systemd-analyze says of a copy whose programme exists on this machine."""
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed (apt install systemd)")
    lines = [re.sub(r"^(Exec\w+)=.*", r"\1=/bin/true", line) for line in unit.splitlines()]
    copy = folder / "gate.service"
    copy.write_text("\n".join(lines) + "\n", encoding="utf-8")
    told = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(copy)], capture_output=True, text=True, check=False, timeout=60
    )
    return "\n".join(line for line in told.stderr.splitlines() if copy.name in line)


@pytest.mark.parametrize("unit", [UNIT, CENTRAL, ENROLL, ERASE], ids=lambda unit: unit.name)
def test_systemd_has_nothing_to_complain_of(unit: Path, tmp_path: Path) -> None:
    assert _complaints(unit.read_text(encoding="utf-8"), tmp_path) == ""


@pytest.mark.parametrize(
    ("right", "wrong", "complaint"),
    [("Restart=", "Restrat=", "Restrat"), ("WatchdogSec=20", "WatchdogSec=soon", "soon")],
)
def test_systemd_would_complain_of_a_fault(tmp_path: Path, right: str, wrong: str, complaint: str) -> None:
    unit = UNIT.read_text(encoding="utf-8")
    assert right in unit
    assert complaint in _complaints(unit.replace(right, wrong), tmp_path)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("Type", "notify"),
        ("WatchdogSec", "20"),
        ("Restart", "always"),
        ("User", "gate"),
        ("StateDirectory", "gate"),
        ("RuntimeDirectory", "gate"),
        ("RuntimeDirectoryMode", "0755"),
        ("RuntimeDirectoryPreserve", "yes"),
        ("ConfigurationDirectory", "gate"),
        ("TimeoutStopSec", "10"),
        ("NoNewPrivileges", "yes"),
        ("ProtectSystem", "strict"),
        ("LimitCORE", "0"),
    ],
)
def test_the_unit_promises(key: str, value: str) -> None:
    assert _service()[key] == value


@pytest.mark.parametrize("key", ["ProtectClock", "PrivateDevices", "DevicePolicy", "SystemCallFilter"])
def test_nothing_hides_the_camera_or_the_clock_state_yet(key: str) -> None:
    assert key not in _service()


def test_the_default_paths_lie_where_the_unit_may_write() -> None:
    may_write = Path("/var/lib") / _service()["StateDirectory"]
    assert TrustConfig(Path("bundle"), Path("key")).epoch_dir.parent == may_write
    assert JournalConfig().path.parent == may_write


def test_the_mark_of_an_emergency_lies_where_it_outlives_the_service() -> None:
    assert DoorConfig().emergency_mark.parent == Path("/run") / _service()["RuntimeDirectory"]


def test_the_configuration_lies_where_the_unit_looks_for_it() -> None:
    assert _service()["ExecStart"].endswith(f" run --config {USUAL_FILE}")
    assert USUAL_FILE.parent == Path("/etc") / _service()["ConfigurationDirectory"]


def test_after_the_service_the_lines_are_secured_as_its_file_says() -> None:
    service = _service()
    assert service["ExecStopPost"].endswith(
        f"/gate-secure-lines --config {USUAL_FILE} --lines {Path(USUAL_MARK).with_name(LINES_FILE)}"
    )
    assert Path(service["ExecStopPost"].split()[0]).parent == Path(service["ExecStart"].split()[0]).parent


# The centre's.


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("Type", "notify"),
        ("Restart", "always"),
        ("User", "gate-central"),
        ("StateDirectory", "gate-central"),
        ("StateDirectoryMode", "0700"),
        ("ConfigurationDirectory", "gate-central"),
        ("TimeoutStopSec", "10"),
        ("NoNewPrivileges", "yes"),
        ("ProtectSystem", "strict"),
        ("PrivateDevices", "yes"),
        ("LimitCORE", "0"),
    ],
)
def test_the_centre_s_unit_promises(key: str, value: str) -> None:
    assert _service(CENTRAL)[key] == value


def test_the_centre_s_watchdog_is_fed_while_a_batch_waits_as_long_as_it_may() -> None:
    assert int(_service(CENTRAL)["WatchdogSec"]) >= central_run.PATIENCE_S


def test_the_centre_s_files_lie_where_its_unit_looks_for_them_and_may_write() -> None:
    service = _service(CENTRAL)
    assert service["ExecStart"].endswith(f" central run --config {central_run.USUAL_FILE}")
    assert central_run.USUAL_FILE.parent == Path("/etc") / service["ConfigurationDirectory"]
    assert StoreConfig().url.startswith(f"sqlite:////var/lib/{service['StateDirectory']}/")


# The registrar's.


def test_the_registrar_is_confined_as_the_worker_is_and_alone_has_the_authority_s_key() -> None:
    worker, registrar = _service(CENTRAL), _service(ENROLL)
    for key in ("User", "StateDirectory", "ConfigurationDirectory", "ProtectSystem", "NoNewPrivileges", "LimitCORE"):
        assert registrar[key] == worker[key]
    assert registrar["LoadCredential"] == "ca-key:/etc/gate-central/ca.key"
    assert "LoadCredential" not in worker
    assert registrar["ExecStart"].endswith(f" central enroll-serve --config {central_run.USUAL_FILE}")


# What erases.


def test_what_erases_may_do_no_more_than_the_worker() -> None:
    own, worker = _service(ERASE), _service(CENTRAL)
    assert own["ExecStart"] == worker["ExecStart"].replace(" central run ", " central erase ")
    confined = {
        key for key in worker if key.startswith(("Protect", "Private", "Restrict", "NoNew", "Capability", "Limit"))
    }
    assert len(confined) > 10
    for key in confined | {"User", "Group", "UMask", "StateDirectory", "StateDirectoryMode", "SystemCallArchitectures"}:
        assert own[key] == worker[key], key


def test_the_timer_starts_what_erases_every_night(tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed (apt install systemd)")
    timer = tmp_path / ERASE.with_suffix(".timer").name
    timer.write_text(ERASE.with_suffix(".timer").read_text(encoding="utf-8"), encoding="utf-8")
    unit = re.sub(r"^ExecStart=.*", "ExecStart=/bin/true", ERASE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    (tmp_path / ERASE.name).write_text(unit, encoding="utf-8")
    command = ["systemd-analyze", "verify", "--man=no", str(timer)]
    told = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert [line for line in told.stderr.splitlines() if "gate-central" in line] == []
    assert "OnCalendar=*-*-* 02:15:00" in timer.read_text(encoding="utf-8")
