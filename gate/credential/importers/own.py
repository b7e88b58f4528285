"""Issuers in our own form: the ``.issuer.json`` of ``gate pass keygen``, or a list of such entries."""

from __future__ import annotations

from gate.credential.bundle import parse_issuer
from gate.credential.errors import TrustError
from gate.credential.trust import Issuer


def read(document: object) -> tuple[tuple[Issuer, ...], list[str]]:
    """The entries, and what was skipped."""
    skipped: list[str] = []
    issuers: list[Issuer] = []
    for number, entry in enumerate(document if isinstance(document, list) else [document], start=1):
        try:
            issuers.append(parse_issuer(entry, skipped))
        except TrustError as error:
            skipped.append(f"issuer {number}: {error}")
    return tuple(issuers), skipped
