"""The forms of withdrawals, by name. A form is added with one file and one entry here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from gate.credential.errors import TrustError
from gate.credential.withdrawn import de_chunks, documents, eu_slices, icao_crl, it_drl, pretix_secrets
from gate.credential.withdrawn.found import Files, Found, Published


@dataclass(frozen=True, slots=True)
class Form:
    """One form. ``read`` takes all files of it at once, and the state that was kept of it where it has one.

    It raises ``TrustError`` where there is to be no list without files that are missing or damaged.
    """

    claims: Callable[[Published], bool]
    read: Callable[[Files, bytes | None], Found]
    about: str
    keeps_state: bool = False


def _document(form: str, about: str) -> Form:
    return Form(lambda file: documents.form_of(file) == form, lambda files, _: documents.read(files, form), about)


FORMS: Mapping[str, Form] = {
    de_chunks.FORM: Form(de_chunks.claims, lambda files, _: de_chunks.read(files), "chunk lists of Germany (a folder)"),
    eu_slices.FORM: Form(
        eu_slices.claims, lambda files, _: eu_slices.read(files), "partitions and slices of the EU's distribution"
    ),
    icao_crl.FORM: Form(icao_crl.claims, lambda files, _: icao_crl.read(files), "CRLs of states (PEM or DER)"),
    it_drl.FORM: Form(it_drl.claims, it_drl.read, "chunks of Italy's DRL, whole or changes", keeps_state=True),
    pretix_secrets.FORM: Form(
        pretix_secrets.claims, lambda files, _: pretix_secrets.read(files), "revoked and blocked tickets of pretix"
    ),
    "eu-batch": _document("eu-batch", "revocation batches of the EU gateway"),
    "shc-rids": _document("shc-rids", "rid lists of SMART Health Cards keys"),
    "vci": _document("vci", "snapshots of the VCI directory"),
    "gate": _document("gate", "files of `gate pass revoke`"),
}


def read(files: Sequence[Published], states: Mapping[str, bytes]) -> list[Found]:
    """What all files give, form by form. Raises ``TrustError`` for a file of no form, or where files are missing."""
    shares: dict[str, list[Published]] = {name: [] for name in states}
    for file in files:
        shares.setdefault(_form_of(file), []).append(file)
    return [FORMS[name].read(shares[name], states.get(name)) for name in FORMS if name in shares]


def _form_of(file: Published) -> str:
    for name, form in FORMS.items():
        if form.claims(file):
            return name
    reason = "it is of no form that is known" if file.document is not None else "it is not JSON, nor another form"
    raise TrustError(f"{file.name} holds no withdrawals that this command knows: {reason}")
