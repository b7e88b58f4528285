"""Reads the registry from one file or from several: all of it is right, or every fault of it is told at once."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from gate.central.registry import Gate, Registry, Site
from gate.central.registry_columns import GATE, SITE, Column, UnfitError
from gate.central.registry_problems import Problem, RegistryErrors
from gate.central.registry_rows import GATES, SITES, Row, rows

_COLUMNS: Mapping[str, Mapping[str, Column]] = {SITES: SITE, GATES: GATE}


def load(files: Sequence[Path]) -> Registry:
    """The registry in these files together, or ``RegistryErrors`` with everything that is wrong."""
    found, problems = _rows_of(files)
    sites = [(row, _read(row, problems)) for row in found if row.kind == SITES]
    gates = [(row, _read(row, problems)) for row in found if row.kind == GATES]
    problems += _twice(sites, "The office", "An office has one row")
    problems += _twice(
        gates, "The gate", "A broker knows a gate by its id alone, so no two have the same, at any office"
    )
    problems += _homeless(gates, {fields.get("id") for _, fields in sites})
    problems += _out_of_order(gates)
    if problems:
        raise RegistryErrors(problems)
    return Registry.of((Site(**fields) for _, fields in sites), (Gate(**fields) for _, fields in gates))


def _rows_of(files: Iterable[Path]) -> tuple[list[Row], list[Problem]]:
    found: list[Row] = []
    problems: list[Problem] = []
    for file in files:
        try:
            found += rows(file)
        except RegistryErrors as errors:
            problems += errors.problems
    return found, problems


def _read(row: Row, problems: list[Problem]) -> dict[str, Any]:
    """The fields of a row that are right; what is wrong is added to the problems."""
    columns, fields = _COLUMNS[row.kind], dict[str, Any]()
    for unknown in (name for name in row.cells if name not in columns):
        near = difflib.get_close_matches(unknown, columns, n=1)
        advice = f"Did you mean {near[0]}" if near else f"The columns are {', '.join(columns)}"
        problems.append(row.problem(unknown, f"is no column of a {row.kind}", advice))
    for name, column in columns.items():
        if row.cells.get(name, "") != "":
            try:
                fields[name] = column.read(row.cells[name])
            except UnfitError as unfit:
                problems.append(row.problem(name, str(unfit), column.advice))
        elif column.required:
            problems.append(row.problem(name, "is missing", column.advice))
    return fields


def _twice(found: Sequence[tuple[Row, dict[str, Any]]], what: str, advice: str) -> list[Problem]:
    first: dict[str, Row] = {}
    problems = []
    for row, fields in found:
        name = fields.get("id")
        if name is not None and first.setdefault(name, row) is not row:
            before = first[name]
            place = f"{before.file}:{before.lines.get('', '?')}"
            problems.append(row.problem("id", f"{what} {name} stands at {place} already", advice))
    return problems


def _homeless(gates: Iterable[tuple[Row, dict[str, Any]]], sites: set[Any]) -> list[Problem]:
    return [
        row.problem("site", f"There is no office {fields['site']} in these files", "Add the office, or correct the id")
        for row, fields in gates
        if "site" in fields and fields["site"] not in sites
    ]


def _out_of_order(gates: Iterable[tuple[Row, dict[str, Any]]]) -> list[Problem]:
    return [
        row.problem("retired", "is before the day of installation", "Correct one of the two days")
        for row, fields in gates
        if "retired" in fields and "installed" in fields and fields["retired"] < fields["installed"]
    ]
