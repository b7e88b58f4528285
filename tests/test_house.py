"""The rules of the house hold, and each bites: broken in a copy, it is named with the module that broke it."""

from __future__ import annotations

import ast
import enum
import importlib
import inspect
import pkgutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

import gate
from tests.house import ROOT, contract_names, copy_of_the_house, lint_imports, ruff_bans

FLOORS = "The floors of the house"
PURE = "The pure floors touch nothing outside"
INDEPENDENT = "Adapters do not know one another"
ROOTS = "Only the roots choose adapters"
DRIVERS = "Drivers stay in adapters"
PICTURES = "Pictures are read by adapters and drawn by the demo"
CENTRE = "The centre knows messages alone"


@dataclass(frozen=True, slots=True)
class Breach:
    """An import that a contract forbids, in a module made for it; ``named`` is how the report names it."""

    contract: str
    module: str
    line: str
    named: str


def upward(module: str, line: str, target: str) -> Breach:
    return Breach(FLOORS, module, line, f"{dotted(module)} -> {target}")


def dotted(module: str) -> str:
    return "gate." + module.removesuffix(".py").replace("/", ".")


BREACHES = [
    upward("credential/intruder.py", "import gate.policy.intruder", "gate.policy.intruder"),
    upward("policy/intruder.py", "import gate.access.intruder", "gate.access.intruder"),
    upward("access/intruder.py", "import gate.wire.intruder", "gate.wire.intruder"),
    upward("wire/intruder.py", "import gate.ports", "gate.ports"),
    upward("pki/intruder.py", "import gate.ports", "gate.ports"),
    upward("ports/link.py", "import gate.adapters.intruder", "gate.adapters.intruder"),
    upward("configuration/intruder.py", "import gate.service.intruder", "gate.service.intruder"),
    upward("adapters/intruder.py", "import gate.service.intruder", "gate.service.intruder"),
    upward("service/intruder.py", "import gate.simulation.intruder", "gate.simulation.intruder"),
    upward("simulation/intruder.py", "import gate.cli.intruder", "gate.cli.intruder"),
    Breach(FLOORS, "attic.py", "", "gate.attic"),
    Breach(PURE, "credential/intruder.py", "import time", "gate.credential.intruder -> time"),
    Breach(PURE, "policy/intruder.py", "from random import choice", "gate.policy.intruder -> random"),
    Breach(PURE, "access/intruder.py", "import threading", "gate.access.intruder -> threading"),
    Breach(PURE, "wire/intruder.py", "from os.path import join", "gate.wire.intruder -> os"),
    Breach(PURE, "access/intruder.py", "def late():\n    import logging", "gate.access.intruder -> logging"),
    Breach(PURE, "credential/intruder.py", "import pyzbar.pyzbar", "gate.credential.intruder -> pyzbar"),
    Breach(PURE, "access/intruder.py", "import gpiod", "gate.access.intruder -> gpiod"),
    Breach(
        INDEPENDENT,
        "adapters/intruder.py",
        "import gate.adapters.another",
        "gate.adapters.intruder -> gate.adapters.another",
    ),
    Breach(
        ROOTS, "service/intruder.py", "import gate.adapters.another", "gate.service.intruder -> gate.adapters.another"
    ),
    Breach(ROOTS, "cli/intruder.py", "from gate.adapters import another", "gate.cli.intruder -> gate.adapters.another"),
    Breach(DRIVERS, "service/intruder.py", "import sqlite3", "gate.service.intruder -> sqlite3"),
    Breach(DRIVERS, "cli/intruder.py", "import paho.mqtt.client", "gate.cli.intruder -> paho"),
    Breach(DRIVERS, "ports/link.py", "import zxingcpp", "gate.ports.link -> zxingcpp"),
    Breach(DRIVERS, "simulation/intruder.py", "import gpiozero", "gate.simulation.intruder -> gpiozero"),
    Breach(DRIVERS, "service/intruder.py", "import gpiod.line", "gate.service.intruder -> gpiod"),
    Breach(DRIVERS, "central/intruder.py", "import sqlite3", "gate.central.intruder -> sqlite3"),
    Breach(DRIVERS, "central/intruder.py", "import sqlalchemy", "gate.central.intruder -> sqlalchemy"),
    Breach(CENTRE, "central/intruder.py", "import gate.ports", "gate.central.intruder -> gate.ports"),
    Breach(CENTRE, "central/intruder.py", "import gate.access.door", "gate.central.intruder -> gate.access.door"),
    Breach(PICTURES, "service/intruder.py", "import PIL.Image", "gate.service.intruder -> PIL"),
    Breach(PICTURES, "cli/intruder.py", "import segno", "gate.cli.intruder -> segno"),
]

STAND_INS = {
    f"{floor}/intruder.py": "" for floor in ("policy", "access", "wire", "adapters", "service", "simulation", "cli")
}
"""What a breach imports must be there; the breach itself takes the place of one of these."""


def test_no_contract_is_broken() -> None:
    result = lint_imports(ROOT)
    assert result.returncode == 0, result.stdout


