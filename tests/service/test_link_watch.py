"""What is wrong with the link, as the core and the status get it: causes by their names, each change once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.access.devices import FAULTS, Device
from gate.access.signals import DeviceChanged
from gate.credential.instant import ClockTrust, Instant
from gate.ports import Disconnected, LinkFault
from gate.service.certificate_end import CertificateEnd
from gate.service.link_watch import QUIET_S, LinkState, LinkWatch

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
AWAY = (LinkFault.UNREACHABLE, LinkFault.LOST, LinkFault.BUSY, LinkFault.TOO_MUCH)


def instant(clock: ClockTrust = ClockTrust.SYNCED, utc: datetime = NOON) -> Instant:
    return Instant(utc, 0, clock)


class Core:
    def __init__(self) -> None:
        self.told: list[tuple[str, bool]] = []
        self.watch = LinkWatch(lambda change: self.told.append((change.device.value, change.working)))

    def end(self, fault: LinkFault) -> None:
        self.watch.ended(Disconnected("why", fault))


def test_a_network_that_is_away_raises_nothing() -> None:
    core = Core()
    for fault in AWAY:
        core.end(fault)
        assert core.watch.state == LinkState(fault=fault, reason="why")
    assert core.told == []


@pytest.mark.parametrize("fault", sorted(set(LinkFault) - set(AWAY) - {LinkFault.TAKEN_OVER}))
def test_what_has_to_be_mended_is_told_by_its_name_once_and_when_it_is_over(fault: LinkFault) -> None:
    core = Core()
    for _ in range(3):
        core.end(fault)
    assert core.told == [(fault.value, False)]
    assert Device(fault.value) in FAULTS
    core.watch.connected(10)
    assert core.told == [(fault.value, False), (fault.value, True)]
    assert core.watch.state == LinkState(connected=True)


@pytest.mark.parametrize("by_code", [True, False])
def test_two_with_one_name_are_told_at_once_and_until_it_has_been_quiet(by_code: bool) -> None:  # noqa: FBT001  (pytest)
    core = Core()
    core.watch.connected(0)
    if by_code:
        core.end(LinkFault.TAKEN_OVER)
    else:
        core.watch.contested(0)
    assert core.told == [("taken_over", False)]
    core.watch.connected(100)
    core.watch.contested(150)
    core.watch.look(instant(), 150 + QUIET_S - 1, CertificateEnd())
    assert core.told == [("taken_over", False)]
    core.watch.look(instant(), 150 + QUIET_S, CertificateEnd())
    assert core.told == [("taken_over", False), ("taken_over", True)]


def test_time_without_a_connection_is_not_quiet() -> None:
    core = Core()
    core.watch.connected(0)
    core.watch.contested(1)
    core.end(LinkFault.LOST)
    core.watch.look(instant(), 10_000, CertificateEnd())
    assert core.told == [("taken_over", False)]


def test_the_end_of_the_certificate_is_told_thirty_days_before_and_a_renewed_one_ends_it() -> None:
    core = Core()
    for days, told in ((31, []), (30, [False]), (5, [False]), (-1, [False]), (365, [False, True])):
        core.watch.look(instant(), 0, CertificateEnd(NOON + timedelta(days=days)))
        assert core.told == [("certificate_ends", working) for working in told]


def test_a_clock_that_is_not_set_says_nothing_about_a_certificate() -> None:
    core = Core()
    core.watch.look(instant(ClockTrust.UNSET), 0, CertificateEnd(NOON))
    core.watch.look(instant(), 0, CertificateEnd())
    assert core.told == []


@given(st.lists(st.sampled_from([*LinkFault, "connected", "contested", "quiet"]), max_size=30))
def test_each_fault_begins_and_ends_in_turn(events: list[str]) -> None:
    core, now_s = Core(), 0.0
    for event in events:
        now_s += 1
        match event:
            case LinkFault():
                core.end(event)
            case "connected":
                core.watch.connected(now_s)
            case "contested":
                core.watch.contested(now_s)
            case _:
                now_s += QUIET_S
                core.watch.look(instant(), now_s, CertificateEnd())
    for device in {name for name, _ in core.told}:
        turns = [working for name, working in core.told if name == device]
        assert turns == [bool(number % 2) for number in range(len(turns))]


def test_a_change_is_a_signal_of_the_core() -> None:
    seen: list[DeviceChanged] = []
    LinkWatch(seen.append).ended(Disconnected("x", LinkFault.NO_TLS))
    assert seen == [DeviceChanged(Device.NO_TLS, working=False)]
