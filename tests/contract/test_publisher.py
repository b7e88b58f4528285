"""The Publisher port against a real broker: every message is answered once, also across outages; run on all."""

from __future__ import annotations

import queue
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from gate.adapters.mqtt_paho.publisher import BrokerAddress, PahoPublisher
from gate.ports import Acknowledged, AdapterError, Connected, Disconnected, Heard, LinkEvent, Message, Publisher
from tests.broker import HOST, Broker, running
from tests.subscriber import subscribed

WAIT_S = 20.0
WILL = Message("gate/v1/s/g/availability", b'{"state":"offline"}', retain=True, content_type="application/json")
FAREWELL = Message("gate/v1/s/g/availability", b'{"state":"stopped"}', retain=True, content_type="application/json")


def message(text: str, topic: str = "gate/v1/s/g/evt/access") -> Message:
    return Message(topic, text.encode(), retain=False, content_type="application/cloudevents+json")


class Link:
    """A publisher and what it told."""

    def __init__(self, publisher: Publisher) -> None:
        self.publisher = publisher
        self.answers: dict[int, Acknowledged] = {}
        self.seen: list[LinkEvent] = []
        self._events: queue.SimpleQueue[LinkEvent] = queue.SimpleQueue()

    def start(self) -> None:
        self.publisher.start(self._events.put)

    def until(self, satisfied: Callable[[LinkEvent], bool]) -> LinkEvent:
        while True:
            event = self._events.get(timeout=WAIT_S)
            self.seen.append(event)
            if isinstance(event, Acknowledged):
                assert event.handle not in self.answers, "answered twice"
                self.answers[event.handle] = event
            if satisfied(event):
                return event

    def until_connected(self) -> Connected:
        event = self.until(lambda event: isinstance(event, Connected))
        assert isinstance(event, Connected)
        return event

    def until_disconnected(self) -> Disconnected:
        event = self.until(lambda event: isinstance(event, Disconnected))
        assert isinstance(event, Disconnected)
        return event

    def until_answered(self, handles: set[int]) -> None:
        if not handles <= self.answers.keys():
            self.until(lambda _: handles <= self.answers.keys())


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    with running(tmp_path) as started:
        yield started


@pytest.fixture
def link(broker: Broker) -> Iterator[Link]:
    made = Link(PahoPublisher(BrokerAddress(HOST, broker.port, "gate-s-g", WILL, will_delay_s=0)))
    yield made
    made.publisher.close(FAREWELL, 2.0)


def test_a_message_reaches_who_subscribed_and_is_taken(broker: Broker, link: Link) -> None:
    with subscribed(broker) as centre:
        link.start()
        link.until_connected()
        handle = link.publisher.publish(message("one"))
        link.until_answered({handle})
        centre.until(lambda: centre.payloads("evt/access") == [b"one"])
    assert link.answers[handle].taken


def test_a_message_says_how_it_is_sent_and_how_long_it_is_worth_keeping(broker: Broker, link: Link) -> None:
    topic = "gate/v1/s/g/health"
    once = Message(topic, b"0", retain=True, content_type="application/json", qos=0, expiry_s=180)
    with subscribed(broker) as centre:
        link.start()
        link.until_connected()
        assert link.publisher.publish(once) == 0
        link.until_answered({link.publisher.publish(replace(once, payload=b"1", qos=1, expiry_s=None))})
        centre.until(lambda: len(centre.deliveries) == 2)
    first, second = centre.deliveries
    assert (first.payload, first.qos, first.content_type) == (b"0", 0, "application/json")
    assert first.expiry_s is not None
    assert 0 < first.expiry_s <= 180
    assert (second.payload, second.qos, second.expiry_s) == (b"1", 1, None)
    assert 0 not in link.answers, "what is sent once is never answered"


def test_what_is_sent_once_is_dropped_where_there_is_no_broker(broker: Broker, link: Link) -> None:
    link.start()
    link.until_connected()
    broker.stop()
    link.until_disconnected()
    assert link.publisher.publish(replace(message("lost"), qos=0)) == 0
    kept = link.publisher.publish(message("kept"))
    with ExitStack() as stack:
        broker.start()
        centre = stack.enter_context(subscribed(broker))
        link.until_answered({kept, link.publisher.publish(message("last"))})
        centre.until(lambda: b"last" in centre.payloads("evt/access"))
    assert b"lost" not in centre.payloads("evt/access")


def hearing(broker: Broker, name: str) -> Link:
    subscribe = ("gate/v1/s/site/#",)
    return Link(PahoPublisher(BrokerAddress(HOST, broker.port, name, WILL, will_delay_s=0, subscribe=subscribe)))


