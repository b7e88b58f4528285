"""``gate statuslist``: lists and changes that a gate takes, and clear refusals."""

from __future__ import annotations

from pathlib import Path

import pytest

from gate.adapters.clock_system import SystemClock
from gate.adapters.trust_files.source import TrustFiles
from gate.credential.model import Verified
from gate.credential.verify import verify
from tests.cli.commands import gate
from tests.contract.test_trust_source import paths_of
from tests.credential.minting import colour_of

CLOCK = SystemClock()
URI = "https://status.example/1"


class Issuer:
    """An issuer with a status list, and a gate that believes it."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str], *more: str) -> None:
        self.folder, self.capsys = folder, capsys
        self.key, self.status = folder / "ministry.key", folder / "status"
        self.list = self.status / "one.statuslist"
        self.status.mkdir()
        root, entry = folder / "root.key", folder / "ministry.issuer.json"
        assert gate("trust", "keygen", "--out", root) == 0
        assert gate("pass", "keygen", "--issuer", "ministry", "--name", "Ministry", "--out", folder, *more) == 0
        assert gate("trust", "sign", "--root", root, "--out", folder / "trust.bundle", entry) == 0

    def run(self, command: str, *more: object) -> int:
        self.capsys.readouterr()
        return gate("statuslist", command, "--key", self.key, "--out", self.list, *more)

    def build(self, *more: object) -> int:
        return self.run("build", "--uri", URI, "--size", "1000", *more)

    def shown(self, *arguments: object) -> str:
        self.capsys.readouterr()
        assert gate("statuslist", "show", *arguments) == 0
        return self.capsys.readouterr().out

    def standing(self, index: int) -> str:
        """How a gate that starts now judges a pass with this entry."""
        self.capsys.readouterr()
        issue = ("pass", "issue", "--key", self.key, "--issuer", "ministry", "--subject", "v", "--colour", "yellow")
        assert gate(*issue, "--status-uri", URI, "--status-index", index) == 0
        code = self.capsys.readouterr().out.strip()
        trust = TrustFiles(paths_of(self.folder, self.folder / "trust.bundle", self.folder / "root.key.pub"), CLOCK)
        verdict = verify(code, trust.current(), CLOCK.now())
        if not isinstance(verdict, Verified):
            return verdict.reason.value
        return str(colour_of(verdict)) if verdict.revocation_known else "unknown"


def test_a_list_that_no_gate_would_find_is_not_made(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    issuer = Issuer(tmp_path, capsys)
    for name in ("one.txt", "statuslist", ".statuslist"):
        issuer.list = issuer.status / name
        assert issuer.build() == 2
        assert "ends in .statuslist" in capsys.readouterr().err
    assert list(issuer.status.iterdir()) == []


@pytest.fixture
def issuer(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Issuer:
    return Issuer(tmp_path, capsys)


def test_a_new_list_makes_every_pass_valid(issuer: Issuer) -> None:
    assert issuer.standing(0) == "unknown"
    assert issuer.build("7=black") == 0
    assert [issuer.standing(index) for index in (0, 7, 999, 1000)] == ["green", "black", "green", "unknown"]


def test_a_code_is_explained_by_its_status_list(issuer: Issuer) -> None:
    assert issuer.build("7=black") == 0
    issuer.capsys.readouterr()
    issue = ("pass", "issue", "--key", issuer.key, "--issuer", "ministry", "--subject", "v")
    assert gate(*issue, "--status-uri", URI, "--status-index", "7") == 0
    code = issuer.capsys.readouterr().out.strip()
    trust = ("--trust", issuer.folder / "trust.bundle", "--root-key", issuer.folder / "root.key.pub")
    assert gate("decode", code, *trust, "--status", issuer.status) == 0
    assert "black" in issuer.capsys.readouterr().out


def test_a_list_is_never_built_over_another(issuer: Issuer) -> None:
    assert issuer.build("7=black") == 0
    before = issuer.list.read_bytes()
    assert issuer.build() == 2
    assert "never overwritten" in issuer.capsys.readouterr().err
    assert issuer.list.read_bytes() == before


def test_entries_are_changed_by_number_and_by_name(issuer: Issuer) -> None:
    assert issuer.build() == 0
    assert issuer.run("set", "1=revoked", "2=suspended", "3=yellow", "4=13", "5=12") == 0
    assert issuer.run("set", "4=valid") == 0
    expected = ["green", "revoked", "red", "yellow", "green", "red"]
    assert [issuer.standing(index) for index in range(6)] == expected


def test_changes_lie_beside_the_list_until_its_next_issue_takes_them_in(issuer: Issuer) -> None:
    assert issuer.build() == 0
    before = issuer.list.read_bytes()
    assert issuer.run("set", "--delta", "1=black") == 0
    assert issuer.run("set", "--delta", "1=red", "2=revoked") == 0
    assert issuer.list.read_bytes() == before
    assert [issuer.standing(index) for index in range(3)] == ["green", "red", "revoked"]
    assert "change   2 of https://status.example/1" in issuer.shown(issuer.status / "one.2.delta")
    assert issuer.run("set", "3=black") == 0
    assert not list(issuer.status.glob("*.delta"))
    assert [issuer.standing(index) for index in range(4)] == ["green", "red", "revoked", "black"]


def test_a_missing_change_is_not_forgotten_in_the_next_issue(issuer: Issuer) -> None:
    assert issuer.build() == 0
    assert issuer.run("set", "--delta", "1=black") == 0
    assert issuer.run("set", "--delta", "2=black") == 0
    (issuer.status / "one.1.delta").unlink()
    assert issuer.standing(1) == "unknown"
    assert issuer.run("set", "3=black") == 2
    assert "missing" in issuer.capsys.readouterr().err


def test_a_list_is_shown(issuer: Issuer) -> None:
    assert issuer.build("--bits", "8", "1=revoked", "2=99") == 0
    shown = issuer.shown(issuer.list, 1, 2, 1000)
    for words in (URI, "1000 of 8 bit", "998 x 0 (green)", "1=1 (revoked)", "2=99 (no meaning", "1000=beyond the end"):
        assert words in shown


@pytest.mark.parametrize(
    ("more", "words"), [(["1000=1"], "does not fit"), (["0=16"], "does not fit"), (["--delta", "0=16"], "does not fit")]
)
def test_what_a_list_cannot_hold_is_not_signed(issuer: Issuer, more: list[str], words: str) -> None:
    assert issuer.build() == 0
    before = issuer.list.read_bytes()
    assert issuer.run("set", *more) == 2
    assert words in issuer.capsys.readouterr().err
    assert issuer.list.read_bytes() == before
    assert not list(issuer.status.glob("*.delta"))


def test_lists_have_a_bound(issuer: Issuer) -> None:
    assert issuer.run("build", "--uri", URI, "--size", "2000000") == 2
    assert "at most" in issuer.capsys.readouterr().err


@pytest.mark.parametrize("more", [["x"], ["1="], ["1=pink"], ["-1=1"], ["--bits", "3"], ["--size", "0"]], ids=str)
def test_wrong_options(issuer: Issuer, more: list[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        issuer.build(*more)
    assert not issuer.list.exists()


def test_files_of_another_sort_are_refused(issuer: Issuer) -> None:
    assert gate("statuslist", "show", issuer.key) == 2
    assert "not a status list" in issuer.capsys.readouterr().err
    assert gate("statuslist", "show", issuer.list) == 2
    assert issuer.build() == 0
    assert issuer.run("set", "--delta", "1=1") == 0
    issuer.list = issuer.status / "one.1.delta"
    assert issuer.run("set", "1=1") == 2
    assert "not a list" in issuer.capsys.readouterr().err


def test_a_status_reference_is_whole_or_not_there(issuer: Issuer) -> None:
    issue = ("pass", "issue", "--key", issuer.key, "--issuer", "ministry", "--subject", "v")
    assert gate(*issue, "--status-uri", URI) == 2
    assert gate(*issue, "--status-index", "0") == 2
    with pytest.raises(SystemExit, match="2"):
        gate(*issue, "--status-uri", URI, "--status-index", "-1")


def test_a_key_for_passes_alone_signs_no_list_that_counts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    issuer = Issuer(tmp_path, capsys, "--usage", "pass")
    assert issuer.build() == 0
    assert issuer.standing(0) == "unknown"
