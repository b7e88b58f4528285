"""Whether the centre hears anybody now: what it knows of who is there is old news where it does not.

Each gate tells its figures once a minute, so silence of all of them is the centre's own, or its broker's.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from gate.central.adapters.sql.archive import SqlArchive
from gate.central.standing import LEAVES
from gate.cli.central_times import local
from gate.cli.central_words import StaffWords
from gate.wire import topics

SILENCE: Final = timedelta(minutes=5)


def newest(archive: SqlArchive) -> datetime | None:
    """When any gate last said how it stands; None where none ever did."""
    reports = archive.reports(*LEAVES, topics.HEALTH)
    return max((one.arrived for told in reports.values() for one in told.values()), default=None)


def warning(heard: datetime | None, now: datetime, words: StaffWords) -> Sequence[str]:
    """A line where everybody has been silent too long."""
    return [] if heard is None or now - heard <= SILENCE else [f"{words('nobody_heard')} {local(heard)}"]
