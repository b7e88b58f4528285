"""The forms that are one JSON document each (``deny_sources``): EU batches, rid lists, VCI snapshots, our own."""

from __future__ import annotations

from datetime import datetime

from gate.credential import deny_sources
from gate.credential.errors import TrustError
from gate.credential.withdrawn.found import Files, Found, Published, oldest, time_of

OURS = "gate"
MEMBERS = {"hashType": "eu-batch", "method": "shc-rids", "issuerInfo": "vci"}
"""By a member that documents of the form have."""


def form_of(file: Published) -> str | None:
    """Which of these forms a file is of; None for another one. An empty list is of the EU: nothing withdrawn."""
    document = file.document
    if document == []:
        return MEMBERS["hashType"]
    first = document[0] if isinstance(document, list) else document
    if not isinstance(first, dict):
        return None
    member = next((member for member in MEMBERS if member in first), "")
    return MEMBERS.get(member) or (OURS if first.get("form") == deny_sources.OWN else None)


def read(files: Files, form: str) -> Found:
    """The entries of files of one of these forms. Raises ``TrustError`` for one that is not."""
    found = Found(form)
    for file in files:
        skipped: list[str] = []
        try:
            found.entries += deny_sources.read(file.document, skipped)
        except TrustError as error:
            raise TrustError(f"{file.name} holds no withdrawals that this command knows: {error}") from None
        found.skipped += [f"{file.name}: {line}" for line in skipped]
    found.issued = oldest([_issued(file.document) for file in files])
    return found


def _issued(document: object) -> datetime | None:
    return time_of(document.get("time")) if isinstance(document, dict) else None
