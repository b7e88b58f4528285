"""What can go wrong on a workbench, with advice."""

from __future__ import annotations


class RefusedError(Exception):
    """The workbench was asked for something that it will not do; the text says why."""


class SimulationError(Exception):
    """The simulation cannot go on; the text says what failed and what to do."""
