"""``gate watch``: a staff member's terminal. Subscribes, shows how things stand, prints what comes, and reconnects.

Messages go to stdout, what concerns the link to stderr.
"""

from __future__ import annotations

import argparse
import json
import os
import queue
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from typing import Any

from gate.adapters.mqtt_paho.subscriber import Answered, Away, Delivery, News, PahoSubscriber, Source, Subscribed
from gate.cli.arguments import CommandError, plain_errors, port
from gate.cli.broker_login import PLAIN_PORT, TLS_PORT, add_login, port_of, tls_files, tls_of
from gate.cli.inert import inert, say
from gate.cli.watch_lines import Check, Style, as_line, as_object
from gate.cli.watch_opening import Opening, is_alarm
from gate.cli.watch_words import LANGUAGES, Words
from gate.service.config import ConfigErrors, load
from gate.wire import batch, schemas, topics

DEFAULT_HOST = "localhost"
LONGEST_WAIT_S = 0.5
AT_ONCE = 200
"""So many messages are put in order before they are shown."""


def add_parser(subparsers: Any) -> None:
    """Add the subcommand."""
    parser = subparsers.add_parser(
        "watch",
        help="print what the gates report, as it comes",
        description="Shows how things stand, alarms first and then office by office; then prints what the gates say, "
        "alarms before all else that comes at the same moment, until Ctrl-C. Reconnects by itself.",
        epilog="Exit code 0: ended by Ctrl-C or SIGTERM; 2: wrong options or configuration.",
    )
    parser.add_argument("--config", type=Path, help="take the broker and the login from this gate's configuration")
    parser.add_argument("--host", help=f"the broker's name or address (default {DEFAULT_HOST})")
    parser.add_argument("--port", type=port, help=f"its port (default {TLS_PORT} with --ca, else {PLAIN_PORT})")
    add_login(parser)
    parser.add_argument("--site", type=_name, help="only the gates of this site")
    parser.add_argument("--gate", type=_name, help="only the gates of this name")
    parser.add_argument("--live", action="store_true", help="also every event at once, before it is recorded")
    parser.add_argument("--health", action="store_true", help="also the figures of each gate, every minute")
    parser.add_argument("--json", action="store_true", help="one JSON object a line, for machines")
    parser.add_argument("--plain", action="store_true", help="no colours and no marks, only words")
    parser.add_argument(
        "--language", "--lang", choices=LANGUAGES, default="en", help="English or Indonesian (default en)"
    )
    parser.set_defaults(func=run)


@plain_errors("gate watch")
def run(args: argparse.Namespace) -> int:
    """Watch until told to end; the exit code."""
    source = _source(args)
    words = Words(args.language)
    terminal = _Terminal(args, words, f"{source.host}:{source.port}")
    news: queue.SimpleQueue[News] = queue.SimpleQueue()
    subscriber = PahoSubscriber(source)
    try:
        with _terminable():
            subscriber.start(news.put)
            while True:
                _show_next(news, terminal)
    except KeyboardInterrupt:
        return 0
    finally:
        subscriber.close()


class _Terminal:
    """Prints the news; the state of the link only when it changes."""

    def __init__(self, args: argparse.Namespace, words: Words, broker: str) -> None:
        coloured = sys.stdout.isatty() and not args.plain and "NO_COLOR" not in os.environ
        self.as_json: bool = args.json
        self._style = Style(words, coloured, args.plain)
        self._broker = broker
        self._away: str | None = None
        self._check = _check(words)
        self._opening: Opening | None = None
        """What the broker had kept and is not shown yet."""

    def settle(self) -> None:
        """Nothing more has come for a moment: show how things stand."""
        opening, self._opening = self._opening, None
        for line in () if opening is None else opening.lines(self._check, self._style):
            self._print(line)

    def show(self, news: News) -> None:
        match news:
            case Delivery() if news.retained and self._opening is not None:
                self._opening.add(news)
            case Delivery():
                self.settle()
                self._deliver(news)
            case Subscribed():
                self._away = None
                self._report(f"{self._broker}: {self._style.words('watching')}")
                if self.as_json:
                    self._print(json.dumps({"watch": "subscribed"}))
                else:
                    self._opening = Opening()
            case Answered():
                pass  # nothing is said here
            case Away(reason):
                if self._away != reason:
                    self._report(f"{inert(reason)}; {self._style.words('away')}")
                self._away = reason

    def _deliver(self, delivery: Delivery) -> None:
        for one in _unfolded(delivery):
            if self.as_json:
                self._print(json.dumps(as_object(one, self._check)))
            else:
                self._print(as_line(one, self._check, self._style))

    def _print(self, line: str) -> None:
        say(line)
        sys.stdout.flush()

    def _report(self, line: str) -> None:
        print(f"gate watch: {line}", file=sys.stderr, flush=True)


def _unfolded(delivery: Delivery) -> tuple[Delivery, ...]:
    """The events of a batch one by one; any other message as it is."""
    bodies = batch.decode(delivery.payload) if delivery.topic.endswith(f"/{topics.BATCH}") else ()
    if not isinstance(bodies, tuple) or not bodies:
        return (delivery,)
    return tuple(replace(delivery, payload=body) for body in bodies)


def _show_next(news: queue.SimpleQueue[News], terminal: _Terminal) -> None:
    """Waits a moment at most: a signal that comes just before a wait is seen only after it."""
    try:
        found = [news.get(timeout=LONGEST_WAIT_S)]
    except queue.Empty:
        terminal.settle()
        return
    with suppress(queue.Empty):
        while len(found) < AT_ONCE:
            found.append(news.get_nowait())
    for one in found if terminal.as_json else arranged(found):
        terminal.show(one)


def arranged(news: Sequence[News]) -> list[News]:
    """Of what has come at once alarms first, but nothing across a change of the link."""
    found: list[News] = []
    for _, group in groupby(news, lambda one: isinstance(one, Delivery)):
        found += sorted(group, key=lambda one: not (isinstance(one, Delivery) and is_alarm(one)))
    return found


def _source(args: argparse.Namespace) -> Source:
    also = [leaf for leaf in (topics.LIVE, topics.HEALTH) if getattr(args, leaf)]
    filters = topics.filters(args.site, args.gate, also=also)
    if args.config is None:
        host = args.host or DEFAULT_HOST
        return Source(host, port_of(args), filters, args.username, args.password_file, tls_of(args))
    try:
        mqtt = load(args.config).mqtt
    except ConfigErrors as errors:
        raise CommandError(str(errors)) from None
    host, port = args.host or mqtt.host, args.port or mqtt.port
    if (host, port) != (mqtt.host, mqtt.port):
        return Source(host, port, filters)  # another broker: the login is not for it
    tls = tls_files(mqtt.tls_ca, mqtt.tls_certificate, mqtt.tls_key) if mqtt.tls_ca else None
    return Source(host, port, filters, mqtt.username or None, mqtt.password_file, tls)


def _check(words: Words) -> Check:
    """The check against the published schemas, or none where the library for it is missing."""
    try:
        from gate.adapters.schema_jsonschema import SchemaChecker  # noqa: PLC0415  (extra ``central``)
    except ImportError:
        print(f"gate watch: {words('unchecked')}", file=sys.stderr, flush=True)
        return lambda _id, _message: None
    known = schemas.load()
    checker = SchemaChecker(known)
    return lambda id_, message: checker.problem(id_, message) if id_ in known else None


@contextmanager
def _terminable() -> Iterator[None]:
    """SIGTERM ends the command as Ctrl-C does."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _name(text: str) -> str:
    if not topics.is_name(text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a name; use lower-case letters, digits and hyphens")
    return text
