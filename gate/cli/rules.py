"""``gate rules``: list, try, explain, replay, compare and validate rule packs."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from gate.adapters.clock_system import SystemClock
from gate.cli import rules_compare, rules_explain, rules_list, rules_replay, rules_test, rules_validate
from gate.cli.arguments import moment, plain_errors
from gate.cli.rules_words import LANGUAGES
from gate.cli.trust_rules import add_trust_options

ZERO_IS_GOOD = "Exit code 0: {good}; 1: {bad}; 2: something cannot be read."
PACK_HELP = "the id of a shipped pack, or a pack's file"


def add_parser(subparsers: Any) -> None:
    """Add ``rules`` and its subcommands."""
    parser = subparsers.add_parser("rules", help="list, try, explain and compare rule packs")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _add_list(commands)
    _add_test(commands)
    _add_explain(commands)
    _add_replay(commands)
    _add_compare(commands)
    _add_validate(commands)


def _add(commands: Any, name: str, run: Callable[[argparse.Namespace], int], text: str, codes: str) -> Any:
    parser = commands.add_parser(name, help=text, description=f"{text[0].upper()}{text[1:]}.", epilog=codes)
    parser.set_defaults(func=plain_errors(f"gate rules {name}")(run))
    return parser


def _codes(good: str, bad: str) -> str:
    return ZERO_IS_GOOD.format(good=good, bad=bad)


def _add_list(commands: Any) -> None:
    text = "list packs and say which are in force on a day"
    parser = _add(commands, "list", _run_list, text, "Exit code 0; 2: something cannot be read.")
    parser.add_argument("packs", metavar="PACK", nargs="*", help=f"{PACK_HELP}; default: the shipped ones")
    parser.add_argument("--day", type=_day, help="such as 2022-07-17; default: today in UTC")
    add_trust_options(parser)
    _add_language(parser)


def _add_test(commands: Any) -> None:
    text = "run packs over tables of cases"
    codes = _codes("every case is as expected", "a case is not")
    parser = _add(commands, "test", rules_test.run, text, codes)
    parser.add_argument("tables", metavar="FILE", nargs="*", type=Path, help="a table; default: the shipped ones")
    parser.add_argument("--pack", metavar="PACK", help=f"{PACK_HELP}; default: the one that the table names")


def _add_explain(commands: Any) -> None:
    text = "say in words why a pack, or the EU's rules, give facts their colour"
    codes = _codes("a rule held", "none did, or one before it could not be evaluated; of the EU's rules: not all did")
    parser = _add(commands, "explain", _run_explain, text, codes)
    parser.add_argument("pack", metavar="PACK", help=f"{PACK_HELP}, or a file of the EU's rules")
    facts = "a file with a facts document, whole or in part, or for the EU's rules with a payload; - for stdin"
    parser.add_argument("facts", metavar="FACTS", help=facts)
    parser.add_argument("--country", help="of acceptance, for the EU's rules; default: that of the first rule")
    parser.add_argument("--region", help="of acceptance, for the EU's rules")
    parser.add_argument("--value-sets", metavar="FILE", help="for the EU's rules")
    parser.add_argument(
        "--at", metavar="TIME", type=moment, help="such as 2022-07-17T12:00:00Z, for them; default: now"
    )
    _add_language(parser)


def _add_replay(commands: Any) -> None:
    text = "run a pack over recorded facts documents, one a line"
    codes = _codes("every line has a colour, and the one that it names", "a line has none, or another")
    parser = _add(commands, "replay", rules_replay.run, text, codes)
    parser.add_argument("pack", metavar="PACK", help=PACK_HELP)
    parser.add_argument("log", metavar="FILE", type=Path, help="lines of JSON: facts, external, and colour if known")


def _add_compare(commands: Any) -> None:
    text = "say what would change from one pack to another, over the shipped and the generated cases"
    parser = _add(commands, "compare", rules_compare.run, text, _codes("nothing would change", "something would"))
    parser.add_argument("old", metavar="OLD", help=PACK_HELP)
    parser.add_argument("new", metavar="NEW", help=PACK_HELP)
    parser.add_argument("--recorded", metavar="FILE", type=Path, help="recorded facts documents as well")
    parser.add_argument("--examples", type=int, default=3, help="how many to show of each change; default: %(default)s")


def _add_validate(commands: Any) -> None:
    text = "check files of packs, of cases, or of the EU's rules"
    parser = _add(commands, "validate", rules_validate.run, text, _codes("all can be used", "one cannot"))
    parser.add_argument("files", metavar="FILE", nargs="+", type=Path)
    add_trust_options(parser)


def _add_language(parser: Any) -> None:
    parser.add_argument("--language", choices=LANGUAGES, default="en", help="of descriptions; default: %(default)s")


def _run_list(args: argparse.Namespace) -> int:
    return rules_list.run(args, args.day or SystemClock().now().utc.date())


def _run_explain(args: argparse.Namespace) -> int:
    args.at = args.at or SystemClock().now().utc
    return rules_explain.run(args)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a day; write 2022-07-17") from None
