"""``gate central registry``: look at the files of offices and gates before the centre does."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

from gate.central.registry import Gate, Registry, Site
from gate.central.registry_files import load
from gate.central.registry_problems import RegistryErrors
from gate.cli.inert import inert, say

WRONG = 1


def add_to(commands: Any) -> None:
    """Add ``registry`` and its subcommands."""
    parser = commands.add_parser("registry", help="check and show the files of offices and gates")
    verbs = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    check = verbs.add_parser(
        "check",
        help="say whether the files are right, and everything that is wrong with them",
        description='Prints "ok" and how many there are and exits 0, or prints every problem and exits 1.',
    )
    show = verbs.add_parser("show", help="print the offices and their gates")
    show.add_argument("--json", action="store_true", help="for a machine")
    for verb, run in ((check, run_check), (show, run_show)):
        verb.add_argument(
            "files", metavar="FILE", type=Path, nargs="+", help=".toml, or .csv as a spreadsheet saves it"
        )
        verb.set_defaults(func=run)


def run_check(args: argparse.Namespace) -> int:
    """Exit code 0 when the files can be used together, 1 when not."""
    registry = _loaded(args.files)
    if registry is None:
        return WRONG
    say(f"ok: {len(registry.sites)} offices, {len(registry.gates)} gates")
    return 0


def run_show(args: argparse.Namespace) -> int:
    """Print the registry."""
    registry = _loaded(args.files)
    if registry is None:
        return WRONG
    if args.json:
        say(json.dumps({"sites": _plain(registry.sites.values()), "gates": _plain(registry.gates.values())}, indent=1))
        return 0
    for site in registry.sites.values():
        say(_site_line(site))
        for gate in registry.gates_of(site.id):
            say(_gate_line(gate))
    return 0


def _loaded(files: list[Path]) -> Registry | None:
    try:
        return load(files)
    except RegistryErrors as errors:
        print(errors, file=sys.stderr)
        return None


def _site_line(site: Site) -> str:
    parts = [site.id, site.name, site.district, site.timezone, f"{site.planned_gates} planned"]
    if site.planned is not None:
        parts.append(f"by {site.planned}")
    if site.capacity is not None:
        parts.append(f"{site.capacity} visitors at most")
    return inert(", ".join(part for part in parts if part))


def _gate_line(gate: Gate) -> str:
    days = (("planned", gate.planned), ("installed", gate.installed), ("retired", gate.retired))
    told = [f"{what} {day}" for what, day in days if day is not None]
    return "  " + inert(", ".join(part for part in (gate.id, gate.name, *told) if part))


def _plain(found: Iterable[Site | Gate]) -> list[dict[str, Any]]:
    return [
        {name: str(value) if isinstance(value, date) else value for name, value in asdict(one).items()} for one in found
    ]
