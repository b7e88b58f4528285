"""Revoked and blocked tickets of a pretix event (``.../revokedsecrets/``, ``.../blockedsecrets/``), page by page.

``{count, next, previous, results: [{id, secret, created}]}``; of blocked ones ``{id, secret, updated, blocked}``, where
``blocked: false`` takes back what an older entry said. A digest of each secret is kept, never the secret.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from gate.credential.denylist import ANY_KID, Entry
from gate.credential.errors import TrustError
from gate.credential.revocation import digest
from gate.credential.withdrawn.found import Files, Found, Published, time_of

FORM = "pretix"
_NEVER = datetime(1, 1, 1, tzinfo=UTC)


def claims(file: Published) -> bool:
    """Whether a file is a page of such a list."""
    document = file.document
    return isinstance(document, dict) and isinstance(document.get("results"), list)


def read(files: Files) -> Found:
    """The tickets that count no more. Raises ``TrustError`` where a page is missing."""
    found = Found(FORM)
    blocked = [file for file in files if _is_of_blocked(file)]
    revoked = [file for file in files if not _is_of_blocked(file)]
    for pages in (revoked, blocked):
        _require_all(pages)
    secrets = [entry["secret"] for file in revoked for entry in _entries(file, found)]
    secrets += _blocked([entry for file in blocked for entry in _entries(file, found)])
    found.entries += [Entry(ANY_KID, digest(secret.encode("utf-8", "surrogatepass"))) for secret in secrets]
    return found


def _results(file: Published) -> list[Any]:
    return file.document["results"]  # type: ignore[index,no-any-return]  # as claimed


def _is_of_blocked(file: Published) -> bool:
    return any(isinstance(entry, dict) and "blocked" in entry for entry in _results(file))


def _require_all(pages: Files) -> None:
    """As many entries as the newest page says that there are."""
    counts = [page.document.get("count") for page in pages if isinstance(page.document, dict)]
    said = max((count for count in counts if type(count) is int), default=0)
    held = sum(len(_results(page)) for page in pages)
    if held < said:
        raise TrustError(f"{pages[0].name} and the other pages hold {held} of {said} tickets; give every page")


def _entries(file: Published, found: Found) -> list[dict[str, Any]]:
    """The entries with a secret; others are named by their number alone."""
    good: list[dict[str, Any]] = []
    for number, entry in enumerate(_results(file), start=1):
        if isinstance(entry, dict) and isinstance(entry.get("secret"), str) and entry["secret"]:
            good.append(entry)
        else:
            found.skipped.append(f"{file.name}: ticket {number} has no secret")
    return good


def _blocked(entries: list[dict[str, Any]]) -> list[str]:
    """The secrets of which the newest entry says that they are blocked, or of which none is an older one."""
    newest: dict[str, Mapping[str, Any]] = {}
    for entry in sorted(entries, key=lambda entry: (time_of(entry.get("updated")) or _NEVER, not _is_free(entry))):
        newest[entry["secret"]] = entry
    return [secret for secret, entry in newest.items() if not _is_free(entry)]


def _is_free(entry: Mapping[str, Any]) -> bool:
    return entry.get("blocked") is False
