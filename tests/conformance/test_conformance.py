"""The cases of others, where they are there: no false accept, and nearly all that is valid accepted."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
import segno
from cryptography.hazmat.primitives import serialization

from gate.credential.keys import to_jwk
from gate.credential.shc_text import jws_of
from tests.conformance.__main__ import main
from tests.conformance.judging import Finding
from tests.conformance.running import KNOWN, RULES, run
from tests.credential.hcert_minting import AUTHORITY
from tests.credential.minting import NOON
from tests.credential.shc_minting import CLINIC, chunks

VECTORS = Path(os.environ.get("GATE_VECTORS", Path(__file__).parents[3] / "shared" / "vectors"))
ENOUGH = 0.995
NOT_READABLE = 1
"""Seals whose signer's certificate no common library reads: they get that reason (docs/conformance.md)."""


@pytest.fixture
def vectors() -> Path:
    if not VECTORS.is_dir():
        pytest.skip(f"the test cases of others are not at {VECTORS}; name their folder in GATE_VECTORS")
    return VECTORS


def test_no_false_accept_and_nearly_all_that_is_valid(vectors: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(vectors)]) == 0
    assert capsys.readouterr().out.count("unknown family") <= len(list(vectors.iterdir()))
    families = {family.name: family for family in run(vectors) if family.name in {*KNOWN, RULES}}
    assert set(families) == {*KNOWN, RULES}
    assert sum(len(family.outcomes) for family in families.values()) >= 590 + 794
    for family in families.values():
        assert family.count(Finding.NOT_RUN) == 0
        assert family.count(Finding.FALSE_ACCEPT) == 0
        assert family.count(Finding.REASON_DIFFERS) == 0
        allowed = NOT_READABLE if family.name == "vdsnc" else (1 - ENOUGH) * family.valid
        assert family.count(Finding.FALSE_REJECT) <= allowed


# The harness itself, with cases of our own


def p256(key: Any) -> str:
    spki = serialization.PublicFormat.SubjectPublicKeyInfo
    pem: bytes = key.public_key().public_bytes(serialization.Encoding.PEM, spki)
    return pem.decode()


HC1: dict[str, Any] = {
    "payload": AUTHORITY.valid(),
    "trust": {"certs": ["nonsense"], "public_keys": [p256(AUTHORITY.key), "nonsense"]},
    "clock": NOON.isoformat(),
    "expected": {"signature_valid": True, "time_valid": True, "schema_ok": None},
    "declared_verdict": "accept",
}
SHC: dict[str, Any] = {
    "payloads": chunks(CLINIC.valid(rid="withdrawn"), 3)[::-1],
    "trust": {"iss": [CLINIC.iss], "jwks": [], "crls": None},
    "clock": NOON.isoformat(),
    "expected": {"signature_valid": True},
    "declared_verdict": "accept",
}


def folder(parent: Path, family: str, *cases: Any) -> Path:
    (parent / family).mkdir()
    lines = (case if isinstance(case, str) else json.dumps(case) for case in cases)
    (parent / family / "cases.jsonl").write_text("\n".join(lines) + "\n")
    return parent


def findings(parent: Path) -> list[Finding]:
    return [outcome.finding for family in run(parent) for outcome in family.outcomes]


@pytest.mark.parametrize(
    ("changes", "finding"),
    [
        ({}, Finding.AGREED),
        ({"clock": None, "cwt_window": {"iat": NOON.isoformat(), "exp": NOON.timestamp() + 9}}, Finding.AGREED),
        ({"clock": None}, Finding.NOT_RUN),
        ({"clock": "soon"}, Finding.NOT_RUN),
        ({"payload": None}, Finding.NOT_RUN),
        ({"declared_verdict": "reject"}, Finding.FALSE_ACCEPT),
        ({"expected": {"signature_valid": False}}, Finding.FALSE_ACCEPT),
        ({"expected": {"expired": True}}, Finding.FALSE_ACCEPT),
        ({"flags": ["not_single_entry"]}, Finding.FALSE_ACCEPT),
        ({"trust": {}}, Finding.FALSE_REJECT),
        ({"payload": "HC1:"}, Finding.FALSE_REJECT),
        ({"clock": "2030-01-01T00:00:00Z"}, Finding.FALSE_REJECT),
        ({"clock": "2030-01-01T00:00:00Z", "expected": {"signature_valid": True}}, Finding.OPEN),
        ({"payload": "HC1:", "declared_verdict": "reject", "expected": {"prefix_ok": False}}, Finding.REASON_DIFFERS),
        ({"payload": "HC1:", "declared_verdict": "reject", "expected": {"base45_ok": True}}, Finding.AGREED),
        ({"payload": "HC1:", "declared_verdict": None, "expected": {}}, Finding.NOT_STATED),
        ({"expected": {"schema_ok": False}, "declared_verdict": "schema_reject"}, Finding.NOT_STATED),
        ({"expected": {"revoked": True}, "subject_summary": {"ci": "another"}}, Finding.FALSE_ACCEPT),
    ],
    ids=lambda value: repr(value)[:60],
)
def test_each_finding(tmp_path: Path, changes: dict[str, Any], finding: Finding) -> None:
    assert findings(folder(tmp_path, "eu_dcc", {**HC1, **changes})) == [finding]


