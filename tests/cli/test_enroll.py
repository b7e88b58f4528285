"""`gate enroll` with a real listener, and with carried files: what is where afterwards, and what is refused."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest

from gate.adapters.head_key import HeadKey
from gate.cli.main import main
from gate.pki import making
from gate.wire import token as tokens
from gate.wire.enrolment import Issued, answer
from gate.wire.token import Token
from tests.central.registrars import GATE, SECRET, Place, listening
from tests.service.config_files import changed_toml


@pytest.fixture
def centre(tmp_path: Path) -> Iterator[Place]:
    with listening(tmp_path / "centre") as found:
        yield found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "gate").mkdir()
    return tmp_path / "gate"


@pytest.fixture
def config(folder: Path) -> Path:
    """A gate that has its place for the files."""
    places: dict[str, object] = {
        f"mqtt.tls_{name}": f"own/{file}" for name, file in (("ca", "a"), ("certificate", "c"), ("key", "k"))
    }
    (folder / "gate.toml").write_text(changed_toml(places))
    (folder / "own").mkdir()
    return folder / "gate.toml"


def enroll(token: Token | str, config: Path, *more: object) -> int:
    line = token if isinstance(token, str) else tokens.write(token)
    return main(["enroll", line, "--config", str(config), *map(str, more)])


def is_whole(folder: Path) -> bool:
    """Whether certificate and key belong together, and nothing waits."""
    certificate = making.certificate_from_pem((folder / "c").read_bytes(), "c")
    key = making.key_from_pem((folder / "k").read_bytes(), "k")
    waits = [path.name for path in folder.iterdir() if path.name not in {"a", "c", "k"}]
    return certificate.public_key() == key.public_key() and not waits


def test_the_files_are_put_where_the_configuration_has_them(
    centre: Place, config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert enroll(centre.token(), config) == 0
    own = config.parent / "own"
    assert is_whole(own)
    assert {path.name: path.stat().st_mode & 0o777 for path in own.iterdir()} == {"a": 0o644, "c": 0o644, "k": 0o600}
    told = capsys.readouterr()
    assert "systemctl restart gate" in told.out
    assert "tls_ca" not in told.out
    assert f'renew_at = "{centre.address}"' in told.out
    assert main(["check-config", str(config)]) == 0
    key = (own / "k").read_bytes()
    assert key not in (config.parent.parent / "centre" / "centre.db").read_bytes()


def test_the_centre_learns_the_key_that_signs_the_journal(centre: Place, config: Path) -> None:
    journal = '[journal]\npath = "journal.db"\n'
    config.write_text(config.read_text() + journal)
    assert enroll(centre.token(), config) == 0
    key = HeadKey(config.parent / "journal.db.key").public
    assert key.encode() in (config.parent.parent / "centre" / "centre.db-wal").read_bytes()


def test_a_folder_may_be_named_and_then_the_lines_are_told(
    centre: Place, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert enroll(centre.token(), tmp_path / "none.toml", "--out", tmp_path / "new" / "tls") == 0
    out = capsys.readouterr().out
    assert f'tls_key = "{tmp_path}/new/tls/{GATE}.key"' in out
    assert (tmp_path / "new" / "tls" / f"{GATE}.crt").exists()


@pytest.mark.parametrize("way", ["file", "stdin", "dash"])
def test_the_token_need_not_be_in_the_list_of_processes(
    centre: Place, config: Path, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = tokens.write(centre.token())
    (config.parent / "token").write_text(f"{line}\n")
    monkeypatch.setattr("sys.stdin", io.StringIO(f" {line}\n"))
    more = {"file": ["--token-file", str(config.parent / "token")], "stdin": [], "dash": ["--token-file", "-"]}[way]
    assert main(["enroll", "--config", str(config), *more]) == 0
    assert is_whole(config.parent / "own")


def test_a_second_time_is_refused_but_by_force_with_a_new_key(
    centre: Place, config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    token, own = centre.token(), config.parent / "own"
    assert enroll(token, config) == 0
    before = {path: path.read_bytes() for path in own.iterdir()}
    assert enroll(centre.token(GATE, bytes(16)), config) == 2
    assert "has a certificate already" in capsys.readouterr().err
    assert {path: path.read_bytes() for path in own.iterdir()} == before
    assert enroll(Token(token.site, GATE, token.address, token.pin, bytes(16)), config, "--force") == 0
    assert is_whole(own)
    assert (own / "k").read_bytes() != before[own / "k"]


def test_what_was_cut_short_goes_on_with_the_same_token(centre: Place, config: Path) -> None:
    """At every step: after the answer got lost, and between any two files."""
    token, own = centre.token(), config.parent / "own"
    assert enroll(token, config) == 0
    whole = {path.name: path.read_bytes() for path in own.iterdir()}
    for there in (
        {"k.asked": whole["k"]},
        {"k.asked": whole["k"], "a": whole["a"]},
        {"k": whole["k"], "a": whole["a"]},
    ):
        for path in own.iterdir():
            path.unlink()
        for name, data in there.items():
            (own / name).write_bytes(data)
            (own / name).chmod(0o600)
        assert enroll(token, config) == 0, there.keys()
        assert {path.name: path.read_bytes() for path in own.iterdir()} == whole


def test_a_token_that_is_used_for_another_key_is_refused(
    centre: Place, config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    token = centre.token()
    assert enroll(token, config.parent / "none.toml", "--out", config.parent / "thief") == 0
    assert enroll(token, config) == 1
    assert "who has used it" in capsys.readouterr().err
    assert not (config.parent / "own" / "c").exists()


def test_a_token_of_another_gate_is_refused_before_anybody_is_asked(
    centre: Place, config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert enroll(centre.token("gate-2"), config) == 2
    assert "The token is for gate-2" in capsys.readouterr().err
    assert list((config.parent / "own").iterdir()) == []


def test_a_false_centre_gets_nothing(centre: Place, config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    token = centre.token()
    with listening(config.parent / "false") as false:
        lured = Token(token.site, GATE, false.address, token.pin, SECRET)
        assert enroll(lured, config) == 2
        assert "another authority than the token names" in capsys.readouterr().err
        assert false.store.certificates() == []


def test_without_a_network_request_and_answer_are_carried(
    centre: Place, config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    token, own = centre.token(), config.parent / "own"
    request, back = config.parent / "request", config.parent / "answer"
    assert enroll(token, config, "--request", request) == 0
    assert "PRIVATE" not in request.read_text()
    found = centre.registrar.enrol(request.read_bytes())
    assert isinstance(found, Issued)
    back.write_bytes(answer(found))
    assert enroll(token, config, "--answer", back) == 0
    assert is_whole(own)
    (own / "k").unlink()
    (own / "c").unlink()
    assert enroll(token, config, "--answer", back) == 2, "it is for a key that is gone"
    assert "another key" in capsys.readouterr().err


def test_an_authority_that_is_there_is_not_replaced(
    centre: Place, config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ours = making.certificate_to_pem(centre.authority.certificate)
    own = config.parent / "own"
    with listening(config.parent / "other") as other:
        theirs = making.certificate_to_pem(other.authority.certificate)
    (own / "a").write_bytes(theirs)
    token = centre.token()
    assert enroll(token, config) == 2
    assert "holds another authority" in capsys.readouterr().err
    assert centre.store.certificates() == [], "the token is not spent for nothing"
    (own / "a").write_bytes(theirs + ours)
    assert enroll(token, config) == 0
    assert (own / "a").read_bytes() == theirs + ours


@pytest.mark.parametrize("line", ["", "gate-token/1/x", "x" * 1000])
def test_what_is_no_token_is_told(config: Path, line: str, capsys: pytest.CaptureFixture[str]) -> None:
    (config.parent / "token").write_text(line)
    assert main(["enroll", "--config", str(config), "--token-file", str(config.parent / "token")]) == 2
    assert "token" in capsys.readouterr().err


def test_a_configuration_that_is_wrong_is_told(centre: Place, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert enroll(centre.token(), folder / "none.toml") == 2
    assert "--out FOLDER" in capsys.readouterr().err
