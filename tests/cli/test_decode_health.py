"""``gate decode`` with certificates of the EU and SMART Health Cards: as text, as picture, in chunks; nobody named."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest

from gate.adapters.clock_system import SystemClock
from tests.cli.commands import gate
from tests.cli.test_decode import HOSTILE, from_stdin, picture
from tests.credential.hcert_minting import AUTHORITY, UCI, VACCINATION, Authority, dcc
from tests.credential.minting import Mint
from tests.credential.shc_minting import CLINIC, ISS, PATIENT, Clinic, chunks, dose

NOW = SystemClock().now().utc
MINT = Mint(now=NOW)
BEGIN_S, END_S = int((NOW - timedelta(days=1)).timestamp()), int((NOW + timedelta(days=1)).timestamp())
HC1 = AUTHORITY.valid(iat=BEGIN_S, exp=END_S)
SHC = CLINIC.valid(nbf=BEGIN_S, rid="Er9vHZ1UMeA")
PERSONAL = ("GOESSINGER", "1998", UCI, "Anyperson", "1951", "Er9vHZ1UMeA")

Captured = pytest.CaptureFixture[str]


@pytest.fixture
def trust(tmp_path: Path) -> list[object]:
    MINT.bundle = MINT.bundle_of(AUTHORITY.issuer("vaccination"), CLINIC.issuer())
    bundle, root = MINT.write_trust(tmp_path)
    return ["--trust", bundle, "--root-key", root]


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (HC1, ["kind: hc1", "issuer: AT", "statement: vaccination", "dose: 2", "key usage     vaccination"]),
        (SHC, ["kind: shc", f"issuer: {ISS}", "product 1: 207", "given 2: 2026-02-01", "DEFLATE of"]),
    ],
    ids=["hc1", "shc"],
)
def test_a_genuine_one_is_explained_step_by_step_and_held(
    code: str, words: list[str], trust: list[object], capsys: Captured
) -> None:
    assert gate("decode", code, *trust) == 0
    shown = capsys.readouterr().out
    for expected in (*words, "  verified", "colour: yellow, outcome: hold, reason: no_rule"):
        assert expected in shown
    assert "failed" not in shown


def test_what_a_check_found_is_inert(tmp_path: Path, capsys: Captured) -> None:
    anywhere = Authority(country=None)
    MINT.bundle = MINT.bundle_of(anywhere.issuer())
    bundle, root = MINT.write_trust(tmp_path)
    code = anywhere.valid(iat=BEGIN_S, exp=END_S, iss=HOSTILE)
    for more in ([], ["--json"]):
        assert gate("decode", code, "--trust", bundle, "--root-key", root, *more) == 0
        shown = capsys.readouterr().out
        assert "issuer country" in shown
        assert shown.replace("\n", "").isprintable()


@pytest.mark.parametrize("code", [HC1, SHC], ids=["hc1", "shc"])
@pytest.mark.parametrize("more", [[], ["--json"]], ids=["text", "json"])
def test_nobody_is_named_unless_asked(code: str, more: list[str], trust: list[object], capsys: Captured) -> None:
    assert gate("decode", code, *trust, *more) == 0
    shown = capsys.readouterr().out
    assert not [word for word in PERSONAL if word in shown]
    assert gate("decode", code, *trust, *more, "--show-holder") == 0
    shown = capsys.readouterr().out
    assert len([word for word in PERSONAL if word in shown]) == 3


@pytest.mark.parametrize(
    ("code", "check", "reason"),
    [
        (AUTHORITY.valid(iat=BEGIN_S - 9, exp=BEGIN_S), "failed   validity", "expired"),
        (Authority().valid(iat=BEGIN_S, exp=END_S), "failed   issuer ", "unknown_issuer"),
        (AUTHORITY.valid(dcc(v=[VACCINATION] * 2), exp=END_S), "failed   claims", "several_entries"),
        (AUTHORITY.valid(dcc(r=[{}]), iat=BEGIN_S, exp=END_S), "failed   key usage", "wrong_key_usage"),
        (AUTHORITY.valid(iss="DE", exp=END_S), "failed   issuer country", "issuer_mismatch"),
        ("HC1:nonsense", "failed   text", "malformed"),
        (CLINIC.valid(nbf=END_S), "failed   validity", "not_yet_valid"),
        (CLINIC.valid(iss="https://other.example"), "failed   issuer name", "issuer_mismatch"),
        (Clinic().valid(), "failed   issuer", "unknown_issuer"),
        (CLINIC.of({}, {**CLINIC.header, "alg": "none"}), "failed   algorithm", "unsupported_algorithm"),
        ("shc:/nonsense", "failed   text", "malformed"),
    ],
)
def test_a_rejected_one_says_which_check_failed(
    code: str, check: str, reason: str, trust: list[object], capsys: Captured
) -> None:
    assert gate("decode", code, *trust) == 1
    shown = capsys.readouterr().out
    assert check in shown
    assert f"rejected: {reason}:" in shown
    assert gate("decode", code, *trust, "--json") == 1
    (found,) = json.loads(capsys.readouterr().out)["codes"]
    assert (found["verified"], found["reason"]) == (False, reason)


def test_both_as_pictures(trust: list[object], tmp_path: Path) -> None:
    assert gate("decode", picture(tmp_path, HC1), *trust) == 0
    assert gate("decode", picture(tmp_path, SHC), *trust) == 0


def test_the_chunks_of_a_card_are_one_code(
    trust: list[object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    parts = chunks(SHC, 3)
    assert gate("decode", picture(tmp_path, *parts[::-1]), *trust) == 0
    assert gate("decode", " ".join(parts), *trust) == 0
    from_stdin(monkeypatch, "\n".join(parts[::-1]).encode() + b"\n")
    assert gate("decode", "-", *trust) == 0
    assert capsys.readouterr().out.count("code 1 of 1") == 3


def test_a_card_with_a_chunk_missing_is_no_card(trust: list[object], tmp_path: Path, capsys: Captured) -> None:
    for given in (picture(tmp_path, *chunks(SHC, 3)[1:]), " ".join(chunks(SHC, 3)[1:])):
        assert gate("decode", given, *trust) == 1
        shown = capsys.readouterr().out
        assert shown.count("rejected: unreadable: part") == 2
        assert "one at a time" in shown


@pytest.mark.parametrize("more", [[], ["--json"]], ids=["text", "json"])
def test_hostile_text_is_printed_inert(more: list[str], trust: list[object], capsys: Captured) -> None:
    entry = {**dict.fromkeys(VACCINATION, HOSTILE), "ci": HOSTILE}
    hc1 = AUTHORITY.valid({**dcc(v=[entry]), "nam": {"fn": HOSTILE}}, iat=BEGIN_S, exp=END_S)
    shc = CLINIC.valid({**PATIENT, "name": [{"text": HOSTILE}]}, dose(1, performer=[{"display": HOSTILE}]), nbf=BEGIN_S)
    for code in (hc1, shc):
        assert gate("decode", code, *trust, "--show-holder", *more) == 0
        captured = capsys.readouterr()
        assert (captured.out + captured.err).replace("\n", "").isprintable()
