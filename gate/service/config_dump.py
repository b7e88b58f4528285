"""Writes a gate's configuration as TOML: what is in force, or the example with every key explained.

Rules: what is written loads again to an equal ``Config``; no secret can appear, since the configuration holds only the
paths of secrets.
"""

from __future__ import annotations

import hashlib

from gate.configuration import writing
from gate.service.config_schema import TABLES, Config

_HEAD = """\
# The configuration of one gate: every key, with its default where it has one.
# Made by: gate show-config --example > config/gate.toml
# Copy it to /etc/gate/gate.toml, fill in what is required, and try it with: gate check-config
"""
_LINES = {name: TABLES[name] for name in ("pins", "door")}


def effective(config: Config, *, changed_only: bool = False) -> str:
    """Every key with its value; with ``changed_only`` those that differ from the default or have none."""
    return writing.tables(config, TABLES, changed_only=changed_only)


def fingerprint(config: Config) -> str:
    """SHA-256 of what is in force, hex: equal for equal settings, whatever the file looks like."""
    return hashlib.sha256(effective(config).encode("utf-8")).hexdigest()


def lines_in_force(config: Config) -> str:
    """What ``gate-secure-lines`` needs to know of a running service."""
    return writing.tables(config, _LINES)


def example() -> str:
    """The text of ``config/gate.toml``."""
    return writing.example(_HEAD, TABLES)
