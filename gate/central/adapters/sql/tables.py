"""Every table of the centre. What SQLite and PostgreSQL both have is used, and nothing else.

Moments are text in UTC with milliseconds, all of one length, so that they sort as they are; bodies and payloads are the
bytes that came.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)
from sqlalchemy.engine import Dialect

from gate.central import given_up

SCHEMA_VERSION: Final = 1


class Moment(TypeDecorator[datetime]):
    """A ``datetime`` in UTC, to the millisecond."""

    impl = String(24)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:  # noqa: ARG002  (SQLAlchemy's)
        if value is None:
            return None
        return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002  (SQLAlchemy's)
        return None if value is None else datetime.fromisoformat(value)


metadata = MetaData()

_Id = BigInteger().with_variant(Integer, "sqlite")
"""SQLite counts up only what it calls INTEGER."""

gate_central = Table(
    "gate_central",
    metadata,
    Column("schema", Integer, primary_key=True),
)
"""One row: which version made the tables. That it is there says that the database is ours."""

# What gates tell.

journal = Table(
    "journal",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("source", Text, nullable=False),
    Column("ulid", String(26), nullable=False),
    Column("whole_to", BigInteger, nullable=False),
    Column("head", String(64), nullable=False),
    Column("highest", BigInteger, nullable=False),
    Column("broken_at", BigInteger),
    Column("key", String(64)),
    Column("signed_to", BigInteger, nullable=False),
    Column("begun", Moment, nullable=False),
    Column("heard", Moment, nullable=False),
    UniqueConstraint("source", "ulid"),
)
"""One journal of one gate: nothing is missing up to ``whole_to``, whose hash is ``head``; ``key`` signs it."""

event = Table(
    "event",
    metadata,
    Column("journal", _Id, ForeignKey("journal.id"), primary_key=True),
    Column("seq", BigInteger, primary_key=True),
    Column("type", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("arrived", Moment, nullable=False),
    Column("prev", String(64), nullable=False),
    Column("digest", String(64), nullable=False),
    Column("body", LargeBinary),
)
"""The records, byte for byte. ``digest`` is the body's SHA-256 and stays when the body is erased.

On SQLite it has row ids and an index: without, rows of 1 KB fill the tree itself, and each cost 12 us more."""

Index(
    "event_given_up",
    event.c.journal,
    event.c.seq,
    sqlite_where=event.c.type == given_up.TYPE,
    postgresql_where=event.c.type == given_up.TYPE,
)

apart = Table(
    "apart",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("arrived", Moment, nullable=False),
    Column("kind", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("topic", Text, nullable=False),
    Column("problem", Text, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("size", Integer, nullable=False),
    Column("payload", LargeBinary, nullable=False),
    UniqueConstraint("topic", "digest"),
)
"""Messages that were set apart, each once however often it comes."""

report = Table(
    "report",
    metadata,
    Column("source", Text, primary_key=True),
    Column("leaf", Text, primary_key=True),
    Column("arrived", Moment, nullable=False),
    Column("payload", LargeBinary, nullable=False),
)
"""How each gate stands: the newest of ``availability``, ``state``, ``info``, ``health`` and each open ``alarm/+``."""

finding = Table(
    "finding",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("first", Moment, nullable=False),
    Column("last", Moment, nullable=False),
    Column("count", BigInteger, nullable=False),
    Column("ended", Moment),
    UniqueConstraint("kind", "source", "subject"),
)
"""The centre's own alarms (``gate.central.findings``); ``ended`` when it is over by itself."""

head_key = Table(
    "head_key",
    metadata,
    Column("source", Text, primary_key=True),
    Column("key", String(64), primary_key=True),
    Column("since", Moment, nullable=False),
    Column("revoked", Moment),
)
"""Keys that gates are known to sign their heads with, by enrolment. Where there is none, the first head is believed."""

gap = Table(
    "gap",
    metadata,
    Column("journal", _Id, ForeignKey("journal.id"), primary_key=True),
    Column("first", BigInteger, primary_key=True),
    Column("last", BigInteger, nullable=False),
    Column("seen", Moment, nullable=False),
    Column("asked", Integer, nullable=False),
    Column("due", Moment, nullable=False),
    Column("told", Moment),
)
"""Records that are missing, as the worker that asks for them sees them (``gate.central.replaying``)."""

# What the centre gives out.

enrolment = Table(
    "enrolment",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("public", LargeBinary, nullable=False),
    Column("site", Text, nullable=False),
    Column("gate", Text, nullable=False),
    Column("made", Moment, nullable=False),
    Column("expires", Moment, nullable=False),
    Column("by", Text, nullable=False),
    Column("used", Moment),
    Column("withdrawn", Moment),
)
"""One row a token: its public half, which checks it and cannot use it."""

