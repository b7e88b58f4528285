"""``gate pass``: keys that nobody overwrites, and passes that a gate takes."""

from __future__ import annotations

import json
import stat
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from gate.adapters.clock_system import SystemClock
from gate.adapters.decoder_zxing import ZxingDecoder
from gate.adapters.frames_files import read_picture
from gate.credential.bundle import parse_issuer
from gate.credential.keys import private_from_pem
from gate.credential.model import Colour, PassFacts, Rejected, RejectReason, Verdict, Verified
from gate.credential.trust import Trust, TrustBundle
from gate.credential.verify import verify
from tests.cli.commands import gate
from tests.credential.minting import EPOCH

NOW = SystemClock().now()


def keygen(folder: Path, *more: object) -> Path:
    assert gate("pass", "keygen", "--issuer", "ministry", "--name", "Ministry", "--out", folder, *more) == 0
    return folder / "ministry.key"


@pytest.fixture
def key(tmp_path: Path) -> Path:
    return keygen(tmp_path)


def judged(text: str, key: Path) -> Verdict:
    issuer = parse_issuer(json.loads(key.with_name("ministry.issuer.json").read_text()))
    bundle = TrustBundle(1, NOW.utc, NOW.utc + timedelta(days=1), (issuer,))
    return verify(text, Trust(bundle, EPOCH), SystemClock().now())


def issue(key: Path, *more: object) -> int:
    return gate("pass", "issue", "--key", key, "--issuer", "ministry", "--subject", "visitor-7", *more)


@pytest.mark.parametrize("algorithm", ["ed25519", "es256"])
def test_keygen_writes_a_secret_key_and_a_public_entry(tmp_path: Path, algorithm: str) -> None:
    key = keygen(tmp_path / "new" / "folder", "--algorithm", algorithm)
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    issuer = parse_issuer(json.loads(key.with_name("ministry.issuer.json").read_text()))
    assert (issuer.id, issuer.name) == ("ministry", "Ministry")
    assert issuer.keys[0].public == private_from_pem(key.read_bytes()).public_key()
    assert issuer.keys[0].usages == {"pass", "statuslist"}


@pytest.mark.parametrize("gone", [None, "ministry.key", "ministry.issuer.json"])
def test_keygen_overwrites_nothing(key: Path, gone: str | None, capsys: pytest.CaptureFixture[str]) -> None:
    if gone is not None:
        (key.parent / gone).unlink()
    before = {path: path.read_bytes() for path in key.parent.iterdir()}
    assert gate("pass", "keygen", "--issuer", "ministry", "--name", "Ministry", "--out", key.parent) == 2
    assert "never overwritten" in capsys.readouterr().err
    assert {path: path.read_bytes() for path in key.parent.iterdir()} == before


@pytest.mark.parametrize("colour", [None, *Colour])
def test_an_issued_pass_is_taken(key: Path, colour: Colour | None, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert issue(key, *(("--colour", colour.value) if colour else ()), "--purpose", "meeting") == 0
    verdict = judged(capsys.readouterr().out.removesuffix("\n"), key)
    assert isinstance(verdict, Verified)
    assert verdict.facts == PassFacts("meeting", colour)
    assert verdict.not_after is not None
    assert abs(verdict.not_after - SystemClock().now().utc - timedelta(hours=8)) < timedelta(minutes=5)


def test_two_passes_of_one_subject_are_two_passes(key: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert (issue(key), issue(key)) == (0, 0)
    first, second = capsys.readouterr().out.splitlines()
    one, other = judged(first, key), judged(second, key)
    assert isinstance(one, Verified)
    assert isinstance(other, Verified)
    assert one.credential.fp != other.credential.fp


def test_the_validity_can_be_said_exactly(key: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    times = ("--not-before", "2020-01-01T07:00:00+07:00", "--not-after", "2020-01-02T00:00:00Z")
    assert issue(key, *times) == 0
    assert issue(key, "--not-before", "2099-01-01T00:00:00Z", "--valid-for", "2d") == 0
    old, new = (judged(line, key) for line in capsys.readouterr().out.splitlines())
    assert isinstance(old, Rejected)
    assert old.reason is RejectReason.EXPIRED
    assert "2020-01-02 00:00:00 UTC" in old.detail
    assert isinstance(new, Rejected)
    assert new.reason is RejectReason.NOT_YET_VALID


def test_the_picture_holds_the_pass(key: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    picture = tmp_path / "pass.png"
    assert issue(key, "--png", picture) == 0
    assert capsys.readouterr().out == ""
    assert issue(key, "--png", picture, "--text") == 0
    text = capsys.readouterr().out.removesuffix("\n")
    symbols = ZxingDecoder().decode(read_picture(picture))
    assert [symbol.data for symbol in symbols] == [text.encode()]
    assert isinstance(judged(text, key), Verified)


def test_without_the_demo_extra_a_picture_is_refused_clearly(
    key: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "segno", None)
    assert issue(key, "--png", tmp_path / "pass.png") == 2
    assert "./install.sh demo" in capsys.readouterr().err
    assert not (tmp_path / "pass.png").exists()


BAD: list[tuple[list[object], str]] = [
    (["--subject", ""], "refused"),
    (["--subject", "x" * 65], "refused"),
    (["--subject", "\udcff"], "refused"),
    (["--purpose", "x" * 33], "purpose"),
    (["--purpose", "Budi Santoso"], "purpose"),
    (["--not-after", "2001-01-01T00:00:00Z"], "ends before it begins"),
    (["--key", "missing.key"], "missing.key"),
    (["--key", __file__], "PEM"),
    (["--png", "no/such/folder/pass.png"], "no/such/folder"),
]


@pytest.mark.parametrize(("more", "words"), BAD, ids=lambda value: str(value)[:30])
def test_what_cannot_be_issued_is_said_in_one_line(
    key: Path, more: list[object], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert issue(key, *more) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert words in captured.err
    assert captured.err.count("\n") == 1


@pytest.mark.parametrize(
    "more",
    [
        ["--colour", "purple"],
        ["--valid-for", "8"],
        ["--valid-for", "0h"],
        ["--valid-for", "999999w"],
        ["--not-before", "tomorrow"],
        ["--not-before", "2026-01-01T00:00:00"],
        ["--valid-for", "8h", "--not-after", "2027-01-01T00:00:00Z"],
        ["--unknown"],
    ],
    ids=str,
)
def test_wrong_options(key: Path, more: list[object], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        issue(key, *more)
    assert "error:" in capsys.readouterr().err


@pytest.mark.parametrize("issuer", ["", "../up", "a/b", ".hidden", "x" * 65, "name\n", "naïve"])
def test_an_issuer_id_that_is_no_file_name_is_refused(tmp_path: Path, issuer: str) -> None:
    with pytest.raises(SystemExit, match="2"):
        gate("pass", "keygen", "--issuer", issuer, "--name", "N", "--out", tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["", "x" * 256, "two\nlines", "\x1b[31m"])
def test_a_name_that_no_bundle_could_hold_is_refused(tmp_path: Path, name: str) -> None:
    assert gate("pass", "keygen", "--issuer", "a", "--name", name, "--out", tmp_path) == 2
    assert list(tmp_path.iterdir()) == []
