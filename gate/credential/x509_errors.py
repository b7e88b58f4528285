"""What the library raises for certificates that it cannot read. Loads ``cryptography.x509``: not for every code."""

from __future__ import annotations

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm

UNREADABLE = (
    ValueError,
    TypeError,
    OverflowError,
    UnsupportedAlgorithm,
    x509.InvalidVersion,
    x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType,
)
"""Some when the certificate is loaded, others only when a part of it is looked at."""
