"""``gate pass revoke`` and ``gate revocation compile``: from a lost pass to a list that a gate goes by."""

from __future__ import annotations

import io
import json
from datetime import timedelta
from pathlib import Path

import pytest

from gate.adapters.clock_system import SystemClock
from gate.adapters.trust_files.source import TrustFiles
from gate.credential.keys import root_from_pem
from gate.credential.model import Rejected, RejectReason, Verdict, Verified
from gate.credential.verify import verify
from tests.cli.commands import gate
from tests.contract.test_trust_source import paths_of

CLOCK = SystemClock()


class Centre:
    """An operator with one issuer whose passes are withdrawn by the list ``ministry``, and one gate."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self.capsys = folder, capsys
        self.root, self.bundle, self.lists = folder / "root.key", folder / "trust.bundle", folder / "lists"
        self.revoked = folder / "revoked.json"
        assert gate("trust", "keygen", "--out", self.root) == 0
        keygen = ("pass", "keygen", "--issuer", "ministry", "--name", "Ministry", "--list", "ministry")
        assert gate(*keygen, "--out", folder) == 0

    def issue(self, subject: str = "visitor-7") -> str:
        self.capsys.readouterr()
        key = self.folder / "ministry.key"
        assert gate("pass", "issue", "--key", key, "--issuer", "ministry", "--subject", subject) == 0
        return self.capsys.readouterr().out.strip()

    def compile(self, *sources: object, valid_for: str = "7d") -> int:
        out = ("--id", "ministry", "--out", self.lists, "--valid-for", valid_for)
        return gate("revocation", "compile", *out, *sources)

    def sign(self, *more: object) -> int:
        entry = self.folder / "ministry.issuer.json"
        return gate("trust", "sign", "--root", self.root, "--out", self.bundle, *more, entry)

    def publish(self, *sources: object) -> TrustFiles:
        assert self.compile(*sources) == 0
        assert self.sign("--list", self.lists / "ministry.list.json") == 0
        return self.open()

    def open(self) -> TrustFiles:
        return TrustFiles(paths_of(self.folder, self.bundle, self.folder / "root.key.pub"), CLOCK)


@pytest.fixture
def centre(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Centre:
    return Centre(tmp_path, capsys)


def judged(code: str, trust: TrustFiles) -> Verdict:
    return verify(code, trust.current(), CLOCK.now())


def is_revoked(code: str, trust: TrustFiles) -> bool:
    verdict = judged(code, trust)
    if isinstance(verdict, Verified):
        assert verdict.revocation_known
        return False
    return verdict.reason is RejectReason.REVOKED


def test_a_lost_pass_is_withdrawn_and_the_others_stay(centre: Centre, monkeypatch: pytest.MonkeyPatch) -> None:
    lost, stolen, kept = centre.issue(), centre.issue("visitor-8"), centre.issue()
    assert gate("pass", "revoke", "--out", centre.revoked, lost) == 0
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{stolen}\n"))
    assert gate("pass", "revoke", "--out", centre.revoked, "-") == 0
    trust = centre.publish(centre.revoked)
    assert [is_revoked(code, trust) for code in (lost, stolen, kept)] == [True, True, False]


def test_all_passes_of_a_subject_are_withdrawn(centre: Centre) -> None:
    both, other = [centre.issue("visitor-9"), centre.issue("visitor-9")], centre.issue()
    assert gate("pass", "revoke", "--out", centre.revoked, "--subject", "visitor-9") == 0
    trust = centre.publish(centre.revoked)
    assert [is_revoked(code, trust) for code in (*both, other)] == [True, True, False]


def test_a_pass_is_withdrawn_by_its_id(centre: Centre) -> None:
    lost = centre.issue()
    assert gate("decode", lost, "--show-holder", "--json") == 1
    shown = json.loads(centre.capsys.readouterr().out)
    (pass_id,) = _values(shown, "pass id")
    assert gate("pass", "revoke", "--out", centre.revoked, "--pass-id", pass_id) == 0
    assert is_revoked(lost, centre.publish(centre.revoked))


def _values(value: object, name: str) -> list[str]:
    """Whatever stands under a name, anywhere."""
    if isinstance(value, dict):
        own = [value["value"]] if value.get("name") == name else [value[name]] if name in value else []
        return own + [found for inner in value.values() for found in _values(inner, name)]
    return [found for inner in value for found in _values(inner, name)] if isinstance(value, list) else []


def test_the_file_of_withdrawals_holds_digests_alone_and_each_once(centre: Centre) -> None:
    for _ in range(2):
        assert (
            gate("pass", "revoke", "--out", centre.revoked, "--subject", "visitor-secret", "--pass-id", "0badcafe") == 0
        )
    text = centre.revoked.read_text()
    assert "secret" not in text
    assert "0badcafe" not in text
    assert len(json.loads(text)["entries"]) == 2


def test_an_empty_list_says_that_nothing_is_withdrawn(centre: Centre) -> None:
    assert not is_revoked(centre.issue(), centre.publish())


def test_a_list_that_an_issuer_names_must_be_given_and_once(centre: Centre) -> None:
    assert centre.sign() == 2
    assert "--list" in centre.capsys.readouterr().err
    assert centre.compile() == 0
    one = centre.lists / "ministry.list.json"
    assert centre.sign("--list", one, "--list", one) == 2
    assert "one id" in centre.capsys.readouterr().err
    assert not centre.bundle.exists()


def test_without_the_list_file_at_the_gate_nothing_is_known(centre: Centre) -> None:
    centre.publish()
    for path in centre.lists.glob("*.deny"):
        path.unlink()
    verdict = judged(centre.issue(), centre.open())
    assert isinstance(verdict, Verified)
    assert not verdict.revocation_known


def test_a_revoked_pass_is_explained_with_the_lists_and_held_without_them(centre: Centre) -> None:
    lost = centre.issue()
    assert gate("pass", "revoke", "--out", centre.revoked, lost) == 0
    centre.publish(centre.revoked)
    decode = ("decode", lost, "--trust", centre.bundle, "--root-key", centre.folder / "root.key.pub")
    centre.capsys.readouterr()
    assert gate(*decode, "--lists", centre.lists) == 1
    assert "revoked" in centre.capsys.readouterr().out
    assert gate(*decode) == 0
    assert "revocation_unknown" in centre.capsys.readouterr().out


def test_what_is_compiled_is_shown_with_the_bundle(centre: Centre) -> None:
    centre.publish()
    centre.capsys.readouterr()
    assert gate("trust", "show", centre.bundle, "--root-key", centre.folder / "root.key.pub") == 0
    shown = centre.capsys.readouterr().out
    assert "lists  ministry" in shown
    assert next(centre.lists.glob("*.deny")).name in shown


def test_entries_that_cannot_be_read_are_named_and_the_rest_counts(centre: Centre) -> None:
    lost = centre.issue()
    assert gate("pass", "revoke", "--out", centre.revoked, lost) == 0
    document = json.loads(centre.revoked.read_text())
    document["entries"].insert(0, {"digest": "short"})
    centre.revoked.write_text(json.dumps(document))
    assert is_revoked(lost, centre.publish(centre.revoked))
    assert "entry 1" in centre.capsys.readouterr().out
    assert gate("pass", "revoke", "--out", centre.revoked, "--subject", "x") == 2, "nothing is lost by writing it anew"
    assert "damaged" in centre.capsys.readouterr().err


@pytest.mark.parametrize("text", ["", "{", "{}", "7", "\udcff"])
def test_a_source_of_another_sort_is_refused(centre: Centre, text: str) -> None:
    path = centre.folder / "bad.json"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    assert centre.compile(path) == 2
    assert "bad.json" in centre.capsys.readouterr().err
    assert gate("pass", "revoke", "--out", path, "--subject", "x") == 2


@pytest.mark.parametrize("code", ["", "hello", "GP1:", "GP1:00"])
def test_what_is_no_pass_is_not_withdrawn_and_not_repeated(centre: Centre, code: str) -> None:
    assert gate("pass", "revoke", "--out", centre.revoked, code) == 2
    error = centre.capsys.readouterr().err
    assert "not a pass" in error
    assert not code or code not in error.replace("begin with GP1:", "")
    assert not centre.revoked.exists()


def test_nothing_named_is_nothing_withdrawn(centre: Centre) -> None:
    assert gate("pass", "revoke", "--out", centre.revoked) == 2
    assert "Nothing" in centre.capsys.readouterr().err


@pytest.mark.parametrize("more", [["--id", "../x"], ["--id", ""], ["--valid-for", "0d"]], ids=str)
def test_wrong_options(centre: Centre, more: list[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        gate("revocation", "compile", "--id", "a", "--out", centre.lists, *more)
    with pytest.raises(SystemExit, match="2"):
        gate("pass", "revoke", "--out", centre.revoked, "--pass-id", "xyz")


def test_a_withdrawn_key_is_red(centre: Centre) -> None:
    code, entry = centre.issue(), centre.folder / "ministry.issuer.json"
    kid = json.loads(entry.read_text())["keys"][0]["kid"]
    assert gate("trust", "withdraw-key", "--kid", "00" * 8, entry) == 2
    assert "has no key" in centre.capsys.readouterr().err
    assert gate("trust", "withdraw-key", "--kid", kid, entry) == 0
    verdict = judged(code, centre.publish())
    assert isinstance(verdict, Rejected)
    assert verdict.reason is RejectReason.ISSUER_REVOKED
    centre.capsys.readouterr()
    assert gate("trust", "show", centre.bundle, "--root-key", centre.folder / "root.key.pub") == 0
    assert "WITHDRAWN" in centre.capsys.readouterr().out


def test_the_next_root_is_announced(centre: Centre, tmp_path: Path) -> None:
    centre.publish()
    assert gate("trust", "keygen", "--out", tmp_path / "new.key") == 0
    lists = ("--list", centre.lists / "ministry.list.json")
    assert centre.sign("--next-root", tmp_path / "new.key.pub", *lists) == 0
    assert centre.open().current().bundle.next_root == root_from_pem((tmp_path / "new.key.pub").read_bytes())
    centre.root = tmp_path / "new.key"
    assert centre.sign(*lists) == 2
    assert "--version N" in centre.capsys.readouterr().err
    assert centre.sign("--version", "3", *lists) == 0
    assert centre.open().current().bundle.version == 3


def test_validity_of_a_list(centre: Centre) -> None:
    assert centre.compile(valid_for="1d") == 0
    document = json.loads((centre.lists / "ministry.list.json").read_text())
    assert document["expires"] > document["issued"]
    assert centre.sign("--list", centre.lists / "ministry.list.json") == 0
    (ref,) = centre.open().current().bundle.revocation
    assert ref.expires - ref.issued == timedelta(days=1)
