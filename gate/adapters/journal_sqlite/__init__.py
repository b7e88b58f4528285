"""The journal in SQLite: what the service writes, and what staff read beside it.

``schema`` is the file's form, ``files`` its lock and its name on the disk, ``confirming`` what the other side has,
``space`` what is given up, ``again`` a journal that begins anew; ``journal`` is the port and ``reader`` reads without
touching.
"""

from gate.adapters.journal_sqlite.journal import SqliteJournal
from gate.adapters.journal_sqlite.reader import JournalReader
from gate.adapters.journal_sqlite.schema import APPLICATION_ID, SCHEMA_VERSION

__all__ = ["APPLICATION_ID", "SCHEMA_VERSION", "JournalReader", "SqliteJournal"]
