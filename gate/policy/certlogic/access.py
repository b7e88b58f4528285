"""Looking into the data: ``var``, and the parts of a certificate's identifier."""

from __future__ import annotations

import re
from typing import Any

from gate.policy.certlogic.budget import CertLogicError
from gate.policy.certlogic.values import integer

_PATH = re.compile(r"(?:[^.]+(?:\.[^.]+)*)?")
LONGEST_PATH = 512
"""Characters; longer ones are no paths, so that taking one apart costs no more than its steps."""
_INDEX = re.compile(r"[0-9]{1,9}")
_PREFIX = "URN:UVCI:"
_SEPARATOR = re.compile("[/#:]")


def is_path(path: Any) -> bool:
    """Whether this is a path: names and indices with dots between them, or nothing for all data."""
    return isinstance(path, str) and len(path) <= LONGEST_PATH and _PATH.fullmatch(path) is not None


def fragments(path: Any) -> list[str]:
    """The steps of a path. Raises ``CertLogicError`` when it is none."""
    if not is_path(path):
        raise CertLogicError('"var" must name a path')
    return path.split(".") if path else []


def reach(data: Any, path: list[str]) -> Any:
    """What stands at the end of the path; None when nothing does."""
    for fragment in path:
        if isinstance(data, dict):
            data = data.get(fragment)
        elif isinstance(data, list):
            data = _item(data, fragment)
        else:
            return None
    number = integer(data) if isinstance(data, float) else None
    return data if number is None else number


def fragment_of_uvci(uvci: str, index: int) -> str | None:
    """The part of a certificate's identifier with this index, counted from 0 after the prefix; None without one."""
    parts = _SEPARATOR.split(uvci.removeprefix(_PREFIX))
    return parts[index] if 0 <= index < len(parts) else None


def _item(items: list[Any], fragment: str) -> Any:
    index = int(fragment) if _INDEX.fullmatch(fragment) else len(items)
    return items[index] if index < len(items) else None
