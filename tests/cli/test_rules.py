"""``gate rules``: what each subcommand prints, and its exit codes."""

from __future__ import annotations

import hashlib
import io
import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gate.cli.main import main
from gate.cli.rules_words import _WORDS, LANGUAGES
from gate.credential.bundle import sign_bundle
from gate.credential.trust import RuleRef
from gate.policy import packs
from gate.policy.facts import NOTHING
from tests.credential.minting import MINT

BOOSTED = {
    "age": {"known": True, "years": 30},
    "vaccination": {"known": True, "doses": 3, "complete": True, "booster": True},
}


class Ran:
    """One run of the command."""

    def __init__(self, capsys: pytest.CaptureFixture[str], *words: object) -> None:
        self.code = main(["rules", *map(str, words)])
        self.out, self.err = capsys.readouterr()
        self.lines = self.out.splitlines()


def written(folder: Path, name: str, content: Any) -> Path:
    file = folder / name
    file.write_text(content if isinstance(content, str) else json.dumps(content))
    return file


def lines_of(folder: Path, *documents: Any) -> Path:
    return written(folder, "facts.jsonl", "".join(json.dumps(one) + "\n" for one in documents))


# list


def test_the_shipped_packs_are_listed_with_who_decides_on_what(capsys: pytest.CaptureFixture[str]) -> None:
    ran = Ran(capsys, "list", "--day", "2022-07-16")
    assert ran.code == 0
    assert "pl-2022-02 1: from 2022-02-14, in force, 7 rules" in ran.lines
    assert "pl-2022-07 1: from 2022-07-17, not in force, 11 rules" in ran.lines
    assert ran.lines[-6:] == [
        "on 2022-07-16:",
        "  exposure     pl-2022-02 1",
        "  pass         visitor-pass 1",
        "  recovery     pl-2022-02 1",
        "  test         pl-2022-02 1",
        "  vaccination  pl-2022-02 1",
    ]


