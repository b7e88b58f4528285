"""``gate trust verify``: whether a gate would take this bundle now, and have what it needs to go by it."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from gate.adapters.clock_system import SystemClock
from gate.adapters.trust_files.bundles import read_bundle
from gate.adapters.trust_files.deny_lists import file_name, open_list
from gate.cli.arguments import plain_errors
from gate.cli.inert import inert, say
from gate.cli.trust_rules import standing
from gate.credential.proof import moment
from gate.credential.trust import ListRef, TrustBundle
from gate.policy.trust_age import TrustAge, TrustAges, age_of
from gate.ports import AdapterError

NOT_GOOD = 1


def add_verify(commands: Any) -> None:
    """Add the subcommand."""
    parser = commands.add_parser(
        "verify",
        help="say whether a gate would go by a bundle now",
        epilog="Exit code 0: yes; 1: it would, but not for a green light, or not for all of it; the reasons are "
        "printed; 2: it cannot be read, or the root key did not sign it.",
    )
    parser.add_argument("bundle", metavar="BUNDLE", type=Path)
    parser.add_argument("--root-key", metavar="PUB", type=Path, required=True, help="the public root key")
    parser.add_argument("--lists", metavar="DIR", type=Path, help="verify the deny lists too, which lie here")
    parser.add_argument(
        "--rules", metavar="FILE.json", type=Path, action="append", default=[], help="verify a file of rules too"
    )
    parser.set_defaults(func=run_verify)


@plain_errors("gate trust verify")
def run_verify(args: argparse.Namespace) -> int:
    """Verify a bundle."""
    bundle = read_bundle(args.bundle, args.root_key)
    doubts = [*_doubts(bundle, args.lists), *_rule_doubts(bundle, args.rules)]
    for doubt in doubts:
        say(f"not good  {inert(doubt)}")
    if doubts:
        return NOT_GOOD
    say(f"good  version {bundle.version}, until {moment(bundle.expires)}")
    return 0


def _doubts(bundle: TrustBundle, lists: Path | None) -> Iterator[str]:
    now = SystemClock().now().utc
    age = age_of(bundle.stamp, TrustAges(), now)
    if age is not TrustAge.FRESH:
        yield f"its age is {age}: issued {moment(bundle.issued)}, until {moment(bundle.expires)}"
    yield from doubts_of(bundle, lists, now)


def doubts_of(bundle: TrustBundle, lists: Path | None, now: datetime) -> Iterator[str]:
    """What is wrong with the content of a bundle, and with the deny lists in this folder, at this time (UTC)."""
    yield from bundle.skipped
    known = {one.id for one in bundle.revocation}
    for issuer in bundle.issuers:
        yield from (f"the issuer {issuer.id} names the list {name}" for name in issuer.revocation if name not in known)
    for one in bundle.revocation:
        if one.expires <= now:
            yield f"the list {one.id} ended at {moment(one.expires)}"
        if lists is not None:
            yield from _list_doubts(one, lists)


def _rule_doubts(bundle: TrustBundle, files: Sequence[Path]) -> Iterator[str]:
    for file in files:
        good, told = standing(file, bundle)
        if not good:
            yield f"{file} is {told}"


def _list_doubts(one: ListRef, lists: Path) -> Iterator[str]:
    with suppress(StopIteration):
        steps = open_list(one, lists / file_name(one))
        try:
            while True:
                next(steps)
        except AdapterError as error:
            yield str(error)
