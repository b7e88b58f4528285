"""The configuration without what names people, places or machines."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import Field
from typing import Any

from gate.configuration.keys import Key, keys_of
from gate.configuration.kinds import FilePath
from gate.policy.packs import SHIPPED
from gate.service.config_schema import TABLES, Config

WITHHELD = {"mqtt.host", "mqtt.username", "officer.admit_reasons", "officer.refuse_reasons", "control.group"}
RULES = "policy.rules"
CHANGED = '"(changed, withheld)"'


def part(config: Config) -> str:
    """Every key with its value, as TOML; a text that is withheld says only whether it is the usual one."""
    return "\n".join(_tables(config))


def _tables(config: Config) -> Iterator[str]:
    for name, table in TABLES.items():
        values = getattr(config, name)
        yield f"[{name}]"
        for one, key in keys_of(table):
            yield f"{one.name} = {_shown(f'{name}.{one.name}', one, key, getattr(values, one.name))}"
        yield ""


def _shown(dotted: str, one: Field[Any], key: Key, value: Any) -> str:
    if dotted == RULES:
        return key.kind.write(tuple(name if name in SHIPPED else "(a file)" for name in value))
    withheld = isinstance(key.kind, FilePath) or dotted in WITHHELD
    return CHANGED if withheld and value != one.default else key.kind.write(value)
