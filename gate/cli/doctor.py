"""``gate doctor``: looks at the whole unit, and says of each part how it is and what to do about it."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gate import __version__
from gate.cli import files
from gate.cli.arguments import plain_errors
from gate.cli.check_config import USUAL_FILE
from gate.cli.inert import inert, say
from gate.service.config import Config, ConfigErrors, load

if TYPE_CHECKING:
    from gate.cli.checks.finding import Finding
    from gate.cli.checks.table import Check
    from gate.cli.checks.unit import Unit

MOST = 600
NOT_WELL = 1
EXIT_CODES = """\
exit codes:
  0  nothing fails; there may be warnings
  1  something fails
  2  wrong options
"""
BY_HAND = "What only eyes and a meter can tell is in docs/hardware-checks.md."


def add_parser(subparsers: Any) -> None:
    """Add the subcommand."""
    parser = subparsers.add_parser(
        "doctor",
        help="look at the whole unit, and say of each part how it is and what to do",
        description="Looks at every part of the unit as the service uses it, also while the service runs. Run it as "
        "root or as the user gate. Without options it disturbs nobody and moves nothing.",
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--config", metavar="FILE", type=Path, default=USUAL_FILE, help="default: %(default)s")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument(
        "--only", metavar="CHECK", action="append", default=[], help="this check alone; may be repeated"
    )
    parser.add_argument("--card", action="store_true", help="read a test card that somebody holds before the camera")
    parser.add_argument(
        "--walk", action="store_true", help="light each lamp and sound the buzzer, and ask what is seen"
    )
    parser.add_argument("--strike", action="store_true", help="release the strike for a moment, if somebody consents")
    parser.add_argument("--board", action="store_true", help="what only a real board can show; with --card and --walk")
    parser.add_argument(
        "--make-card", metavar="PNG", type=Path, help="write the test card, to be printed on A4; no more"
    )
    parser.set_defaults(func=run)


@plain_errors("gate doctor")
def run(args: argparse.Namespace) -> int:
    """Look, and tell."""
    if args.make_card is not None:
        return _make_card(args.make_card)
    try:
        config = load(args.config)
    except ConfigErrors as errors:
        return _told(args, [("config", _wrong(errors))])
    return _told(args, _examined(args, config))


def _make_card(path: Path) -> int:
    from gate.cli.checks.card_sheet import card  # noqa: PLC0415  (loads numpy)

    files.write_new(path, card(), secret=False)
    say(f"{path}: print it on A4 without scaling; a code is 60 mm wide then")
    return 0


def _wrong(errors: ConfigErrors) -> Finding:
    from gate.cli.checks.finding import fail  # noqa: PLC0415  (beside its use)

    return fail("; ".join(str(errors).splitlines()), "Mend the file, then try it: gate check-config")


def _examined(args: argparse.Namespace, config: Config) -> Iterator[tuple[str, Finding]]:
    """Each check as soon as it is made."""
    from gate.cli.checks.finding import ok  # noqa: PLC0415  (as the others)
    from gate.cli.checks.table import ALL, Wanted, chosen  # noqa: PLC0415  (loads every driver)
    from gate.cli.checks.unit import Unit  # noqa: PLC0415  (as above)

    unknown = [name for name in args.only if name not in ALL]
    if unknown:
        from gate.cli.arguments import CommandError  # noqa: PLC0415  (only here)

        raise CommandError(f"There is no check {unknown[0]!r}; there are: {', '.join(ALL)}.")
    unit = Unit(config)
    yield "config", ok(str(args.config))
    wanted = Wanted(args.board, args.card, args.walk, args.strike, tuple(args.only))
    for name, check in chosen(wanted).items():
        yield name, examined(check, unit)


def examined(check: Check, unit: Unit) -> Finding:
    """What it finds; a check that fails itself does not keep the others from being made."""
    from gate.cli.checks.finding import fail, warn  # noqa: PLC0415  (as above)

    try:
        return check(unit)
    except PermissionError as error:
        return warn(f"this account may not look at {error.filename}", "Use sudo")
    except Exception as error:  # noqa: BLE001  (see above)
        return fail(
            f"the check itself failed: {type(error).__name__}: {error}", "Please report it with gate support-bundle"
        )


def _told(args: argparse.Namespace, found: Any) -> int:
    """Print all; the exit code."""
    rows = []
    for name, finding in found:
        rows.append((name, finding))
        if not args.json:
            say(_line(name, finding))
    if args.json:
        say(json.dumps(document(rows), indent=2))
    elif args.board:
        say(BY_HAND)
    return NOT_WELL if any(finding.verdict == "fail" for _, finding in rows) else 0


def _line(name: str, finding: Finding) -> str:
    advice = f" -> {finding.advice}" if finding.advice else ""
    return f"{finding.verdict.value:5}{name:12} {inert(finding.said + advice, MOST)}"


def document(rows: list[tuple[str, Finding]]) -> dict[str, Any]:
    """All findings, and the worst of their verdicts."""
    verdicts = {finding.verdict.value for _, finding in rows}
    return {
        "gate": __version__,
        "verdict": next(one for one in ("fail", "warn", "ok") if one in verdicts or one == "ok"),
        "checks": [
            {"name": name, "verdict": one.verdict.value, "said": one.said, "advice": one.advice} for name, one in rows
        ],
    }
