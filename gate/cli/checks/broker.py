"""Whether the broker is reached, proves its name, and lets the gate in."""

from __future__ import annotations

from gate.adapters.mqtt_paho.subscriber import Away
from gate.cli.checks.finding import Finding, fail, ok, warn
from gate.cli.checks.link import WAIT_S, heard
from gate.cli.checks.unit import Unit
from gate.ports import AdapterError

HERE = ("localhost", "127.0.0.1", "::1")


def check(unit: Unit) -> Finding:
    """Connect and subscribe."""
    mqtt = unit.config.mqtt
    place = f"{mqtt.host}:{mqtt.port}"
    advice = "docs/broker.md; the door works without, and events wait in the journal"
    try:
        end = heard(unit)
    except AdapterError as error:
        return fail(str(error), advice)
    if end is None:
        return fail(f"{place} takes the connection and does not answer within {WAIT_S:g} s", advice)
    if isinstance(end, Away):
        return fail(end.reason, advice)
    if mqtt.tls_ca is None and mqtt.host not in HERE:
        return warn(f"{place} lets the gate in, without TLS", "Anybody on the way reads and changes it: docs/broker.md")
    return ok(f"{place} lets the gate in{'' if mqtt.tls_ca is None else ' with TLS 1.3'}")
