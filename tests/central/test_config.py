"""The configuration of the centre: what is read, what is told, and that the shipped file is what the code enforces."""

from __future__ import annotations

from pathlib import Path

import pytest

from gate.central.config import ConfigErrors, example, load
from gate.central.config_schema import Config

SHIPPED = Path(__file__).parents[2] / "config" / "central.toml"


def problems_of(folder: Path, text: str) -> list[str]:
    file = folder / "central.toml"
    file.write_text(text)
    with pytest.raises(ConfigErrors) as told:
        load(file)
    return [str(problem).removeprefix(f"{file}:") for problem in told.value.problems]


def test_an_empty_file_has_every_default(tmp_path: Path) -> None:
    (tmp_path / "central.toml").write_text("")
    config = load(tmp_path / "central.toml")
    assert config == Config()
    assert config.store.url == "sqlite:////var/lib/gate-central/central.db"


def test_the_shipped_file_is_the_example_and_holds_the_defaults() -> None:
    assert SHIPPED.read_text(encoding="utf-8") == example(), "gate central show-config > config/central.toml"
    assert load(SHIPPED) == Config()


def test_relative_paths_start_at_the_folder_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "central.toml").write_text('[commands]\nkey = "replay.key"\n')
    assert load(tmp_path / "central.toml").commands.key == tmp_path / "replay.key"


def test_a_credential_of_systemd_is_looked_for_where_the_unit_has_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    (tmp_path / "central.toml").write_text('[store]\npassword_file = "credential:database"\n')
    found = load(tmp_path / "central.toml").store.password_file
    assert found == Path("/run/credentials/gate-central.service/database")


def test_everything_wrong_is_told_at_once_with_line_key_and_advice(tmp_path: Path) -> None:
    told = problems_of(tmp_path, '[broker]\nhots = "x"\nport = 0\n[ingest]\nworker = "a b"\n[stoer]\n')
    assert [one.split(": ")[:2] for one in told] == [
        ["2", "broker.hots"],
        ["3", "broker.port"],
        ["5", "ingest.worker"],
        ["6", "stoer"],
    ]
    assert "Did you mean broker.host?" in told[0]
    assert "Did you mean [store]?" in told[3]


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ('[broker]\ntls_ca = "ca"\ntls_key = "key"', "broker.tls_certificate: is missing beside broker.tls_key"),
        ('[broker]\ntls_ca = "ca"\ntls_certificate = "c"', "broker.tls_key: is missing beside broker.tls_certificate"),
        ('[broker]\ntls_certificate = "c"\ntls_key = "key"', "broker.tls_ca: is missing: without it there is no TLS"),
        ('[broker]\npassword_file = "p"', "broker.username: is missing beside broker.password_file"),
        ('[enrol]\ntls_key = "key"', "enrol.tls_certificate: is missing beside enrol.tls_key"),
        ('[enrol]\nca_key = "key"', "enrol.ca: is missing beside enrol.ca_key"),
        ('[enrol]\nca = "ca"', "registry.files: is empty: only a gate that the registry has"),
        ('[enrol]\naddress = "centre"', "enrol.address: is not a host:port: write the name or address of a machine"),
        ('[registry]\nfiles = ["a.csv", "./a.csv"]', "registry.files: holds"),
        ('[registry]\nfiles = "a.csv"', "registry.files: must be a list of at most 64 texts"),
        ('[registry]\nfiles = ["~/a.csv"]', 'must not start with "~"'),
    ],
)
def test_what_does_not_go_together_is_told(tmp_path: Path, text: str, key: str) -> None:
    (told,) = problems_of(tmp_path, text)
    assert key in told


def test_what_is_wrong_by_itself_is_not_told_again_for_what_it_goes_with(tmp_path: Path) -> None:
    (told,) = problems_of(tmp_path, '[broker]\nusername = 7\npassword_file = "p"')
    assert "broker.username: must be text" in told
