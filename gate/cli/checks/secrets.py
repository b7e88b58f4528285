"""Whether keys and passwords are there, and for nobody else to read."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from pathlib import Path

from gate.cli.checks.finding import Finding, fail, ok, warn
from gate.cli.checks.unit import Unit
from gate.service.config_schema import Config

OTHERS = stat.S_IRWXG | stat.S_IRWXO


def check(unit: Unit) -> Finding:
    """The files that the configuration names, and those that the service made; nothing is read of them."""
    missing = [key for key, path in _named(unit.config) if not path.exists()]
    there = [(key, path) for key, path in (*_named(unit.config), *_made(unit.config)) if path.exists()]
    open_to = [f"{key} ({path})" for key, path in there if path.stat().st_mode & OTHERS]
    if open_to:
        return fail(
            f"others may read {', '.join(open_to)}", "chmod 600 for a file, 700 for a folder; the key may be stolen"
        )
    if missing:
        return warn(
            f"not found: {', '.join(missing)}", "Bring it, or run this as root or as the user gate, who may see it"
        )
    return ok(f"{len(there)} files and folders, for their owner alone")


def _named(config: Config) -> Iterator[tuple[str, Path]]:
    found = {
        "mqtt.password_file": config.mqtt.password_file,
        "mqtt.tls_key": config.mqtt.tls_key,
        "trust.badge_key": config.trust.badge_key,
    }
    yield from ((key, path) for key, path in found.items() if path is not None)


def _made(config: Config) -> Iterator[tuple[str, Path]]:
    path = config.journal.path
    yield from (("trust.epoch_dir", config.trust.epoch_dir), ("journal.path", path))
    yield ("the journal's key", path.with_name(f"{path.name}.key"))
