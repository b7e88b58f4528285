"""Where it says that this gate is retired, which is asked before anything heavy is loaded."""

from __future__ import annotations

from pathlib import Path

from gate.service.config_schema import Config

MARK = "retired.json"
"""Beside the journal."""


def mark_of(config: Config) -> Path:
    """The file that is there once the gate's mandate has ended."""
    return config.journal.path.with_name(MARK)
