"""Finds the line of each key in a TOML text, which tomllib does not tell.

Rules: a best effort for people: a key that is not found has no line, and no text makes it fail.
"""

from __future__ import annotations

import re

_HEADER = re.compile(r"\s*\[\[?([^\[\]=#]+)\]")
_KEY = re.compile(r"\s*([A-Za-z0-9_.\"' \t-]+?)\s*=")


def lines_of_keys(text: str) -> dict[str, int]:
    """The first line, from 1, of each table and key, by dotted name; the table's line is also the key's fallback."""
    found: dict[str, int] = {}
    table = ""
    for number, line in enumerate(text.split("\n"), start=1):
        if header := _HEADER.match(line):
            table = _plain(header[1])
            found.setdefault(table, number)
        elif key := _KEY.match(line):
            dotted = f"{table}.{_plain(key[1])}".lstrip(".")
            found.setdefault(dotted, number)
            found.setdefault(dotted.partition(".")[0], number)
    return found


def _plain(dotted: str) -> str:
    return ".".join(part.strip(" \t\"'") for part in dotted.split("."))
