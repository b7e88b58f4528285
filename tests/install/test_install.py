"""install.sh with its surroundings replaced: what it says when something is missing, and what it does again.

The script is sourced, so that functions standing for apt, sudo and pip can take the place of the real ones.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "install.sh"

NOTHING_INSTALLED = "has_zbar() { false; }; has_mosquitto() { false; }; has_venv() { false; };"
NOT_ROOT = "id() { echo 1000; };"
NO_SUDO = 'command() { [ "$2" != sudo ] && builtin command "$@"; };'


def bash(text: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run ``text`` after sourcing install.sh."""
    command = ["bash", "-c", f'source "$SCRIPT"; {text}']
    environment = {"PATH": "/usr/bin:/bin", "SCRIPT": str(SCRIPT), **variables}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=60)


def test_help_names_every_command() -> None:
    result = bash("main help")
    assert result.returncode == 0
    assert all(f"  {name} " in result.stdout for name in ("demo", "test", "system", "check", "help"))


@pytest.mark.parametrize("arguments", ["", "frobnicate"])
def test_an_unknown_command_is_shown_the_usage(arguments: str) -> None:
    result = bash(f"main {arguments}")
    assert result.returncode == 2
    assert f"unknown command: {arguments}" in result.stderr or not arguments
    assert "Usage:" in result.stderr


def test_without_root_and_sudo_it_says_what_to_ask_for() -> None:
    result = bash(f"{NOTHING_INSTALLED} {NOT_ROOT} {NO_SUDO} ensure_packages /usr/bin/python3")
    assert result.returncode == 1
    assert "libzbar0: reads QR codes" in result.stderr
    advice = "apt-get install --no-install-recommends python3-venv libzbar0 mosquitto"
    assert result.stderr.endswith(f"Ask an administrator to run: {advice}\n")


def test_the_system_tier_alone_needs_debootstrap() -> None:
    everything = "has_zbar() { :; }; has_mosquitto() { :; }; has_venv() { :; }; has_debootstrap() { false; };"
    everything += "has_postgresql() { :; };"
    assert bash(f"{everything} missing_packages /usr/bin/python3 test").stdout == ""
    told = bash(f"{everything} missing_packages /usr/bin/python3 system").stdout
    assert told == "debootstrap: makes the Debian of the system tests\n"


def test_the_tests_alone_need_a_database_server() -> None:
    everything = "has_zbar() { :; }; has_mosquitto() { :; }; has_venv() { :; }; has_postgresql() { false; };"
    assert bash(f"{everything} missing_packages /usr/bin/python3").stdout == ""
    told = bash(f"{everything} missing_packages /usr/bin/python3 test").stdout
    assert told == "postgresql: the private database server of the tests\n"


def test_a_refusal_of_sudo_is_final() -> None:
    result = bash(f"{NOTHING_INSTALLED} {NOT_ROOT} sudo() {{ false; }}; ensure_packages /usr/bin/python3")
    assert result.returncode == 1
    assert "sudo did not allow it" in result.stderr


def test_with_sudo_the_packages_are_installed_after_it_said_why() -> None:
    fakes = """
        sudo() { [ "$1" != -n ] || shift; [ "$1" = -v ] || "$@"; }
        installed=$(mktemp); export installed
        apt_install() { echo "$@" >"$installed"; }
        missing_packages() { [ -s "$installed" ] || echo "libzbar0: reads QR codes"; }
    """
    result = bash(f'{NOT_ROOT} {fakes} ensure_packages /usr/bin/python3; cat "$installed"; rm "$installed"')
    assert result.returncode == 0, result.stderr
    assert result.stdout == "libzbar0\n"
    assert "only step that needs root" in result.stderr


def test_a_failing_apt_is_reported_with_the_command() -> None:
    result = bash(
        f"{NOTHING_INSTALLED} id() {{ echo 0; }}; apt_install() {{ false; }}; ensure_packages /usr/bin/python3"
    )
    assert result.returncode == 1
    assert "apt-get could not install them" in result.stderr


def test_a_machine_without_apt_is_told_so() -> None:
    no_apt = 'command() { [ "$2" != apt-get ] && builtin command "$@"; };'
    result = bash(f"{NOTHING_INSTALLED} {no_apt} ensure_packages /usr/bin/python3")
    assert result.returncode == 1
    assert "no apt-get" in result.stderr


def test_nothing_missing_asks_for_nothing() -> None:
    fakes = "has_zbar() { true; }; has_mosquitto() { true; }; has_venv() { true; };"
    result = bash(f"{NOT_ROOT} {NO_SUDO} {fakes} ensure_packages /usr/bin/python3")
    assert (result.returncode, result.stderr) == (0, "")


def test_a_machine_without_python_gets_one_from_apt() -> None:
    result = bash('missing_packages ""')
    assert result.stdout.startswith("python3: gate is written in it\npython3-venv: ")


