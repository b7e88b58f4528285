"""The same people in two weeks: at the centre nothing ties what is kept of the one to the other, and old names go."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from gate.access.events import AccessEvent
from gate.adapters.trust_files.epochs import EpochFiles
from gate.central.adapters.sql.archive import SqlArchive
from gate.central.adapters.sql.engine import open_database
from gate.central.adapters.sql.erasure import SqlEraser
from gate.central.adapters.sql.events import SqlStore
from gate.central.adapters.sql.office import SqlOffice
from gate.central.archive import Wanted
from gate.central.erasing import due
from gate.central.office import trace
from gate.central.receipt import sign
from gate.central.tracing import Pseudonym, Span
from gate.credential.instant import Instant
from gate.credential.model import CredentialRef, Verified
from gate.credential.trust import EpochKey
from gate.credential.verify import verify
from tests.central.stories import recorded
from tests.credential.minting import MINT, at
from tests.credential.shc_minting import CLINIC
from tests.privacy.centre import KEY
from tests.privacy.people import crowd
from tests.wire.examples import GRANTED, ULID_A, ULID_B

TRUST = MINT.trusting(CLINIC.issuer(), MINT.issuer_of())
CODES = [person.code for person in crowd(60, seed=11)]
MONTH = timedelta(days=30)


def refs(key: EpochKey) -> list[CredentialRef]:
    """What the gate calls those whose codes are good, in order."""
    verdicts = [verify(code, replace(TRUST, epoch=key), at()) for code in CODES]
    return [verdict.credential for verdict in verdicts if isinstance(verdict, Verified)]


def visits(people: Iterable[CredentialRef], now: Instant) -> list[AccessEvent]:
    return [replace(GRANTED, at=now, visit=number, credential=who) for number, who in enumerate(people, 1)]


def test_after_erasure_old_visits_belong_to_nobody_and_new_ones_to_other_names(tmp_path: Path) -> None:
    keys, now = EpochFiles(tmp_path / "epochs"), at()
    weeks = [replace(now, utc=now.utc + timedelta(weeks=number)) for number in (0, 1, 2, 6)]
    before = refs(keys.key(weeks[0]))
    for week in weeks[1:3]:
        keys.key(week)
    after = refs(keys.key(weeks[3]))
    assert len(before) == len(after) > 10
    database = open_database(f"sqlite:///{tmp_path}/central.db")
    store, archive, office = SqlStore(database), SqlArchive(database), SqlOffice(database)
    for people, week, ulid in ((before, weeks[0], ULID_A), (after, weeks[3], ULID_B)):
        store.save(recorded(visits(people, week), ulid), [], week.utc)
    later = weeks[3].utc
    SqlEraser(database).erase(
        due(later - MONTH, later), "uid-0", lambda: later, lambda it: sign(it, KEY), rewrite=False
    )
    kept = {one.visit.story.fp for one in archive.visits(Wanted()) if one.visit.story}
    assert kept == {ref.fp for ref in after} | {None}
    assert not {ref.fp for ref in before} & {name for ref in after for name in (ref.fp, ref.previous_fp)}
    window = Span(weeks[0].utc - MONTH, later + MONTH)
    old = Pseudonym(before[0].fp, before[0].epoch)
    act = replace(next(office.audit())[0].act, about="a visitor of long ago")
    assert trace(office, office, "jkt-01", old, window, longest=timedelta(hours=8), act=act) == ()
    database.close()
    files = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert not [ref.fp for ref in before if ref.fp.encode() in files]
    assert all(ref.fp.encode() in files for ref in after)
