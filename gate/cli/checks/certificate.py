"""How long the gate's own certificate is good for."""

from __future__ import annotations

from datetime import timedelta

from gate.adapters.mqtt_paho import tls
from gate.cli.checks.finding import Finding, fail, ok, warn
from gate.cli.checks.link import tls_of
from gate.cli.checks.unit import Unit

SOON = timedelta(days=30)
RENEW = "gate pki renew on the machine of the authority, then put the new .crt in its place"


def check(unit: Unit) -> Finding:
    """Read certificate and key as the link does."""
    files = tls_of(unit)
    if files is None:
        return ok("none: the way to the broker has no TLS")
    try:
        until = tls.load(files).until
    except tls.TlsError as error:
        return fail(str(error), RENEW)
    if until is None:
        return ok("none: the broker knows the gate by a password")
    if until - unit.clock.now().utc < SOON:
        return warn(f"it ends on {until:%Y-%m-%d}", RENEW)
    return ok(f"good until {until:%Y-%m-%d}")
