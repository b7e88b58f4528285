"""A state for tests: its CSCA, the signers whose certificates that signs, and seals of every sort."""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.x509.oid import NameOID

from gate.credential import jcs
from gate.credential.icao_signer import DOCUMENT_TYPES, SEALS
from gate.credential.importers import icao_csca
from gate.credential.revocation import NothingListed, Revocation
from gate.credential.trust import Issuer, Trust, TrustBundle
from gate.credential.vdsnc import HASHES
from tests.credential.minting import EPOCH, NOON

CaKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
CURVES = {"ES256": ec.SECP256R1(), "ES384": ec.SECP384R1(), "ES512": ec.SECP521R1()}
PERSON = {"n": "CITIZEN  JANE", "dob": "1961-05-15", "i": "PA0000001", "sex": "F"}


def dose(number: int, **changes: Any) -> dict[str, Any]:
    """One dose within an event."""
    return {"dvc": f"2026-0{number}-10", "seq": number, "ctr": "UTO", "adm": "Clinic", "lot": "L1", **changes}


def event(*doses: Any, **changes: Any) -> dict[str, Any]:
    """Doses of one vaccine."""
    return {"des": "XM68M6", "nam": "Vaxzevria", "dis": "RA01.0", "vd": list(doses), **changes}


VACCINATED: dict[str, Any] = {"pid": PERSON, "uvci": "U0001", "ve": [event(dose(1)), event(dose(2))]}
TESTED: dict[str, Any] = {
    "pid": PERSON,
    "utci": "T0001",
    "sp": {"spn": "Laboratory", "ctr": "UTO"},
    "dat": {"sc": "2026-03-14T06:00:00Z", "ri": "2026-03-14T08:00:00Z"},
    "tr": {"tc": "molecular(PCR)", "r": "negative"},
}


def name_of(state: str, common: str) -> x509.Name:
    """A subject of a state."""
    return x509.Name(
        [x509.NameAttribute(NameOID.COUNTRY_NAME, state[:2]), x509.NameAttribute(NameOID.COMMON_NAME, common)]
    )


def key_of(sort: str) -> CaKey:
    """A new key of an authority: ``rsa``, or the name of a curve's algorithm."""
    return rsa.generate_private_key(65537, 2048) if sort == "rsa" else ec.generate_private_key(CURVES[sort])


class State:
    """One state with one CSCA."""

    def __init__(self, code: str = "UTO", sort: str = "rsa") -> None:
        self.code = code
        self.key = key_of(sort)
        self.kid = x509.SubjectKeyIdentifier.from_public_key(self.key.public_key()).digest
        self.csca = self.certificate(self.key, self.kid)

    def certificate(self, key: CaKey, kid: bytes, *, names: bool = True, ca: bool = True) -> x509.Certificate:
        """A certificate of an authority, by itself."""
        subject = name_of(self.code, "CSCA")
        builder = _dated(x509.CertificateBuilder(), subject, subject, key.public_key())
        builder = builder.add_extension(x509.BasicConstraints(ca=ca, path_length=0 if ca else None), critical=True)
        builder = builder.add_extension(x509.SubjectKeyIdentifier(kid), critical=False)
        if names:
            place = x509.DirectoryName(x509.Name([x509.NameAttribute(NameOID.LOCALITY_NAME, self.code)]))
            builder = builder.add_extension(x509.SubjectAlternativeName([place]), critical=False)
        return builder.sign(key, hashes.SHA256())

    def issuer(self, lists: tuple[str, ...] = ()) -> Issuer:
        """The entry in a bundle, as the importer makes it."""
        (found,) = icao_csca.read(self.csca.public_bytes(serialization.Encoding.PEM)).issuers
        return Issuer(found.id, found.name, found.kind, found.country, found.keys, lists)

    def trusting(self, *issuers: Issuer, revocation: Revocation | None = None) -> Trust:
        """A trust in these issuers, or in this state."""
        begin = NOON - timedelta(hours=1)
        bundle = TrustBundle(1, begin, begin + timedelta(days=30), issuers or (self.issuer(),))
        return Trust(bundle, EPOCH, revocation or NothingListed())


