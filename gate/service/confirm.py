"""Whose word counts: asked by the configuration, which loads nothing else of the service."""

from __future__ import annotations

import enum


@enum.unique
class Confirm(enum.StrEnum):
    """Whose word ends the sending of a record."""

    BROKER = "broker"
    CENTRE = "centre"
