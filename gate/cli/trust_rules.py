"""Rules in bundles: what a file of rules is signed as, and whether a bundle vouches for it."""

from __future__ import annotations

import argparse
import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from gate.adapters.trust_files.bundles import read_bundle
from gate.adapters.trust_files.rule_files import read_rules, ref_of
from gate.cli.arguments import CommandError
from gate.credential.bundle import RULES_ID
from gate.credential.trust import RuleRef, TrustBundle
from gate.policy import eu_files, pack
from gate.policy.strict import RuleError, document


def rule_refs(files: Sequence[Path], version: int, signed: Sequence[RuleRef]) -> tuple[RuleRef, ...]:
    """What these files are signed as. Raises ``CommandError`` and ``AdapterError``.

    A pack is what it says that it is.  Other files have the name of the file, and the version of the bundle in which
    they came first, which ``signed``, those of the bundle before, tells.
    """
    found: list[RuleRef] = []
    for file in files:
        ref = _ref(file, version, signed)
        if any((one.id, one.version) == (ref.id, ref.version) for one in found):
            raise CommandError(f"Two files are {ref.id} {ref.version}. Give each pack its own id or version.")
        found.append(ref)
    return tuple(found)


def _ref(file: Path, version: int, signed: Sequence[RuleRef]) -> RuleRef:
    raw = read_rules(file)
    digest = hashlib.sha256(raw).digest()
    try:
        content = document(raw)
        if not eu_files.is_of_eu(content):
            found = pack.parse(content)
            return RuleRef(found.id, found.version, digest)
        eu_files.described(content)
    except RuleError as error:
        raise CommandError(f"{file} cannot be signed: {error}. Try it with `gate rules validate`.") from error
    if not RULES_ID.fullmatch(file.stem):
        raise CommandError(f"{file} must be named with lower-case letters, digits and hyphens, such as eu-de.json.")
    return ref_of(raw, signed) or RuleRef(file.stem, version, digest)


def add_trust_options(parser: Any) -> None:
    """The options that name a bundle to look in."""
    parser.add_argument("--trust", metavar="BUNDLE", type=Path, help="say whether this trust bundle vouches for them")
    parser.add_argument("--root-key", metavar="PUB", type=Path, help="the public root key that signed the bundle")


def bundle_named(args: argparse.Namespace) -> TrustBundle | None:
    """The bundle that the options name, if any. Raises ``CommandError`` and ``AdapterError``."""
    if (args.trust is None) != (args.root_key is None):
        raise CommandError("--trust and --root-key go together: the one is verified with the other.")
    return None if args.trust is None else read_bundle(args.trust, args.root_key)


def standing(file: Path, bundle: TrustBundle) -> tuple[bool, str]:
    """Whether the bundle vouches for a file of rules, and how that is said."""
    ref = ref_of(read_rules(file), bundle.rule_packs)
    if ref is not None:
        return True, f"vouched for by version {bundle.version} of the trust bundle, as {ref.id} {ref.version}"
    return False, f"NOT vouched for by version {bundle.version} of the trust bundle{_instead(file, bundle)}"


def _instead(file: Path, bundle: TrustBundle) -> str:
    """What the bundle vouches for under the pack's id."""
    try:
        found = pack.parse(document(read_rules(file)))
    except RuleError:
        return ""
    versions = sorted(ref.version for ref in bundle.rule_packs if ref.id == found.id)
    if found.version in versions:
        return f": it was changed since {found.id} {found.version} was signed"
    named = ", ".join(map(str, versions))
    return f": it is {found.id} {found.version}, and {named} was signed" if versions else ""
