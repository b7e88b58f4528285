"""``gate central publish``: newer trust, rules, status lists and notices for all gates, checked as gates check them.

The pieces of a file go before the pointer to it; what is older than what stands at the broker is refused.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

from ulid import ULID

from gate.adapters.trust_files.deny_lists import file_name, open_list
from gate.adapters.trust_files.rule_files import read_rules, ref_of
from gate.central import publishing
from gate.central.desk import example
from gate.cli import files
from gate.cli.arguments import CommandError, list_id, plain_errors, span
from gate.cli.cmd_send import Failed
from gate.cli.inert import say
from gate.cli.publish_desk import TRUST, Desk, list_name, name_of, told
from gate.cli.publish_link import PublishLink
from gate.cli.publish_options import add_desk, completed, needed
from gate.credential.errors import MalformedError, TrustError
from gate.credential.statuslist import MAX_BYTES, Delta, read_snapshot, unproven
from gate.credential.trust import TrustBundle
from gate.wire import notice, pointer, rules_file
from gate.wire.notice import Level, Notice
from gate.wire.pointer import LARGEST, Kind, Place
from gate.wire.topics import EVERYBODY

EXIT_CODES = """\
exit codes:
  0  published
  2  no gate would take it, or wrong usage; nothing was published
  3  the broker cannot be reached, or refuses
