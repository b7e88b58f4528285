"""Reading rule packs for the commands, whether vouched for or not: shipped ones by their id, others from files."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from gate.policy import packs
from gate.policy.judging import RuleSet
from gate.policy.pack import Pack, parse
from gate.policy.strict import MOST_BYTES, RuleError
from gate.ports import AdapterError


def rules_of(names: Sequence[str]) -> RuleSet:
    """The packs with these names. Raises ``AdapterError`` with everything that is wrong."""
    found: list[Pack] = []
    problems: list[str] = []
    for name in names:
        try:
            found.append(pack_named(name))
        except AdapterError as error:
            problems.append(str(error))
    if problems:
        raise AdapterError("\n".join(problems))
    return RuleSet(tuple(found))


def pack_named(name: str) -> Pack:
    """A shipped pack by its id, else the pack in the file of this name. Raises ``AdapterError``."""
    if name in packs.SHIPPED:
        return packs.shipped(name)
    try:
        return parse(json_of(Path(name)))
    except RuleError as error:
        raise AdapterError(
            f"{name} is no rule pack: {error}. docs/rules.md shows one; gate rules validate tries it."
        ) from error


def json_of(path: Path) -> Any:
    """The JSON of a file of sensible size. Raises ``AdapterError``."""
    try:
        with path.open("rb") as file:
            raw = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise AdapterError(f"{path} cannot be read: {error.strerror}. Check its name and who may read it.") from error
    if len(raw) > MOST_BYTES:
        raise AdapterError(f"{path} is larger than {MOST_BYTES} bytes. Name a file of rules or cases.")
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        raise AdapterError(f"{path} is not JSON. Mend it, or name another file.") from None
