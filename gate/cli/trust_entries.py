"""Entries for bundles, as files hold them: one issuer, a list of them, or a deny list's name."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from gate.cli import files
from gate.cli.arguments import CommandError
from gate.credential.bundle import parse_issuer
from gate.credential.errors import TrustError
from gate.credential.keys import kid_of
from gate.credential.model import CredentialKind
from gate.credential.trust import Issuer, IssuerKey

T = TypeVar("T")


def read_entry(path: Path, parse: Callable[[object], T], maker: str) -> T:
    """What a file holds, read by ``parse``. Raises ``CommandError``."""
    raw = files.read(path)
    try:
        return parse(json.loads(raw))
    except (ValueError, RecursionError) as error:
        raise CommandError(f"{path} is not an entry for a bundle: {error}. Make one with `{maker}`.") from error


def parse_issuers(document: object) -> tuple[Issuer, ...]:
    """One issuer, or a list of them. Raises ``TrustError``."""
    entries = document if isinstance(document, list) else [document]
    if not entries:
        raise TrustError("it holds no issuer")
    return tuple(parse_issuer(entry) for entry in entries)


def merged(entries: Iterable[Issuer]) -> tuple[Issuer, ...]:
    """The issuers, those of one id with all their keys together. Raises ``CommandError``."""
    found: dict[tuple[CredentialKind, str], Issuer] = {}
    for entry in entries:
        known = found.setdefault((entry.kind, entry.id), replace(entry, keys=()))
        if _described(known) != _described(entry):
            raise CommandError(
                f"Two entries of the issuer {entry.id} differ in name, country or the meaning of status values. "
                "Make them agree."
            )
        held = {_identity(key) for key in known.keys}
        found[entry.kind, entry.id] = replace(
            known,
            keys=known.keys + tuple(key for key in entry.keys if _identity(key) not in held),
            revocation=tuple(dict.fromkeys(known.revocation + entry.revocation)),
            revoked_keys=known.revoked_keys | entry.revoked_keys,
        )
    return tuple(found.values())


def _identity(key: IssuerKey) -> tuple[bytes, bytes]:
    return key.kid, kid_of(key.public)


def _described(issuer: Issuer) -> tuple[object, ...]:
    return issuer.name, issuer.country, issuer.status_values
