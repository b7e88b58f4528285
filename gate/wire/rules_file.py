"""All files of rules in one, as the centre publishes them: ``{"rules": ["…", …]}``, each file as its own text. Pure.

Nothing is proved here: a gate takes of it what its trust bundle names by SHA-256.
"""

from __future__ import annotations

from collections.abc import Sequence

from gate.wire import jsontext

MOST_FILES = 64


def encode(files: Sequence[bytes]) -> bytes:
    """The file. Raises ``ValueError`` for one that is not UTF-8, or for too many."""
    if not 0 < len(files) <= MOST_FILES:
        raise ValueError(f"it holds 1 to {MOST_FILES} files")
    return jsontext.dump({"rules": [raw.decode("utf-8") for raw in files]})


def decode(raw: bytes) -> tuple[bytes, ...] | str:
    """The files in it, or what is wrong with it."""
    found = jsontext.load_any(raw)
    rules = found.get("rules") if isinstance(found, dict) else None
    if (
        not isinstance(rules, list)
        or not 0 < len(rules) <= MOST_FILES
        or not all(isinstance(one, str) for one in rules)
    ):
        return f"it does not hold 1 to {MOST_FILES} files"
    try:
        return tuple(text.encode("utf-8") for text in rules)
    except UnicodeEncodeError:
        return "a file in it is no text"
