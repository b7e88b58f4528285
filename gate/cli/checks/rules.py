"""Whether the trust bundle vouches for the rules that lie here, and for no newer ones."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from gate.adapters.trust_files.bundles import read_bundle
from gate.adapters.trust_files.rule_files import read_rules, ref_of
from gate.cli.checks.finding import Finding, fail, ok, warn
from gate.cli.checks.unit import Unit
from gate.credential.trust import TrustBundle
from gate.policy import packs
from gate.ports import AdapterError
from gate.service.config_schema import Config


def check(unit: Unit) -> Finding:
    """Every file of rules that the configuration names."""
    named = list(_files(unit.config))
    shipped = [name for name in unit.config.policy.rules if name in packs.SHIPPED]
    if not named:
        return ok(f"shipped with this version: {', '.join(shipped)}")
    trust = unit.config.trust
    try:
        bundle = read_bundle(trust.bundle, trust.root_key)
        found = [_standing(file, bundle) for file in named]
    except AdapterError as error:
        return fail(str(error), "What was taken before stays in force; bring the file and the bundle that names it")
    worst = next((one for one in found if one.advice), None)
    return worst or ok(", ".join([*shipped, *(one.said for one in found)]))


def _files(config: Config) -> Iterator[Path]:
    yield from (Path(name) for name in config.policy.rules if name not in packs.SHIPPED)
    if config.acceptance.rules:
        yield from (config.acceptance.rules, *([config.acceptance.value_sets] if config.acceptance.value_sets else []))


def _standing(file: Path, bundle: TrustBundle) -> Finding:
    ref = ref_of(read_rules(file), bundle.rule_packs)
    if ref is None:
        raise AdapterError(f"{file} is not vouched for by version {bundle.version} of the trust bundle")
    newest = max(one.version for one in bundle.rule_packs if one.id == ref.id)
    if newest > ref.version:
        return warn(f"{file} is {ref.id} {ref.version}, and {newest} was signed", "Bring the newer file")
    return ok(f"{ref.id} {ref.version}")
