"""Writes configuration as TOML: what is in force, or the example with every key explained.

Rules: what is written loads again to an equal ``Config``; no secret can appear, since the configuration holds only the
paths of secrets.
"""

from __future__ import annotations

import hashlib
import inspect
import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import Field
from typing import Any

from gate.service.config_keys import Key, is_required, keys_of
from gate.service.config_schema import TABLES, Config

_WIDTH = 98
_HEAD = """\
# The configuration of one gate: every key, with its default where it has one.
# Made by: gate show-config --example > config/gate.toml
# Copy it to /etc/gate/gate.toml, fill in what is required, and try it with: gate check-config
"""


def effective(config: Config, *, changed_only: bool = False) -> str:
    """Every key with its value; with ``changed_only`` those that differ from the default or have none."""
    return "\n".join(_tables(config, TABLES, changed_only=changed_only))


def fingerprint(config: Config) -> str:
    """SHA-256 of what is in force, hex: equal for equal settings, whatever the file looks like."""
    return hashlib.sha256(effective(config).encode("utf-8")).hexdigest()


def lines_in_force(config: Config) -> str:
    """What ``gate-secure-lines`` needs to know of a running service."""
    return "\n".join(_tables(config, ("pins", "door"), changed_only=False))


def example() -> str:
    """The text of ``config/gate.toml``."""
    return "\n".join([_HEAD, *(_example_table(name, table) for name, table in TABLES.items())])


def explained(one: Field[Any], key: Key) -> str:
    """The comment of one key: its meaning and advice, then what it may be and its default."""
    allowed = key.kind.allowed
    default = "required" if is_required(one) else f"default {key.kind.write(one.default)}"
    return _comment(f"{key.meaning}. {key.advice}.", "") + _comment(
        f"{allowed[0].upper()}{allowed[1:]}; {default}.", "  "
    )


def _comment(text: str, indent: str) -> str:
    """``text`` as lines of comment; no word is broken, so that names and paths stay whole."""
    lines = textwrap.wrap(text, _WIDTH - len(indent), break_long_words=False, break_on_hyphens=False)
    return "".join(f"# {indent}{line}\n" for line in lines)


def _tables(config: Config, names: Iterable[str], *, changed_only: bool) -> Iterator[str]:
    for name in names:
        table, values = TABLES[name], getattr(config, name)
        lines = [
            _line(one, key, getattr(values, one.name))
            for one, key in keys_of(table)
            if not changed_only or is_required(one) or getattr(values, one.name) != one.default
        ]
        if lines:
            yield f"[{name}]\n" + "".join(lines)


def _example_table(name: str, table: type[Any]) -> str:
    explanations = (
        explained(one, key) + _line(one, key, one.default if key.example is None else key.example)
        for one, key in keys_of(table)
    )
    return f"{_about(table)}[{name}]\n\n" + "\n".join(explanations)


def _about(table: type[Any]) -> str:
    """What the table's class says of itself, paragraph by paragraph."""
    return "#\n".join(_comment(part, "") for part in inspect.cleandoc(table.__doc__ or "").split("\n\n"))


def _line(one: Field[Any], key: Key, value: object) -> str:
    return f"{one.name} = {key.kind.write(value)}\n"
