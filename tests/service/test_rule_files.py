"""The rule packs that a configuration names, read at start."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gate.policy import packs
from gate.policy.strict import MOST_BYTES
from gate.ports import AdapterError
from gate.service.config import ConfigErrors, load
from gate.service.core_settings import settings_of
from gate.service.rule_files import pack_named, rules_of
from tests.service.config_files import changed_toml, least_toml


def file_of(folder: Path, toml: str) -> Path:
    file = folder / "gate.toml"
    file.write_text(toml)
    return file


def named(folder: Path, rules: str | list[str]) -> tuple[str, ...]:
    return load(file_of(folder, changed_toml({"policy.rules": rules}))).policy.rules


def test_without_the_key_gate_passes_are_decided_on(tmp_path: Path) -> None:
    config = load(file_of(tmp_path, least_toml()))
    assert config.policy.rules == ("visitor-pass",)
    assert rules_of(config.policy.rules) == packs.usual()


def test_packs_are_named_by_id_and_by_file_from_the_folder_of_the_configuration(tmp_path: Path) -> None:
    names = named(tmp_path, ["visitor-pass", "pl-2022-07", "own.json"])
    assert names == ("visitor-pass", "pl-2022-07", str(tmp_path / "own.json"))
    own = packs.document("pl-2022-02") | {"id": "own"}
    (tmp_path / "own.json").write_text(json.dumps(own))
    assert [pack.id for pack in rules_of(names).packs] == ["visitor-pass", "pl-2022-07", "own"]


@pytest.mark.parametrize(
    ("rules", "told"),
    [
        ("visitor_pass", "must be the id of a shipped pack"),
        ("visitor-pass,pl-2022-07", "must be"),
        (["visitor-pass", "visitor-pass"], "twice"),
        ("~/own.json", "shell"),
        ("", "is empty"),
        ([], "a list of 1 to 16"),
        ([f"{number}.json" for number in range(17)], "a list of 1 to 16"),
    ],
)
def test_a_name_that_cannot_be_is_told_at_once(tmp_path: Path, rules: str | list[str], told: str) -> None:
    with pytest.raises(ConfigErrors, match=r"policy\.rules") as caught:
        named(tmp_path, rules)
    assert told in str(caught.value)


def test_all_that_is_wrong_with_files_is_told_at_once(tmp_path: Path) -> None:
    contents = {"bad.json": b"{", "empty.json": b"{}", "huge.json": b" " * (MOST_BYTES + 1), "deep.json": b"[" * 9999}
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    with pytest.raises(AdapterError) as caught:
        rules_of([str(tmp_path / name) for name in (*contents, "none.json")])
    told = str(caught.value).splitlines()
    words = ["not JSON", "lacks id", "larger than", "not JSON", "cannot be read"]
    assert [word in line for word, line in zip(words, told, strict=True)] == [True] * 5


def test_a_shipped_id_is_never_looked_for_in_the_folder() -> None:
    assert pack_named("pl-2022-07") is packs.shipped("pl-2022-07")


def test_the_core_gets_the_site_and_its_time(tmp_path: Path) -> None:
    config = load(file_of(tmp_path, changed_toml({"schedule.utc_offset": "WIT"})))
    settings = settings_of(config)
    assert (settings.site.site, settings.site.utc_offset_min) == ("office-1", 540)
