"""The way to the broker for whoever publishes: what stands there already, and each message taken before the next."""

from __future__ import annotations

import argparse
import queue
from collections.abc import Iterable
from time import monotonic
from types import TracebackType
from typing import Self

from gate.adapters.mqtt_paho.subscriber import Answered, Away, Delivery, News, PahoSubscriber
from gate.central.publishing import Said
from gate.cli.cmd_send import NO_BROKER, Failed, await_connection, next_news, source_of
from gate.ports import Message

STANDING_S = 0.5
"""How long after the subscription to wait for what stands there; a broker says it at once, or nothing at all."""
QUIET_S = 2.0
"""How long nothing may have come before that is all."""
_NOBODY = "subscribers"
"""Of the broker's answer where nobody listens now; what is retained is there for who comes."""


class PublishLink:
    """Connected within ``with``. ``topics`` are those of which ``standing`` is asked. Raises ``Failed``."""

    def __init__(self, args: argparse.Namespace, *topics: str) -> None:
        self._wait_s: float = args.wait
        self._link = PahoSubscriber(source_of(args, *topics))
        self._news: queue.SimpleQueue[News] = queue.SimpleQueue()
        self._standing: dict[str, bytes] = {}
        self._until_s = 0.0

    def __enter__(self) -> Self:
        try:
            self._link.start(self._news.put)
            await_connection(self._news, self._wait_s)
            self._until_s = monotonic() + STANDING_S
        except BaseException:
            self._link.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._link.close()

    def standing(self, topic: str) -> bytes | None:
        """What is retained on a topic; None for nothing."""
        while topic not in self._standing:
            news = next_news(self._news, self._until_s)
            if news is None:
                return None
            self._learn(news)
        return self._standing[topic] or None

    def all_standing(self) -> dict[str, bytes]:
        """Everything that is retained on its topics, once nothing more has come for a while."""
        while (news := next_news(self._news, monotonic() + QUIET_S)) is not None:
            self._learn(news)
        return {topic: payload for topic, payload in self._standing.items() if payload}

    def say(self, said: Iterable[Said]) -> int:
        """Publish these, each when the one before was taken; how many they were."""
        number = 0
        for one in said:
            number += 1
            self._link.publish(Message(one.topic, one.payload, retain=True, content_type=one.content_type))
            self._await_answer(one.topic)
        return number

    def _await_answer(self, topic: str) -> None:
        until_s = monotonic() + self._wait_s
        while (news := next_news(self._news, until_s)) is not None:
            if isinstance(news, Answered):
                if news.taken or _NOBODY in news.reason:
                    return
                raise Failed(NO_BROKER, f"the broker does not take {topic}: {news.reason}; look at its access list")
            self._learn(news)
        raise Failed(NO_BROKER, f"the broker does not answer for {topic}; publish it again")

    def _learn(self, news: News) -> None:
        match news:
            case Delivery():
                self._standing[news.topic] = news.payload
            case Away(reason):
                raise Failed(NO_BROKER, f"{reason}; publish it again")
            case _:
                pass
