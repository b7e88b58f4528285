"""Certificates for a small site's broker, gates and staff: an authority, what it issues, and renewal on the same key.

Keys are P-256, which every TLS library knows. A certificate begins a day early, for a machine whose clock is behind.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from gate.pki.errors import PkiError

HEAD_START = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Authority:
    """Who issues."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey


def new_key() -> ec.EllipticCurvePrivateKey:
    """A key of its own for everybody."""
    return ec.generate_private_key(ec.SECP256R1())


def key_to_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    """PKCS #8 without a passphrase: the file's mode protects it."""
    plain = serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)


def key_from_pem(pem: bytes, name: str) -> ec.EllipticCurvePrivateKey:
    """The key of a file. Raises ``PkiError``."""
    try:
        key = serialization.load_pem_private_key(pem, None)
    except (ValueError, TypeError) as error:
        raise PkiError(f"{name} is no private key without a passphrase in PEM.") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise PkiError(f"{name} is no key of `gate pki`.")
    return key


def certificate_from_pem(pem: bytes, name: str) -> x509.Certificate:
    """The first certificate of a file. Raises ``PkiError``."""
    try:
        return x509.load_pem_x509_certificate(pem)
    except (ValueError, x509.InvalidVersion) as error:
        raise PkiError(f"{name} is no certificate in PEM.") from error


def certificates_from_pem(pem: bytes, name: str) -> list[x509.Certificate]:
    """All certificates of a file. Raises ``PkiError``."""
    try:
        return x509.load_pem_x509_certificates(pem)
    except (ValueError, x509.InvalidVersion) as error:
        raise PkiError(f"{name} is no certificate in PEM.") from error


def life_of(certificate: x509.Certificate) -> tuple[datetime, datetime]:
    """From when to when it was meant to be used: without the head start, if there is room for one."""
    begin, end = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    return (begin + HEAD_START if end - begin > HEAD_START else begin), end


def certificate_to_pem(certificate: x509.Certificate) -> bytes:
    """As every TLS library reads it."""
    return certificate.public_bytes(serialization.Encoding.PEM)


def self_signed(name: str, key: ec.EllipticCurvePrivateKey, now: datetime, length: timedelta) -> x509.Certificate:
    """An authority that issues certificates for ends, and for no other authority."""
    called = _name(name)
    builder = _builder(called, called, key.public_key(), now, length)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    builder = builder.add_extension(_usage(signs_certificates=True), critical=True)
    return builder.sign(key, hashes.SHA256())


def issued(
    authority: Authority,
    name: str,
    public: ec.EllipticCurvePublicKey,
    hosts: Sequence[str],
    until: tuple[datetime, timedelta],
) -> x509.Certificate:
    """A certificate for a broker with these hosts, or else for a client; ``until`` is now, and how long it is good."""
    now, length = until
    if now + length > authority.certificate.not_valid_after_utc:
        end = authority.certificate.not_valid_after_utc
        raise PkiError(f"The authority itself ends at {stamp(end)}: shorten the validity, or make a new authority.")
    builder = _builder(_name(name), authority.certificate.subject, public, now, length)
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    builder = builder.add_extension(_usage(signs_certificates=False), critical=True)
    purpose = ExtendedKeyUsageOID.SERVER_AUTH if hosts else ExtendedKeyUsageOID.CLIENT_AUTH
    builder = builder.add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
    issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.key.public_key())
    builder = builder.add_extension(issuer, critical=False)
    if hosts:
        builder = builder.add_extension(x509.SubjectAlternativeName([_host(host) for host in hosts]), critical=False)
    return builder.sign(authority.key, hashes.SHA256())


def name_of(certificate: x509.Certificate) -> str:
    """The common name; what a broker calls its client."""
    found = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(found[0].value) if found else ""


def hosts_of(certificate: x509.Certificate) -> list[str]:
    """The names and addresses of a broker; none for a client."""
    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return []
    addresses = [str(address) for address in found.get_values_for_type(x509.IPAddress)]
    return [*found.get_values_for_type(x509.DNSName), *addresses]


def is_of(certificate: x509.Certificate, authority: Authority) -> bool:
    """Whether this authority issued it."""
    return is_signed_by(certificate, authority.certificate)


def is_signed_by(certificate: x509.Certificate, authority: x509.Certificate) -> bool:
    """Whether the authority with this certificate issued it."""
    try:
        certificate.verify_directly_issued_by(authority)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def stamp(moment: datetime) -> str:
    """A time for people."""
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _builder(
    subject: x509.Name, issuer: x509.Name, public: ec.EllipticCurvePublicKey, now: datetime, length: timedelta
) -> x509.CertificateBuilder:
    begin = now.replace(microsecond=0)
    builder = x509.CertificateBuilder(issuer, subject, public, x509.random_serial_number())
    builder = builder.not_valid_before(begin - HEAD_START).not_valid_after(begin + length)
    return builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _name(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _host(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(host))
    except ValueError:
        return x509.DNSName(host)
