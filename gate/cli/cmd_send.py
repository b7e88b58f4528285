"""The way of a command: to the broker, to the gate, and its answer back; each thing that can fail has its own word."""

from __future__ import annotations

import argparse
import json
import queue
import sys
from collections.abc import Callable
from time import monotonic
from typing import Any

from gate.adapters.mqtt_paho.subscriber import Answered, Away, Delivery, News, PahoSubscriber, Source, Subscribed
from gate.cli.arguments import natural, port
from gate.cli.broker_login import PLAIN_PORT, TLS_PORT, add_login, port_of, tls_of
from gate.cli.inert import inert, say
from gate.ports import Message
from gate.wire import command
from gate.wire.command import Command, Response

EXIT_CODES = """\
exit codes:
  0  done
  1  the gate refuses; it says why
  2  wrong usage
  3  the broker cannot be reached, or refuses
  4  the gate is not there, or does not answer
"""
DONE, REFUSED, NO_BROKER, NO_GATE = 0, 1, 3, 4
USUAL_WAIT_S = 10
_LONGEST = 2000


class Failed(Exception):  # noqa: N818  (ends the command with its exit code)
    """The way to the broker, or beyond it, failed; ``code`` is the exit code."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code = code


def add_where(parser: Any) -> None:
    """The broker, and how long to wait."""
    parser.add_argument("--host", default="localhost", help="the broker; default: localhost")
    parser.add_argument("--port", type=port, help=f"default: {TLS_PORT} with --ca, else {PLAIN_PORT}")
    add_login(parser)
    parser.add_argument(
        "--wait", metavar="S", type=natural, default=USUAL_WAIT_S, help="seconds for each step; default: %(default)s"
    )


def send(args: argparse.Namespace, make: Callable[[], Command], sign: Callable[[Command], bytes]) -> int:
    """Send what ``make`` gives; the exit code."""
    source = source_of(args, command.response_topic("+", args.gate))
    news: queue.SimpleQueue[News] = queue.SimpleQueue()
    link = PahoSubscriber(source)
    try:
        link.start(news.put)
        await_connection(news, args.wait)
        meant = make()
        topic = command.topic_of(meant.verb, meant.gate)
        link.publish(Message(topic, sign(meant), False, command.CONTENT_TYPE, expiry_s=command.EXPIRY_S))  # noqa: FBT003  (retain)
        response = _await_answer(news, meant.transaction, args.wait)
    except Failed as failed:
        print(f"gate cmd send: {inert(str(failed), _LONGEST)}", file=sys.stderr)
        return failed.code
    finally:
        link.close()
    return _tell(response, as_json=args.json)


def source_of(args: argparse.Namespace, *filters: str) -> Source:
    """The broker that was named, and what to hear of it."""
    return Source(args.host, port_of(args), filters, args.username, args.password_file, tls_of(args))


def await_connection(news: queue.SimpleQueue[News], wait_s: float) -> None:
    """Until the link delivers. The first thing that goes wrong is told; whoever waits at a terminal can try again."""
    match next_news(news, monotonic() + wait_s):
        case Subscribed():
            return
        case Away(reason):
            raise Failed(NO_BROKER, reason)
        case _:
            raise Failed(NO_BROKER, "the broker does not answer")


def _await_answer(news: queue.SimpleQueue[News], transaction: str, wait_s: float) -> Response:
    until_s = monotonic() + wait_s
    while (found := next_news(news, until_s)) is not None:
        match found:
            case Answered(taken=False, reason=reason):
                raise Failed(*_not_taken(reason))
            case Away(reason):
                raise Failed(NO_BROKER, f"{reason}; whether the gate has heard the command is not known")
            case Delivery(payload=payload, retained=False):
                response = command.read_response(payload)
                if isinstance(response, Response) and response.transaction == transaction:
                    return response
            case _:
                pass
    raise Failed(NO_GATE, f"the gate has not answered within {wait_s:g} s; look at the door before you try again")


def _not_taken(reason: str) -> tuple[int, str]:
    if "subscribers" in reason:
        return NO_GATE, "the gate is not there: nobody listens to its commands"
    return NO_BROKER, f"the broker does not take the command: {reason}; look at its access list"


def next_news(news: queue.SimpleQueue[News], until_s: float) -> News | None:
    """The next thing that the link tells; None where there is none in time."""
    try:
        return news.get(timeout=max(0.0, until_s - monotonic()))
    except queue.Empty:
        return None


def _tell(response: Response, *, as_json: bool) -> int:
    done = response.status == "done"
    if as_json:
        fields = {name: getattr(response, name) for name in ("transaction", "status", "text", "error", "data")}
        say(json.dumps(fields))
    elif done:
        say(inert(response.text, _LONGEST))
        if response.data:
            say(json.dumps(response.data, indent=2))
    else:
        why = f" ({inert(response.error)})" if response.error else ""
        print(f"gate cmd send: the gate refuses: {inert(response.text, _LONGEST)}{why}", file=sys.stderr)
    if done:
        return DONE
    return NO_GATE if response.status == "no_answer" else REFUSED
