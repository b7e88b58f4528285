"""The description of the keys: it names units and ranges as they are enforced, and fits the types of the fields."""

from __future__ import annotations

from dataclasses import Field, FrozenInstanceError
from pathlib import Path
from typing import get_type_hints

import pytest

from gate.configuration.keys import Key, is_required
from gate.configuration.kinds import Choice, FilePath, Notation, Number, Switch, Texts, Unfit
from gate.configuration.writing import explained
from gate.service.config_rules import PackNames
from gate.service.config_schema import TABLES, Config, PolicyConfig
from tests.service.config_files import ALL_KEYS

EVERY_KEY = pytest.mark.parametrize(("name", "one", "key"), ALL_KEYS, ids=[name for name, _, _ in ALL_KEYS])
NUMBERS = [(name, key.kind) for name, _, key in ALL_KEYS if isinstance(key.kind, Number)]
UNITS = {"s": "seconds", "ms": "milliseconds"}


@EVERY_KEY
def test_a_key_is_explained_whole(name: str, one: Field[object], key: Key) -> None:
    comment = " ".join(explained(one, key).replace("# ", " ").split())
    assert f"{key.meaning}. {key.advice}." in comment, name
    assert key.kind.allowed[1:] in comment, name
    assert all(len(line) <= 100 for line in explained(one, key).splitlines())


@pytest.mark.parametrize(("name", "kind"), NUMBERS)
def test_the_ends_of_a_range_are_in_it_and_nothing_beyond(name: str, kind: Number) -> None:
    number = int if kind.whole else float
    step = 1 if kind.whole else 1e-9
    assert [kind.read(number(end), Path()) for end in (kind.low, kind.high)] == [kind.low, kind.high], name
    for beyond in (kind.low - step, kind.high + step):
        with pytest.raises(Unfit, match=f"from {kind.low:g} to {kind.high:.15g}, is "):
            kind.read(number(beyond), Path())


@EVERY_KEY
def test_a_name_carries_its_unit(name: str, one: Field[object], key: Key) -> None:
    _, has_suffix, suffix = one.name.rpartition("_")
    unit = key.kind.unit if isinstance(key.kind, Number) else ""
    assert UNITS.get(suffix if has_suffix else "", "") == (unit if unit in UNITS.values() else ""), name


@EVERY_KEY
def test_the_kind_of_a_key_is_the_type_of_its_field(name: str, one: Field[object], key: Key) -> None:
    match key.kind:
        case Number(whole=whole):
            expected: object = int if whole else float
        case Choice(options):
            expected = options
        case FilePath(optional):
            expected = Path | None if optional else Path
        case Texts() | Notation(plain=Texts()) | PackNames():
            expected = tuple[str, ...]
        case kind:
            expected = bool if isinstance(kind, Switch) else str
    assert get_type_hints(TABLES[name.partition(".")[0]])[one.name] == expected


@EVERY_KEY
def test_a_default_fits(name: str, one: Field[object], key: Key) -> None:
    value = key.example if is_required(one) else one.default
    plain = "" if value is None else str(value) if isinstance(value, Path) else value
    plain = list(plain) if isinstance(plain, tuple) else plain
    assert key.kind.read(plain, Path("/")) == value, name


def test_nothing_can_be_changed() -> None:
    policy = PolicyConfig()
    with pytest.raises(FrozenInstanceError):
        policy.reread_s = 1.0  # type: ignore[misc]  # that is the test
    assert all("__slots__" in vars(table) for table in [Config, *TABLES.values()])
