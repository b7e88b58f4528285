"""What an HC1 certificate states, as fields for people. Names, birth date and certificate id are personal."""

from __future__ import annotations

from gate.credential.examination import Field
from gate.credential.hcert_claims import HcertClaims
from gate.credential.health_fields import statement_fields
from gate.credential.proof import moment


def fields_of(claims: HcertClaims, kid: bytes) -> tuple[Field, ...]:
    """The fields that have a value."""
    every = (
        Field("issuer", claims.issuer or ""),
        Field("key", kid.hex()),
        Field("valid from", moment(claims.not_before) if claims.not_before else ""),
        Field("valid until", moment(claims.not_after) if claims.not_after else ""),
        Field("holder", claims.content.name, personal=True),
        *statement_fields(claims.content.facts),
    )
    return tuple(field for field in every if field.value)
