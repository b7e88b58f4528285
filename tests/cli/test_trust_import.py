"""``gate trust import`` and ``verify``: from a publisher's file to a bundle that a gate goes by, and its doubts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from gate.adapters.trust_files.bundles import read_bundle
from gate.credential.bundle import issuer_document
from gate.credential.model import CredentialKind
from gate.credential.trust import TrustBundle
from tests.cli.commands import gate
from tests.credential.importers.certified import b64, certificate, did_document, did_entry, gateway_entry, kid
from tests.credential.importers.test_importers import ISS, jwk
from tests.credential.minting import MINT, NOON, Mint

DER = certificate(ec.generate_private_key(ec.SECP256R1()))


class Operator:
    """An operator's folder, with a root key."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self.capsys = folder, capsys
        self.root, self.public, self.bundle = folder / "root.key", folder / "root.key.pub", folder / "trust.bundle"
        self.entries = folder / "issuers.json"
        assert gate("trust", "keygen", "--out", self.root) == 0

    def write(self, name: str, document: object) -> Path:
        path = self.folder / name
        path.write_text(json.dumps(document))
        return path

    def take(self, form: str, document: object, *more: object) -> int:
        """Import one file."""
        self.capsys.readouterr()
        return gate("trust", "import", form, "--out", self.entries, *more, self.write("source.json", document))

    def sign(self, *more: object) -> int:
        return gate("trust", "sign", "--root", self.root, "--out", self.bundle, *more)

    def signed(self, *more: object) -> TrustBundle:
        assert self.sign(*more, self.entries) == 0
        return read_bundle(self.bundle, self.public)

    def verify(self, *more: object) -> tuple[int, str]:
        self.capsys.readouterr()
        code = gate("trust", "verify", self.bundle, "--root-key", self.public, *more)
        return code, self.capsys.readouterr().out


@pytest.fixture
def operator(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Operator:
    return Operator(tmp_path, capsys)


def test_signers_of_the_eu_go_into_a_bundle(operator: Operator) -> None:
    assert operator.take("eu-gateway", [gateway_entry(DER), gateway_entry(DER, rawData="%"), 7]) == 0
    said = operator.capsys.readouterr().out
    assert "certificate 2" in said
    assert "1 issuer(s) with 1 key(s), 2 skipped" in said
    (issuer,) = operator.signed().issuers
    assert (issuer.id, issuer.kind, issuer.keys[0].kid) == ("eu-XA", CredentialKind.HC1, kid(DER))


def test_signers_of_the_who_go_into_a_bundle(operator: Operator) -> None:
    assert operator.take("gdhcn", did_document(did_entry(DER))) == 0
    assert operator.signed().issuers[0].id == "who-XXA"


def test_issuers_of_cards_go_into_a_bundle(operator: Operator) -> None:
    assert operator.take("shc-jwks", {"keys": [jwk()]}, "--iss", ISS) == 0
    (issuer,) = operator.signed().issuers
    assert (issuer.id, issuer.name, issuer.kind) == (ISS, ISS, CredentialKind.SHC)
    assert operator.take("vci", {"issuerInfo": [{"issuer": {"iss": ISS, "name": "Cards"}, "keys": [jwk()]}]}) == 0
    assert operator.signed().issuers[0].name == "Cards"


def test_our_own_issuers_and_imported_ones_stand_in_one_bundle(operator: Operator) -> None:
    assert (
        operator.take("issuer", [issuer_document(MINT.issuer_of()), issuer_document(Mint(issuer="x").issuer_of())]) == 0
    )
    eu = operator.folder / "eu.json"
    assert gate("trust", "import", "eu-gateway", "--out", eu, operator.write("eu-list.json", [gateway_entry(DER)])) == 0
    assert [issuer.id for issuer in operator.signed(eu).issuers] == ["eu-XA", "ministry", "x"]


def test_what_is_imported_may_withdraw_by_a_list(operator: Operator) -> None:
    assert operator.take("eu-gateway", [gateway_entry(DER)], "--list", "eu") == 0
    assert operator.sign(operator.entries) == 2
    assert gate("revocation", "compile", "--id", "eu", "--out", operator.folder / "lists") == 0
    bundle = operator.signed("--list", operator.folder / "lists" / "eu.list.json")
    assert bundle.issuers[0].revocation == ("eu",)


@pytest.mark.parametrize("form", ["eu-gateway", "gdhcn", "vci"])
def test_a_file_of_another_form_is_refused_and_nothing_written(operator: Operator, form: str) -> None:
    assert operator.take(form, {"other": 1}) == 2
    assert form in operator.capsys.readouterr().err
    path = operator.folder / "source.json"
    path.write_text("{")
    assert gate("trust", "import", form, "--out", operator.entries, path) == 2
    assert not operator.entries.exists()


def test_a_key_set_needs_its_issuer(operator: Operator) -> None:
    assert operator.take("shc-jwks", {"keys": []}) == 2
    assert "--iss" in operator.capsys.readouterr().err
    assert operator.take("shc-jwks", {"keys": []}, "--iss", "x" * 256) == 2
    assert operator.take("shc-jwks", {"keys": []}, "--iss", "a\x1bb") == 2
    with pytest.raises(SystemExit, match="2"):
        operator.take("other", {})


def test_a_good_bundle_is_good(operator: Operator) -> None:
    assert operator.take("issuer", issuer_document(MINT.issuer_of())) == 0
    operator.signed()
    assert operator.verify()[0] == 0


def test_what_is_doubtful_is_said(operator: Operator) -> None:
    assert operator.take("issuer", issuer_document(MINT.issuer_of())) == 0
    lists = operator.folder / "lists"
    assert gate("revocation", "compile", "--id", "eu", "--out", lists) == 0
    operator.signed("--list", lists / "eu.list.json")
    assert operator.verify("--lists", lists)[0] == 0
    (deny,) = lists.glob("*.deny")
    deny.write_bytes(b"torn")
    code, said = operator.verify("--lists", lists)
    assert (code, "not the one" in said) == (1, True)
    deny.unlink()
    code, said = operator.verify("--lists", lists)
    assert (code, "No such file" in said) == (1, True)


def test_an_old_bundle_is_not_good_and_a_foreign_one_is_none(operator: Operator) -> None:
    old = Mint(now=NOON.replace(year=2020))
    operator.bundle, operator.public = old.write_trust(operator.folder)
    code, said = operator.verify()
    assert (code, "degraded" in said) == (1, True)
    operator.public.write_bytes(MINT.root_pem)
    assert operator.verify()[0] == 2


def test_of_italys_certificates_those_of_its_list_of_kids_count(operator: Operator) -> None:
    other = certificate(ec.generate_private_key(ec.SECP256R1()))
    names = [b64(kid(der)) for der in (DER, other)]
    document = dict(zip(names, (b64(DER), b64(other)), strict=True))
    assert operator.take("eu-gateway", document, "--only-kids", operator.write("status.json", names[:1])) == 0
    assert f"the key {kid(other).hex()} is not on the list of kids" in operator.capsys.readouterr().out
    assert [key.kid for issuer in operator.signed().issuers for key in issuer.keys] == [kid(DER)]
    others: tuple[object, ...] = (7, [7], ["%"], [[]], {"kids": []})
    for kids in others:
        assert operator.take("eu-gateway", document, "--only-kids", operator.write("status.json", kids)) == 2
        assert "status.json is not a list of kids" in operator.capsys.readouterr().err