certificate = Table(
    "certificate",
    metadata,
    Column("serial", String(40), primary_key=True),
    Column("site", Text, nullable=False),
    Column("gate", Text, nullable=False),
    Column("key", String(64), nullable=False),
    Column("begins", Moment, nullable=False),
    Column("ends", Moment, nullable=False),
    Column("issued", Moment, nullable=False),
    Column("pem", LargeBinary, nullable=False),
    Column("ticket", String(16), ForeignKey("enrolment.id"), unique=True),
    Column("revoked", Moment),
    Column("revoked_by", Text),
    Column("reason", Text),
    Index("certificate_of_gate", "gate"),
)
"""Every certificate that was given out; ``key`` is its key's SHA-256, ``ticket`` the token that it was given for."""

# What staff ask for (``gate.central.projection``); it can be made again from ``event``.

visit = Table(
    "visit",
    metadata,
    Column("journal", _Id, ForeignKey("journal.id"), primary_key=True),
    Column("number", BigInteger, primary_key=True),
    Column("site", Text, nullable=False),
    Column("gate", Text, nullable=False),
    Column("first", BigInteger, nullable=False),
    Column("begun", Moment, nullable=False),
    Column("told", BigInteger, nullable=False),
    Column("passed", BigInteger, nullable=False),
    Column("passage", Text),
    Column("result", Text),
    Column("at", Moment),
    Column("colour", Text),
    Column("outcome", Text),
    Column("reason", Text),
    Column("rule", Text),
    Column("kind", Text),
    Column("issuer", Text),
    Column("fp", Text),
    Column("epoch", Text),
    Column("direction", Text),
    Column("opened_by", Text),
    Column("officer", Text),
    Column("officer_reason", Text),
    Column("passback", Boolean),
    Column("drill", Boolean),
    Column("clock", Text),
    Index("visit_of_site", "site", "begun"),
    Index("visit_begun", "begun"),
    Index("visit_told", "journal", "told"),
    sqlite_with_rowid=False,
)
"""One row a visit; ``first``, ``told`` and ``passed`` are the records that say so. Erasure empties who it was."""

alarm = Table(
    "alarm",
    metadata,
    Column("journal", _Id, ForeignKey("journal.id"), primary_key=True),
    Column("number", BigInteger, primary_key=True),
    Column("told", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("visit", BigInteger),
    Column("silent", Boolean, nullable=False),
    Column("drill", Boolean, nullable=False),
    Column("acknowledged_by", Text),
    Column("begun", Moment, nullable=False),
    Column("raised", Moment),
    Column("escalated", Moment),
    Column("acknowledged", Moment),
    Column("followed_up", Moment),
    Column("cleared", Moment),
    Column("followed", BigInteger, nullable=False),
    Column("outcome", Text),
    Index("alarm_open", "cleared"),
    sqlite_with_rowid=False,
)
"""One row an alarm of a gate; open while ``cleared`` is null."""

# What staff do. Rows are added and never changed.

follow_up = Table(
    "follow_up",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("journal", _Id, ForeignKey("journal.id"), nullable=False),
    Column("visit", BigInteger, nullable=False),
    Column("at", Moment, nullable=False),
    Column("by", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    Index("follow_up_of_visit", "journal", "visit"),
)
"""What became of a black or red visitor; the newest row of a visit counts."""

audit = Table(
    "audit",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("at", Moment, nullable=False),
    Column("by", Text, nullable=False),
    Column("verb", Text, nullable=False),
    Column("about", Text, nullable=False),
    Column("case", Text),
    Column("prev", String(64), nullable=False),
    Column("digest", String(64), nullable=False),
)
"""Who has looked or acted. A chain: ``prev`` is the ``digest`` of the row before (``gate.central.audit``)."""

erasure = Table(
    "erasure",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("begun", Moment, nullable=False),
    Column("by", Text, nullable=False),
    Column("before", Moment, nullable=False),
    Column("records", BigInteger, nullable=False),
    Column("visits", BigInteger, nullable=False),
    Column("messages", BigInteger, nullable=False),
    Column("ended", Moment),
    Column("receipt", LargeBinary),
)
"""What was erased, counted in the transaction that erased it; the receipt is made at the end."""

# What workers share.

lease = Table(
    "lease",
    metadata,
    Column("name", Text, primary_key=True),
    Column("holder", Text, nullable=False),
    Column("until", Moment, nullable=False),
)
"""Which worker does what only one may do."""

nonce = Table(
    "nonce",
    metadata,
    Column("kid", Text, primary_key=True),
    Column("last", BigInteger, nullable=False),
)
"""The last nonce that each command key has used."""
