"""A business rule as the EU's are published, changed at will."""

from __future__ import annotations

from typing import Any

DOSES = {"var": "payload.v.0.dn"}


def published(**changes: Any) -> dict[str, Any]:
    """A vaccination rule: all doses of the series, from July 2021 on."""
    return {
        "Identifier": "VR-XX-0001",
        "Type": "Acceptance",
        "Country": "XX",
        "Version": "1.0.0",
        "SchemaVersion": "1.0.0",
        "Engine": "CERTLOGIC",
        "EngineVersion": "0.7.5",
        "CertificateType": "Vaccination",
        "Description": [{"lang": "en", "desc": "All doses."}],
        "ValidFrom": "2021-07-01T00:00:00Z",
        "ValidTo": "2030-06-01T00:00:00Z",
        "AffectedFields": ["v.0.dn", "v.0.sd"],
        "Logic": {">=": [DOSES, {"var": "payload.v.0.sd"}]},
        **changes,
    }
