"""``gate central run`` as a process: it keeps what a gate says over TLS, stops in order, and says why it cannot."""

from __future__ import annotations

import signal
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest

from gate.central.adapters.sql.engine import open_database
from gate.central.adapters.sql.events import SqlStore
from gate.central.adapters.sql.tables import gate_central
from gate.central.store import Progress
from gate.cli.main import main
from tests.broker import HOST, free_port, running
from tests.central.office import ENDS_S, configured, working
from tests.central.sender import BATCHED, sent
from tests.certificates import Authority, broker_lines
from tests.postgres import PASSWORD, Server
from tests.subscriber import subscribed
from tests.wire.examples import IDENTITY
from tests.wire.test_chain import records


def test_a_worker_keeps_what_a_gate_says_over_tls_and_stops_in_order(tmp_path: Path) -> None:
    authority, bodies = Authority(tmp_path / "pki"), records(30)
    own = authority.issue("centre.ingest")
    with running(tmp_path, *broker_lines(authority, authority.issue("broker"))) as broker:
        tls = {"tls_ca": str(authority.ca), "tls_certificate": str(own.certificate), "tls_key": str(own.key)}
        config = configured(
            tmp_path,
            {"broker": {"host": HOST, "port": broker.port, **tls}, "store": {"url": f"sqlite:///{tmp_path}/c.db"}},
        )
        with working(config) as (process, systemd):
            systemd.wait_for("READY=1")
            systemd.wait_for("STATUS=0 events kept")  # it hears the broker from now on
            sent(broker.port, bodies, authority)
            systemd.wait_for(f"STATUS={len(bodies)} events kept")
            process.send_signal(signal.SIGTERM)
            assert process.wait(ENDS_S) == 0
            systemd.wait_for("STOPPING=1")
    store = SqlStore(open_database(f"sqlite:///{tmp_path}/c.db"))
    assert list(store.journals().values()) == [Progress(len(bodies), len(bodies))]
    store.close()


def test_two_workers_share_what_gates_say_through_one_database(tmp_path: Path, server: Server) -> None:
    bodies = records(200)
    (tmp_path / "password").write_text(PASSWORD + "\n")
    url = server.new()
    with running(tmp_path) as broker, subscribed(broker, "gate/+/+/+/ack") as gate_side:
        config = configured(
            tmp_path,
            {
                "broker": {"host": HOST, "port": broker.port},
                "store": {"url": url, "password_file": "password"},
            },
        )
        with working(config) as (_, first), working(config, "--worker", "centre.second") as (_, second):
            first.wait_for("STATUS=0 events kept")
            second.wait_for("STATUS=0 events kept")
            sent(broker.port, bodies)
            gate_side.until(lambda: any(b'"seq":200' in told for told in gate_side.payloads("ack")))
    store = SqlStore(open_database(url, PASSWORD))
    assert list(store.journals().values()) == [Progress(len(bodies), len(bodies))]
    store.close()


def test_without_a_broker_it_waits_and_says_so_once(tmp_path: Path) -> None:
    port = free_port()
    config = configured(
        tmp_path, {"broker": {"host": HOST, "port": port}, "store": {"url": f"sqlite:///{tmp_path}/c.db"}}
    )
    with working(config) as (process, systemd):
        systemd.wait_for("STATUS=the broker is away; 0 events kept")
        process.send_signal(signal.SIGTERM)
        assert process.wait(ENDS_S) == 0
        assert process.stderr is not None
        told = process.stderr.read()
    assert told.count(f"the broker at {HOST}:{port}: cannot be reached") == 1
    assert "look at broker.host" in told


def _of_another_version(path: Path) -> None:
    database = open_database(f"sqlite:///{path}")
    with database.writing() as link:
        link.execute(gate_central.update().values(schema=99))
    database.close()


@pytest.mark.parametrize(
    ("table", "key", "value", "told"),
    [
        ("store", "url", "mysql://centre@db/events", "mysql is not a database that the centre can use"),
        ("store", "url", "postgresql://gate:hush@db/events", "put it into a file"),
        ("store", "password_file", "nowhere", "cannot read the password from"),
        ("store", "url", "sqlite:///other.db", "was made by another version of gate (99, not 1)"),
        ("store", "url", "sqlite:///theirs.db", "is the database of another program"),
        ("commands", "key", "nowhere", "cannot use the key"),
        ("commands", "key", "central.toml", "look at commands.key"),
        ("broker", "host", ".", "is not the name of a machine"),
        ("broker", "hots", "x", "Did you mean broker.host?"),
        ("broker", "password_file", "nowhere", "broker.username: is missing"),
    ],
)
def test_what_keeps_it_from_starting_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], table: str, key: str, value: str, told: str
) -> None:
    _of_another_version(tmp_path / "other.db")
    with closing(sqlite3.connect(tmp_path / "theirs.db")) as theirs:
        theirs.execute("CREATE TABLE accounts (name)")
    tables: dict[str, dict[str, object]] = {"store": {"url": "sqlite:///c.db"}}
    tables.setdefault(table, {})[key] = value.replace("sqlite:///", f"sqlite:///{tmp_path}/")
    assert main(["central", "run", "--config", str(configured(tmp_path, tables))]) == 2
    said = capsys.readouterr().err
    assert told in said
    assert "hush" not in said
    assert "Traceback" not in said


def test_without_its_extra_it_says_what_to_install(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    config = configured(tmp_path, {"store": {"url": "postgresql://gate@localhost/gate"}})
    assert main(["central", "run", "--config", str(config)]) == 2
    assert capsys.readouterr().err == "gate central run: psycopg is missing: pip install 'gate[central]'\n"


def test_a_worker_s_name_is_looked_at(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["central", "run", "--worker", "a b"])
    assert "must be a name of 1 to 64 letters" in capsys.readouterr().err


def test_a_gate_that_the_registry_comes_to_know_loses_nothing_while_the_worker_runs(tmp_path: Path) -> None:
    bodies, registry = records(60), tmp_path / "gates.csv"
    (tmp_path / "offices.csv").write_text("id;name\njkt-01;Kantor\n")
    registry.write_text("id;site\n")
    with running(tmp_path) as broker, subscribed(broker, "gate/+/+/+/ack") as gate_side:
        config = configured(
            tmp_path,
            {
                "broker": {"host": HOST, "port": broker.port},
                "store": {"url": f"sqlite:///{tmp_path}/c.db"},
                "registry": {"files": ["offices.csv", "gates.csv"]},
            },
        )
        with working(config) as (process, systemd):
            systemd.wait_for("STATUS=0 events kept")
            sent(broker.port, bodies)
            systemd.wait_for(f"STATUS=0 events kept, 0 came again, {60 - BATCHED + 1} set apart")
            assert gate_side.payloads("ack") == []
            registry.write_text("id;site\nfront;nowhere\n")  # not taken: there is no such office
            registry.write_text(f"id;site\n{IDENTITY.gate};{IDENTITY.site}\n")
            gate_side.until(lambda: any(b'"seq":60' in told for told in gate_side.payloads("ack")))
            process.send_signal(signal.SIGTERM)
            assert process.wait(ENDS_S) == 0
    store = SqlStore(open_database(f"sqlite:///{tmp_path}/c.db"))
    assert list(store.journals().values()) == [Progress(60, 60)]
    assert store.wrong() == 0
    store.close()
