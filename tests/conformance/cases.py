"""Read ``<family>/cases.jsonl``: one JSON object a line, of which any field may be missing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

CASES = "cases.jsonl"


class NotRun(Exception):  # noqa: N818  (a case that says too little, not a fault)
    """The case cannot be run; the text says what it lacks."""


@dataclass(frozen=True, slots=True)
class Case:
    """One case as its source wrote it."""

    name: str
    fields: dict[str, Any]
    folder: Path

    def mapping(self, name: str) -> dict[str, Any]:
        """A field that is an object; empty where it is not."""
        value = self.fields.get(name)
        return value if isinstance(value, dict) else {}

    @property
    def flags(self) -> list[object]:
        """What the source remarks on it."""
        value = self.fields.get("flags")
        return value if isinstance(value, list) else []

    @property
    def stated(self) -> dict[str, bool]:
        """What is expected, without what is not stated."""
        return {name: value for name, value in self.mapping("expected").items() if isinstance(value, bool)}


def families(folder: Path) -> list[Path]:
    """The families in a folder, or the folder itself if it is one."""
    if (folder / CASES).is_file():
        return [folder]
    return sorted(path.parent for path in folder.glob(f"*/{CASES}"))


def read(family: Path) -> Iterator[Case]:
    """The cases of a family. A line that is no case is one that cannot be run."""
    with (family / CASES).open(encoding="utf-8", errors="backslashreplace") as lines:
        for number, line in enumerate(lines, 1):
            if line.strip():
                yield _case(line, f"{family.name} line {number}", family)


def _case(line: str, place: str, family: Path) -> Case:
    try:
        fields = json.loads(line)
    except (ValueError, RecursionError):
        fields = {}
    if not isinstance(fields, dict):
        fields = {}
    return Case(str(fields.get("id") or place), fields, family)


def clock(case: Case) -> datetime:
    """When the code is shown: the stated moment, or else the middle of the code's own validity."""
    text = case.fields.get("clock")
    if isinstance(text, str):
        return _aware(text)
    window = case.mapping("cwt_window")
    begin, end = (_moment(window.get(name)) for name in ("iat", "exp"))
    if begin is None:
        return _of_its_content(case)
    return begin + (end - begin) / 2 if end is not None and end > begin else begin


def _of_its_content(case: Case) -> datetime:
    """A year after what is shown says that it was issued; of what is no credential at all the time does not matter."""
    issued = case.mapping("subject").get("issuanceDate")
    if isinstance(issued, str):
        return _aware(issued) + timedelta(days=365)
    if case.stated.get("structure_ok") is False:
        return datetime(2022, 1, 1, tzinfo=UTC)
    raise NotRun("it states no clock")


def _aware(text: str) -> datetime:
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise NotRun("its clock is not a time") from None
    return time.replace(tzinfo=time.tzinfo or UTC).astimezone(UTC)


def _moment(value: object) -> datetime | None:
    if isinstance(value, str):
        return _aware(value)
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 253402300799:
        return datetime.fromtimestamp(value, UTC)
    return None
