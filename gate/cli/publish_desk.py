"""Who publishes: a key that gates believe, and the rule that nothing goes back to what was before."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gate.adapters.clock_system import SystemClock
from gate.adapters.trust_files.bundles import read_bundle
from gate.central import publishing
from gate.cli import files
from gate.cli.arguments import CommandError
from gate.cli.cmd_send import Failed
from gate.cli.inert import inert, say
from gate.cli.publish_link import PublishLink
from gate.cli.publish_options import completed, needed
from gate.credential.errors import TrustError
from gate.credential.instant import ClockTrust, Instant
from gate.credential.keys import kid_of, private_from_pem
from gate.wire import notice, pointer
from gate.wire.pointer import Kind, Place, Pointer, Proof

TRUST = Place(Kind.TRUST)


def list_name(text: str) -> str:
    """What topics may call a list."""
    if not pointer.is_list_name(text):
        raise argparse.ArgumentTypeError(
            f"{text!r} is no name of a list; use lower-case letters, digits, dots, hyphens"
        )
    return text


class Desk:
    """Who publishes, under which bundle. Raises ``CommandError`` for a key whose word no gate would believe."""

    def __init__(self, args: argparse.Namespace, bundle: Path | None) -> None:
        self._args = args
        self.config = completed(args)
        given = self.config.publish
        self.bundle_file = needed(bundle, given.bundle, "the trust bundle", "publish.bundle")
        self.bundle = read_bundle(
            self.bundle_file, needed(args.root_key, given.root_key, "--root-key", "publish.root_key")
        )
        self.private = _private(needed(args.key, given.key, "--key", "publish.key"))
        self.now = _now()
        made = pointer.sign(Pointer(Kind.TRUST, 1, "0" * 64, 1), self.private)
        found = pointer.read(TRUST, made, self.bundle, self.now)
        if isinstance(found, str) or found[1] is not Proof.HOLDS:
            raise CommandError(
                f"The bundle does not say that the key {kid_of(self.private.public_key()).hex()} may publish. Make one "
                "with `gate cmd keygen --role publisher`, and sign a bundle with its entry."
            )

    def run(self, publish: Callable[[PublishLink], None], *places: Place, also: tuple[str, ...] = ()) -> int:
        """Connect and publish; the exit code."""
        topics = [place.topic for place in places]
        try:
            with PublishLink(self._args, *topics, *also, notice.TOPIC) as link:
                publish(link)
        except Failed as failed:
            return told(failed)
        return 0

    def require_newer(self, link: PublishLink, place: Place, version: int, raw: bytes) -> None:
        """Nothing goes back; the very same may be published again, which mends what a broker has lost."""
        before = self._before(link, place)
        if before is None:
            return
        pointed = publishing.pointer_to(place, version, raw)
        if before.version > version or (before.version == version and before != pointed):
            raise CommandError(
                f"Version {before.version} is published already, and gates would refuse this one ({version}). "
                "Make a newer one."
            )

    def publish(self, link: PublishLink, place: Place, version: int, raw: bytes) -> None:
        """The file, then the pointer; then what was before is cleared."""
        try:
            pointed = publishing.pointer_to(place, version, raw)
        except ValueError as error:
            raise CommandError(f"{place.topic} cannot be published: {error}.") from error
        before = self._before(link, place)
        number = link.say(publishing.file(place, pointed, raw, self.private)) - 1
        if before is not None and before.sha256 != pointed.sha256:
            link.say(publishing.cleared(place, before))
        say(f"{place.topic}: version {version}, {len(raw)} bytes in {number} piece(s)")

    def _before(self, link: PublishLink, place: Place) -> Pointer | None:
        """What stands there and was said by whoever may; anything else is written over."""
        found = pointer.read(place, link.standing(place.topic) or b"", self.bundle, self.now)
        return None if isinstance(found, str) or found[1] is not Proof.HOLDS else found[0]


def told(failed: Failed) -> int:
    """Say what is wrong with the broker; the exit code."""
    print(f"gate central publish: {inert(str(failed))}", file=sys.stderr)
    return failed.code


def name_of(path: Path) -> str:
    """What topics call the list of a file, where nothing else is said. Raises ``CommandError``."""
    if not pointer.is_list_name(path.stem):
        raise CommandError(f"{path} needs a name for topics: say --name, with lower-case letters, digits and hyphens.")
    return path.stem


def _private(path: Path) -> Ed25519PrivateKey:
    pem = files.read(path)
    try:
        private = private_from_pem(pem)
    except TrustError as error:
        raise CommandError(f"The key {path} cannot be used: {error}.") from error
    if not isinstance(private, Ed25519PrivateKey):
        raise CommandError(f"The key {path} is not Ed25519. Make one with `gate cmd keygen --role publisher`.")
    return private


def _now() -> Instant:
    now = SystemClock().now()
    if now.clock is ClockTrust.UNSET:
        raise CommandError("This machine's clock is not set, so nothing that it dates would be believed. Set it.")
    return now
