"""Configuration written as TOML: what is shown loads again, and the example is what the code enforces."""

from __future__ import annotations

import tempfile
import tomllib
from dataclasses import Field, replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gate.service.config import load
from gate.service.config_dump import effective, example
from gate.service.config_keys import Key, is_required, keys_of
from gate.service.config_schema import TABLES, CameraSource, Config, PinFactory
from gate.service.config_values import Choice, FilePath, Kind, Number, Switch
from tests.service.config_files import ALL_KEYS, changed_toml, least_toml

EXAMPLE_FILE = Path(__file__).parents[2] / "config" / "gate.toml"
VISIBLE = st.characters(codec="utf-8", exclude_categories=["C", "Z"])
PINS = [one.name for one, _ in keys_of(TABLES["pins"]) if one.name != "factory"]


def _allowed(dotted: str, kind: Kind) -> st.SearchStrategy[object]:
    """Values that fit the key; no two keys get the same path."""
    match kind:
        case Number():
            return st.integers(int(kind.low), int(kind.high)) if kind.whole else st.floats(kind.low, kind.high)
        case Switch():
            return st.booleans()
        case Choice():
            return st.sampled_from(list(kind.options))
        case FilePath():
            return st.text(VISIBLE, max_size=20).map(lambda name: Path("/", dotted + name.replace("/", "-")))
        case _:
            names = st.from_regex(r"[a-z][a-z0-9-]{4,8}", fullmatch=True)
            return st.text(VISIBLE, max_size=20) if dotted == "mqtt.username" else names


@st.composite
def _configs(draw: st.DrawFn) -> Config:
    """Configurations that are right."""
    config = Config(
        **{
            name: table(**{one.name: draw(_allowed(f"{name}.{one.name}", key.kind)) for one, key in keys_of(table)})
            for name, table in TABLES.items()
        }
    )
    numbers = draw(st.lists(st.integers(0, 27), min_size=len(PINS), max_size=len(PINS), unique=True))
    at_bench = config.camera.source is CameraSource.STAGE
    return replace(
        config,
        camera=replace(config.camera, path=None if at_bench else config.camera.path),
        pins=replace(config.pins, factory=PinFactory.MOCK, **dict(zip(PINS, numbers, strict=True))),
        bench=config.bench if at_bench else TABLES["bench"](),
        journal=replace(config.journal, record_wait_ms=min(config.journal.record_wait_ms, 500)),
        mqtt=replace(config.mqtt, password_file=config.mqtt.password_file if config.mqtt.username else None),
    )


@settings(deadline=None)  # files on a busy disk
@given(config=_configs(), changed_only=st.booleans())
def test_what_is_shown_loads_again(config: Config, changed_only: bool) -> None:  # noqa: FBT001  (hypothesis gives it)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "gate.toml"
        file.write_text(effective(config, changed_only=changed_only), encoding="utf-8")
        assert load(file) == config


def test_only_what_is_changed_is_shown(tmp_path: Path) -> None:
    file = tmp_path / "gate.toml"
    file.write_text(changed_toml({"door.release_s": 7, "mqtt.port": 1883}))
    assert tomllib.loads(effective(load(file), changed_only=True)) == {
        "site": {"id": "office-1"},
        "gate": {"id": "gate-1"},
        "camera": {"path": str(tmp_path / "pictures")},
        "trust": {"bundle": str(tmp_path / "trust.bundle"), "root_key": str(tmp_path / "root.key")},
        "door": {"release_s": 7.0},
    }


def _names(toml: str) -> list[str]:
    return [f"{table}.{key}" for table, keys in tomllib.loads(toml).items() for key in keys]


def test_everything_in_force_is_shown(tmp_path: Path) -> None:
    file = tmp_path / "gate.toml"
    file.write_text(least_toml())
    assert _names(effective(load(file))) == [name for name, _, _ in ALL_KEYS]


def test_the_example_file_is_the_one_that_the_code_writes() -> None:
    assert EXAMPLE_FILE.read_text(encoding="utf-8") == example(), "run: gate show-config --example > config/gate.toml"


def test_the_example_has_every_key() -> None:
    assert _names(example()) == [name for name, _, _ in ALL_KEYS]


@pytest.mark.parametrize(("name", "one", "key"), ALL_KEYS, ids=[name for name, _, _ in ALL_KEYS])
def test_the_example_shows_the_default_of_the_code(name: str, one: Field[object], key: Key) -> None:
    table, _, bare = name.partition(".")
    shown = key.kind.read(tomllib.loads(example())[table][bare], Path("/"))
    comment = example().partition(f"[{table}]")[2].partition(f"\n{bare} = ")[0].rpartition("\n\n")[2]
    written = "required" if is_required(one) else f"default {key.kind.write(one.default)}"
    assert shown == (one.default if key.example is None else key.example)
    assert f"; {written}." in comment.replace("\n#  ", "")


def test_the_example_can_be_used() -> None:
    assert load(EXAMPLE_FILE).camera.path == Path("/var/lib/gate/pictures")