def test_today_is_the_usual_day_and_a_site_may_have_packs_of_its_own(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    own = written(tmp_path, "own.json", packs.document("pl-2022-02") | {"id": "own", "valid_to": "2022-12-31"})
    ran = Ran(capsys, "list", own, "--language", "id")
    assert ran.lines[0] == "own 1: from 2022-02-14 until 2022-12-31, not in force, 7 rules"
    assert ran.lines[1] == "  Warna PeduliLindungi per Februari 2022."
    assert ran.lines[-1] == "  vaccination  nobody decides"


def test_a_day_that_is_none_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        Ran(capsys, "list", "--day", "yesterday")
    assert end.value.code == 2


def test_the_list_says_who_vouches_for_each_pack(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    signed = written(tmp_path, "own.json", packs.document("visitor-pass") | {"id": "own"})
    other = written(tmp_path, "other.json", packs.document("visitor-pass") | {"id": "other"})
    ref = RuleRef("own", 1, hashlib.sha256(signed.read_bytes()).digest())
    bundle, root = MINT.write_trust(tmp_path)
    bundle.write_bytes(sign_bundle(replace(MINT.bundle, rule_packs=(ref,)), MINT.root))
    ran = Ran(capsys, "list", "visitor-pass", signed, other, "--trust", bundle, "--root-key", root)
    assert [line for line in ran.lines if "vouch" in line] == [
        "  NOT vouched for by version 1 of the trust bundle",
        "  vouched for by version 1 of the trust bundle, as own 1",
        "  shipped with this program, which vouches for it",
    ]
    assert "from a file" in Ran(capsys, "list", signed).out
    assert Ran(capsys, "list", signed, "--trust", bundle).code == 2


def test_validate_refuses_what_was_changed_since_it_was_signed(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    pack = packs.document("visitor-pass") | {"id": "own"}
    signed = written(tmp_path, "own.json", pack)
    ref = RuleRef("own", 1, hashlib.sha256(signed.read_bytes()).digest())
    bundle, root = MINT.write_trust(tmp_path)
    bundle.write_bytes(sign_bundle(replace(MINT.bundle, rule_packs=(ref,)), MINT.root))
    cases = written(tmp_path, "cases.json", packs.document("cases/visitor-pass"))
    words = ("validate", signed, cases, "--trust", bundle, "--root-key", root)
    ran = Ran(capsys, *words)
    assert (ran.code, ran.lines[0].endswith("as own 1"), "vouched" in ran.lines[1]) == (0, True, False)
    written(tmp_path, "own.json", pack | {"source": "another"})
    ran = Ran(capsys, *words)
    assert ran.code == 1
    assert "NOT vouched for" in ran.lines[0]
    assert "changed since own 1 was signed" in ran.lines[0]


# test


def test_the_shipped_packs_pass_their_cases(capsys: pytest.CaptureFixture[str]) -> None:
    ran = Ran(capsys, "test")
    assert (ran.code, ran.lines) == (0, ["120 cases, 0 not as expected"])


def test_cases_that_are_not_as_expected_are_told(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    table = {
        "pack": "pl-2022-07",
        "cases": [
            {"name": "boosted", "facts": BOOSTED, "expect": "green"},
            {"name": "wrong colour", "facts": BOOSTED, "expect": "red"},
            {"name": "wrong rule", "facts": BOOSTED, "expect": "green", "rule": "child-complete"},
            {"name": "no rule", "facts": {"age": {"known": True, "years": 3}}, "expect": "green"},
            {"name": "broken", "facts": {**BOOSTED, "positive": {"known": True}}, "expect": "green"},
        ],
    }
    ran = Ran(capsys, "test", written(tmp_path, "cases.json", table))
    assert ran.code == 1
    assert ran.lines == [
        "pl-2022-07 1: wrong colour: expected red, is green by adult-booster",
        "pl-2022-07 1: wrong rule: expected the rule child-complete, is adult-booster",
        "pl-2022-07 1: no rule: expected green, is no rule",
        'pl-2022-07 1: broken: the rule positive failed: an operand of "<" is no integer',
        "5 cases, 4 not as expected",
    ]


def test_a_table_names_its_pack_from_its_own_folder_unless_another_is_named(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    written(tmp_path, "own.json", packs.document("pl-2021-09") | {"id": "own"})
    table = {"pack": "own.json", "cases": [{"name": "nothing", "facts": {}, "expect": "red", "rule": "no-dose"}]}
    file = written(tmp_path, "cases.json", table)
    assert Ran(capsys, "test", file).code == 0
    other = Ran(capsys, "test", file, "--pack", "visitor-pass")
    assert other.lines[0] == "visitor-pass 1: nothing: expected red, is no rule"


# explain


@pytest.mark.parametrize(("language", "word"), [("en", "a booster: yes"), ("id", "booster: ya")])
def test_the_path_that_decided_is_told_in_words(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, language: str, word: str
) -> None:
    file = written(tmp_path, "facts.json", {"facts": BOOSTED})
    ran = Ran(capsys, "explain", "pl-2022-07", file, "--language", language)
    assert ran.code == 0
    assert [line[:2] for line in ran.lines if line[0].isdigit()] == [f"{number}." for number in range(1, 9)]
    assert f"     {word}" in ran.lines
    assert ran.lines[-1].endswith(": green (adult-booster)")


def test_facts_may_come_from_standard_input(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    facts = json.dumps({"facts": {"pass": {"known": True, "colour": "red"}}}).encode()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(facts)))
    ran = Ran(capsys, "explain", "visitor-pass", "-")
    assert ran.code == 0
    assert ran.lines[1:] == [
        "1. black: does not hold: The pass states black.",
        "     colour of the pass red, not equal to black",
        "2. red: holds: The pass states red.",
        "     colour of the pass red, equal to red",
        "colour: red (pass-red)",
    ]


def test_an_explanation_without_a_colour_or_with_a_broken_rule_is_exit_code_1(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    nothing = Ran(capsys, "explain", "visitor-pass", written(tmp_path, "none.json", {}))
    assert (nothing.code, nothing.lines[-1]) == (1, "no rule holds: a hold for the officer")
    broken = Ran(capsys, "explain", "pl-2021-09", written(tmp_path, "b.json", {"facts": {"contact": {"known": True}}}))
    assert broken.code == 1
    assert '     {"<": [{"var": "facts.contact.days"}, 14]}: an operand of "<" is no integer' in broken.lines


@pytest.mark.parametrize(("language", "word"), [("en", "speaks of nothing"), ("id", "tidak menilai")])
def test_a_pack_that_no_gate_would_ask_of_this_is_not_explained(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, language: str, word: str
) -> None:
    facts = {"facts": {"proves": ["vaccination"], "pass": {"known": True}}}
    ran = Ran(capsys, "explain", "visitor-pass", written(tmp_path, "f.json", facts), "--language", language)
    assert ran.code == 1
    assert len(ran.lines) == 1
    assert word in ran.lines[0]


def test_every_fact_has_words_in_each_language() -> None:
    fields = {f"facts.{topic}.{name}" for topic, of in NOTHING["facts"].items() if isinstance(of, dict) for name in of}
    assert fields <= _WORDS.keys()
    assert {len(words) for words in _WORDS.values()} == {len(LANGUAGES)}


# replay


def test_recorded_documents_run_through_a_pack(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    log = lines_of(tmp_path, {"facts": BOOSTED, "colour": "green"}, {"facts": {}}, {"facts": BOOSTED})
    ran = Ran(capsys, "replay", "pl-2022-07", log)
    assert ran.code == 0
    assert ran.lines == [
        "line 1: green by adult-booster",
        "line 2: red by adult-fewer",
        "line 3: green by adult-booster",
        "3 documents by pl-2022-07 1: 1 red, 2 green",
    ]


@pytest.mark.parametrize(
    ("document", "told"),
    [
        ({"facts": BOOSTED, "colour": "red"}, "line 1: green by adult-booster, was red"),
        ({"facts": {"proves": ["pass"]}}, "line 1: none: no rule holds"),
        (
            {"facts": {"positive": {"known": True}}},
            'line 1: red by adult-fewer; positive failed: an operand of "<" is no integer',
        ),
    ],
)
def test_what_changed_has_no_colour_or_failed_is_exit_code_1(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, document: Any, told: str
) -> None:
    ran = Ran(capsys, "replay", "pl-2022-07", lines_of(tmp_path, document))
    assert (ran.code, ran.lines[0]) == (1, told)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("", "holds no facts document"),
        ("{}\n[]\n", "line 2 is no facts document: it must be an object"),
        ("{\n", "line 1 is no facts document: it is not JSON"),
        ('{"facts": {"name": "Siti"}}\n', "unknown field 'name'"),
        ('{"colour": "blue"}\n', "its colour must be"),
        ("x" * 70_000 + "\n", "longer than"),
    ],
)
def test_a_log_that_cannot_be_read_is_exit_code_2(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, content: str, told: str
) -> None:
    ran = Ran(capsys, "replay", "pl-2022-07", written(tmp_path, "facts.jsonl", content))
    assert ran.code == 2
    assert ran.err.startswith("gate rules replay: ")
    assert told in ran.err


# compare


def test_a_pack_compared_with_itself_changes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    ran = Ran(capsys, "compare", "pl-2022-07", "pl-2022-07")
    assert ran.code == 0
    assert ran.out.startswith("pl-2022-07 1 -> pl-2022-07 1: 0 of ")


def test_what_would_change_is_counted_with_examples(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    stricter = packs.document("pl-2022-07") | {"id": "stricter", "version": 2}
    stricter["rules"][1]["logic"]["and"][1]["<"][1] = 15
    new = written(tmp_path, "new.json", stricter)
    recorded = lines_of(tmp_path, {"facts": {**BOOSTED, "contact": {"known": True, "days": 14}}}, {"facts": BOOSTED})
    ran = Ran(capsys, "compare", "pl-2022-07", new, "--recorded", recorded, "--examples", "99")
    assert ran.code == 1
    kinds = [line for line in ran.lines if line.startswith(("green ->", "red ->", "yellow ->", "none ->"))]
    assert [line.partition(":")[0] for line in kinds] == [
        f"{before} -> black" for before in ("green", "none", "red", "yellow")
    ]
    assert all("contact 14 days ago" in line for line in ran.lines if line.startswith("  age"))
    assert "  pl-2022-07: booster, contact 14 days ago" in ran.lines
    assert "  line 1 of facts.jsonl" in ran.lines
    assert "  line 2 of facts.jsonl" not in ran.lines


def test_explain_shows_what_each_rule_of_the_eu_says(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    logic = {"in": [{"var": "payload.v.0.mp"}, {"var": "external.valueSets.products"}]}
    rules = written(
        tmp_path,
        "eu.json",
        [
            eu_rule(Logic={">=": [{"var": "payload.v.0.dn"}, {"var": "payload.v.0.sd"}]}),
            eu_rule(Identifier="VR-XX-0002", Logic=logic, Description=[{"lang": "id", "desc": "Produk."}]),
            eu_rule(Identifier="VR-XX-0003", Engine="OTHER"),
            eu_rule(Identifier="TR-XX-0001", CertificateType="Test"),
        ],
    )
    sets = written(tmp_path, "sets.json", {"products": ["A"]})
    payload = written(tmp_path, "payload.json", {"v": [{"dn": 1, "sd": 2, "mp": "A"}]})
    words = ("explain", rules, payload, "--value-sets", sets, "--at", "2021-10-01T00:00:00Z", "--language", "id")
    ran = Ran(capsys, *words)
    assert ran.code == 1
    assert [line.partition(" 1.0.0 ")[0] for line in ran.lines if line.startswith("VR")] == [
        "VR-XX-0001",
        "VR-XX-0002",
        "VR-XX-0003",
    ]
    assert ran.lines[0] == "XX: Vaccination, 3 of 4 rules"
    assert "VR-XX-0002 1.0.0 (Acceptance): terpenuhi: Produk." in ran.lines
    assert '     {">=": [{"var": "payload.v.0.dn"}, {"var": "payload.v.0.sd"}]}: tidak' in ran.lines
    assert ran.lines[-1] == "warna: red"
    assert Ran(capsys, *words, "--country", "YY").lines[-1].startswith("tidak ada aturan")
    assert Ran(capsys, "explain", rules, written(tmp_path, "facts.json", {"pass": {}})).code == 2
    assert Ran(capsys, "explain", sets, payload).code == 2


def test_a_rule_about_a_name_finds_none_as_at_a_gate(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    rules = written(tmp_path, "eu.json", [eu_rule(Logic={"===": [{"var": "payload.nam.fn"}, "SARI"]})])
    payload = written(tmp_path, "payload.json", {"v": [{"dn": 1}], "nam": {"fn": "SARI"}})
    ran = Ran(capsys, "explain", rules, payload, "--at", "2021-10-01T00:00:00Z")
    assert (ran.code, ran.lines[-1]) == (1, "colour: red")
    assert "     payload.nam.fn nothing, not equal to SARI" in ran.lines


# validate


def eu_rule(**changes: Any) -> dict[str, Any]:
    return {
        "Identifier": "VR-XX-0001",
        "Type": "Acceptance",
        "Country": "XX",
        "Version": "1.0.0",
        "SchemaVersion": "1.0.0",
        "Engine": "CERTLOGIC",
        "EngineVersion": "0.7.5",
        "CertificateType": "Vaccination",
        "Description": [],
        "ValidFrom": "2021-07-01T00:00:00Z",
        "ValidTo": "2030-06-01T00:00:00Z",
        "AffectedFields": [],
        "Logic": True,
        **changes,
    }


def test_files_of_every_kind_are_recognised(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    contents = {
        "pack.json": packs.document("pl-2022-07"),
        "cases.json": packs.document("cases/pl-2022-07"),
        "one.json": eu_rule(),
        "list.json": [eu_rule(), eu_rule(Engine="OTHER", Country="YY")],
        "named.json": {"a": eu_rule()},
    }
    ran = Ran(capsys, "validate", *(written(tmp_path, name, content) for name, content in contents.items()))
    assert ran.code == 0
    assert [line.partition(": ")[2] for line in ran.lines] == [
        "pack pl-2022-07 1, 11 rules, from 2022-07-17",
        "63 cases of pl-2022-07",
        "1 EU rules of XX",
        "2 EU rules of XX, YY, 1 of them for another engine",
        "1 EU rules of XX",
    ]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ({}, "the pack lacks id"),
        ([], "the pack must be an object"),
        (3, "the pack must be an object"),
        ([eu_rule(), eu_rule(Type="Perhaps")], "rule 2: Type"),
        ({"pack": "x", "cases": []}, "1 to 10000 cases"),
        (packs.document("pl-2022-07") | {"version": "2\x1b[31m"}, "version"),
    ],
)
def test_a_file_that_cannot_be_used_is_exit_code_1(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, content: Any, told: str
) -> None:
    ran = Ran(capsys, "validate", written(tmp_path, "file.json", content))
    assert ran.code == 1
    assert told in ran.lines[0]


@pytest.mark.parametrize(
    "words",
    [
        ("list", "none.json"),
        ("test", "none.json"),
        ("test", "--pack", "none.json"),
        ("explain", "pl-2022-07", "none.json"),
        ("explain", "pl-2099", "none.json"),
        ("replay", "pl-2022-07", "none.jsonl"),
        ("compare", "pl-2022-07", "none.json"),
        ("validate", "none.json"),
    ],
)
def test_what_cannot_be_read_is_exit_code_2_and_one_message(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    monkeypatch.chdir(tmp_path)
    ran = Ran(capsys, *words)
    assert ran.code == 2
    assert ran.err.startswith(f"gate rules {words[0]}: ")
    assert "Traceback" not in ran.err
