"""Reads the configuration of the centre: all of it is right, or every fault of it is told at once.

Rules: nothing but the file itself is read here; whether what it names exists is for whoever opens it.
"""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from pathlib import Path

from gate.central.config_schema import BrokerConfig, Config
from gate.configuration import reading, writing
from gate.configuration.errors import ConfigErrors, Problem
from gate.configuration.form import Fault, Form

__all__ = ["Config", "ConfigErrors", "Problem", "example", "load"]

_HEAD = """\
# The configuration of the centre: every key, with its default where it has one.
# Made by: gate central show-config > config/central.toml
# Copy it to /etc/gate-central/central.toml and fill in what differs; docs/central.md says how to go on.
"""


def load(path: Path) -> Config:
    """The configuration in the file, or ``ConfigErrors`` with everything that is wrong."""
    return reading.read(path, _FORM)


def example() -> str:
    """The text of ``config/central.toml``."""
    return writing.example(_HEAD, _FORM.tables)


def _faults(config: Config, wrong: AbstractSet[str]) -> Iterator[Fault]:
    yield from broker_faults(config.broker, wrong)
    for fault in _enrol(config):
        if not wrong & set(fault.keys):
            yield fault


def broker_faults(broker: BrokerConfig, wrong: AbstractSet[str]) -> Iterator[Fault]:
    """What does not go together in the table of the broker."""
    for fault in (*_tls(broker), *_login(broker)):
        if not wrong & set(fault.keys):
            yield fault


def _tls(broker: BrokerConfig) -> Iterator[Fault]:
    if (broker.tls_certificate is None) != (broker.tls_key is None):
        has, lacks = ("tls_key", "tls_certificate") if broker.tls_key else ("tls_certificate", "tls_key")
        yield Fault((f"broker.{lacks}", f"broker.{has}"), f"is missing beside broker.{has}")
    if broker.tls_certificate and broker.tls_ca is None:
        yield Fault(("broker.tls_ca", "broker.tls_certificate"), "is missing: without it there is no TLS")


def _login(broker: BrokerConfig) -> Iterator[Fault]:
    if broker.password_file and not broker.username:
        yield Fault(("broker.username", "broker.password_file"), "is missing beside broker.password_file")


def _enrol(config: Config) -> Iterator[Fault]:
    enrol = config.enrol
    if enrol.ca_key and enrol.ca is None:
        yield Fault(("enrol.ca", "enrol.ca_key"), "is missing beside enrol.ca_key")
    if (enrol.tls_certificate is None) != (enrol.tls_key is None):
        has, lacks = ("tls_key", "tls_certificate") if enrol.tls_key else ("tls_certificate", "tls_key")
        yield Fault((f"enrol.{lacks}", f"enrol.{has}"), f"is missing beside enrol.{has}")
    if enrol.ca and not config.registry.files:
        yield Fault(("registry.files", "enrol.ca"), "is empty: only a gate that the registry has gets a certificate")


_FORM = Form(Config, _faults, reader="the user of the centre", example="gate central show-config")