@pytest.mark.parametrize("family", ["eu_dcc", "shc"])
@pytest.mark.parametrize("value", [None, 7, "text", [], {}, [None], [7], ["text"], [{}], {"keys": [{}]}], ids=repr)
def test_a_trust_of_any_shape_is_run(tmp_path: Path, family: str, value: Any) -> None:
    usual = HC1 if family == "eu_dcc" else SHC
    names = ("certs", "public_keys", "iss", "jwks", "crls")
    odd = [
        {**usual, "trust": value},
        {**usual, "expected": value},
        {**usual, "payloads": value},
        {**usual, "flags": value},
    ]
    cases = [*odd, *({**usual, "trust": {name: value}} for name in names)]
    assert len(findings(folder(tmp_path, family, *cases))) == len(cases)


def test_lines_that_are_no_cases_and_unknown_families_are_not_run(tmp_path: Path) -> None:
    folder(tmp_path, "eu_dcc", "nonsense", "[]", "{}", "", HC1)
    folder(tmp_path, "badges", HC1)
    assert findings(tmp_path) == [Finding.NOT_RUN] * 4 + [Finding.AGREED]


def test_a_line_that_is_no_text_or_endless_and_a_report_that_cannot_be_written_are_no_false_accept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "shc").mkdir()
    (tmp_path / "shc" / "cases.jsonl").write_bytes(b"\xff\xfe\n" + b"[" * 100_000 + b"\n")
    (family,) = run(tmp_path)
    assert [outcome.finding for outcome in family.outcomes] == [Finding.NOT_RUN] * 2
    assert main([str(tmp_path), "--json", str(tmp_path)]) == 2
    assert "Cannot write" in capsys.readouterr().out


def test_the_command_ends_with_1_at_a_false_accept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path)]) == 2
    folder(tmp_path, "eu_dcc", HC1)
    assert main([str(tmp_path)]) == 0
    assert main([str(tmp_path / "eu_dcc"), "--json", str(tmp_path / "found.json")]) == 0
    (family,) = json.loads((tmp_path / "found.json").read_text())
    assert [outcome["finding"] for outcome in family["outcomes"]] == ["agreed"]
    folder(tmp_path, "hcert_other", {**HC1, "id": "worse", "declared_verdict": "reject"})
    assert main([str(tmp_path)]) == 1
    assert "false accept: worse: wanted reject, said verified" in capsys.readouterr().out


def test_cards_are_collected_and_their_lists_read(tmp_path: Path) -> None:
    jwk = {**to_jwk(CLINIC.key.public_key()), "kid": CLINIC.header["kid"]}
    known = {**SHC, "trust": {"iss": [CLINIC.iss], "jwks": [jwk, {}, 7], "crls": None}}
    begin = int(NOON.timestamp()) - 86400

    def with_list(*rids: str, **changes: Any) -> dict[str, Any]:
        crls = [{"method": "rid", "rids": list(rids), **changes}]
        return {**known, "trust": {**known["trust"], "crls": crls}, "expected": {"revoked": True}}

    cases = {
        Finding.AGREED: [
            known,
            {**known, "payloads": None, "jws": jws_text() + "\n"},
            {**known, "payloads": SHC["payloads"][:2], "declared_verdict": "reject", "expected": {"numeric_ok": False}},
            {**known, "flags": ["key_not_of_this_issuer"], "declared_verdict": "reject", "expected": {}},
            with_list("withdrawn"),
            with_list("other", f"withdrawn.{begin + 9}"),
        ],
        Finding.FALSE_REJECT: [SHC, {**known, "payloads": SHC["payloads"][:2]}],
        Finding.FALSE_ACCEPT: [with_list("other"), with_list(f"withdrawn.{begin - 9}"), with_list("w", method="x")],
    }
    for finding, several in cases.items():
        place = tmp_path / finding.name
        place.mkdir()
        assert findings(folder(place, "shc", *several)) == [finding] * len(several)


def jws_text() -> str:
    return jws_of(CLINIC.valid().encode()[5:]).decode()


def test_a_case_may_be_a_picture_alone(tmp_path: Path) -> None:
    folder(tmp_path, "eu_dcc", {**HC1, "payload": None, "image": "code.png"}, {**HC1, "payload": None, "image": "x"})
    segno.make(AUTHORITY.valid(), error="l").save(str(tmp_path / "eu_dcc" / "code.png"), scale=4)
    assert findings(tmp_path) == [Finding.AGREED, Finding.NOT_RUN]
