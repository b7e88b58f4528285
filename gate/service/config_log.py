"""The table of what is written for the person who looks after the unit."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from pathlib import Path

from gate.configuration.keys import key
from gate.configuration.kinds import Choice, FilePath


@enum.unique
class LogLevel(enum.StrEnum):
    """The least important message that is still written."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class LogConfig:
    """What is written for the person who looks after the unit."""

    level: LogLevel = field(
        default=LogLevel.INFO,
        metadata=key("The least important message that is written", Choice(LogLevel), '"debug" only to find a fault'),
    )
    signals: Path | None = field(
        default=None,
        metadata=key(
            "A file that keeps every signal for gate replay; empty keeps none",
            FilePath(optional=True),
            "It grows for ever: switch it on to report a fault, then off again",
        ),
    )