def test_the_named_python_must_be_recent() -> None:
    result = bash("find_python", GATE_PYTHON="/bin/false")
    assert result.returncode == 1
    assert "GATE_PYTHON=/bin/false is not a Python 3.11 or newer" in result.stderr


def test_an_old_python_is_named() -> None:
    result = bash("recent() { false; }; find_python")
    assert result.returncode == 1
    assert "Python 3.11 or newer is needed, but this is /usr/bin/python3 (Python 3." in result.stderr


RECORDING = """
    root=$CHECKOUT; venv=$root/.venv; python=$(builtin command -v python3)
    make_venv() { rm -rf "$venv"; mkdir "$venv"; echo "make $2"; }
    pip_install() { echo "pip $*" | sed "s|$root|.|"; }
    go() { ensure_venv "$python" "$1"; echo "$1 is ready"; }
"""
PROJECT = "pip --no-deps --no-build-isolation --editable ."
TEST_TOOLS = "pip --no-deps --require-hashes -r ./requirements/dev.txt"

VENV_STORIES = {
    "again": ("go dev; go dev; go demo", ["make dev", PROJECT, "dev is ready", "dev is ready", "demo is ready"]),
    "demo then test": ("go demo; go dev", ["make demo", PROJECT, "demo is ready", TEST_TOOLS, "dev is ready"]),
    "new lock": (
        'go demo; echo x >>"$root/requirements/demo.txt"; go demo',
        ["make demo", PROJECT, "demo is ready", "make demo", PROJECT, "demo is ready"],
    ),
    "new project file": (
        'go demo; echo x >>"$root/pyproject.toml"; go demo',
        ["make demo", PROJECT, "demo is ready", PROJECT, "demo is ready"],
    ),
    "cut while installing": (
        "(pip_install() { exit 9; }; go dev) || true; go dev",
        ["make dev", PROJECT, "dev is ready"],
    ),
    "cut while making": (
        '(make_venv() { mkdir -p "$venv"; exit 9; }; go dev) || true; go dev',
        ["make dev", PROJECT, "dev is ready"],
    ),
    "moved": (
        'go demo; mv "$root" "$root.moved"; root=$root.moved; venv=$root/.venv; go demo',
        ["make demo", PROJECT, "demo is ready", "make demo", PROJECT, "demo is ready"],
    ),
}


@pytest.mark.parametrize("story", VENV_STORIES)
def test_the_venv_is_made_when_it_must_be(story: str, tmp_path: Path) -> None:
    checkout = tmp_path / "checkout"
    (checkout / "requirements").mkdir(parents=True)
    for name in ("requirements/demo.txt", "requirements/dev.txt", "pyproject.toml"):
        (checkout / name).write_text(name)
    text, steps = VENV_STORIES[story]
    result = bash(RECORDING + text, CHECKOUT=str(checkout))
    assert result.returncode == 0, result.stderr
    done = result.stdout.splitlines()
    assert done[-len(steps) :] == steps


JUNIT = '<testsuites><testsuite name="pytest" errors="1" failures="2" skipped="3" tests="10" time="1.0">'


def test_all_checks_run_and_the_count_comes_last() -> None:
    fakes = f"""
        setup() {{ true; }}
        run_check() {{ [ "$1" != lint ]; }}
        python() {{ for word; do case $word in --junitxml=*) echo '{JUNIT}' >"${{word#*=}}" ;; esac; done; }}
    """
    result = bash(f"{fakes} main test")
    assert result.returncode == 1
    assert [line.rpartition(" ")[2] for line in result.stderr.splitlines()[:4]] == [
        "format",
        "lint",
        "types",
        "imports",
    ]
    assert "failed checks: lint" in result.stderr
    assert result.stdout.splitlines()[-1] == "4 passed, 4 failed"


def test_a_failing_test_run_fails_the_command() -> None:
    result = bash("setup() { true; }; run_check() { true; }; python() { echo '1 failed'; return 1; }; main test")
    assert (result.returncode, result.stdout) == (1, "1 failed\n")


def test_the_tests_run_in_more_processes_than_cores_with_byte_code_and_what_pytest_is_told_besides() -> None:
    fakes = """
        setup() { true; }; run_check() { true; }; nproc() { echo 4; }
        python() { echo "$@, byte code: ${PYTHONDONTWRITEBYTECODE-written}"; }
    """
    result = bash(f"{fakes} main test --cov", PYTHONDONTWRITEBYTECODE="1")
    assert result.stdout == "-m pytest --numprocesses=6 --dist=worksteal --cov, byte code: written\n"


def test_check_takes_names() -> None:
    result = bash("setup() { true; }; run_check() { echo $1; }; main check types format")
    assert (result.returncode, result.stdout) == (0, "types\nformat\n")


def test_an_unknown_check_is_refused() -> None:
    result = bash("setup() { true; }; main check spelling")
    assert result.returncode == 1
    assert "unknown check: spelling" in result.stderr
