"""Whether the broker is reached, proves its name, and lets the gate in."""

from __future__ import annotations

from gate.adapters.mqtt_paho.subscriber import Away
from gate.cli.checks.finding import Finding, fail, ok, unasked, warn
from gate.cli.checks.link import WAIT_S, complaints, heard, refusal
from gate.cli.checks.unit import Unit
from gate.ports import AdapterError

HERE = ("localhost", "127.0.0.1", "::1")


def check(unit: Unit) -> Finding:
    """Connect and subscribe; while the gate runs, which has the connection, go as far as TLS and hear what it says."""
    mqtt = unit.config.mqtt
    place = f"{mqtt.host}:{mqtt.port}"
    problem = _problem_of_the_gate(unit) if unit.runs else _problem(unit, place)
    if problem:
        return fail(problem, "docs/broker.md; the door works without, and events wait in the journal")
    if unit.runs and not unit.told:
        return unasked()
    who = "and the gate that runs has no complaint" if unit.runs else "lets the gate in"
    if mqtt.tls_ca is None and mqtt.host not in HERE:
        return warn(f"{place} is there, {who}, without TLS", "Anybody on the way reads and changes it: docs/broker.md")
    return ok(f"{place} is there, {who}{'' if mqtt.tls_ca is None else ', with TLS 1.3'}")


def _problem_of_the_gate(unit: Unit) -> str:
    told = complaints(unit)
    return f"the gate that runs here says: {told}" if told else refusal(unit)


def _problem(unit: Unit, place: str) -> str:
    try:
        end = heard(unit)
    except AdapterError as error:
        return str(error)
    if end is None:
        return f"{place} takes the connection and does not answer within {WAIT_S:g} s"
    return end.reason if isinstance(end, Away) else ""
