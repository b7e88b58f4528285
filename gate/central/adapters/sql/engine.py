"""Opens the centre's database by its URL, and turns whatever can fail in it into a ``StoreError`` with advice.

Rules: every use of the database is one transaction, ``writing`` or ``reading``. On return from ``writing`` it is on the
disk. Nothing of a statement, of its values or of a password is in an error's text.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Engine, Insert, Table, create_engine, event, inspect, select, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DataError, DBAPIError, OperationalError

from gate.central.adapters.sql.tables import SCHEMA_VERSION, gate_central, metadata
from gate.central.store import BusyError, StoreError

SQLITE: Final = "sqlite"
POSTGRESQL: Final = "postgresql"
APPLICATION_ID: Final = 0x67636E74
"""``gcnt``, in the header of an SQLite file."""

_DRIVERS = {"sqlite": "sqlite+pysqlite", "postgresql": "postgresql+psycopg"}
_SECRET = ("password", "secret")
"""How the names of what libpq keeps secret end."""
_MODE = 0o600
_BUSY_S = 10
_BUSY_SQLITE = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
}
_BUSY_POSTGRESQL = {"08", "25", "40", "53", "55", "57", "58"}
"""Classes of its error codes: connection, state of the transaction, rollback, resources, locks, operator, system."""
_LOCK = 0x67636E74
"""The advisory lock under which tables are made."""
_LOST = {"connect_timeout": 5, "keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3}
"""A server that has vanished is given up after 25 s, and a new connection tried."""
_SESSION = (
    "SET lock_timeout = '10s'",
    "SET idle_in_transaction_session_timeout = '60s'",  # a worker that is stopped in a batch holds up no other for ever
    "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'",
)


class Database:
    """An open database. Threads may share it; a transaction is used by one."""

    def __init__(self, engine: Engine, shown: str) -> None:
        self.engine = engine
        self._shown = shown

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One transaction that is kept as a whole, or not at all. Raises ``StoreError``."""
        with self._explained(), self.engine.connect() as link:
            link.execution_options(gate_writes=True)
            with link.begin():
                yield link

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One transaction that sees one moment of the database. Raises ``StoreError``."""
        with self._explained(), self.engine.connect() as link:
            if link.dialect.name == POSTGRESQL:
                link.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            with link.begin():
                yield link

    def compact(self, tables: Iterable[Table], *, rewrite: bool) -> bool:
        """Free what was deleted from these; whether nothing of it is left in their files. Raises ``StoreError``.

        SQLite is always written anew, as a whole. PostgreSQL is where ``rewrite`` says so, which keeps everybody out
        meanwhile; else it only may use the room again.
        """
        with self._explained():
            if self.engine.dialect.name == SQLITE:
                with closing(self.engine.raw_connection()) as raw:  # outside of any transaction
                    raw.cursor().execute("VACUUM")
                    busy = raw.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()[0][0]
                return not busy
            with self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as link:
                for table in tables:
                    link.exec_driver_sql(f"VACUUM {'(FULL) ' * rewrite}{table.name}")
            return rewrite

    def close(self) -> None:
        """Close every connection; a later use opens a new one."""
        self.engine.dispose()

    @contextmanager
    def _explained(self) -> Iterator[None]:
        with _explained(self._shown, self.engine.dialect.name):
            yield


def open_database(url: str, password: str | None = None) -> Database:
    """The database of this URL; an empty one gets its tables. Raises ``StoreError``."""
    parsed = _parsed(url)
    shown = parsed.render_as_string(hide_password=True)
    kind = parsed.get_backend_name()
    full = parsed.set(drivername=_DRIVERS[kind])
    with _explained(shown, kind):
        engine = _sqlite(full) if kind == SQLITE else _postgresql(full.set(password=password))
        database = Database(engine, shown)
        try:
            with database.writing() as link:
                _prepare(link, shown)
        except BaseException:
            database.close()
            raise
    return database


def insert_of(link: Connection, table: Table) -> sqlite.Insert | postgresql.Insert:
    """An INSERT that can say what happens on a conflict, of the database at hand."""
    return sqlite.insert(table) if link.dialect.name == SQLITE else postgresql.insert(table)


def insert_missing(link: Connection, table: Table) -> Insert:
    """An INSERT that leaves alone what is there."""
    return insert_of(link, table).on_conflict_do_nothing()


def _parsed(url: str) -> URL:
    advice = "write sqlite:////var/lib/gate-central/central.db or postgresql://user@host/database"
    try:
        parsed = make_url(url)
        kind = parsed.get_backend_name()
    except (ArgumentError, ValueError):
        raise StoreError(f"the URL of the database cannot be read: {advice}") from None
    if kind not in _DRIVERS:
        raise StoreError(f"{kind} is not a database that the centre can use: {advice}")
    if parsed.password is not None or any(name.endswith(_SECRET) for name in parsed.query):
        raise StoreError("the URL of the database holds a password: put it into a file, and name that as password_file")
    if kind == SQLITE and parsed.database in (None, "", ":memory:"):
        raise StoreError(f"the URL of the database names no file: {advice}")
    return parsed


def _sqlite(url: URL) -> Engine:
    Path(url.database or "").touch(mode=_MODE)
    engine = create_engine(url, connect_args={"timeout": _BUSY_S, "check_same_thread": False})
    event.listen(engine, "connect", _connected_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _postgresql(url: URL) -> Engine:
    options = {"application_name": "gate-central", **_LOST}
    engine = create_engine(url, connect_args={name: value for name, value in options.items() if name not in url.query})
    event.listen(engine, "connect", _connected_postgresql)
    return engine


def _connected_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # sqlite3 begins no transaction of its own; ours begin below
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", "secure_delete = ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(link: Connection) -> None:
    """A writer takes its turn at once, so that two of them never have to give way to each other in the middle."""
    writes = link.get_execution_options().get("gate_writes")
    link.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _connected_postgresql(connection: Any, _record: object) -> None:
    with connection.cursor() as cursor:
        for statement in _SESSION:
            cursor.execute(statement)
    connection.commit()


def _prepare(link: Connection, shown: str) -> None:
    """Make the tables in an empty database; refuse another program's, and another version's."""
    if link.dialect.name == POSTGRESQL:
        link.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    there = set(inspect(link).get_table_names())
    if not there:
        metadata.create_all(link)
        link.execute(gate_central.insert(), {"schema": SCHEMA_VERSION})
        if link.dialect.name == SQLITE:
            link.exec_driver_sql(f"PRAGMA application_id = {APPLICATION_ID}")
        return
    if gate_central.name not in there:
        raise StoreError(f"{shown} is the database of another program: name another one")
    versions = link.execute(select(gate_central.c.schema)).scalars().all()
    if versions != [SCHEMA_VERSION]:
        found = ", ".join(map(str, versions)) or "none"
        raise StoreError(f"{shown} was made by another version of gate ({found}, not {SCHEMA_VERSION}): use that one")


_ADVICE: Mapping[str, str] = {
    SQLITE: "check the disk, and that the user of the centre may write there",
    POSTGRESQL: "check that the server runs, that its pg_hba.conf lets this user in, and the password file",
}


@contextmanager
def _explained(shown: str, kind: str) -> Iterator[None]:
    try:
        yield
    except (DataError, UnicodeError, OverflowError) as error:  # what a driver says of a value may quote it
        code = getattr(getattr(error, "orig", error), "sqlstate", None) or type(error).__name__
        raise StoreError(
            f"the centre's database {shown} does not take a value ({code}): look at what is set apart"
        ) from None
    except DBAPIError as error:
        raise (BusyError if _is_busy(error) else StoreError)(
            f"the centre's database {shown} cannot be used: {_first_line(error.orig)}; {_ADVICE[kind]}"
        ) from None
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else type(error).__name__
        raise StoreError(f"the centre's database {shown} cannot be used: {reason}; {_ADVICE[kind]}") from None


def _is_busy(error: DBAPIError) -> bool:
    """Whether the driver says that it is nothing about what was asked; without a code the connection is lost."""
    told = error.orig
    if isinstance(told, sqlite3.Error):
        return (getattr(told, "sqlite_errorcode", None) or 0) & 0xFF in _BUSY_SQLITE
    code = getattr(told, "sqlstate", None)
    return isinstance(error, OperationalError) if code is None else code[:2] in _BUSY_POSTGRESQL


def _first_line(error: object) -> str:
    """What the driver says, without the lines in which it quotes values."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
