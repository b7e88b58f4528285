"""The real centre beside a gate: its ingest on the real broker, and everything that staff can ask of it."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from datetime import datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gate.central.adapters.sql.archive import SqlArchive
from gate.central.adapters.sql.duties import SqlDuties
from gate.central.adapters.sql.engine import Database, open_database
from gate.central.adapters.sql.erasure import SqlEraser
from gate.central.adapters.sql.events import SqlStore
from gate.central.archive import Wanted
from gate.central.duties import Duties
from gate.central.erasing import due
from gate.central.ingest import Ingest
from gate.central.receipt import sign
from gate.cli.main import main
from gate.credential.keys import private_to_pem
from gate.service.threads import Worker
from tests.central.examples import NOON
from tests.central.office import configured
from tests.central.test_ingest import WAIT_S, Noticed

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
LATER = NOON + timedelta(days=40)


def database(folder: Path) -> Database:
    """The centre's, in its folder."""
    return open_database(f"sqlite:///{folder}/central.db")


@contextmanager
def keeping(folder: Path, port: int) -> Iterator[Ingest]:
    """A worker of the centre, until the block ends; it hears everything from the block's begin on."""
    opened, link = database(folder), Noticed(port)
    duties = Duties(SqlDuties(opened), link, None, "worker-1", lambda: NOON)
    ingest = Ingest(SqlStore(opened), link, lambda: NOON, [duties])
    worker = Worker("ingest", ingest.run, lambda _: None)
    worker.start()
    try:
        assert link.joined.wait(WAIT_S)
        yield ingest
    finally:
        assert worker.stop(10)
        assert worker.error is None
        opened.close()


def asked(folder: Path) -> None:
    """Let staff ask for everything; what they see is beside the database."""
    (folder / "receipts.key").write_bytes(private_to_pem(KEY))
    tables = {"store": {"url": f"sqlite:///{folder}/central.db"}, "retention": {"key": "receipts.key"}}
    config = str(configured(folder, tables))
    number, begun = _somebody(folder)
    span = ["--from", begun.isoformat(), "--to", (begun + timedelta(hours=9)).isoformat()]
    for name, words in {
        "visits": ["visits", "--number", "9999"],
        "visits.json": ["visits", "--number", "9999", "--json"],
        "alarms": ["alarms", "--days", "9999"],
        "gates": ["gates"],
        "gaps": ["gaps"],
        "follow-up": ["alarm", "follow-up", "jkt-01/front", str(_black(folder)), "referred"],
        "trace": ["trace", "--case", "K/1", "--gate", "jkt-01/front", "--visit", str(number), *span],
        "visits.csv": ["export"],
        "visits.jsonl": ["export", "--format", "jsonl"],
        "audit": ["audit"],
    }.items():
        out = ["--out", str(folder / name)] if words[0] == "export" else []
        with redirect_stdout(io.StringIO()) as told:
            assert main(["central", *words, *out, "--config", config]) in {0, 1}
        if not out:
            (folder / f"{name}.out").write_text(told.getvalue())


def erased(folder: Path) -> bytes:
    """Erase everything, long after; the receipt."""
    opened = database(folder)
    found = SqlEraser(opened).erase(
        due(LATER - timedelta(days=30), LATER), "uid-0", lambda: LATER, lambda what: sign(what, KEY), rewrite=False
    )
    opened.close()
    assert found.receipt is not None
    assert json.loads(found.receipt)["receipt"]["records"] > 0
    (folder / "receipt.json").write_bytes(found.receipt)
    return found.receipt


def _somebody(folder: Path) -> tuple[int, datetime]:
    """A visit that has a pseudonym, and when it was."""
    opened = database(folder)
    visits = list(SqlArchive(opened).visits(Wanted()))
    opened.close()
    return next((one.visit.number, one.visit.begun) for one in visits if one.visit.story and one.visit.story.fp)


def _black(folder: Path) -> int:
    opened = database(folder)
    visits = list(SqlArchive(opened).visits(Wanted(colour="black")))
    opened.close()
    return visits[0].visit.number