"""
RULES = Place(Kind.RULES)


def add_to(commands: Any) -> None:
    """Add ``publish`` and its subcommands."""
    parser = commands.add_parser("publish", help="publish newer trust, rules and lists for all gates")
    kinds = parser.add_subparsers(title="what to publish", metavar="WHAT", required=True)
    _add_trust(kinds)
    _add_rules(kinds)
    _add_status(kinds)
    _add_notice(kinds)
    tidy = kinds.add_parser(
        "tidy",
        help="clear pieces of files that nothing points at, as an interrupted publication leaves them",
        description="Not while somebody publishes: the pieces of a file are there before the pointer to it.",
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_desk(tidy)
    tidy.set_defaults(func=run_tidy)
    show = kinds.add_parser("show-config", help="print an example of the desk's file, with every key")
    show.set_defaults(func=run_show_config)


def _add(kinds: Any, name: str, about: str, run: Callable[[argparse.Namespace], int]) -> Any:
    parser = kinds.add_parser(name, help=about, epilog=EXIT_CODES, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--key", metavar="FILE", type=Path, help="the desk's key, with the role publisher")
    parser.add_argument("--root-key", metavar="PUB", type=Path, help="the root key that gates have pinned")
    add_desk(parser)
    parser.set_defaults(func=run)
    return parser


def _add_trust(kinds: Any) -> None:
    parser = _add(kinds, "trust", "a trust bundle and the deny lists that it names", run_trust)
    parser.add_argument("bundle", metavar="BUNDLE", type=Path, nargs="?", help="default: that of the desk's file")
    parser.add_argument("--lists", metavar="DIR", type=Path, help="where the deny lists lie that the bundle names")


def _add_rules(kinds: Any) -> None:
    parser = _add(kinds, "rules", "all files of rules, in the place of those before", run_rules)
    _add_bundle(parser)
    parser.add_argument("rules", metavar="FILE.json", type=Path, nargs="+")


def _add_status(kinds: Any) -> None:
    parser = _add(kinds, "status", "a snapshot of a status list", run_status)
    _add_bundle(parser)
    parser.add_argument("--name", type=list_name, help="what topics call the list; default: the name of the file")
    parser.add_argument("list", metavar="FILE.statuslist", type=Path, nargs="?", help="default: that of the desk")


def _add_notice(kinds: Any) -> None:
    parser = _add(kinds, "notice", "a word to whoever looks after gates", run_notice)
    _add_bundle(parser)
    parser.add_argument("--level", choices=[level.value for level in Level], default=Level.INFO.value)
    parser.add_argument("--valid-for", metavar="SPAN", type=span, default=timedelta(days=1), help="default 1d")
    parser.add_argument("--id", metavar="TEXT", dest="indonesian", help="the same in Indonesian")
    parser.add_argument("text", metavar="TEXT", help="in English; nothing about a person")


def _add_bundle(parser: Any) -> None:
    parser.add_argument("--trust", metavar="BUNDLE", type=Path, help="the bundle that gates go by")


@plain_errors("gate central publish trust")
def run_trust(args: argparse.Namespace) -> int:
    """Publish a bundle, after its lists."""
    desk = Desk(args, args.bundle)
    raw, bundle = files.read(desk.bundle_file, LARGEST[Kind.TRUST]), desk.bundle
    if bundle.expires <= desk.now.utc:
        raise CommandError(f"{desk.bundle_file} has expired. Sign a newer one with `gate trust sign`.")
    lists = list(_lists(bundle, args.lists or desk.config.publish.lists_dir))

    def publish(link: PublishLink) -> None:
        desk.require_newer(link, TRUST, bundle.version, raw)
        for place, version, content in lists:
            desk.publish(link, place, version, content)
        desk.publish(link, TRUST, bundle.version, raw)

    return desk.run(publish, TRUST, *(place for place, _, _ in lists))


@plain_errors("gate central publish rules")
def run_rules(args: argparse.Namespace) -> int:
    """Publish files of rules."""
    desk = Desk(args, args.trust)
    raws = [read_rules(path) for path in args.rules]
    for path, raw in zip(args.rules, raws, strict=True):
        if ref_of(raw, desk.bundle.rule_packs) is None:
            raise CommandError(
                f"{path} is not vouched for by {desk.bundle_file}. Sign it with `gate trust sign --rules`."
            )
    try:
        whole = rules_file.encode(raws)
    except ValueError as error:
        raise CommandError(f"No gate would take these rules: {error}.") from error
    return desk.run(lambda link: desk.publish(link, RULES, int(desk.now.utc.timestamp()), whole), RULES)


@plain_errors("gate central publish status")
def run_status(args: argparse.Namespace) -> int:
    """Publish a snapshot, and clear the changes that it holds."""
    desk = Desk(args, args.trust)
    path = needed(args.list, desk.config.status.file, "FILE.statuslist", "status.file")
    raw = files.read(path, MAX_BYTES)
    name = args.name or desk.config.status.name or name_of(path)
    place = Place(Kind.STATUS, name)
    try:
        _, snapshot = read_snapshot(raw, desk.bundle, desk.now.utc)
    except TrustError as error:
        raise CommandError(f"No gate would take {path}: {error}.") from error
    if snapshot.expires <= desk.now.utc:
        raise CommandError(f"{path} has expired. Make a newer issue with `gate statuslist set`.")

    def publish(link: PublishLink) -> None:
        version = int(snapshot.issued.timestamp())
        desk.require_newer(link, place, version, raw)
        desk.publish(link, place, version, raw)
        before = _change_of(link.standing(pointer.status_topic(name)))
        if before is not None and before.base < snapshot.issued:
            link.say([publishing.change(name, b"")])

    return desk.run(publish, place, also=(pointer.status_topic(name),))


@plain_errors("gate central publish notice")
def run_notice(args: argparse.Namespace) -> int:
    """Publish a notice."""
    desk = Desk(args, args.trust)
    text = {"en": args.text} | ({"id": args.indonesian} if args.indonesian else {})
    now = desk.now.utc
    told = Notice(str(ULID()), now, now + args.valid_for, Level(args.level), text)
    try:
        said = publishing.note(told, desk.private)
    except ValueError as error:
        raise CommandError(
            f"No gate would show this: {error}; at most {notice.LONGEST} characters a language."
        ) from error

    def publish(link: PublishLink) -> None:
        link.say([said])
        say(f"notice {told.id}, until {told.until:%Y-%m-%d %H:%M} UTC")

    return desk.run(publish)


@plain_errors("gate central publish tidy")
def run_tidy(args: argparse.Namespace) -> int:
    """Clear what nothing points at."""
    completed(args)
    try:
        with PublishLink(args, f"{EVERYBODY}/#") as link:
            number = link.say(publishing.orphans(link.all_standing()))
    except Failed as failed:
        return told(failed)
    say(f"cleared {number} piece(s)")
    return 0


def run_show_config(_: argparse.Namespace) -> int:
    """Print the text of ``config/desk.toml``."""
    print(example(), end="")
    return 0


def _lists(bundle: TrustBundle, folder: Path | None) -> Iterator[tuple[Place, int, bytes]]:
    """The deny lists that the bundle names, proved. Raises ``CommandError``."""
    for ref in bundle.revocation:
        if folder is None:
            raise CommandError(f"The bundle names the deny list {ref.id}. Say with --lists where it lies.")
        path = folder / file_name(ref)
        with suppress(StopIteration):
            steps = open_list(ref, path)
            while True:
                next(steps)
        yield Place(Kind.DENY, list_id(ref.id)), int(ref.issued.timestamp()), files.read(path, LARGEST[Kind.DENY])


def _change_of(raw: bytes | None) -> Delta | None:
    try:
        found = unproven(raw or b"")
    except MalformedError:
        return None
    return found if isinstance(found, Delta) else None
