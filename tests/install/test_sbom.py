"""The list of all parts says what the lock says, is what CycloneDX 1.5 asks for, and is the same each time."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

from gate import __version__
from tests.install.test_lock import pins

COMMAND = Path(__file__).parents[2] / "requirements" / "sbom.py"
SERIAL = re.compile("urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[1-5][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
"""As the specification writes it."""


def printed() -> str:
    """As somebody has it who has nothing but Python."""
    return subprocess.run([sys.executable, "-I", str(COMMAND)], capture_output=True, text=True, check=True).stdout


@cache
def found() -> dict[str, Any]:
    document: dict[str, Any] = json.loads(printed())
    return document


def test_it_is_a_document_of_cyclonedx() -> None:
    head = {key: found()[key] for key in ("bomFormat", "specVersion", "version")}
    assert head == {"bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1}
    assert SERIAL.fullmatch(found()["serialNumber"])
    components = [found()["metadata"]["component"], *found()["components"]]
    assert all({"type", "name", "version", "purl", "bom-ref"} <= one.keys() for one in components)
    assert {one["type"] for one in found()["components"]} == {"library"}
    references = [one["bom-ref"] for one in components]
    assert len(references) == len(set(references))
    (of_gate,) = found()["dependencies"]
    assert [of_gate["ref"], *of_gate["dependsOn"]] == references


def test_it_names_every_part_of_the_lock_with_its_version() -> None:
    listed = {one["name"]: f"=={one['version']}" for one in found()["components"]}
    locked = {name: str(pin.specifier) for name, pin in pins("demo").items()}
    assert listed == locked | {"gpiod": str(pins("dev")["gpiod"].specifier)}
    assert found()["metadata"]["component"]["version"] == __version__


def test_a_part_that_only_some_machines_have_says_so() -> None:
    conditions = {name for name, pin in pins("demo").items() if pin.marker}
    assert {one["name"] for one in found()["components"] if "properties" in one} == conditions


def test_it_is_the_same_each_time() -> None:
    assert printed() == printed()
