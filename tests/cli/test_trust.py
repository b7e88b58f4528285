"""``gate trust``: a root key, bundles that a gate takes, and clear refusals."""

from __future__ import annotations

import hashlib
import json
import stat
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from gate.adapters.clock_system import SystemClock
from gate.adapters.trust_files.bundles import read_bundle
from gate.credential.bundle import issuer_document, sign_bundle
from gate.credential.keys import private_to_pem
from gate.credential.trust import ListRef, RuleRef, TrustBundle
from gate.policy import packs
from tests.cli.commands import gate
from tests.credential.divoc_minting import EXAMPLE, INDIA
from tests.credential.minting import MINT, NOON, Mint, new_key
from tests.credential.pretix_minting import Organiser
from tests.credential.vdsnc_minting import UTOPIA


class Office:
    """An operator's folder: root key, issuers' entries, the bundle to be made."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.root = folder / "root.key"
        self.public = folder / "root.key.pub"
        self.bundle = folder / "trust.bundle"
        assert gate("trust", "keygen", "--out", self.root) == 0

    def entry(self, mint: Mint, name: str = "a.issuer.json") -> Path:
        path = self.folder / name
        path.write_text(json.dumps(issuer_document(mint.issuer_of())))
        return path

    def sign(self, *entries: object) -> int:
        return gate("trust", "sign", "--root", self.root, "--out", self.bundle, *entries)

    def read(self) -> TrustBundle:
        return read_bundle(self.bundle, self.public)


@pytest.fixture
def office(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Office:
    made = Office(tmp_path)
    capsys.readouterr()
    return made


def test_the_root_key_is_secret_and_never_overwritten(office: Office, capsys: pytest.CaptureFixture[str]) -> None:
    assert stat.S_IMODE(office.root.stat().st_mode) == 0o600
    before = office.root.read_bytes(), office.public.read_bytes()
    assert gate("trust", "keygen", "--out", office.root) == 2
    assert "never overwritten" in capsys.readouterr().err
    office.root.rename(office.folder / "elsewhere")
    assert gate("trust", "keygen", "--out", office.root) == 2
    assert not office.root.exists()
    assert before == ((office.folder / "elsewhere").read_bytes(), office.public.read_bytes())


def test_what_was_signed_is_what_a_gate_reads(office: Office) -> None:
    second = Mint(issuer="second", algorithm="es256")
    assert office.sign(office.entry(MINT), office.entry(second, "b.issuer.json")) == 0
    bundle = office.read()
    assert bundle.issuers == (MINT.issuer_of(), second.issuer_of())
    assert bundle.expires - bundle.issued == timedelta(days=30)


def test_the_version_rises_by_itself_or_is_said(office: Office) -> None:
    entry = office.entry(MINT)
    versions = []
    for more in ([], [], ["--version", "40"], []):
        assert office.sign(*more, entry) == 0
        versions.append(office.read().version)
    assert versions == [1, 2, 40, 41]


def test_a_version_that_no_gate_would_take_after_the_one_that_lies_there_is_not_signed(
    office: Office, capsys: pytest.CaptureFixture[str]
) -> None:
    assert office.sign("--version", "7", office.entry(MINT)) == 0
    before = office.bundle.read_bytes()
    for version in ("6", "7"):
        assert office.sign("--version", version, office.entry(MINT)) == 2
        assert "higher than 7" in capsys.readouterr().err
    assert office.bundle.read_bytes() == before


def test_a_bundle_of_another_root_is_not_replaced_by_accident(
    office: Office, capsys: pytest.CaptureFixture[str]
) -> None:
    office.bundle.write_bytes(MINT.bundle_bytes)
    assert office.sign(office.entry(MINT)) == 2
    assert "--version N" in capsys.readouterr().err
    assert office.bundle.read_bytes() == MINT.bundle_bytes


def test_two_keys_of_one_issuer_are_one_issuer(office: Office) -> None:
    newer = Mint()
    entries = [office.entry(MINT), office.entry(newer, "b.issuer.json"), office.entry(MINT, "again.issuer.json")]
    assert office.sign(*entries) == 0
    (issuer,) = office.read().issuers
    assert issuer.keys == MINT.issuer_of().keys + newer.issuer_of().keys


def test_a_key_that_one_entry_of_an_issuer_withdraws_is_withdrawn_in_the_bundle(office: Office) -> None:
    old, withdrawn = office.entry(MINT), office.entry(MINT, "b.issuer.json")
    kid = MINT.issuer_of().keys[0].kid
    assert gate("trust", "withdraw-key", "--kid", kid.hex(), withdrawn) == 0
    for entries in ((old, withdrawn), (withdrawn, old)):
        assert office.sign(*entries) == 0
        assert office.read().issuers[0].revoked_keys == {kid}


def test_two_names_of_one_issuer_are_refused(office: Office, capsys: pytest.CaptureFixture[str]) -> None:
    renamed = {**issuer_document(MINT.issuer_of()), "name": "Another"}
    path = office.folder / "b.issuer.json"
    path.write_text(json.dumps(renamed))
    assert office.sign(office.entry(MINT), path) == 2
    assert "Make them agree" in capsys.readouterr().err
    assert not office.bundle.exists()


@pytest.mark.parametrize("text", ["", "{", "[]", "[" * 100_000, '{"kind": "pass"}', "\udcff"])
def test_an_entry_that_cannot_be_read_is_named(office: Office, text: str, capsys: pytest.CaptureFixture[str]) -> None:
    path = office.folder / "bad.issuer.json"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    assert office.sign(office.entry(MINT), path) == 2
    error = capsys.readouterr().err
    assert "bad.issuer.json" in error
    assert error.count("\n") == 1
    assert not office.bundle.exists()


@pytest.mark.parametrize(
    ("pem", "words"),
    [(b"", "PEM"), (private_to_pem(new_key("es256")), "not Ed25519"), (MINT.root_pem, "PEM")],
    ids=["empty", "es256", "public"],
)
def test_a_root_key_of_another_sort_is_refused(
    office: Office, pem: bytes, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    office.root.write_bytes(pem)
    assert office.sign(office.entry(MINT)) == 2
    assert words in capsys.readouterr().err


def test_missing_files_are_named(office: Office, capsys: pytest.CaptureFixture[str]) -> None:
    assert office.sign(office.folder / "missing.json") == 2
    assert "missing.json" in capsys.readouterr().err
    assert gate("trust", "show", office.bundle, "--root-key", office.public) == 2
    assert "gate trust sign" in capsys.readouterr().err
    assert gate("trust", "keygen", "--out", office.folder / "no" / "root.key") == 2
    assert "no/root.key" in capsys.readouterr().err


@pytest.mark.parametrize("more", [["--version", "0"], ["--version", "x"], ["--valid-for", "month"]], ids=str)
def test_wrong_options(office: Office, more: list[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        office.sign(*more, office.entry(MINT))


def test_show_says_what_is_in_it(office: Office, capsys: pytest.CaptureFixture[str]) -> None:
    assert office.sign("--version", "7", "--valid-for", "2d", office.entry(MINT)) == 0
    capsys.readouterr()
    assert gate("trust", "show", office.bundle, "--root-key", office.public) == 0
    shown = capsys.readouterr().out
    assert "version  7" in shown
    assert "ministry: Ministry of Visits (pass, ID)" in shown
    assert MINT.issuer_of().keys[0].kid.hex() in shown
    assert "(expired)" not in shown


def test_show_names_the_sort_of_keys_that_no_pass_has(office: Office, capsys: pytest.CaptureFixture[str]) -> None:
    entry = office.folder / "others.issuer.json"
    entry.write_text(json.dumps([issuer_document(one) for one in (INDIA.issuer(), EXAMPLE.issuer(), UTOPIA.issuer())]))
    assert office.sign(entry) == 0
    assert gate("trust", "show", office.bundle, "--root-key", office.public) == 0
    assert [line.split(", ")[1] for line in capsys.readouterr().out.splitlines() if "  key " in line] == [
        "RSA",
        "EDDSA",
        "RSA",
    ]


def test_more_keys_of_tickets_than_a_gate_tries_are_not_signed(
    office: Office, capsys: pytest.CaptureFixture[str]
) -> None:
    entry = office.folder / "fairs.issuer.json"
    for count, expected in ((8, 0), (9, 2)):
        issuers = [replace(Organiser().issuer(), id=f"fair-{number}") for number in range(count)]
        entry.write_text(json.dumps([issuer_document(one) for one in issuers]))
        assert office.sign(entry) == expected
    assert "9 keys of pretix, and a gate tries 8" in capsys.readouterr().err


def test_show_says_what_has_expired(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    old = Mint(now=NOON - timedelta(days=3650))
    bundle, root = old.write_trust(tmp_path)
    limited = old.bundle_of(old.issuer_of(usages=(), not_before=NOON, not_after=NOON))
    bundle.write_bytes(sign_bundle(limited, old.root))
    assert gate("trust", "show", bundle, "--root-key", root) == 0
    shown = capsys.readouterr().out
    assert "(expired)" in shown
    assert "may sign all, from 2026-03-14 12:00:00 UTC, until 2026-03-14 12:00:00 UTC" in shown


def test_verify_says_which_lists_have_ended_and_what_was_skipped(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mint = Mint(now=SystemClock().now().utc)
    bundle, root = mint.write_trust(tmp_path)
    ended = ListRef("old", bytes(32), mint.now - timedelta(days=2), mint.now - timedelta(days=1))
    bundle.write_bytes(sign_bundle(replace(mint.bundle, revocation=(ended,)), mint.root))
    assert gate("trust", "verify", bundle, "--root-key", root) == 1
    assert capsys.readouterr().out.startswith("not good  the list old ended at ")
    nameless = replace(mint.issuer_of(), name="")
    bundle.write_bytes(sign_bundle(mint.bundle_of(nameless, mint.issuer_of()), mint.root))
    assert gate("trust", "verify", bundle, "--root-key", root) == 1
    assert capsys.readouterr().out.startswith("not good  issuer 1: name is not")


def test_show_refuses_the_bundle_of_another_root(office: Office, capsys: pytest.CaptureFixture[str]) -> None:
    office.bundle.write_bytes(MINT.bundle_bytes)
    assert gate("trust", "show", office.bundle, "--root-key", office.public) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "not signed by this root key" in captured.err


# Rules.


def rule_file(office: Office, name: str = "own.json", **changes: object) -> Path:
    path = office.folder / name
    path.write_text(json.dumps(packs.document("visitor-pass") | {"id": "own", **changes}))
    return path


def test_a_pack_is_signed_as_what_it_says_that_it_is_and_shown(
    office: Office, capsys: pytest.CaptureFixture[str]
) -> None:
    file = rule_file(office, version=3)
    assert office.sign("--rules", file, office.entry(MINT)) == 0
    digest = hashlib.sha256(file.read_bytes()).digest()
    assert office.read().rule_packs == (RuleRef("own", 3, digest),)
    capsys.readouterr()
    assert gate("trust", "show", office.bundle, "--root-key", office.public) == 0
    assert f"rules    own 3: SHA-256 {digest.hex()}" in capsys.readouterr().out.splitlines()


def test_other_rules_are_signed_by_their_name_and_keep_the_version_in_which_they_came(office: Office) -> None:
    sets = office.folder / "value-sets.json"
    versions = []
    for content in ({"names": ["A"]}, {"names": ["A"]}, {"names": ["B"]}):
        sets.write_text(json.dumps(content))
        assert office.sign("--rules", sets, office.entry(MINT)) == 0
        (ref,) = office.read().rule_packs
        versions.append((ref.id, ref.version))
    assert versions == [("value-sets", 1), ("value-sets", 1), ("value-sets", 3)]


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("own.json", "{", "not JSON"),
        ("own.json", "{}", "lacks id"),
        ("Names.json", '{"names": ["A"]}', "must be named"),
        ("names.json", '{"names": [1]}', "strings"),
    ],
)
def test_rules_that_no_gate_could_use_are_not_signed(
    office: Office, name: str, content: str, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (office.folder / name).write_text(content)
    assert office.sign("--rules", office.folder / name, office.entry(MINT)) == 2
    assert told in capsys.readouterr().err
    assert not office.bundle.exists()


def test_two_files_of_one_version_are_refused(office: Office, capsys: pytest.CaptureFixture[str]) -> None:
    files = ["--rules", rule_file(office), "--rules", rule_file(office, "again.json", source="another")]
    assert office.sign(*files, office.entry(MINT)) == 2
    assert "Two files are own 1" in capsys.readouterr().err


def test_rules_that_were_forgotten_are_named_when_signing(office: Office, capsys: pytest.CaptureFixture[str]) -> None:
    assert office.sign("--rules", rule_file(office), office.entry(MINT)) == 0
    assert office.sign("--rules", rule_file(office, version=2), office.entry(MINT)) == 0
    assert "any more" not in capsys.readouterr().out
    assert office.sign(office.entry(MINT)) == 0
    assert "not vouched for any more: own 2" in capsys.readouterr().out


def test_verify_tells_which_rules_the_bundle_vouches_for(office: Office, capsys: pytest.CaptureFixture[str]) -> None:
    file = rule_file(office)
    assert office.sign("--rules", file, office.entry(MINT)) == 0
    verify = ("trust", "verify", office.bundle, "--root-key", office.public, "--rules", file)
    assert gate(*verify) == 0
    rule_file(office, version=2)
    assert gate(*verify) == 1
    assert "it is own 2, and 1 was signed" in capsys.readouterr().out
