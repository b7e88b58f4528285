"""``gate drill black|red``: the same as ``gate ctl drill``."""

from __future__ import annotations

from gate.cli.ctl import add_drill as add_parser

__all__ = ["add_parser"]