def _dated(
    builder: x509.CertificateBuilder, subject: x509.Name, issuer: x509.Name, public: CertificatePublicKeyTypes
) -> x509.CertificateBuilder:
    builder = builder.subject_name(subject).issuer_name(issuer).public_key(public)
    builder = builder.not_valid_before(NOON - timedelta(days=30)).not_valid_after(NOON + timedelta(days=300))
    return builder.serial_number(x509.random_serial_number())


class Signer:
    """Somebody whom a state lets sign seals. ``purposes`` and ``types`` are what the certificate says of it.

    ``others`` are further extensions of it, each critical.
    """

    def __init__(  # noqa: PLR0913  (each is a thing that can be wrong with a certificate)
        self,
        state: State,
        algorithm: str = "ES256",
        *,
        purposes: tuple[x509.ObjectIdentifier, ...] = (SEALS,),
        types: tuple[bytes, ...] = (),
        others: tuple[x509.ExtensionType, ...] = (),
        ca_key: CaKey | None = None,
        ca_hash: hashes.SHA224 | hashes.SHA384 | None = None,
        ca_kid: bytes = b"",
    ) -> None:
        self.state, self.algorithm = state, algorithm
        self.key = ec.generate_private_key(CURVES[algorithm])
        builder = _dated(
            x509.CertificateBuilder(), name_of(state.code, "Signer"), state.csca.subject, self.key.public_key()
        )
        authority = x509.AuthorityKeyIdentifier(ca_kid or state.kid, None, None)
        builder = builder.add_extension(authority, critical=False)
        if purposes:
            builder = builder.add_extension(x509.ExtendedKeyUsage(purposes), critical=True)
        if types:
            names = b"".join(b"\x13\x02" + name for name in types)
            listed = b"\x02\x01\x00\x31" + bytes((len(names),)) + names
            value = x509.UnrecognizedExtension(DOCUMENT_TYPES, b"\x30" + bytes((len(listed),)) + listed)
            builder = builder.add_extension(value, critical=False)
        for extension in others:
            builder = builder.add_extension(extension, critical=True)
        self.certificate = builder.sign(ca_key or state.key, ca_hash or hashes.SHA384())

    def of(self, data: Any, *, indent: int | None = None, **changes: Any) -> str:
        """The text of a seal of any data; ``alg``, ``cer`` and ``sigvl`` replace what the signer would put there."""
        size, digest = HASHES[self.algorithm]
        r, s = decode_dss_signature(self.key.sign(jcs.encode(data), ec.ECDSA(digest)))
        half = (size + 7) // 8
        signed = {
            "alg": self.algorithm,
            "cer": encoded(self.certificate.public_bytes(serialization.Encoding.DER)),
            "sigvl": encoded(r.to_bytes(half, "big") + s.to_bytes(half, "big")),
        }
        return json.dumps({"data": data, "sig": {**signed, **changes}}, indent=indent)

    def data(self, message: Any = None, **header: Any) -> dict[str, Any]:
        """What is sealed: a vaccination where nothing else is given."""
        body = VACCINATED if message is None else message
        sort = "icao.test" if "tr" in body else "icao.vacc"
        return {"hdr": {"t": sort, "v": 1, "is": self.state.code, **header}, "msg": body}

    def valid(self, message: Any = None, **header: Any) -> str:
        """The text of a genuine seal."""
        return self.of(self.data(message, **header))


def encoded(raw: bytes) -> str:
    """Base64url with its padding, as seals in the field have it."""
    return base64.urlsafe_b64encode(raw).decode()


UTOPIA = State()
SIGNER = Signer(UTOPIA)
