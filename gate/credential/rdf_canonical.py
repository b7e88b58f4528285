"""The canonical form of a few statements of RDF (URDNA2015), for graphs whose nameless nodes all differ at first sight.

That part of the algorithm is linear. A graph that needs the other one, whose cost grows tenfold with each node, is
``MalformedError``: no certificate that a scheme issues is such a graph.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from gate.credential.errors import MalformedError

Statement = tuple[str, str, str]
MAX_STATEMENTS = 100
_BLANK = "_:"


def digest(statements: Iterable[Statement]) -> bytes:
    """SHA-256 of the canonical N-Quads."""
    found = frozenset(statements)
    if len(found) > MAX_STATEMENTS:
        raise MalformedError(f"the certificate makes more than {MAX_STATEMENTS} statements")
    names = _canonical_names(found)
    lines = sorted(_line(names.get(one, one), two, names.get(three, three)) for one, two, three in found)
    return hashlib.sha256(_bytes("".join(lines))).digest()


def _canonical_names(statements: frozenset[Statement]) -> dict[str, str]:
    """The names that nameless nodes get, in the order of their hashes."""
    blanks = {term for one, _, three in statements for term in (one, three) if term.startswith(_BLANK)}
    hashes = {_first_degree(blank, statements): blank for blank in blanks}
    if len(hashes) != len(blanks):
        raise MalformedError("two parts of the certificate cannot be told apart")
    return {hashes[value]: f"_:c14n{number}" for number, value in enumerate(sorted(hashes))}


def _first_degree(blank: str, statements: frozenset[Statement]) -> str:
    """The hash of the statements with this node, in which it is ``_:a`` and every other one ``_:z``."""

    def seen(term: str) -> str:
        return term if not term.startswith(_BLANK) else "_:a" if term == blank else "_:z"

    lines = sorted(_line(seen(one), two, seen(three)) for one, two, three in statements if blank in (one, three))
    return hashlib.sha256(_bytes("".join(lines))).hexdigest()


def _line(subject: str, predicate: str, value: str) -> str:
    return f"{subject} {predicate} {value} .\n"


def _bytes(text: str) -> bytes:
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError:
        raise MalformedError("a text of the certificate is not Unicode") from None