def test_a_copy_without_a_breach_keeps_all_contracts(tmp_path: Path) -> None:
    result = lint_imports(copy_of_the_house(tmp_path, STAND_INS | {"adapters/another.py": ""}))
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize("breach", BREACHES, ids=lambda breach: f"{breach.contract}: {breach.named}")
def test_a_breach_is_named(breach: Breach, tmp_path: Path) -> None:
    text = breach.line
    if breach.module == "ports/link.py":
        text = (ROOT / "gate/ports/link.py").read_text() + text
    result = lint_imports(copy_of_the_house(tmp_path, STAND_INS | {"adapters/another.py": "", breach.module: text}))
    assert result.returncode == 1, result.stdout
    words = " ".join(result.stdout.split())
    assert f"{breach.contract} BROKEN" in words
    assert breach.named in words


def test_every_contract_has_a_breach_above() -> None:
    assert {breach.contract for breach in BREACHES} == contract_names()


BANNED = [
    ("service/intruder.py", "import time\ntime.sleep(1)", "time.sleep"),
    ("cli/intruder.py", "from time import sleep", "time.sleep"),
    ("service/intruder.py", "from datetime import datetime\ndatetime.now()", "datetime.datetime.now"),
    ("adapters/intruder.py", "import datetime\ndatetime.datetime.utcnow()", "datetime.datetime.utcnow"),
    ("adapters/intruder.py", "import threading\nthreading.Thread()", "threading.Thread"),
    ("service/intruder.py", "from threading import Timer", "threading.Timer"),
    ("service/intruder.py", "from concurrent.futures import ThreadPoolExecutor", "concurrent.futures"),
    ("service/intruder.py", "import asyncio", "asyncio"),
]


@pytest.mark.parametrize(("module", "text", "name"), BANNED)
def test_a_banned_name_is_named(module: str, text: str, name: str, tmp_path: Path) -> None:
    result = ruff_bans(copy_of_the_house(tmp_path, {module: text}), module)
    assert result.returncode == 1, result.stderr
    assert f"gate/{module}" in result.stdout
    assert f"`{name}` is banned" in result.stdout or f"`{name}." in result.stdout


ALLOWED = [
    ("service/threads.py", "import threading\nthreading.Thread()"),
    ("adapters/clock_system.py", "from datetime import datetime\ndatetime.now()"),
]


@pytest.mark.parametrize(("module", "text"), ALLOWED)
def test_a_banned_name_has_its_one_place(module: str, text: str, tmp_path: Path) -> None:
    result = ruff_bans(copy_of_the_house(tmp_path, {module: text}), module)
    assert result.returncode == 0, result.stdout


def modules_of_the_house() -> Iterator[str]:
    yield gate.__name__
    for found in pkgutil.walk_packages(gate.__path__, "gate."):
        if not found.name.endswith("__main__"):
            yield found.name


def enums_of(module: str) -> list[type[enum.Enum]]:
    members = vars(importlib.import_module(module)).values()
    return [m for m in members if isinstance(m, type) and issubclass(m, enum.Enum) and m.__module__ == module]


def is_checked_unique(kind: type[enum.Enum]) -> bool:
    """Whether the decorator stands on the class and, as it promises, no two of its names share a value."""
    return "@enum.unique" in inspect.getsource(kind).partition("class ")[0] and len(kind.__members__) == len(kind)


def test_every_enum_is_unique() -> None:
    enums = [kind for module in modules_of_the_house() for kind in enums_of(module)]
    assert len(enums) > 5
    assert [kind for kind in enums if not is_checked_unique(kind)] == []


class Undecorated(enum.Enum):
    """For the test below."""

    ONE = 1


class Same(enum.IntFlag):
    """An event enum built with "&" instead of "|", as a peer once shipped it."""

    GRANTED = 1 & 2
    DENIED = 1 & 4


@pytest.mark.parametrize("kind", [Undecorated, Same])
def test_an_enum_that_is_not_unique_is_seen(kind: type[enum.Enum]) -> None:
    assert not is_checked_unique(kind)


DATA = {"numpy"}
"""The shape of a frame, which the ports speak of; not something an adapter adapts."""


def libraries_of(adapter: Path) -> set[str]:
    """The third-party packages that a module imports anywhere."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(adapter.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
    roots = {name.partition(".")[0] for name in names}
    return roots - sys.stdlib_module_names - DATA - {"gate", "__future__"}


@pytest.mark.parametrize("adapter", sorted((ROOT / "gate/adapters").rglob("*.py")), ids=lambda path: path.stem)
def test_an_adapter_adapts_one_library(adapter: Path) -> None:
    assert len(libraries_of(adapter)) <= 1


def test_two_libraries_in_an_adapter_are_seen(tmp_path: Path) -> None:
    adapter = tmp_path / "both.py"
    adapter.write_text("import os\nimport numpy as np\nimport gpiozero\ndef f():\n    from paho.mqtt import client\n")
    assert libraries_of(adapter) == {"gpiozero", "paho"}
