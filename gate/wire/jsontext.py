"""JSON as the contract writes and reads it: canonical out, bounded and without exceptions in. Pure."""

from __future__ import annotations

import json
import math
from typing import Any, NoReturn

MAX_BYTES = 64 * 1024
"""A longer message is none of ours."""


class _NotStandardError(ValueError):
    """A number that JSON does not know, or a name given twice."""


def dump(value: Any) -> bytes:
    """Sorted keys, no spaces, only ASCII: equal values give equal bytes."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False).encode("ascii")


def load(body: bytes) -> dict[str, Any] | str:
    """The object in the bytes, or what is wrong with them."""
    if len(body) > MAX_BYTES:
        return f"longer than {MAX_BYTES} bytes"
    value = load_any(body)
    return value if isinstance(value, dict | str) else "not a JSON object"


def load_any(body: bytes) -> dict[str, Any] | list[Any] | str:
    """The object or the list in the bytes, of any length, or what is wrong with them."""
    try:
        text = body.decode("utf-8")
        value = json.loads(text, parse_constant=_refuse, parse_float=_finite, object_pairs_hook=_unique)
    except UnicodeDecodeError:
        return "not UTF-8"
    except RecursionError:
        return "nested too deeply"
    except ValueError as error:
        return f"not JSON: {error}"
    return value if isinstance(value, dict | list) else "not a JSON object"


def _refuse(name: str) -> NoReturn:
    raise _NotStandardError(f"{name} is not a number")


def _finite(digits: str) -> float:
    number = float(digits)
    return number if math.isfinite(number) else _refuse(digits[:20])


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _NotStandardError("a name is given twice")
    return found
