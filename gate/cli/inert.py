"""Text from a code or a file, made harmless for a terminal: no control, escape or direction character survives."""

from __future__ import annotations

import sys

MOST = 300


def inert(text: str, most: int = MOST) -> str:
    """One printable line; what does not print becomes a backslash escape; a long text is cut."""
    shown = "".join(char if char.isprintable() else _escape(char) for char in text[:most])
    return shown + ("…" if len(text) > most else "")


def _escape(char: str) -> str:
    return char.encode("unicode_escape", "surrogatepass").decode("ascii")


def say(line: str = "") -> None:
    """Print a line, whatever the terminal's encoding can write."""
    encoding = sys.stdout.encoding or "utf-8"
    print(line.encode(encoding, "backslashreplace").decode(encoding))
