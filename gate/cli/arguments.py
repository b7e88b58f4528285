"""What several commands read from their command line: spans, moments, ids; and how they say what is wrong."""

from __future__ import annotations

import argparse
import functools
import re
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from gate.credential.bundle import LIST_ID
from gate.credential.errors import TrustError
from gate.pki.errors import PkiError
from gate.ports import AdapterError

USAGE_ERROR = 2
LONGEST = timedelta(days=36525)

_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_ISSUER_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")

Run = Callable[[argparse.Namespace], int]


class CommandError(Exception):
    """The command cannot do what was asked; the text says what to do."""


def plain_errors(command: str) -> Callable[[Run], Run]:
    """Turn what a user got wrong into one line on stderr and exit code 2."""

    def wrap(run: Run) -> Run:
        @functools.wraps(run)
        def wrapped(args: argparse.Namespace) -> int:
            try:
                return run(args)
            except (CommandError, AdapterError, TrustError, PkiError) as error:
                print(f"{command}: {error}", file=sys.stderr)
                return USAGE_ERROR

        return wrapped

    return wrap


def span(text: str) -> timedelta:
    """A length of time such as 8h: whole minutes (m), hours (h), days (d) or weeks (w)."""
    found = re.fullmatch(r"([0-9]{1,6})([mhdw])", text)
    if found is None or int(found[1]) == 0:
        raise argparse.ArgumentTypeError(f"{text!r} is not a length of time; write 30m, 8h, 2d or 1w")
    length = timedelta(**{_UNITS[found[2]]: int(found[1])})
    if length > LONGEST:
        raise argparse.ArgumentTypeError(f"{text!r} is longer than a hundred years")
    return length


def moment(text: str) -> datetime:
    """A time with its zone, such as 2026-01-31T12:00:00Z."""
    try:
        time = datetime.fromisoformat(text)
        if time.tzinfo is not None:
            return time.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise argparse.ArgumentTypeError(f"{text!r} is not a time with its zone; write 2026-01-31T12:00:00Z or …+07:00")


def issuer_id(text: str) -> str:
    """An issuer's id that is also a file name."""
    if _ISSUER_ID.fullmatch(text) is None:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not an issuer id; use up to 64 letters, digits, dots, hyphens and underscores"
        )
    return text


def list_id(text: str) -> str:
    """A deny list's id."""
    if LIST_ID.fullmatch(text) is None:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not the id of a deny list; use up to 64 lower-case letters, digits, dots and hyphens"
        )
    return text


def hexadecimal(text: str) -> bytes:
    """Bytes as they are shown to people."""
    try:
        raw = bytes.fromhex(text)
    except ValueError:
        raw = b""
    if not raw:
        raise argparse.ArgumentTypeError(f"{text!r} is not hexadecimal; write two digits for each byte")
    return raw


def natural(text: str) -> int:
    """A positive whole number."""
    if not re.fullmatch(r"[0-9]{1,15}", text) or int(text) == 0:
        raise argparse.ArgumentTypeError(f"{text!r} is not a positive whole number")
    return int(text)


def index(text: str) -> int:
    """A whole number from 0 on."""
    if not re.fullmatch(r"[0-9]{1,15}", text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 0 on")
    return int(text)


def port(text: str) -> int:
    """A TCP port."""
    if not (text.isascii() and text.isdecimal() and 0 < int(text[:9]) < 65536):  # noqa: PLR2004  (TCP's)
        raise argparse.ArgumentTypeError(f"{text!r} is not a port; give a number from 1 to 65535")
    return int(text)
