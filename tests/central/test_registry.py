"""The registry: read from TOML and from what a spreadsheet saves; everything that is wrong is told with its place."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from contextlib import suppress
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.central.registry import Gate, Registry, Site
from gate.central.registry_files import load
from gate.central.registry_live import LiveRegistry
from gate.central.registry_problems import Problem, RegistryErrors

TOML = """
[[site]]
id = "office-1"
name = "Kantor Satu"
district = "Kota Contoh"
timezone = "Asia/Makassar"
planned_gates = 2
planned = 2026-12-01
capacity = 80

[[gate]]
id = "gate-1"
site = "office-1"
installed = 2026-11-20
"""
SITES = "\ufeffid;name;district;timezone;planned_gates;planned;capacity\r\n"
SITES += "office-1;Kantor Satu;Kota Contoh;Asia/Makassar;2;1/12/2026;80\r\n"
GATES = "\ufeffID;Site;Installed;retired\r\ngate-1;office-1;20/11/2026;\r\n;;;\r\n"


def written(folder: Path, text: str, name: str = "registry.toml") -> Path:
    path = folder / name
    path.write_bytes(text.encode())
    return path


def told(*files: Path) -> list[str]:
    with pytest.raises(RegistryErrors) as caught:
        load(files)
    return [str(one) for one in caught.value.problems]


def test_a_registry_in_toml(tmp_path: Path) -> None:
    site = Site("office-1", "Kantor Satu", "Kota Contoh", "Asia/Makassar", 2, date(2026, 12, 1), 80)
    gate = Gate("gate-1", "office-1", installed=date(2026, 11, 20))
    assert load([written(tmp_path, TOML)]) == Registry({"office-1": site}, {"gate-1": gate})
    assert gate.source == "gate/v1/office-1/gate-1"


def test_what_a_spreadsheet_in_indonesia_saves_is_the_same_registry(tmp_path: Path) -> None:
    sheets = [written(tmp_path, SITES, "sites.csv"), written(tmp_path, GATES, "gates.CSV")]
    assert load(sheets) == load([written(tmp_path, TOML)])


def test_files_of_both_kinds_go_together(tmp_path: Path) -> None:
    more = 'id,site,name\ngate-2,office-1,"the door, north"\n'
    found = load([written(tmp_path, TOML), written(tmp_path, more, "more.csv")])
    assert [one.id for one in found.gates_of("office-1")] == ["gate-1", "gate-2"]
    assert found.gates["gate-2"].name == "the door, north"


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ('id = "Office 1"', "7: id: must be lower-case letters"),
        ('id = "all"', '7: id: "all" is a word of the topics'),
        ('name = "a\\u0007b"', "7: name: holds a character that cannot be seen"),
        ('name = ""', ": name: is missing"),
        ('timezone = "Asia/Jakrta"', '(did you mean "Asia/Jakarta"?)'),
        ("planned_gates = -1", "7: planned_gates: must be a whole number from 0 to 1000"),
        ("planned_gates = true", "7: planned_gates: must be a whole number"),
        ("planned = 2026-12-01T00:00:00", "7: planned: must be a day such as 2026-11-25 or 25/11/2026"),
        ('planned = "31/02/2026"', "7: planned: must be a day"),
        ('distrct = "x"', "7: distrct: is no column of a site. Did you mean district"),
    ],
    ids=lambda value: value if "says" not in value else "",
)
def test_each_fault_is_told_with_file_line_key_and_advice(tmp_path: Path, line: str, says: str) -> None:
    key = line.split(" =", maxsplit=1)[0]
    right = {"id": 'id = "office-2"', "name": 'name = "Kantor"'} | {key: line}
    ordered = [line, *(text for name, text in right.items() if name != key)]
    file = written(tmp_path, "# registry\n\n\n\n\n[[site]]\n" + "\n".join(ordered))
    (problem,) = told(file)
    assert problem.startswith(f"{file}:")
    assert says in problem


def test_all_faults_of_all_files_are_told_at_once(tmp_path: Path) -> None:
    first = written(tmp_path, TOML, "a.toml")
    second = written(
        tmp_path,
        "id;site;installed;retired\r\ngate-1;office-1;;\r\ngate-2;office-9;;\r\n"
        "gate-3;office-1;2026-02-01;2026-01-01\r\nsite;office-1;;;;x\r\n",
        "b.csv",
    )
    third = written(tmp_path, "id = \n\n[[site]]", "c.toml")
    expected = (
        (f"{second}:2: id: The gate gate-1 stands at {first}:11 already", "at any office."),
        (f"{second}:3: site: There is no office office-9 in these files", "correct the id."),
        (f"{second}:4: retired: is before the day of installation", "Correct one of the two days."),
        (
            f"{second}:5: column 6: is no column of a gate",
            "The columns are id, site, name, planned, installed, retired.",
        ),
        (f'{second}:5: id: "site" is a word of the topics and cannot be a name', "the name in its certificate."),
        (f"{third}:1: is not TOML: Invalid value", "below each its keys as key = value."),
        (f"{tmp_path}/d.csv: cannot be read: No such file or directory", "called .toml or .csv."),
    )
    found = told(first, second, third, tmp_path / "d.csv")
    assert [(one[: len(begin)], one[-len(end) :]) for one, (begin, end) in zip(found, expected, strict=True)] == [
        *expected
    ]


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("a.txt", "", "is neither .toml nor .csv"),
        ("a.csv", "", 'has no column "id" in its first row'),
        ("a.csv", "name;district\n", 'has no column "id"'),
        ("a.csv", "id;id\n", "has two columns 'id'"),
        ("a.csv", 'id;site\n"gate-1;office-1', "is not CSV"),
        ("a.toml", "[site]\nid = 1", "must be written as [[site]]"),
        ("a.toml", "[[sites]]\nid = 1", "is neither [[site]] nor [[gate]]"),
    ],
)
def test_a_file_that_is_none_is_told_as_a_whole(tmp_path: Path, name: str, text: str, says: str) -> None:
    assert says in told(written(tmp_path, text, name))[0]


def test_bytes_that_are_no_text_are_told(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_bytes(b"id;name\noffice-1;Kant\xff\n")
    assert told(file) == [f"{file}:2: is not UTF-8 text. Save it as UTF-8."]


@given(st.text(max_size=200), st.sampled_from(["a.toml", "a.csv"]))
def test_any_text_is_a_registry_or_is_told_to_be_none(
    tmp_path_factory: pytest.TempPathFactory, text: str, name: str
) -> None:
    folder = tmp_path_factory.getbasetemp() / "any"
    folder.mkdir(exist_ok=True)
    (folder / name).write_bytes(text.encode("utf-8", "surrogatepass"))
    with suppress(RegistryErrors):
        load([folder / name])


ids = st.from_regex(r"[a-z0-9][a-z0-9-]{0,10}", fullmatch=True).filter(lambda text: text not in {"all", "site"})
days = st.none() | st.dates(date(2020, 1, 1), date(2035, 1, 1))


@given(st.lists(ids, min_size=1, max_size=4, unique=True), st.lists(ids, max_size=6, unique=True), st.data())
def test_a_registry_written_by_a_spreadsheet_comes_back(
    tmp_path_factory: pytest.TempPathFactory, site_ids: list[str], gate_ids: list[str], data: st.DataObject
) -> None:
    names = st.text("abc ;,\"'é—", min_size=1, max_size=9).map(str.strip).filter(bool)
    sites = [Site(one, data.draw(names), planned_gates=data.draw(st.integers(0, 9))) for one in site_ids]
    gates = [Gate(one, data.draw(st.sampled_from(site_ids)), installed=data.draw(days)) for one in gate_ids]
    folder = tmp_path_factory.getbasetemp() / "sheets"
    folder.mkdir(exist_ok=True)
    delimiter = data.draw(st.sampled_from(";,\t"))
    first = _sheet(
        folder / "sites.csv",
        delimiter,
        [("id", "name", "planned_gates")],
        [(s.id, s.name, s.planned_gates) for s in sites],
    )
    second = _sheet(
        folder / "gates.csv",
        delimiter,
        [("id", "site", "installed")],
        [(g.id, g.site, _day(g.installed)) for g in gates],
    )
    assert load([first, second]) == Registry.of(sites, gates)


def _sheet(path: Path, delimiter: str, *rows: list[tuple[object, ...]]) -> Path:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter).writerows(row for part in rows for row in part)
    path.write_bytes(text.getvalue().encode("utf-8-sig"))
    return path


def _day(day: date | None) -> str:
    return "" if day is None else f"{day:%d/%m/%Y}"


def test_whether_a_gate_is_installed() -> None:
    day, one = date(2026, 11, 25), timedelta(days=1)
    assert not Gate("g", "s").is_installed(day)
    assert not Gate("g", "s", installed=day + one).is_installed(day)
    assert Gate("g", "s", installed=day).is_installed(day)
    assert Gate("g", "s", installed=day - one, retired=day + one).is_installed(day)
    assert not Gate("g", "s", installed=day - one, retired=day).is_installed(day)


def test_a_changed_file_is_taken_up_and_a_bad_one_leaves_the_last_good_one(tmp_path: Path) -> None:
    file = written(tmp_path, TOML)
    live = LiveRegistry([file])
    first = live.current
    assert (live.refresh(), live.troubled) == (False, False)
    assert not live.refresh(asked=True), "it says the same"
    written(tmp_path, TOML + "[[gate]]\n")
    assert (live.refresh(), live.troubled) == (False, True)
    assert live.current == first
    file.unlink()
    assert not live.refresh()
    assert live.current == first
    written(tmp_path, TOML + '[[gate]]\nid = "gate-2"\nsite = "office-1"\n')
    assert (live.refresh(), live.troubled) == (True, False)
    assert list(live.current.gates) == ["gate-1", "gate-2"]


def test_a_file_that_may_be_read_after_all_is_taken_up(tmp_path: Path) -> None:
    """As root writes it, and then lets the user of the centre read it; the content is not touched."""
    file = written(tmp_path, TOML)
    live = LiveRegistry([file])
    written(tmp_path, TOML + '[[gate]]\nid = "gate-2"\nsite = "office-1"\n')
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("gate.central.registry_live.load", refused)
        assert (live.refresh(), live.troubled) == (False, True)
    file.chmod(0o644)
    assert (live.refresh(), live.troubled) == (True, False)


def refused(files: Sequence[Path]) -> Registry:
    """As for a file of another user; root, who may run this, reads them all."""
    raise RegistryErrors([Problem(file, None, "", "cannot be read: Permission denied", "") for file in files])


def test_what_is_wrong_is_told_without_what_moves_a_terminal(tmp_path: Path) -> None:
    file = tmp_path / "gates.csv"
    file.write_text("id;site;\x1b[31mname\ng;s;x\n", "utf-8")
    with pytest.raises(RegistryErrors) as told:
        load([file])
    assert "\\x1b[31mname" in str(told.value)
    assert "\x1b" not in str(told.value)


def test_a_centre_does_not_begin_with_a_bad_registry(tmp_path: Path) -> None:
    with pytest.raises(RegistryErrors):
        LiveRegistry([tmp_path / "none.toml"])