def test_a_link_hears_what_it_subscribes_to_and_not_itself_also_after_an_outage(broker: Broker) -> None:
    north, south, herald = hearing(broker, "north"), hearing(broker, "south"), hearing(broker, "herald")
    links = (north, south, herald)
    try:
        for link in links:
            link.start()
        for text in ("one", "two"):
            for link in links:
                link.until_connected()
            ready = Message("gate/v1/s/site/herald/occupancy", text.encode(), retain=True, content_type="text/plain")
            herald.publisher.publish(ready)
            for link in (north, south):  # whether it was there before the subscription or not
                assert link.until(lambda event: isinstance(event, Heard)) == Heard(
                    ready.topic, ready.payload, retained=True
                )
            for speaker, other in ((north, south), (south, north), (north, south)):
                said = f"{text} of {id(speaker)}"
                speaker.publisher.publish(message(said, "gate/v1/s/site/x/crossing"))
                heard = other.until(lambda event: isinstance(event, Heard))
                assert heard == Heard("gate/v1/s/site/x/crossing", said.encode()), "once, and never its own"
            broker.stop()
            for link in links:
                link.until_disconnected()
            broker.start()
    finally:
        for link in links:
            link.publisher.close(FAREWELL, 2.0)


def test_who_comes_later_hears_what_is_retained(broker: Broker) -> None:
    north, south = hearing(broker, "north"), hearing(broker, "south")
    try:
        north.start()
        north.until_connected()
        topic = "gate/v1/s/site/north/occupancy"
        kept = Message(topic, b"{}", retain=True, content_type="application/json")
        north.until_answered({north.publisher.publish(kept)})
        south.start()
        assert south.until(lambda event: isinstance(event, Heard)) == Heard(topic, b"{}", retained=True)
    finally:
        north.publisher.close(FAREWELL, 2.0)
        south.publisher.close(FAREWELL, 2.0)


def test_a_message_that_nobody_subscribed_to_is_not_taken(link: Link) -> None:
    link.start()
    link.until_connected()
    handle = link.publisher.publish(message("one"))
    link.until_answered({handle})
    assert not link.answers[handle].taken
    assert link.answers[handle].blameless
    assert "matching" in link.answers[handle].reason.lower()


def test_the_broker_states_how_many_messages_it_takes_at_once(tmp_path: Path) -> None:
    with running(tmp_path, "allow_anonymous true", "max_inflight_messages 7") as broker:
        link = Link(PahoPublisher(BrokerAddress(HOST, broker.port, "gate-s-g", WILL)))
        link.start()
        assert link.until_connected().receive_maximum == 7
        link.publisher.close(FAREWELL, 2.0)


def test_messages_handed_over_during_an_outage_are_answered_once_when_it_ends(broker: Broker, link: Link) -> None:
    link.start()
    link.until_connected()
    broker.stop()
    assert link.until_disconnected().reason
    handles = {link.publisher.publish(message(str(number))) for number in range(15)}
    assert len(handles) == 15
    broker.start()
    with subscribed(broker):
        link.until_answered(handles)
        link.until_answered({link.publisher.publish(message("last"))})


@pytest.mark.parametrize("kill", [False, True])
def test_messages_on_their_way_when_the_broker_goes_are_answered_once(broker: Broker, link: Link, kill: bool) -> None:  # noqa: FBT001  (pytest)
    link.start()
    link.until_connected()
    handles = {link.publisher.publish(message(str(number))) for number in range(15)}
    broker.stop(kill=kill)
    broker.start()
    link.until_answered(handles)


def test_a_broker_that_takes_fewer_after_its_return_gets_fewer(broker: Broker, link: Link) -> None:
    link.start()
    link.until_connected()
    broker.stop()
    link.until_disconnected()
    handles = {link.publisher.publish(message(str(number))) for number in range(15)}
    broker.lines = ("allow_anonymous true", "max_inflight_messages 4")
    broker.start()
    assert link.until_connected().receive_maximum == 4
    link.until_answered(handles)
    assert all(answer.blameless and not answer.taken for answer in link.answers.values())
    link.until_answered({link.publisher.publish(message("more"))})


def test_it_says_stopped_when_it_is_closed(broker: Broker, link: Link) -> None:
    link.start()
    link.until_connected()
    link.publisher.close(FAREWELL, 2.0)
    with subscribed(broker) as centre:
        centre.until(lambda: bool(centre.deliveries))
    assert [(found.payload, found.retained) for found in centre.deliveries] == [(FAREWELL.payload, True)]


def test_closing_without_a_farewell_lets_the_will_speak(broker: Broker, link: Link) -> None:
    link.start()
    link.until_connected()
    with subscribed(broker) as centre:
        link.publisher.close(None, 2.0)
        centre.until(lambda: bool(centre.deliveries))
    assert [found.payload for found in centre.deliveries] == [WILL.payload]


def test_closing_without_a_broker_ends_in_time_and_twice_is_fine(broker: Broker, link: Link) -> None:
    broker.stop()
    link.start()
    assert "cannot reach the broker at 127.0.0.1" in link.until_disconnected().reason
    link.publisher.close(FAREWELL, 0.1)
    link.publisher.close(FAREWELL, 0.1)
    with pytest.raises(AdapterError, match="closed"):
        link.publisher.publish(message("late"))


def test_closing_before_starting_is_fine(link: Link) -> None:
    link.publisher.close(FAREWELL, 0.1)
