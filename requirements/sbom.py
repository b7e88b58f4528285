"""``python requirements/sbom.py > gate.cdx.json``: what a gate is made of, as CycloneDX 1.5, from the lock alone.

It needs nothing but Python: no network, no environment. The same lock gives the same bytes. What a gate has is in
``demo.txt``, and what the extra ``pi`` adds in ``dev.txt``; the system's own packages (libcamera, zbar) are its own.
"""  # noqa: INP001  (a folder of locks, and this beside them)

from __future__ import annotations

import hashlib
import json
import re
import sys
import tomllib
import uuid
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
PROJECT = HERE.parent / "pyproject.toml"
_PIN = re.compile(r"^([A-Za-z0-9._-]+)==([A-Za-z0-9.!+_-]+)(?: *; *([^\\\n]+?))? *\\?$", re.MULTILINE)
_VERSION = re.compile(r'^__version__ = "(.+)"$', re.MULTILINE)
_NAMESPACE = uuid.UUID("6f0d5c0e-7a3b-5d0c-9d0f-2a1f6a7f3b10")
"""Of the serial numbers of these documents."""


def document() -> dict[str, Any]:
    """The whole document; its serial number stands for the lock and the version that it was made from."""
    pins, version = _pins(), _version()
    made_from = json.dumps([version, sorted(pins.items())]).encode()
    gate = f"pkg:generic/gate@{version}"
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "serialNumber": f"urn:uuid:{uuid.uuid5(_NAMESPACE, hashlib.sha256(made_from).hexdigest())}",
        "version": 1,
        "metadata": {"component": _component("application", "gate", version, gate)},
        "components": [_library(name, pin) for name, pin in sorted(pins.items())],
        "dependencies": [{"ref": gate, "dependsOn": [_purl(name, pin[0]) for name, pin in sorted(pins.items())]}],
    }


def _pins() -> dict[str, tuple[str, str]]:
    """Version and condition by name, of all that a gate may have."""
    of_the_board = [_plain(line) for line in _project()["optional-dependencies"]["pi"]]
    dev = _locked("dev.txt")
    return _locked("demo.txt") | {name: dev[name] for name in of_the_board}


def _locked(file: str) -> dict[str, tuple[str, str]]:
    found = _PIN.findall((HERE / file).read_text("utf-8"))
    return {_plain(name): (version, condition) for name, version, condition in found}


def _plain(requirement: str) -> str:
    """The package's name as indexes compare it."""
    return re.sub(r"[-_.]+", "-", re.split(r"[^A-Za-z0-9._-]", requirement)[0]).lower()


def _project() -> dict[str, Any]:
    project: dict[str, Any] = tomllib.loads(PROJECT.read_text("utf-8"))["project"]
    return project


def _version() -> str:
    """Of gate, as its source says it."""
    found = _VERSION.search((HERE.parent / "gate" / "__init__.py").read_text("utf-8"))
    if found is None:
        raise SystemExit("gate/__init__.py names no version")
    return found[1]


def _library(name: str, pin: tuple[str, str]) -> dict[str, Any]:
    version, condition = pin
    made = _component("library", name, version, _purl(name, version))
    return made | ({"properties": [{"name": "gate:only-where", "value": condition}]} if condition else {})


def _component(kind: str, name: str, version: str, purl: str) -> dict[str, Any]:
    return {"type": kind, "bom-ref": purl, "name": name, "version": version, "purl": purl}


def _purl(name: str, version: str) -> str:
    return f"pkg:pypi/{name}@{version.replace('+', '%2B')}"


if __name__ == "__main__":
    json.dump(document(), sys.stdout, indent=2)
    sys.stdout.write("\n")
