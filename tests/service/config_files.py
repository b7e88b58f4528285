"""Configuration files for the tests: the least one that is right, changed at will."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

from gate.configuration.keys import keys_of
from gate.configuration.kinds import Switch
from gate.service.config import ConfigErrors, Problem, load
from gate.service.config_schema import TABLES

LEAST = {
    "site": {"id": "office-1"},
    "gate": {"id": "gate-1"},
    "camera": {"path": "pictures"},
    "trust": {"bundle": "trust.bundle", "root_key": "root.key"},
}
ALL_KEYS = [(f"{name}.{one.name}", one, key) for name, table in TABLES.items() for one, key in keys_of(table)]


@dataclasses.dataclass(frozen=True)
class Raw:
    """A value as it is written in TOML."""

    text: str


def least_toml() -> str:
    return changed_toml({})


def changed_toml(changes: dict[str, object]) -> str:
    """The least configuration, changed at dotted keys."""
    tree: dict[str, dict[str, Any]] = {table: dict(keys) for table, keys in LEAST.items()}
    for dotted, value in changes.items():
        table, _, key = dotted.partition(".")
        tree.setdefault(table, {})[key] = value
    return "".join(
        f"[{table}]\n" + "".join(f"{key} = {_written(value)}\n" for key, value in keys.items())
        for table, keys in tree.items()
    )


def _written(value: object) -> str:
    match value:
        case Raw(text):
            return text
        case bool():
            return Switch().write(value)
        case str():
            return f'"{value}"'
        case _:
            return repr(value)


def problems_of(file: Path, content: str | bytes) -> list[Problem]:
    """What ``load`` says of this content; nothing when it is right."""
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    try:
        load(file)
    except ConfigErrors as errors:
        return list(errors.problems)
    return []
