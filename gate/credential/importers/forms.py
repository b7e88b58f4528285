"""The forms that can be imported, by name. A form is added with one file and one entry here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from gate.credential.importers import eu_lists, gdhcn, icao_csca, nzcp_did, own, pretix_keys, shc_keys
from gate.credential.importers.imported import Imported
from gate.credential.trust import Issuer

Result = tuple[tuple[Issuer, ...], list[str]]


@dataclass(frozen=True, slots=True)
class Given:
    """What a file does not say by itself: whose key set it is."""

    iss: str
    name: str


@dataclass(frozen=True, slots=True)
class Form:
    """One form. ``read`` gives issuers and what was skipped, and raises ``TrustError`` for a file of another form.

    It takes the document of a JSON file, or the bytes of a file that is none.
    """

    read: Callable[[Any, Given], Result]
    about: str
    needs_issuer: bool = False
    is_json: bool = True


def _result(found: Imported) -> Result:
    return found.issuers, found.skipped


FORMS: Mapping[str, Form] = {
    "eu-gateway": Form(
        lambda raw, _: _result(eu_lists.read(raw)),
        "trust list of the EU gateway (DSC), also as AT, DE, FR, IT, NL and SE publish it",
        is_json=False,
    ),
    "gdhcn": Form(lambda document, _: _result(gdhcn.read(document)), "DID document of WHO's GDHCN"),
    "shc-jwks": Form(
        lambda document, given: _result(shc_keys.read_jwks(document, given.iss, given.name)),
        "key set of one SMART Health Cards issuer; takes --iss and --name",
        needs_issuer=True,
    ),
    "vci": Form(lambda document, _: _result(shc_keys.read_vci(document)), "snapshot of the VCI directory"),
    "icao-csca": Form(
        lambda raw, _: _result(icao_csca.read(raw)), "CSCA certificates of states, in PEM or DER", is_json=False
    ),
    "nzcp-did": Form(lambda document, _: _result(nzcp_did.read(document)), "DID document of an NZ pass issuer"),
    "pretix": Form(
        lambda document, given: _result(pretix_keys.read(document, given.iss, given.name)),
        "event of pretix with its valid_keys; takes --iss and --name",
        needs_issuer=True,
    ),
    "issuer": Form(lambda document, _: own.read(document), ".issuer.json of `gate pass keygen`"),
}
