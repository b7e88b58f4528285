"""Configuration written as TOML: what is shown loads again, and the example is what the code enforces."""

from __future__ import annotations

import tempfile
import tomllib
from dataclasses import Field, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gate.access import pattern_text
from gate.access.patterns import PATTERNS, Sign
from gate.configuration.keys import Key, is_required, keys_of
from gate.configuration.kinds import Choice, FilePath, Kind, Notation, Number, Switch, Text, Texts
from gate.policy.site import Direction
from gate.service.config import load
from gate.service.config_dump import effective, example
from gate.service.config_rules import PackNames
from gate.service.config_schema import TABLES, CameraSource, Config, PinFactory
from tests.service.config_files import ALL_KEYS, changed_toml, least_toml

EXAMPLE_FILE = Path(__file__).parents[2] / "config" / "gate.toml"
VISIBLE = st.characters(codec="utf-8", exclude_categories=["C", "Z"])
PINS = [one.name for one, key in keys_of(TABLES["pins"]) if isinstance(key.kind, Number)]
REASONS = st.lists(st.from_regex(r"[a-z][a-z0-9_]{0,9}", fullmatch=True), min_size=1, max_size=3, unique=True).map(
    tuple
)

DAYS_AND_TIMES: dict[str, list[object]] = {
    "schedule.closed_days": [(), ("2026-12-25",), ("2028-02-29", "2026-12-25")],
    "schedule.special_days": [(), ("2026-03-31 08:00-12:00", "2026-03-31 13:00-15:00")],
    "occupancy.checkout": ["", "18:00", "00:00"],
}


def _allowed(dotted: str, kind: Kind) -> st.SearchStrategy[object]:  # noqa: C901, PLR0911, PLR0912  (one for each kind)
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
        case PackNames():
            return st.sampled_from([("visitor-pass",), ("visitor-pass", "pl-2022-07", "/own, or.json"), ("/a.json",)])
        case Texts():
            return REASONS
        case Notation() if dotted in DAYS_AND_TIMES:
            return st.sampled_from(DAYS_AND_TIMES[dotted])
        case Notation(plain=Texts()):
            return st.sampled_from([(), ("mon-fri 07:30-16:00",), ("sat 22:00-02:00", "sun 00:00-24:00")])
        case Notation() if dotted == "mqtt.renew_at":
            return st.sampled_from(["", "centre.example:8443", "192.0.2.1:443"])
        case Notation() if dotted == "schedule.utc_offset":
            return st.sampled_from(["WIB", "WITA", "WIT", "-03:30", "+00:00"])
        case Notation():
            return st.just(pattern_text.write(PATTERNS[Sign(dotted.removeprefix("signals."))]))
        case Text() if dotted.startswith("acceptance."):
            return st.from_regex("[A-Z]{2}", fullmatch=True)
        case _:
            names = st.from_regex(r"[a-z][a-z0-9-]{4,8}", fullmatch=True)
            return st.text(VISIBLE, max_size=20) if dotted == "mqtt.username" else names


def _pins(numbers: list[int]) -> dict[str, Any]:
    return dict(zip(PINS, numbers, strict=True))


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
    door, officer = config.door, config.officer
    at_bench = config.camera.source is CameraSource.STAGE
    both = config.gate.direction is Direction.BOTH
    return replace(
        config,
        passback=TABLES["passback"]() if both else config.passback,
        occupancy=replace(config.occupancy, capacity=0) if both else config.occupancy,
        camera=replace(config.camera, path=None if at_bench else config.camera.path),
        pins=replace(config.pins, factory=PinFactory.MOCK, **_pins(numbers)),
        bench=config.bench if at_bench else TABLES["bench"](),
        door=replace(
            door,
            extended_release_s=max(door.release_s, door.extended_release_s),
            extended_held_open_s=max(door.held_open_s, door.extended_held_open_s),
            pre_alarm_s=min(door.pre_alarm_s, door.held_open_s - 0.5),
        ),
        officer=replace(officer, stuck_s=max(officer.stuck_s, officer.duress_s + 1)),
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
    comment = example().partition(f"\n[{table}]\n")[2].partition(f"\n{bare} = ")[0].rpartition("\n\n")[2]
    written = "required" if is_required(one) else f"default {key.kind.write(one.default)}"
    assert shown == (one.default if key.example is None else key.example)
    assert f"; {written}." in " ".join(comment.replace("\n#  ", "").split())


def test_the_example_can_be_used() -> None:
    assert load(EXAMPLE_FILE).camera.path == Path("/var/lib/gate/pictures")
