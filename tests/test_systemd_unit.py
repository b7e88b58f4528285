"""The shipped unit files: systemd understands every line, and they agree with what the services do."""

from __future__ import annotations

import configparser
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from gate.access.inputs import InputLine
from gate.central import config_enrol, config_retention, config_schema
from gate.central.config_schema import StoreConfig
from gate.cli import central_run
from gate.cli.check_config import USUAL_FILE
from gate.cli.secure_lines import USUAL_MARK
from gate.configuration.keys import keys_of
from gate.service.config_hardware import DoorConfig, PinsConfig
from gate.service.config_schema import JournalConfig, TrustConfig
from gate.service.parts import LINES_FILE

UNIT = Path(__file__).parents[1] / "systemd" / "gate.service"
CENTRAL = UNIT.with_name(config_schema.UNIT)
ENROLL = UNIT.with_name(config_enrol.UNIT)
ERASE = UNIT.with_name(config_retention.UNIT)


def _service(unit: Path = UNIT) -> configparser.SectionProxy:
    parser = configparser.ConfigParser(strict=False, interpolation=None, delimiters=("=",))
    parser.optionxform = str  # type: ignore[assignment, method-assign]  # keys are case-sensitive to systemd
    parser.read_string(unit.read_text(encoding="utf-8"))
    return parser["Service"]


def _complaints(unit: str, folder: Path, name: str = "gate.service") -> str:
    """What systemd-analyze says of a copy whose programme exists on this machine."""
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed (apt install systemd)")
    lines = [re.sub(r"^(Exec\w+)=.*", r"\1=/bin/true", line) for line in unit.splitlines()]
    copy = folder / name
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


def test_no_key_is_there_twice_by_mistake() -> None:
    keys = [line.partition("=")[0] for line in UNIT.read_text(encoding="utf-8").splitlines() if re.match(r"\w+=", line)]
    assert {key for key in keys if keys.count(key) > 1} == {"SystemCallFilter", "DeviceAllow"}


@pytest.mark.parametrize("key", ["ProtectClock", "PrivateDevices", "PrivateUsers", "ProcSubset"])
def test_nothing_hides_the_camera_the_board_or_the_clock_state(key: str) -> None:
    assert key not in _service()


def _exposed(unit: str, folder: Path, most_tenths: int) -> bool:
    """Whether systemd finds a unit of this text more exposed than so many tenths, of a hundred."""
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed (apt install systemd)")
    copy = folder / "gate.service"
    copy.write_text(unit, encoding="utf-8")
    asked = ["systemd-analyze", "security", "--offline=yes", "--no-pager", f"--threshold={most_tenths}", str(copy)]
    told = subprocess.run(asked, capture_output=True, text=True, check=False, timeout=60)
    assert "Overall exposure level" in told.stdout, told.stderr
    return told.returncode != 0


def test_the_service_is_exposed_by_two_at_most_with_camera_and_lines(tmp_path: Path) -> None:
    assert not _exposed(UNIT.read_text(encoding="utf-8"), tmp_path, 20)
    allowed = re.findall(r"^DeviceAllow=(.*)$", UNIT.read_text(encoding="utf-8"), re.MULTILINE)
    assert {"char-gpiochip rw", "char-video4linux rw", "char-media rw", "char-dma_heap rw"} == set(allowed)


@pytest.mark.parametrize("key", ["SystemCallFilter", "DevicePolicy", "RemoveIPC", "NoNewPrivileges", "ProtectSystem"])
def test_without_one_of_its_bounds_it_would_be_exposed_by_more(tmp_path: Path, key: str) -> None:
    lines = UNIT.read_text(encoding="utf-8").splitlines(keepends=True)
    kept = [line for line in lines if not line.startswith(f"{key}=")]
    assert len(kept) < len(lines)
    if key == "DevicePolicy":
        kept = [line for line in kept if not line.startswith("DeviceAllow=")]
    assert _exposed("".join(kept), tmp_path, 20)


# What goes beside it.


@pytest.mark.parametrize("name", ["gate-credentials.conf", "gate-network.conf"])
def test_systemd_has_nothing_to_complain_of_in_a_drop_in(name: str, tmp_path: Path) -> None:
    beside = UNIT.with_name(name).read_text(encoding="utf-8")
    assert "[Service]" in beside
    assert _complaints(f"{UNIT.read_text(encoding='utf-8')}\n{beside}", tmp_path) == ""


def test_systemd_has_nothing_to_complain_of_in_the_partition_of_the_journal(tmp_path: Path) -> None:
    mount = UNIT.with_name("var-lib-gate.mount")
    assert _complaints(mount.read_text(encoding="utf-8"), tmp_path, mount.name) == ""
    keys = configparser.ConfigParser(interpolation=None)
    keys.read_string(mount.read_text(encoding="utf-8"))
    assert Path(keys["Mount"]["Where"]) == JournalConfig().path.parent


def test_the_watchdog_waits_no_longer_than_the_board_s_can() -> None:
    text = UNIT.with_name("gate-watchdog.conf").read_text(encoding="utf-8")
    assert "[Manager]" in text
    seconds = int(re.findall(r"^RuntimeWatchdogSec=(\d+)$", text, re.MULTILINE)[0])
    assert seconds < 16


def test_the_log_in_memory_is_bounded() -> None:
    keys = configparser.ConfigParser(interpolation=None)
    keys.read_string(UNIT.with_name("gate-journald.conf").read_text(encoding="utf-8"))
    assert (keys["Journal"]["Storage"], keys["Journal"]["RuntimeMaxUse"]) == ("volatile", "32M")


def _numbers(text: str, kind: str) -> set[int]:
    """The GPIO numbers that config.txt sets up in this way."""
    spans = [
        span.split("-")
        for line in re.findall(rf"^gpio=([\d,-]+)={kind}$", text, re.MULTILINE)
        for span in line.split(",")
    ]
    return {number for span in spans for number in range(int(span[0]), int(span[-1]) + 1)}


def test_config_txt_holds_every_line_that_the_configuration_suggests() -> None:
    text = UNIT.with_name("config.txt").read_text(encoding="utf-8")
    usual, suggested = PinsConfig(), dict[str, int]()
    for one, key in keys_of(PinsConfig):
        found = re.search(r"docs/wiring.md uses (\d+)", key.advice)
        value = getattr(usual, one.name)
        if isinstance(value, int):
            suggested[one.name] = int(found[1]) if found else value
    inputs = {pin for name, pin in suggested.items() if name in set(InputLine)}
    outputs = set(suggested.values()) - inputs
    assert outputs <= _numbers(text, "op,dl")
    assert _numbers(text, "op,dl") == _numbers(text, "pd")
    assert inputs == _numbers(text, "ip,pu")
    wiring = (UNIT.parents[1] / "docs" / "wiring.md").read_text(encoding="utf-8")
    assert all(line in wiring for line in text.splitlines() if line.startswith(("gpio=", "dtparam=strict")))


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
