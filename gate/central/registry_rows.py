"""The rows of a registry's file, whatever it is: TOML with [[site]] and [[gate]], or a spreadsheet's CSV.

A CSV has one kind of row, told by its heading: one with a column ``site`` holds gates, any other one sites.
"""

from __future__ import annotations

import csv
import io
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from gate.central.registry_problems import Problem, RegistryErrors

LONGEST_BYTES = 16 * 1024 * 1024
SITES, GATES = "site", "gate"
_FILE_ADVICE = "Name a file that can be read, called .toml or .csv"
_TOML_ADVICE = "Write [[site]] and [[gate]], and below each its keys as key = value"
_CSV_ADVICE = "Save the sheet as CSV in UTF-8, with the names of the columns in its first row"
_HEADER = re.compile(r"\s*\[\[\s*(site|gate)\s*\]\]")
_KEY = re.compile(r"\s*([A-Za-z0-9_-]+)\s*=")


@dataclass(frozen=True, slots=True)
class Row:
    """One site or gate as it is written. ``lines``: where its columns stand, and under "" where it begins."""

    file: Path
    kind: str
    cells: Mapping[str, object]
    lines: Mapping[str, int]

    def problem(self, key: str, reason: str, advice: str) -> Problem:
        """Something is wrong with it."""
        return Problem(self.file, self.lines.get(key, self.lines.get("")), key, reason, advice)


def rows(file: Path) -> Iterator[Row]:
    """The rows of a file. Raises ``RegistryErrors`` for a file that is none as a whole."""
    text = _text(file)
    return _toml(file, text) if file.suffix.lower() == ".toml" else _csv(file, text)


def _text(file: Path) -> str:
    if file.suffix.lower() not in {".toml", ".csv"}:
        raise _whole(file, "is neither .toml nor .csv", _FILE_ADVICE)
    try:
        with file.open("rb") as source:
            raw = source.read(LONGEST_BYTES + 1)
    except OSError as error:
        raise _whole(file, f"cannot be read: {error.strerror}", _FILE_ADVICE) from None
    if len(raw) > LONGEST_BYTES:
        raise _whole(file, f"is longer than {LONGEST_BYTES} bytes", "Divide it into several files")
    try:
        return raw.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise _whole(file, "is not UTF-8 text", "Save it as UTF-8", line) from None


def _toml(file: Path, text: str) -> Iterator[Row]:
    try:
        tree = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        place = re.search(r" \(at line (\d+), column \d+\)$", str(error))
        told = str(error)[: place.start()] if place else str(error)
        raise _whole(file, f"is not TOML: {told}", _TOML_ADVICE, int(place[1]) if place else None) from None
    unknown = [name for name in tree if name not in {SITES, GATES}]
    wrong = [name for name in (SITES, GATES) if not _is_rows(tree.get(name, []))]
    if unknown or wrong:
        raise RegistryErrors(
            [
                Problem(file, None, ascii(name)[1:-1], "is neither [[site]] nor [[gate]]", _TOML_ADVICE)
                for name in unknown
            ]
            + [Problem(file, None, name, f"must be written as [[{name}]]", _TOML_ADVICE) for name in wrong]
        )
    lines = _lines(text)
    for kind in (SITES, GATES):
        for number, cells in enumerate(tree.get(kind, [])):
            yield Row(file, kind, cells, lines.get((kind, number), {}))


def _is_rows(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(one, dict) for one in value)


def _lines(text: str) -> dict[tuple[str, int], dict[str, int]]:
    """Where each row and its keys stand, which tomllib does not tell: a best effort."""
    found: dict[tuple[str, int], dict[str, int]] = {}
    seen = {SITES: 0, GATES: 0}
    here: dict[str, int] = {}
    for number, line in enumerate(text.split("\n"), start=1):
        if header := _HEADER.match(line):
            here = found[header[1], seen[header[1]]] = {"": number}
            seen[header[1]] += 1
        elif key := _KEY.match(line):
            here.setdefault(key[1], number)
    return found


def _csv(file: Path, text: str) -> Iterator[Row]:
    first = text.split("\n", 1)[0]
    delimiter = max(";,\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        heading = [cell.strip().casefold() for cell in next(reader, [])]
        _require_heading(file, heading)
        kind = GATES if "site" in heading else SITES
        line = reader.line_num + 1
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield _row(file, kind, heading, cells, line)
            line = reader.line_num + 1
    except csv.Error as error:
        raise _whole(file, f"is not CSV: {error}", _CSV_ADVICE, reader.line_num) from None


def _require_heading(file: Path, heading: list[str]) -> None:
    if "id" not in heading:
        raise _whole(file, 'has no column "id" in its first row', _CSV_ADVICE, 1)
    twice = next((name for name in heading if name and heading.count(name) > 1), None)
    if twice is not None:
        raise _whole(file, f"has two columns {twice!a}", "Leave out one of them", 1)


def _row(file: Path, kind: str, heading: list[str], cells: list[str], line: int) -> Row:
    """A cell beside every heading is one of a column that nobody knows."""
    names = heading + [f"column {number}" for number in range(len(heading) + 1, len(cells) + 1)]
    filled = {name: cell.strip() for name, cell in zip(names, cells, strict=False) if name and cell.strip()}
    return Row(file, kind, filled, {"": line})


def _whole(file: Path, reason: str, advice: str, line: int | None = None) -> RegistryErrors:
    return RegistryErrors([Problem(file, line, "", reason, advice)])
