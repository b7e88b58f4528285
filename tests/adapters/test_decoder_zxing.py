"""What is particular to zxing-cpp."""

from __future__ import annotations

import sys

import pytest
import segno

from gate.adapters.decoder_zxing import _MASKS, ZxingDecoder
from gate.ports import AdapterError
from tests import pictures

TEXT = "GP1:" + "0A:" * 50


def test_a_missing_library_is_told_with_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "zxingcpp", None)
    with pytest.raises(AdapterError, match="pip install"):
        ZxingDecoder()


@pytest.mark.parametrize("mask", sorted(_MASKS))
def test_parts_and_whole_codes_are_told_apart_under_every_mask(mask: int) -> None:
    decoder = ZxingDecoder()
    for code in segno.make_sequence(TEXT, symbol_count=2, mask=mask):
        assert [symbol.part for symbol in decoder.decode(pictures.drawn(code))] == [True]
    for options in ({}, {"mode": "byte"}, {"error": "h"}):
        assert [symbol.part for symbol in decoder.decode(pictures.qr(TEXT, mask=mask, **options))] == [False]


def test_a_misread_module_does_not_make_a_part_of_a_whole_code() -> None:
    """One module lies between the mode of an ordinary pass and that of a part."""
    code = pictures.qr(TEXT, scale=5)
    last_but_one = code.shape[0] - 4 * 5 - 2 * 5
    module = code[last_but_one : last_but_one + 5, last_but_one : last_but_one + 5]
    module[:] = 255 - module
    assert [(symbol.data, symbol.part) for symbol in ZxingDecoder().decode(code)] == [(TEXT.encode(), False)]


@pytest.mark.parametrize("degrees", [0, 20, 45])
def test_a_code_that_is_damaged_beyond_reading_is_told_as_one_without_data(degrees: int) -> None:
    code = pictures.qr(TEXT, scale=5)
    code[80:-80, 80:-80] = 128
    (found,) = ZxingDecoder().decode(pictures.turned(code, degrees))
    assert found.unread
    assert found.part
    assert len(found.corners) == 4


def test_two_codes_with_the_same_text_are_two() -> None:
    code = pictures.qr("GP1:SAME")
    assert len(ZxingDecoder().decode(pictures.beside(code, code))) == 2
