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
from typing import Any, Generic

from gate.configuration.errors import ConfigErrors, Problem
from gate.configuration.form import C, Form
from gate.configuration.keys import Key, is_required, keys_of
from gate.configuration.kinds import Unfit
from gate.configuration.lines import lines_of_keys

_LONGEST_BYTES = 256 * 1024
_TOML_ADVICE = 'Write key = value, with texts in "quotes" and true or false in small letters'


def read(path: Path, form: Form[C]) -> C:
    """The configuration in the file, or ``ConfigErrors`` with everything that is wrong."""
    tree, lines = _parsed(path, f"Name a file that {form.reader} can read; {form.example} prints one to begin with")
    reader = _Reader(path, lines, form)
    tables = form.tables.items()
    config = form.whole(**{name: reader.table(name, table, tree.get(name, {})) for name, table in tables})
    reader.refuse_unknown_tables(tree)
    reader.refuse_what_does_not_fit_together(config)
    if reader.problems:
        raise ConfigErrors(reader.problems)
    return config


def _parsed(file: Path, advice: str) -> tuple[dict[str, Any], dict[str, int]]:
    text = _text(file, advice)
    try:
        return tomllib.loads(text), lines_of_keys(text)
    except (ValueError, RecursionError) as error:
        told = str(error).removesuffix(")")
        place = re.search(r" \(at line (\d+), column \d+$", told)
        reason = f"is not TOML: {told[: place.start()] if place else told}"
        raise _whole_file(file, reason, _TOML_ADVICE, int(place[1]) if place else None) from None


def _text(file: Path, advice: str) -> str:
    raw = _content(file, advice)
    if len(raw) > _LONGEST_BYTES:
        raise _whole_file(file, f"is longer than {_LONGEST_BYTES} bytes", advice)
    try:
        return raw.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise _whole_file(file, "is not UTF-8 text", "Save it as UTF-8", line) from None


def _content(file: Path, advice: str) -> bytes:
    try:
        with file.open("rb") as source:
            return source.read(_LONGEST_BYTES + 1)
    except OSError as error:
        raise _whole_file(file, f"cannot be read: {error.strerror}", advice) from None
    except ValueError as error:
        raise _whole_file(file, f"cannot be read: {error}", advice) from None


def _whole_file(file: Path, reason: str, advice: str, line: int | None = None) -> ConfigErrors:
    return ConfigErrors([Problem(file, "", line, reason, advice)])


class _Reader(Generic[C]):
    """Reads the tables of one file and collects what is wrong; a bad key gets a stand-in so that reading goes on."""

    def __init__(self, file: Path, lines: Mapping[str, int], form: Form[C]) -> None:
        self.problems: list[Problem] = []
        self._file = file
        self._form = form
        self._advice = form.advice()
        self._lines = lines
        self._bad: set[str] = set()

    def table(self, name: str, table: type[Any], given: object) -> Any:
        """An instance of the table's dataclass."""
        if not isinstance(given, dict):
            self._add(name, "must be one table", f"Write [{name}] and its keys below it")
            self._bad.update(f"{name}.{one.name}" for one, _ in keys_of(table))
            return table(**{one.name: _stand_in(one, key) for one, key in keys_of(table)})
        for unknown in given.keys() - {one.name for one, _ in keys_of(table)}:
            self._add(f"{name}.{unknown}", "is not a key that gate knows", self._suggest_key(name, unknown))
        return table(**{one.name: self._value(f"{name}.{one.name}", one, key, given) for one, key in keys_of(table)})

    def refuse_unknown_tables(self, tree: Mapping[str, object]) -> None:
        for unknown in tree.keys() - self._form.tables.keys():
            if isinstance(tree[unknown], dict | list):
                self._add(unknown, "is not a table that gate knows", self._suggest_table(unknown))
            else:
                self._add(unknown, "is a key outside of any table", self._suggest_key("", unknown))

    def refuse_what_does_not_fit_together(self, config: C) -> None:
        for fault in self._form.faults(config, frozenset(self._bad)):
            self._add(fault.keys[0], fault.reason, fault.advice or self._advice[fault.keys[0]])

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

    def _suggest_key(self, table: str, unknown: str) -> str:
        """The closest key of the table, else a key of that name elsewhere."""
        here = {name.partition(".")[2]: name for name in self._advice if name.startswith(f"{table}.")}
        near = [here[bare] for bare in difflib.get_close_matches(unknown.casefold(), here, n=1)]
        near += [name for name in self._advice if name.endswith(f".{unknown}")]
        return f"Did you mean {near[0]}?" if near else f"Remove it, or see {self._form.example} for every key"

    def _suggest_table(self, unknown: str) -> str:
        near = difflib.get_close_matches(unknown.casefold(), self._form.tables, n=1)
        return f"Did you mean [{near[0]}]?" if near else f"The tables are {', '.join(self._form.tables)}"


def _stand_in(one: Field[Any], key: Key) -> object:
    """Something of the right kind in the place of a bad value; no check that looks at it is told."""
    return key.example if is_required(one) else one.default
