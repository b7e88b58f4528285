"""``gate ctl``: orders to the gate that runs on this machine, and how things stand there.

What may be ordered, and with which reason, the gate says; here a command line becomes one request.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path
from typing import Any

from gate.cli.arguments import index, natural
from gate.cli.check_config import USUAL_FILE
from gate.cli.control_client import CODES as CODES_OF_RESULTS
from gate.cli.control_client import DONE, WRONG_USAGE, NoAnswer, ask
from gate.cli.ctl_status import table
from gate.cli.inert import inert, say
from gate.service.config import ConfigErrors, load
from gate.service.config_schema import ControlConfig
from gate.service.control_verbs import DRILLS, OUTCOMES
from gate.wire.control import Answered, Request

USUAL = ControlConfig()
EXIT_CODES = """\
exit codes:
  0  done
  1  the gate does not do that now; it says why
  2  wrong usage
  3  this account may give no orders
  4  there is no gate, or it does not answer
"""
_LONGEST = 2000

MODES = {
    "lockdown": "let no visitor in until further notice",
    "normal": "back to normal: ends lockdown, unlock and emergency",
    "unlock": "hold the door free",
    "emergency": "free the door at once, until normal is ordered",
}


def add_parser(subparsers: Any) -> None:
    """Add the subcommand."""
    parser = subparsers.add_parser(
        "ctl",
        help="give the gate on this machine an order, or ask how things stand",
        description="Gives the gate that runs on this machine an order, as its officer.",
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    verbs = parser.add_subparsers(title="verbs", metavar="VERB", required=True)
    _add_status(verbs)
    _add_answers(verbs)
    _add_alarms(verbs)
    _add_site(verbs)
    add_drill(verbs)
    for name, words in MODES.items():
        _verb(verbs, name, words)
    test = _verb(verbs, "selftest", "show every lamp and sound the buzzer", "relay")
    test.add_argument("--relay", action="store_true", default=None, help="release the strike for a moment, too")


def add_drill(subparsers: Any) -> None:
    """Add the verb ``drill``, which is a command of its own as well."""
    words = "run the way of a black or red visitor without one; everything is marked as a drill"
    drill = _verb(subparsers, "drill", words, "colour")
    drill.add_argument("colour", metavar="COLOUR", choices=_names(DRILLS), help=" or ".join(DRILLS))


def _add_status(verbs: Any) -> None:
    status = _verb(verbs, "status", "say how things stand at the door")
    status.add_argument("--json", action="store_true", help="print one JSON document")


def _add_answers(verbs: Any) -> None:
    admit = _verb(
        verbs,
        "admit",
        "let the held visitor in; with nobody on hold, somebody without a code (--healthy --protocol)",
        "reason", "visit", "healthy", "protocol", "extended",
    )  # fmt: skip
    refuse = _verb(verbs, "refuse", "turn the held visitor away", "reason", "visit")
    for answer in (admit, refuse):
        answer.add_argument("--visit", metavar="N", type=natural, help="this visit and no other one")
        answer.add_argument("--reason", metavar="R", help="one of the reasons in the configuration; default: the first")
    for switch, words in (
        ("healthy", "attest that a visitor without a code is healthy"),
        ("protocol", "attest that a visitor without a code keeps the protocol"),
        ("extended", "release for longer"),
    ):
        admit.add_argument(f"--{switch}", action="store_true", default=None, help=words)


def _add_alarms(verbs: Any) -> None:
    ack = _verb(verbs, "ack", "say that an alarm was seen; without a number, every alarm", "alarm")
    ack.add_argument("alarm", metavar="ALARM", nargs="?", type=natural, help="its number")
    follow_up = _verb(verbs, "follow-up", "say what became of the person behind a black alarm", "outcome", "alarm")
    follow_up.add_argument("outcome", metavar="OUTCOME", choices=_names(OUTCOMES), help=", ".join(OUTCOMES))
    follow_up.add_argument("--alarm", metavar="N", type=natural, help="its number; default: the oldest that awaits it")


def _add_site(verbs: Any) -> None:
    passback = _verb(verbs, "passback", "forget that anybody has entered, at every gate of the office", "visit")
    passback.add_argument("--visit", metavar="N", type=natural, help="only the visitor of this visit")
    occupancy = _verb(verbs, "occupancy", "say how many people are inside, after counting them", "inside")
    occupancy.add_argument("inside", metavar="N", type=index, help="so many people")


def _names(choices: Iterable[StrEnum]) -> list[str]:
    """Plain texts, which argparse shows as they are."""
    return [choice.value for choice in choices]


def _verb(subparsers: Any, name: str, words: str, *args: str) -> Any:
    """A parser for one verb; ``args`` are what it hands on where they are given."""
    parser = subparsers.add_parser(name, help=words, description=f"{words[0].upper()}{words[1:]}.")
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--socket", metavar="PATH", type=Path, help=f"the gate's socket; usually {USUAL.socket}")
    where.add_argument("--config", metavar="FILE", type=Path, help=f"whose control.socket it is; default: {USUAL_FILE}")
    parser.set_defaults(func=run, verb=name, handed_on=args)
    return parser


def run(args: argparse.Namespace) -> int:
    """Ask, and say what came of it."""
    try:
        path = _socket(args)
        answered = ask(path, request_of(args))
    except NoAnswer as none:
        _tell(str(none))
        return none.code
    except ConfigErrors as errors:
        print(errors, file=sys.stderr)
        return WRONG_USAGE
    code = CODES_OF_RESULTS[answered.result]
    if code == DONE:
        _show(answered, as_json=getattr(args, "json", False))
    else:
        _tell(answered.text)
    return code


def request_of(args: argparse.Namespace) -> Request:
    """What the command line asks."""
    given = {name: getattr(args, name) for name in args.handed_on}
    return Request(args.verb, {name: value for name, value in given.items() if value is not None})


def _socket(args: argparse.Namespace) -> Path:
    """Where the gate listens. Raises ``ConfigErrors`` for a file that was named, ``NoAnswer`` without local control."""
    if args.socket is not None:
        return Path(args.socket)
    file = args.config or USUAL_FILE
    path = _control_of(file, named=args.config is not None).socket
    if path is None:
        raise NoAnswer(f"control.socket is empty in {file}, so that gate has no local control", WRONG_USAGE)
    return path


def _control_of(file: Path, *, named: bool) -> ControlConfig:
    """What the file says; the usual where nobody named it, since an officer need not be able to read it."""
    try:
        return load(file).control
    except ConfigErrors:
        if named:
            raise
        return USUAL


def _show(answered: Answered, *, as_json: bool) -> None:
    if answered.status is None:
        say(inert(answered.text, _LONGEST))
    elif as_json:
        say(json.dumps(answered.status, indent=2))
    else:
        for line in table(answered.status):
            say(inert(line))


def _tell(text: str) -> None:
    print(f"gate ctl: {inert(text, _LONGEST)}", file=sys.stderr)
