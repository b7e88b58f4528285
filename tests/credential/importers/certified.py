"""Certificates of our own for importers' tests, and the forms that publishers would give them in."""

from __future__ import annotations

import base64
import hashlib
from datetime import timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID, ObjectIdentifier

from tests.credential.minting import NOON

Private = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


def certificate(private: Private, *, usages: tuple[str, ...] = (), country: str | None = "XA", uri: str = "") -> bytes:
    """A self-signed certificate (DER), valid for a year from the tests' noon on."""
    country_name = [x509.NameAttribute(NameOID.COUNTRY_NAME, country)] if country else []
    name = x509.Name([*country_name, x509.NameAttribute(NameOID.COMMON_NAME, "Test signer")])
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(7)
        .not_valid_before(NOON)
        .not_valid_after(NOON + timedelta(days=365))
    )
    if usages:
        builder = builder.add_extension(
            x509.ExtendedKeyUsage([ObjectIdentifier(one) for one in usages]), critical=False
        )
    if uri:
        names = x509.SubjectAlternativeName([x509.UniformResourceIdentifier(uri)])
        builder = builder.add_extension(names, critical=False)
    return builder.sign(private, hashes.SHA256()).public_bytes(Encoding.DER)


def b64(raw: bytes) -> str:
    """Base64 as publishers of certificates write it."""
    return base64.b64encode(raw).decode()


def b64url(raw: bytes) -> str:
    """Base64url without padding, as in keys."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def kid(der: bytes) -> bytes:
    """The kid of HC1."""
    return hashlib.sha256(der).digest()[:8]


def gateway_entry(der: bytes, **changes: Any) -> dict[str, Any]:
    """One entry of the EU gateway's trust list."""
    return {
        "kid": b64(kid(der)),
        "timestamp": "2026-03-14T12:00:00Z",
        "country": "XA",
        "certificateType": "DSC",
        "thumbprint": hashlib.sha256(der).hexdigest(),
        "signature": "",
        "rawData": b64(der),
        **changes,
    }


def did_entry(der: bytes, *, place: str = "DCC:XXA:DSC", **jwk: Any) -> dict[str, Any]:
    """One verification method of a GDHCN trust list."""
    list_id = f"did:web:list.example:v2:trustlist:{place}"
    key = {"kty": "EC", "kid": b64(kid(der)), "x5c": [b64(der)], "crv": "P-256", **jwk}
    return {
        "id": f"{list_id}#{b64(kid(der))}",
        "type": "JsonWebKey2020",
        "controller": list_id.rsplit(":", 1)[0],
        "publicKeyJwk": {name: value for name, value in key.items() if value is not None},
    }


def did_document(*methods: object) -> dict[str, Any]:
    """A GDHCN trust list."""
    return {
        "@context": ["https://www.w3.org/ns/did/v1"],
        "id": "did:web:list.example",
        "verificationMethod": list(methods),
    }
