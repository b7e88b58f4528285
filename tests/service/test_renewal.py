"""The gate's own certificate is renewed in time by a real registrar, and each failure is told as it should be."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from gate.adapters.own_certificate import CertificateFiles
from gate.central.adapters.sql.engine import open_database
from gate.central.adapters.sql.issued import SqlIssued
from gate.credential.instant import ClockTrust, Instant
from gate.pki import making
from gate.ports import AdapterError
from gate.service.certificate_end import CertificateEnd
from gate.service.renewal import LONGEST_RETRY_S, LOOK_S, Renewal
from gate.wire.enrolment import Issued, Refused
from tests.central.registrars import GATE, Place, authority

KEY = making.new_key()
YEAR, DAY, HOUR = timedelta(days=365), timedelta(days=1), timedelta(hours=1)


@dataclass
class World:
    """A gate and its centre, with one clock."""

    place: Place
    files: CertificateFiles
    away: bool = False
    clock: ClockTrust = ClockTrust.SYNCED
    asked: list[datetime] = field(default_factory=list)
    begun: datetime = field(init=False)
    renewal: Renewal = field(init=False)

    def __post_init__(self) -> None:
        self.begun = self.place.at
        made = making.issued(self.place.authority, GATE, KEY.public_key(), (), (self.place.at, self.place.length))
        self.files.keep_authority(making.certificate_to_pem(self.place.authority.certificate))
        self.files.keep_key(making.key_to_pem(KEY))
        self.files.replace(making.certificate_to_pem(made))
        self.renewal = Renewal(GATE, self.files, self, self, lambda: 1.0)

    def now(self) -> Instant:
        return Instant(self.place.at, int((self.place.at - self.begun) / timedelta(microseconds=1)) * 1000, self.clock)

    def renew(self, request: bytes) -> Issued | Refused:
        self.asked.append(self.place.at)
        if self.away:
            raise AdapterError("cannot ask centre.example:8884")
        held = making.certificate_from_pem(self.files.read()[0], "held")
        return self.place.registrar.renew(held, request)

    def pass_(self, length: timedelta) -> None:
        """Let the renewal work for so long, looking when it wants to."""
        end = self.place.at + length
        while self.place.at < end:
            wait_s = self.renewal.step()
            assert 0 <= wait_s <= LOOK_S
            quick = timedelta(seconds=wait_s or 0.001) if length < HOUR else timedelta(seconds=max(wait_s, LOOK_S * 20))
            self.place.at = min(end, self.place.at + quick)

    @property
    def until(self) -> datetime:
        return making.certificate_from_pem(self.files.read()[0], "it").not_valid_after_utc

    def is_alarmed(self) -> bool:
        return self.renewal.end is not None and self.renewal.end.is_near(self.place.at)


@contextmanager
def world(folder: Path, length: timedelta = YEAR) -> Iterator[World]:
    database = open_database(f"sqlite:///{folder}/centre.db")
    place = Place(SqlIssued(database), authority(), length=length)
    try:
        yield World(place, CertificateFiles(folder / "ca", folder / "certificate", folder / "key"))
    finally:
        database.close()


@pytest.fixture
def here(tmp_path: Path) -> Iterator[World]:
    with world(tmp_path) as found:
        yield found


def test_it_asks_when_a_third_is_left_and_not_before(here: World) -> None:
    first = here.until
    here.place.at += timedelta(days=243)
    here.pass_(2 * HOUR)
    assert (here.asked, here.until) == ([], first)
    here.pass_(DAY)
    assert len(here.asked) == 1
    assert here.until - first == here.asked[0].replace(microsecond=0) - here.begun.replace(microsecond=0)
    assert making.key_from_pem(here.files.read()[1], "key").public_key() == KEY.public_key()
    assert not here.is_alarmed()
    here.pass_(DAY)
    assert len(here.asked) == 1


def test_over_three_years_there_is_always_a_certificate_and_never_an_alarm(here: World) -> None:
    for _ in range(150):
        here.place.at += timedelta(days=7)
        here.renewal.step()
        here.renewal.step()
        assert here.until > here.place.at + timedelta(days=100)
        assert not here.is_alarmed()
    assert len(here.asked) == 4


def test_one_that_lives_for_an_hour_is_renewed_in_its_hour(tmp_path: Path) -> None:
    with world(tmp_path, HOUR) as here:
        here.pass_(timedelta(minutes=39))
        assert here.asked == []
        here.pass_(timedelta(minutes=2))
        assert len(here.asked) == 1
        assert here.until - here.place.at > timedelta(minutes=57)


def test_a_centre_that_is_away_is_tried_ever_less_often_and_is_an_alarm_only_when_half_the_time_is_gone(
    here: World, caplog: pytest.LogCaptureFixture
) -> None:
    here.away = True
    here.place.at += timedelta(days=244)
    here.pass_(timedelta(days=3))
    gaps = [later - earlier for earlier, later in zip(here.asked, here.asked[1:], strict=False)]
    assert gaps == sorted(gaps)
    assert gaps[-1] <= timedelta(seconds=LONGEST_RETRY_S + LOOK_S * 20)
    assert 12 < len(here.asked) < 40
    assert not here.is_alarmed()
    assert [record.message for record in caplog.records].count(
        "the gate's own certificate cannot be renewed: cannot ask centre.example:8884"
    ) == 1, "once"
    here.place.at = here.until - timedelta(days=29)
    here.renewal.step()
    assert here.is_alarmed()
    here.away = False
    here.pass_(DAY)
    assert not here.is_alarmed()
    assert here.until > here.place.at + timedelta(days=363)


def test_a_revoked_one_is_refused_and_that_is_an_alarm_at_once(here: World) -> None:
    here.place.at += timedelta(days=244)
    here.renewal.step()
    here.renewal.step()
    here.place.store.revoke(GATE, "lost", "uid-7", here.place.at)
    here.place.at += timedelta(days=244)
    here.renewal.step()
    assert here.is_alarmed()
    made = making.issued(here.place.authority, GATE, KEY.public_key(), (), (here.place.at, YEAR))
    here.files.replace(making.certificate_to_pem(made))
    here.renewal.step()
    assert not here.is_alarmed()


def test_what_comes_back_is_looked_at_before_it_is_taken(here: World, monkeypatch: pytest.MonkeyPatch) -> None:
    before = here.files.read()
    other = making.issued(authority(), GATE, KEY.public_key(), (), (here.place.at, YEAR))
    false = Issued(making.certificate_to_pem(other), b"")
    monkeypatch.setattr(World, "renew", lambda _self, _request: false)
    here.place.at += timedelta(days=250)
    here.renewal.step()
    assert here.files.read() == before


def test_without_a_clock_nothing_is_asked(here: World) -> None:
    here.clock = ClockTrust.UNSET
    here.place.at += timedelta(days=250)
    here.pass_(DAY)
    assert (here.asked, here.renewal.end) == ([], None)


def test_an_expired_one_is_not_asked_for_in_vain(here: World, caplog: pytest.LogCaptureFixture) -> None:
    here.place.at += timedelta(days=366)
    here.pass_(DAY)
    assert here.asked == []
    assert here.is_alarmed()
    assert [record.levelno for record in caplog.records].count(logging.WARNING) == 1


def test_files_that_cannot_be_used_are_told_and_do_not_end_the_thread(
    here: World, caplog: pytest.LogCaptureFixture
) -> None:
    here.files.certificate.write_text("x")
    here.pass_(DAY)
    here.files.certificate.unlink()
    here.pass_(DAY)
    assert len(caplog.records) == 2
    assert "cannot be renewed" in caplog.text


def test_an_authority_in_a_bundle_will_do(here: World) -> None:
    theirs = making.certificate_to_pem(authority().certificate)
    here.files.keep_authority(theirs + here.files.authority())
    here.place.at += timedelta(days=250)
    here.renewal.step()
    assert here.until - here.place.at > timedelta(days=364)


def test_the_end_is_near_thirty_days_before_or_at_a_refusal(here: World) -> None:
    until = here.until
    assert not CertificateEnd(until).is_near(until - timedelta(days=31))
    assert CertificateEnd(until).is_near(until - timedelta(days=30))
    assert CertificateEnd(until, refused=True).is_near(until - YEAR)
    assert not CertificateEnd().is_near(until)
