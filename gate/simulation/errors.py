"""What can go wrong on a workbench, with advice."""

from __future__ import annotations


class SimulationError(Exception):
    """The simulation cannot go on; the text says what failed and what to do."""
