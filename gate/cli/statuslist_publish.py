"""``gate statuslist set --delta --publish``: a visitor is black now, at every connected gate.

What is published holds all changes since the snapshot, so that a gate which was away needs the newest one alone.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import Any

from gate.central import publishing
from gate.cli.arguments import CommandError
from gate.cli.cmd_send import Failed
from gate.cli.inert import inert, say
from gate.cli.publish_desk import list_name, name_of
from gate.cli.publish_link import PublishLink
from gate.cli.publish_options import add_desk, completed
from gate.credential.errors import MalformedError
from gate.credential.keys import PrivateKey
from gate.credential.proof import moment
from gate.credential.statuses import changes_of
from gate.credential.statuslist import MAX_DELTA_BYTES, Delta, Snapshot, sign_delta, unproven
from gate.wire import pointer, signed
from gate.wire.pointer import Kind, Place, Pointer


def add_options(parser: Any) -> None:
    """Where to publish."""
    parser.add_argument("--publish", action="store_true", help="with --delta: tell all gates now, by the broker")
    parser.add_argument("--name", type=list_name, help="what topics call the list; default: the name of the file")
    add_desk(parser)


def publish(deltas: Sequence[Delta], snapshot: Snapshot, private: PrivateKey, args: argparse.Namespace) -> int:
    """Publish all changes to a snapshot in one; the exit code."""
    completed(args)
    name = args.name or name_of(args.out)
    whole = Delta(snapshot.uri, snapshot.issued, len(deltas), changes_of(deltas).values, covers=len(deltas))
    raw = _signed(whole, private)
    try:
        with PublishLink(args, Place(Kind.STATUS, name).topic, pointer.status_topic(name)) as link:
            _require_base(link, name, snapshot)
            _require_newer(link, name, whole)
            link.say([publishing.change(name, raw)])
    except Failed as failed:
        told = (
            f"{inert(str(failed))}. The change is kept beside the list: say the same without it, and it is published."
        )
        print(f"gate statuslist set: {told}", file=sys.stderr)
        return failed.code
    say(f"{pointer.status_topic(name)}: change {whole.seq}, {len(whole.values)} entries in {len(raw)} bytes")
    return 0


def _signed(whole: Delta, private: PrivateKey) -> bytes:
    try:
        raw = sign_delta(whole, private)
    except MalformedError as error:
        raise CommandError(f"Such changes would be refused: {error}.") from error
    if len(raw) > MAX_DELTA_BYTES:
        raise CommandError(
            "The changes since this issue have become too many for one message. Make a new issue with `gate statuslist "
            "set` without --delta, and publish it with `gate central publish status`."
        )
    return raw


def _require_base(link: PublishLink, name: str, snapshot: Snapshot) -> None:
    """The gates have the issue to which the changes are, or can get it."""
    token = signed.read(link.standing(Place(Kind.STATUS, name).topic) or b"", pointer.TYP)
    found = token if isinstance(token, str) else pointer.unproven(token, Kind.STATUS)
    if not isinstance(found, Pointer) or found.version != int(snapshot.issued.timestamp()):
        raise CommandError(
            f"The issue of {moment(snapshot.issued)} is not what is published as {name}, so gates could not go by its "
            "changes. Publish it first: `gate central publish status`."
        )


def _require_newer(link: PublishLink, name: str, whole: Delta) -> None:
    """What stands there says neither more than this nor, under the same number, something else."""
    try:
        there = unproven(link.standing(pointer.status_topic(name)) or b"")
    except MalformedError:
        return
    if not isinstance(there, Delta) or (there.uri, there.base) != (whole.uri, whole.base):
        return
    if there.seq > whole.seq or (there.seq == whole.seq and there.values != whole.values):
        raise CommandError(
            f"Change {there.seq} of this list is published already, and the {whole.seq} that lie here are fewer or "
            "others. Make a new issue with all of them by `gate statuslist set`, and publish that."
        )
