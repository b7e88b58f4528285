"""``gate central``: what runs, asks and keeps the centre. Each of its commands is a module of its own."""

from __future__ import annotations

import importlib
from typing import Any

MODULES = (
    "central_run",
    "central_config",
    "central_registry",
    "central_enroll",
    "central_revoke",
    "central_publish",
    "central_status",
    "central_coverage",
    "central_gates",
    "central_gaps",
    "central_alarms",
    "central_follow_up",
    "central_visits",
    "central_export",
    "central_trace",
    "central_erase",
    "central_receipt",
    "central_audit",
    "central_rebuild",
)
"""The modules of ``gate.cli`` that add one command or several."""


def add_parser(subparsers: Any) -> None:
    """Add ``central`` and its subcommands."""
    parser = subparsers.add_parser("central", help="the centre: keep what all gates tell, and answer staff")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for name in MODULES:
        importlib.import_module(f"gate.cli.{name}").add_to(commands)
