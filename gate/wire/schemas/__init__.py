"""The JSON Schemas (2020-12) of the contract, as data; whoever validates brings the validator.

A schema is open: a reader of this version accepts fields that a later one adds.
"""

from __future__ import annotations

import json
from importlib import resources
from typing import Any

from gate.wire.topics import VERSION


def load() -> dict[str, dict[str, Any]]:
    """All schemas by their ``$id``, such as ``urn:gate:v1:access``; they refer to one another by it."""
    folder = resources.files(__package__).joinpath(VERSION)
    found = [json.loads(entry.read_text("utf-8")) for entry in folder.iterdir() if entry.name.endswith(".json")]
    return {schema["$id"]: schema for schema in found}


def examples() -> dict[str, Any]:
    """One message of each kind, made up, by the name of its schema; of what is signed, what is inside."""
    found: dict[str, Any] = json.loads(resources.files(__package__).joinpath("examples.json").read_text("utf-8"))
    return found
