"""The locks say exactly what is installed, name no index host, and agree with one another and with pyproject.toml."""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import distribution
from pathlib import Path

import pytest
from packaging.markers import Marker, default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
LOCKS = ("demo", "dev")

MACHINES = [(python, machine) for python in ("3.11", "3.13") for machine in ("x86_64", "aarch64")]


def text_of(lock: str) -> str:
    return (ROOT / f"requirements/{lock}.txt").read_text()


def entries(lock: str) -> list[str]:
    """Each requirement with its hashes, on one line."""
    joined = text_of(lock).replace("\\\n", " ")
    return [line for line in joined.splitlines() if line and not line.startswith("#")]


def pins(lock: str) -> dict[str, Requirement]:
    requirements = [Requirement(entry.partition(" --hash")[0]) for entry in entries(lock)]
    assert len({r.name for r in requirements}) == len(requirements)
    return {canonicalize_name(r.name): r for r in requirements}


def is_for(marker: Marker | None, python: str, machine: str) -> bool:
    there = {
        "implementation_name": "cpython",
        "platform_machine": machine,
        "platform_python_implementation": "CPython",
        "python_full_version": f"{python}.2",
        "python_version": python,
        "sys_platform": "linux",
    }
    return marker is None or marker.evaluate(there)


def wanted(*extras: str) -> list[Requirement]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    lines = project["dependencies"] + [line for extra in extras for line in project["optional-dependencies"][extra]]
    return [Requirement(line) for line in lines if not line.startswith("gate[")]


@pytest.mark.parametrize("lock", LOCKS)
def test_it_names_no_host(lock: str) -> None:
    assert not re.search(r"://|index-url|find-links", text_of(lock))


@pytest.mark.parametrize("lock", LOCKS)
def test_every_requirement_is_pinned_with_hashes(lock: str) -> None:
    unpinned = [entry for entry in entries(lock) if not re.match(r"[\w.-]+==\S+ .*--hash=sha256:[0-9a-f]{64}", entry)]
    assert unpinned == []


@pytest.mark.parametrize(("python", "machine"), MACHINES)
@pytest.mark.parametrize(("lock", "extras"), [("demo", ("central", "demo")), ("dev", ("central", "demo", "pi", "dev"))])
def test_it_holds_what_the_project_asks_for(lock: str, extras: tuple[str, ...], python: str, machine: str) -> None:
    locked = {name: r for name, r in pins(lock).items() if is_for(r.marker, python, machine)}
    for requirement in (one for one in wanted(*extras) if is_for(one.marker, python, machine)):
        pin = locked[canonicalize_name(requirement.name)]
        assert requirement.specifier.contains(str(pin.specifier).removeprefix("==")), requirement


def test_the_test_tools_change_nothing_of_the_demo() -> None:
    demo, dev = pins("demo"), pins("dev")
    assert {name: dev.get(name) for name in demo} == demo


@pytest.mark.parametrize("lock", LOCKS)
def test_the_build_backend_is_locked_too(lock: str) -> None:
    assert "setuptools" in pins(lock)


def test_the_lock_holds_what_its_packages_ask_for() -> None:
    """Nothing is resolved at installing, so a package that the lock forgot would be missing."""
    locked = pins("dev")
    here = {"extra": "", **{k: v for k, v in default_environment().items() if isinstance(v, str)}}
    applying = {name for name, r in locked.items() if r.marker is None or r.marker.evaluate()}
    missing = [
        f"{name} needs {requirement}"
        for name in applying
        for requirement in map(Requirement, distribution(name).requires or ())
        if (requirement.marker is None or requirement.marker.evaluate(here))
        and canonicalize_name(requirement.name) not in applying
    ]
    assert missing == []
