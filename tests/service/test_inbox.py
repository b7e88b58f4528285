"""The inbox: presentations and refusals may be dropped, nothing else, and everything comes in order."""

from __future__ import annotations

import threading
import time

from gate.access.inputs import InputLine
from gate.access.orders import Admit, Refuse
from gate.access.signals import ControlRefused, InputChanged, Ordered, Presented, Recorded, Signal
from gate.service.inbox import PRESENTED_LIMIT, REFUSED_LIMIT, Inbox
from gate.service.threads import Worker
from tests.access.examples import shown, valid

PRESSED = InputChanged(InputLine.EMERGENCY, active=True, at_ns=1)


def presented(number: int = 0) -> Presented:
    return shown(valid(), str(number).encode(), 0)


def drained(inbox: Inbox) -> list[Signal]:
    return list(iter(lambda: inbox.take(0), None))


def test_signals_come_out_as_they_went_in() -> None:
    inbox = Inbox()
    signals: list[Signal] = [Recorded(1), presented(), Ordered(Admit("r"), "o", 10**18), Recorded(2)]
    for signal in signals:
        inbox.offer(signal) if isinstance(signal, Presented) else inbox.post(signal)
    assert drained(inbox) == signals


def test_presentations_are_dropped_above_the_limit_and_counted() -> None:
    inbox = Inbox()
    for number in range(PRESENTED_LIMIT + 5):
        inbox.offer(presented(number))
    assert inbox.dropped == 5
    assert drained(inbox) == [presented(number) for number in range(PRESENTED_LIMIT)]
    inbox.offer(presented())
    assert inbox.dropped == 5
    assert drained(inbox) == [presented()]


def test_strangers_cannot_fill_it() -> None:
    inbox, refused = Inbox(), ControlRefused("uid-1005", "emergency")
    for _ in range(REFUSED_LIMIT + 7):
        inbox.offer(refused)
    assert inbox.dropped == 7
    inbox.offer(presented())
    inbox.post(PRESSED)
    assert drained(inbox) == [*[refused] * REFUSED_LIMIT, presented(), PRESSED]


def test_nothing_else_is_ever_dropped() -> None:
    inbox = Inbox()
    for number in range(PRESENTED_LIMIT):
        inbox.offer(presented(number))
    others: list[Signal] = [Ordered(Refuse("r"), "o", 1), PRESSED, *(Recorded(ticket) for ticket in range(5_000))]
    for signal in others:
        inbox.post(signal)
    inbox.offer(presented())
    assert inbox.dropped == 1
    assert drained(inbox)[PRESENTED_LIMIT:] == others


def test_an_empty_inbox_is_waited_for_as_long_as_told() -> None:
    begun = time.monotonic()
    assert Inbox().take(0.05) is None
    assert time.monotonic() - begun >= 0.05
    assert Inbox().take(-1) is None


def test_who_waits_is_woken_by_what_comes() -> None:
    inbox, taken = Inbox(), []
    worker = Worker("controller", lambda _stop, _beat: taken.append(inbox.take(60)), lambda _: None)
    worker.start()
    inbox.post(Recorded(7))
    assert worker.stop(10)
    assert taken == [Recorded(7)]


def test_many_threads_may_post_at_once() -> None:
    inbox, start = Inbox(), threading.Event()

    def posting(first: int) -> Worker:
        def body(_stop: threading.Event, _beat: object) -> None:
            start.wait()
            for ticket in range(first, first + 1000):
                inbox.post(Recorded(ticket))

        return Worker("poster", body, lambda _: None)

    posters = [posting(first) for first in (0, 1000, 2000)]
    for poster in posters:
        poster.start()
    start.set()
    assert all(poster.stop(10) for poster in posters)
    tickets = [signal.ticket for signal in drained(inbox) if isinstance(signal, Recorded)]
    assert sorted(tickets) == list(range(3000))
    assert [ticket for ticket in tickets if ticket < 1000] == list(range(1000))
