"""Photographs and credential pictures of others: no worse than any decoder alone, and nothing that is not there."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import pytest
from pyzbar.pyzbar import ZBarSymbol, decode

from gate.adapters.decoder_zbar import ZbarDecoder
from gate.adapters.decoder_zxing import ZxingDecoder
from gate.cli.reader_stills import same_text
from gate.ports import Luma, SymbolDecoder
from gate.service.vision.still import Thorough
from tests import photographs

CREDENTIALS = ("eu_dcc", "shc", "vdsnc", "hcert_other", "divoc", "pretix")


def plain_zbar(luma: Luma) -> set[bytes]:
    """As its users call it; it raises at a Structured Append part."""
    try:
        return {symbol.data for symbol in decode(luma, symbols=[ZBarSymbol.QRCODE])}
    except ValueError:
        return set()


def whole(decoder: SymbolDecoder, luma: Luma) -> set[bytes]:
    return {symbol.data for symbol in decoder.decode(luma) if not symbol.part}


def all_of(decoder: SymbolDecoder, luma: Luma) -> set[bytes]:
    return {symbol.data for symbol in decoder.decode(luma)}


@dataclass(frozen=True)
class Seen:
    """What was read of one picture: by the ladder, and by each decoder alone."""

    case: dict[str, Any]
    ladder: set[bytes]
    alone: set[bytes]
    """Also what a decoder alone takes for a part: it does so with a small code in one of these pictures."""

    def reads(self, found: set[bytes]) -> bool:
        return any(same_text(data, text) for data in found for text in texts(self.case))


def texts(case: dict[str, Any]) -> list[str]:
    return [text for text in [case.get("payload"), *(case.get("payloads") or [])] if text]


@pytest.fixture(scope="module")
def seen() -> list[Seen]:
    zxing, zbar = ZxingDecoder(), ZbarDecoder()
    ladder = Thorough([zxing, zbar], time.process_time_ns)

    return [
        Seen(case, whole(ladder, luma), plain_zbar(luma) | all_of(zbar, luma) | all_of(zxing, luma))
        for case, luma in photographs.with_pictures("qr_camera")
    ]


def test_the_ladder_reads_what_any_decoder_alone_reads(seen: list[Seen]) -> None:
    missed = [one.case["id"] for one in seen if one.reads(one.alone) and not one.reads(one.ladder)]
    assert missed == []
    assert sum(one.reads(one.ladder) for one in seen) >= 140


def test_nothing_is_read_that_is_not_there(seen: list[Seen]) -> None:
    """A text that is neither the stated one nor what a decoder alone sees there: some pictures hold several codes."""
    wrong = [
        one.case["id"]
        for one in seen
        for data in one.ladder
        if texts(one.case) and data not in one.alone and not any(same_text(data, text) for text in texts(one.case))
    ]
    assert wrong == []


def test_pictures_without_a_code_give_nothing(seen: list[Seen]) -> None:
    empty = [one for one in seen if one.case["expected"].get("has_qr") is False]
    assert len(empty) >= 5
    assert [one.case["id"] for one in empty if one.ladder] == []


@pytest.mark.parametrize("family", CREDENTIALS)
def test_credential_pictures_give_their_exact_payload_where_any_decoder_can(family: str) -> None:
    zxing, zbar = ZxingDecoder(), ZbarDecoder()
    ladder = Thorough([zxing, zbar], time.process_time_ns)
    pictures_seen, missed = 0, []
    for case, luma in photographs.with_pictures(family):
        expected = {text.encode() for text in texts(case)}
        pictures_seen += 1
        alone = whole(zxing, luma) | whole(zbar, luma)
        if expected & alone and not expected & whole(ladder, luma):
            missed.append(case["id"])
    if pictures_seen == 0:
        pytest.skip(f"the cases of {family} hold no pictures")
    assert missed == []
