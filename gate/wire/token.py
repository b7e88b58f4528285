"""The token of an enrolment: one line that lets one gate ask for its certificate, once. Pure.

``gate-token/1/<site>/<gate>/<host:port>/<pin>/<secret>/<check>``: where the centre listens, the fingerprint of its
authority's key (SHA-256), a secret of 128 bits, and the first bits of a SHA-256 of the rest, so that a slip in copying
is told as one. From the secret comes an Ed25519 key which signs the request; the centre keeps only its public half, so
that whoever reads the centre's database cannot enrol anything.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from gate.credential import base64url
from gate.credential.errors import MalformedError
from gate.wire import topics
from gate.wire.address import split

PREFIX = "gate-token/1"
SECRET_BYTES, PIN_BYTES = 16, 32
MOST_CHARS = 512
_CHECK_BYTES = 6
_PARTS = 8
_SEED = b"gate enrolment token v1 signing seed\0"


@dataclass(frozen=True, slots=True)
class Token:
    """All that a token says. ``address`` is host:port, an IPv6 address in brackets; ``pin`` a SHA-256."""

    site: str
    gate: str
    address: str
    pin: bytes
    secret: bytes = field(repr=False)

    @property
    def key(self) -> Ed25519PrivateKey:
        """What signs the request."""
        return Ed25519PrivateKey.from_private_bytes(hashlib.sha256(_SEED + self.secret).digest())

    @property
    def id(self) -> str:
        """What the centre calls it; says nothing of the secret."""
        return id_of(self.key.public_key())


def id_of(public: Ed25519PublicKey) -> str:
    """What a token is called: the first 64 bits of its public key's SHA-256, hex."""
    return hashlib.sha256(public.public_bytes_raw()).hexdigest()[:16]


def write(token: Token) -> str:
    """The line of a token."""
    pin, secret = base64url.encode(token.pin), base64url.encode(token.secret)
    text = f"{PREFIX}/{token.site}/{token.gate}/{token.address}/{pin}/{secret}"
    return f"{text}/{_check(text)}"


def read(line: str) -> Token | str:
    """The token of a line, or what is wrong with it; the answer repeats nothing of the line."""
    text = line.strip()
    if not text.startswith(f"{PREFIX}/") or len(text) > MOST_CHARS or not text.isascii():
        return f"a token begins with {PREFIX}/ and is one line"
    parts = text.split("/")
    if len(parts) != _PARTS:
        return "a part of the token is missing; copy the whole line"
    if parts[-1] != _check(text.rpartition("/")[0]):
        return "the token was not copied as it is; copy the whole line"
    return _token(*parts[2:-1])


def _token(site: str, gate: str, address: str, pin: str, secret: str) -> Token | str:
    try:
        token = Token(site, gate, address, base64url.decode(pin.encode()), base64url.decode(secret.encode()))
    except MalformedError:
        return "the token is damaged; ask for a new one"
    right = len(token.pin) == PIN_BYTES and len(token.secret) == SECRET_BYTES and split(address) is not None
    if not right or not (topics.is_name(site) and topics.is_name(gate)):
        return "the token is damaged; ask for a new one"
    return token


def _check(text: str) -> str:
    return base64url.encode(hashlib.sha256(text.encode("utf-8")).digest()[:_CHECK_BYTES])
