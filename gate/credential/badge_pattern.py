"""What the codes of a site's badges look like: characters, and classes of them, each with a number of times.

That is less than a regular expression, and nothing that could take long to try.
"""

from __future__ import annotations

import functools
import re

from gate.credential.errors import TrustError

MAX_CODE = 64
MAX_PATTERN = 128
_PART = r"(?:\[(?![^\]]*--)[A-Za-z0-9 ._/:-]+\]|[A-Za-z0-9 _/:-]|\\\.)(?:\{[0-9]{1,2}(?:,[0-9]{1,2})?\})?"
_PATTERN = re.compile(f"(?:{_PART})+")
_MOST_CHOICES = 3
"""Counts with a least and a most: each one multiplies the ways to try."""


def require_pattern(pattern: str) -> str:
    """The pattern, if it is one. Raises ``TrustError``."""
    if len(pattern) > MAX_PATTERN or not _PATTERN.fullmatch(pattern) or pattern.count(",") > _MOST_CHOICES:
        raise TrustError("its pattern is not of characters, [classes] and {counts}, such as STAFF-[0-9]{6}")
    try:
        compiled(pattern)
    except re.error:
        raise TrustError("its pattern has a class or a count that is none") from None
    return pattern


@functools.lru_cache(maxsize=16)
def compiled(pattern: str) -> re.Pattern[bytes]:
    """The pattern, ready to be tried on a code."""
    return re.compile(pattern.encode("ascii"))
