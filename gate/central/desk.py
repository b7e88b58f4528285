"""The configuration of a desk that publishes for all gates: its broker, its keys, and the status list that it keeps."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from pathlib import Path

from gate.central.config import broker_faults
from gate.central.config_schema import BrokerConfig
from gate.configuration import keys, reading, writing
from gate.configuration.form import Fault, Form
from gate.configuration.kinds import FilePath, Text

_HEAD = """\
# The desk that publishes newer trust, rules and lists for all gates: every key, with its default where it has one.
# Made by: gate central publish show-config > config/desk.toml
# Copy it to /etc/gate-central/desk.toml and fill in what differs; docs/updates.md says how to go on. The certificate at
# the broker must be another one than that of any worker, such as centre.publish: two with one push one another off.
"""
_FILE = FilePath(optional=True)


@dataclass(frozen=True, slots=True)
class PublishConfig:
    """What is published, and whose word it is."""

    key: Path | None = field(
        default=None,
        metadata=keys.key(
            "The secret key that signs where newer files are",
            _FILE,
            "Make one with gate cmd keygen --role publisher, and sign a bundle with its entry",
        ),
    )
    root_key: Path | None = field(
        default=None,
        metadata=keys.key(
            "The public root key that the gates have pinned", _FILE, "The .pub file of gate trust keygen"
        ),
    )
    bundle: Path | None = field(
        default=None,
        metadata=keys.key("The trust bundle that the gates go by", _FILE, "The file that gate trust sign replaces"),
    )
    lists_dir: Path | None = field(
        default=None,
        metadata=keys.key("The folder of the deny lists", _FILE, "Where gate revocation compile writes them"),
    )


@dataclass(frozen=True, slots=True)
class StatusConfig:
    """The status list of the issuer whose desk this is."""

    file: Path | None = field(
        default=None,
        metadata=keys.key("The newest issue, with its changes beside it", _FILE, "Made by gate statuslist build"),
    )
    key: Path | None = field(
        default=None,
        metadata=keys.key("The issuer's secret key", _FILE, "Only who may turn visitors black may read it (chmod 600)"),
    )
    name: str = field(
        default="",
        metadata=keys.key(
            "What topics call the list",
            Text("1 to 64 lower-case letters, digits, dots and hyphens, or empty", longest=64, may_be_empty=True),
            "Leave it empty for the name of the file",
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskConfig:
    """The whole configuration, every value checked."""

    broker: BrokerConfig = field(default_factory=BrokerConfig)
    publish: PublishConfig = field(default_factory=PublishConfig)
    status: StatusConfig = field(default_factory=StatusConfig)


def load(path: Path) -> DeskConfig:
    """The configuration in the file. Raises ``ConfigErrors`` with everything that is wrong."""
    return reading.read(path, _FORM)


def example() -> str:
    """The text of ``config/desk.toml``."""
    return writing.example(_HEAD, _FORM.tables)


def _faults(config: DeskConfig, wrong: AbstractSet[str]) -> Iterator[Fault]:
    return broker_faults(config.broker, wrong)


_FORM = Form(DeskConfig, _faults, reader="whoever publishes", example="gate central publish show-config")
