"""Reads a configuration file: all of it is right, or every fault of it is told at once.

Rules: nothing but the file itself is read here; whether what it names exists is for the adapter that opens it.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Mapping
from dataclasses import Field
from pathlib import Path
from typing import Any

from gate.service.config_checks import faults
from gate.service.config_errors import ConfigErrors, Problem
from gate.service.config_keys import Key, is_required, keys_of
from gate.service.config_lines import lines_of_keys
from gate.service.config_schema import TABLES, Config
from gate.service.config_values import Unfit

__all__ = ["Config", "ConfigErrors", "Problem", "load"]

_LONGEST_BYTES = 256 * 1024
_FILE_ADVICE = "Name a file that the user gate can read; gate show-config --example prints one to begin with"
_TOML_ADVICE = 'Write key = value, with texts in "quotes" and true or false in small letters'
_LIST_ADVICE = "Remove it, or see gate show-config --example for every key"
_ADVICE = {f"{name}.{one.name}": key.advice for name, table in TABLES.items() for one, key in keys_of(table)}


def load(path: Path) -> Config:
    """The configuration in the file, or ``ConfigErrors`` with everything that is wrong."""
    tree, lines = _parsed(path)
    reader = _Reader(path, lines)
    config = Config(**{name: reader.table(name, table, tree.get(name, {})) for name, table in TABLES.items()})
    reader.refuse_unknown_tables(tree)
    reader.refuse_what_does_not_fit_together(config)
    if reader.problems:
        raise ConfigErrors(reader.problems)
    return config


def _parsed(file: Path) -> tuple[dict[str, Any], dict[str, int]]:
    text = _text(file)
    try:
        return tomllib.loads(text), lines_of_keys(text)
    except (ValueError, RecursionError) as error:
        told = str(error).removesuffix(")")
        place = re.search(r" \(at line (\d+), column \d+$", told)
        reason = f"is not TOML: {told[: place.start()] if place else told}"
        raise _whole_file(file, reason, _TOML_ADVICE, int(place[1]) if place else None) from None


def _text(file: Path) -> str:
    raw = _content(file)
    if len(raw) > _LONGEST_BYTES:
        raise _whole_file(file, f"is longer than {_LONGEST_BYTES} bytes", _FILE_ADVICE)
    try:
        return raw.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise _whole_file(file, "is not UTF-8 text", "Save it as UTF-8", line) from None


def _content(file: Path) -> bytes:
    try:
        with file.open("rb") as source:
            return source.read(_LONGEST_BYTES + 1)
    except OSError as error:
        raise _whole_file(file, f"cannot be read: {error.strerror}", _FILE_ADVICE) from None
    except ValueError as error:
        raise _whole_file(file, f"cannot be read: {error}", _FILE_ADVICE) from None


def _whole_file(file: Path, reason: str, advice: str, line: int | None = None) -> ConfigErrors:
    return ConfigErrors([Problem(file, "", line, reason, advice)])


class _Reader:
    """Reads the tables of one file and collects what is wrong; a bad key gets a stand-in so that reading goes on."""

    def __init__(self, file: Path, lines: Mapping[str, int]) -> None:
        self.problems: list[Problem] = []
        self._file = file
        self._lines = lines
        self._bad: set[str] = set()

    def table(self, name: str, table: type[Any], given: object) -> Any:
        """An instance of the table's dataclass."""
        if not isinstance(given, dict):
            self._add(name, "must be one table", f"Write [{name}] and its keys below it")
            self._bad.update(f"{name}.{one.name}" for one, _ in keys_of(table))
            return table(**{one.name: _stand_in(one, key) for one, key in keys_of(table)})
        for unknown in given.keys() - {one.name for one, _ in keys_of(table)}:
            self._add(f"{name}.{unknown}", "is not a key that gate knows", _suggest_key(name, unknown))
        return table(**{one.name: self._value(f"{name}.{one.name}", one, key, given) for one, key in keys_of(table)})

    def refuse_unknown_tables(self, tree: Mapping[str, object]) -> None:
        for unknown in tree.keys() - TABLES.keys():
            if isinstance(tree[unknown], dict | list):
                self._add(unknown, "is not a table that gate knows", _suggest_table(unknown))
            else:
                self._add(unknown, "is a key outside of any table", _suggest_key("", unknown))

    def refuse_what_does_not_fit_together(self, config: Config) -> None:
        for fault in faults(config, frozenset(self._bad)):
            self._add(fault.keys[0], fault.reason, fault.advice or _ADVICE[fault.keys[0]])

    def _value(self, name: str, one: Field[Any], key: Key, given: Mapping[str, object]) -> object:
        try:
            if one.name in given:
                return key.kind.read(given[one.name], self._file.parent)
            if not is_required(one):
                return one.default
            self._add(name, f"is missing; it must be {key.kind.allowed}", key.advice)
        except Unfit as unfit:
            self._add(name, str(unfit), key.advice)
        return _stand_in(one, key)

    def _add(self, name: str, reason: str, advice: str) -> None:
        self._bad.add(name)
        line = self._lines.get(name) or self._lines.get(name.partition(".")[0])
        shown = name if name.isprintable() else ascii(name)
        self.problems.append(Problem(self._file, shown, line, reason, advice))


def _stand_in(one: Field[Any], key: Key) -> object:
    """Something of the right kind in the place of a bad value; no check that looks at it is told."""
    return key.example if is_required(one) else one.default


def _suggest_key(table: str, unknown: str) -> str:
    """The closest key of the table, else a key of that name elsewhere."""
    here = {name.partition(".")[2]: name for name in _ADVICE if name.startswith(f"{table}.")}
    near = [here[bare] for bare in difflib.get_close_matches(unknown.casefold(), here, n=1)]
    near += [name for name in _ADVICE if name.endswith(f".{unknown}")]
    return f"Did you mean {near[0]}?" if near else _LIST_ADVICE


def _suggest_table(unknown: str) -> str:
    near = difflib.get_close_matches(unknown.casefold(), TABLES, n=1)
    return f"Did you mean [{near[0]}]?" if near else f"The tables are {', '.join(TABLES)}"
