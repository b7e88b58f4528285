"""Reads the configuration of a gate: all of it is right, or every fault of it is told at once.

Rules: nothing but the file itself is read here; whether what it names exists is for the adapter that opens it.
"""

from __future__ import annotations

from pathlib import Path

from gate.configuration import reading
from gate.configuration.errors import ConfigErrors, Problem
from gate.configuration.form import Form
from gate.service.config_checks import faults
from gate.service.config_schema import Config

__all__ = ["Config", "ConfigErrors", "Problem", "load"]

_FORM = Form(Config, faults, reader="the user gate", example="gate show-config --example")


def load(path: Path) -> Config:
    """The configuration in the file, or ``ConfigErrors`` with everything that is wrong."""
    return reading.read(path, _FORM)
