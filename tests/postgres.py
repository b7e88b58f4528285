"""A private PostgreSQL in a temporary folder: gone with whoever started it, however that ends."""

from __future__ import annotations

import os
import pwd
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from pathlib import Path
from shutil import which

import pytest
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.engine import URL
from sqlalchemy.pool import NullPool

from tests.broker import HOST, free_port

USER = "gate"
PASSWORD = "only-of-a-test"  # noqa: S105  (of a server that lives for one run)
REQUIRED = "GATE_POSTGRES"
"""Set to anything, a machine without PostgreSQL fails the tests instead of skipping them."""
_GUARD = r"""
umask 077
folder=$1 bin=$2 port=$3
shift 3
trap 'cd / && rm -rf "$folder"' EXIT
cd "$folder" || exit 1
"$bin/initdb" -D data -U gate --no-sync --pwfile=password --auth=scram-sha-256 -E UTF8 --locale=C >log 2>&1 || exit 1
"$bin/postgres" -D data -p "$port" -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off \
    -c autovacuum=off -c shared_buffers=16MB -c max_connections=50 "$@" >>log 2>&1 </dev/null &
server=$!
until "$bin/pg_isready" -q -h 127.0.0.1 -p "$port"; do kill -0 $server || exit 1; sleep 0.05; done
echo ready
read -r _
kill -QUIT $server
wait $server
"""
"""Runs apart from the tests, so that its processes are not theirs, and ends the server when their pipe does.

Nothing is synced unless it is asked for: what these tests kill is a client or a process of the server, never the
machine."""


@dataclass(frozen=True, slots=True)
class Server:
    """A running server."""

    port: int
    _numbers: Iterator[int] = field(default_factory=count)

    def url(self, database: str, port: int | None = None) -> str:
        """The URL of a database, without its password."""
        return URL.create("postgresql", USER, None, HOST, port or self.port, database).render_as_string()

    def new(self, port: int | None = None) -> str:
        """The URL of a new, empty database; ``port`` is where to reach it, if not at the server itself."""
        name = f"centre_{next(self._numbers)}"
        self.run(f"CREATE DATABASE {name} STRATEGY = wal_log")
        return self.url(name, port)

    def run(self, statement: str) -> None:
        """Let the server's administrator do something."""
        engine = engine_of(self.url("postgres"), isolation_level="AUTOCOMMIT")
        with engine.connect() as link:
            link.execute(text(statement))

    def forget(self, user: str = USER) -> None:
        """Cut every connection of this user, as a server that restarts does."""
        self.run(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "  # noqa: S608  (a constant)
            f"WHERE usename = '{user}' AND pid <> pg_backend_pid()"
        )


def engine_of(url: str, **options: str) -> Engine:
    """A plain engine, which keeps no connection."""
    full = URL.create("postgresql+psycopg", USER, PASSWORD, HOST, *_where(url))
    return create_engine(full, poolclass=NullPool, isolation_level=options.get("isolation_level"))


def _where(url: str) -> tuple[int, str]:
    port, _, database = url.rpartition(":")[2].partition("/")
    return int(port), database


@contextmanager
def running(*settings: str) -> Iterator[Server]:
    """A server for the tests of one process; skips, or fails where it is required, without PostgreSQL.

    ``settings`` such as ``fsync=on`` count before its own.
    """
    programs = binaries()
    folder = Path(tempfile.mkdtemp(prefix="gate-postgres-"))
    owner = _owner()
    (folder / "password").write_text(PASSWORD)
    for path in (folder, folder / "password"):
        os.chown(path, owner.pw_uid, owner.pw_gid)
    port = free_port()
    lifeline, word = os.pipe(), os.pipe()
    told = [word for setting in settings for word in ("-c", setting)]
    apart = ["sh", "-c", 'exec 3<&0; (sh -c "$@") <&3 &', "apart"]
    command = [*apart, _GUARD, "guard", folder, programs, str(port), *told]
    run = partial(subprocess.run, command, stdin=lifeline[0], stdout=word[1], cwd="/", check=True)
    if os.geteuid() == 0:
        run(user=owner.pw_uid, group=owner.pw_gid, extra_groups=[])
    else:
        run()
    os.close(lifeline[0])
    os.close(word[1])
    try:
        assert os.read(word[0], 10) == b"ready\n", "PostgreSQL does not start; run initdb and postgres by hand"
        yield Server(port)
    finally:
        os.close(lifeline[1])
        os.read(word[0], 10)  # until the guard has ended
        os.close(word[0])


def binaries() -> str:
    """The folder of the server's programs; Debian keeps it out of the PATH."""
    found = which("postgres")
    folders = [Path(found).resolve().parent] if found else sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    if not folders:
        if REQUIRED in os.environ:
            pytest.fail("PostgreSQL is required here and is not installed: ./install.sh test", pytrace=False)
        pytest.skip("PostgreSQL is not installed: ./install.sh test, or apt install postgresql")
    return str(folders[-1])


def _owner() -> pwd.struct_passwd:
    """Whose the server is: it refuses to be root's."""
    if os.geteuid() != 0:
        return pwd.getpwuid(os.geteuid())
    return pwd.getpwnam("nobody")
