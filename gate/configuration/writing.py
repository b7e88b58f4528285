"""Writes configuration as TOML: what is in force, or an example with every key explained.

Rules: what is written loads again to an equal object; no secret can appear, since a configuration holds only the paths
of secrets.
"""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import Field
from typing import Any

from gate.configuration.keys import Key, is_required, keys_of

_WIDTH = 98


def tables(config: object, which: Mapping[str, type[Any]], *, changed_only: bool = False) -> str:
    """Every key of these tables with its value; ``changed_only``: those that differ from the default or have none."""
    return "\n".join(_tables(config, which, changed_only=changed_only))


def example(head: str, which: Mapping[str, type[Any]]) -> str:
    """The text of an example file."""
    return "\n".join([head, *(_example_table(name, table) for name, table in which.items())])


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


def _tables(config: object, which: Mapping[str, type[Any]], *, changed_only: bool) -> Iterator[str]:
    for name, table in which.items():
        values = getattr(config, name)
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
