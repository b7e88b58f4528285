"""``gate decode`` with seals, DIVOC certificates, NZ passes and tickets: each check told, nobody named unless asked."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from gate.adapters.clock_system import SystemClock
from gate.cli.decoders import decoders
from gate.credential.model import Verified
from gate.credential.verify import verify
from tests import pictures
from tests.cli.commands import gate
from tests.credential.divoc_minting import EXAMPLE, INDIA
from tests.credential.minting import Mint, at
from tests.credential.nzcp_minting import NZ
from tests.credential.pretix_minting import FAIR
from tests.credential.vdsnc_minting import SIGNER, UTOPIA

NOW = SystemClock().now().utc
BEGIN_S, END_S = int((NOW - timedelta(days=1)).timestamp()), int((NOW + timedelta(days=1)).timestamp())
MINT = Mint(now=NOW)
PERSONAL = ("CITIZEN", "1961", "U0001", "Anybody", "1986", "vaccine/92", "Aroha", "1960", "FCTDtTWQzY")
TEXTS = {
    "vdsnc": (SIGNER.valid(), ["issuer: UTO", "dose 2: 2", "VDS-NC", "certificate", "made by"]),
    "nzcp": (NZ.valid(nbf=BEGIN_S, exp=END_S), [f"issuer: {NZ.did}", "key: key-1", "  verified", "outcome: grant"]),
    "pretix": (FAIR.valid(begin=BEGIN_S, end=END_S), ["product: 7", "one of 1 keys", "  verified", "outcome: grant"]),
}

Captured = pytest.CaptureFixture[str]


@pytest.fixture
def trust(tmp_path: Path) -> list[object]:
    MINT.bundle = MINT.bundle_of(UTOPIA.issuer(), NZ.issuer(), FAIR.issuer(), INDIA.issuer(), EXAMPLE.issuer())
    bundle, root = MINT.write_trust(tmp_path)
    return ["--trust", bundle, "--root-key", root]


@pytest.mark.parametrize("kind", TEXTS)
def test_a_text_is_explained_step_by_step(kind: str, trust: list[object], capsys: Captured) -> None:
    code, words = TEXTS[kind]
    gate("decode", code, *trust)
    shown = capsys.readouterr().out
    for expected in (f"kind: {kind}", *words):
        assert expected in shown
    assert not [name for name in PERSONAL if name in shown]
    gate("decode", code, *trust, "--show-holder")
    told = capsys.readouterr().out
    assert any(name in told for name in PERSONAL)


def test_a_certificate_of_bytes_is_explained_from_its_picture(
    trust: list[object], tmp_path: Path, capsys: Captured
) -> None:
    picture = pictures.saved(pictures.qr(EXAMPLE.valid()), tmp_path / "divoc.png")
    assert gate("decode", picture, *trust) == 0
    shown = capsys.readouterr().out
    for expected in ("kind: divoc", "ZIP of", "W3C credential, key did:example", "series: 2", "  verified"):
        assert expected in shown
    assert not [name for name in PERSONAL if name in shown]


def test_every_decoder_gives_a_certificate_of_bytes_that_is_verified() -> None:
    for issuer in (INDIA, EXAMPLE):
        code = issuer.valid()
        for decoder in decoders():
            (symbol,) = decoder.decode(pictures.qr(code))
            assert isinstance(verify(symbol.data, issuer.trust, at()), Verified), type(decoder).__name__
