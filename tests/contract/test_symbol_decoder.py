"""What every decoder, the chain of them, and the ladder before them in every mode, must do with a picture."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing

import numpy as np
import pytest
import segno
import zxingcpp

from gate.adapters.decoder_process.parent import DecoderProcess
from gate.adapters.decoder_zbar import ZbarDecoder
from gate.adapters.decoder_zxing import ZxingDecoder
from gate.ports import Luma, Symbol, SymbolDecoder
from gate.service.decoder_parts import CHILD
from gate.service.decoding import DecoderChain
from gate.service.vision.still import Thorough
from tests import pictures

GOOD = b"GP1:6BFOXN*TS0BI$ZD4N9:9S6RCVN5+O30K3/XIV0W23NTDE"
LONG = "GP1:" + "6BFOXN*TS0BI$ZD4N9" * 12


def in_child(name: str) -> SymbolDecoder:
    decoder = DecoderProcess(name, [sys.executable, "-I", "-m", CHILD, name], answer_s=10.0)
    assert decoder.wait_until_ready(20)
    return decoder


MAKERS: dict[str, Callable[[], SymbolDecoder]] = {
    "zbar": ZbarDecoder,
    "zxing": ZxingDecoder,
    "chain": lambda: DecoderChain(ZxingDecoder(), ZbarDecoder()),
    "ladder": lambda: Thorough([ZxingDecoder(), ZbarDecoder()], time.process_time_ns),
    "ladder of zbar": lambda: Thorough([ZbarDecoder()], time.process_time_ns),
    "ladder of zxing": lambda: Thorough([ZxingDecoder()], time.process_time_ns),
    "zbar child": lambda: in_child("zbar"),
    "zxing child": lambda: in_child("zxing"),
    "chain of children": lambda: DecoderChain(in_child("zxing"), in_child("zbar")),
}


@pytest.fixture(scope="module", params=MAKERS)
def decoder(request: pytest.FixtureRequest) -> Iterator[SymbolDecoder]:
    with closing(MAKERS[request.param]()) as made:
        yield made


@pytest.mark.parametrize("name", MAKERS)
def test_it_closes_twice(name: str) -> None:
    decoder = MAKERS[name]()
    decoder.decode(pictures.qr(GOOD))
    decoder.close()
    decoder.close()


def whole(symbols: tuple[Symbol, ...]) -> set[bytes]:
    return {symbol.data for symbol in symbols if not symbol.part}


@pytest.mark.parametrize(
    ("content", "options"),
    [
        ("0123456789012345", {}),
        (GOOD.decode(), {}),
        (LONG, {"error": "m"}),
        ("https://example.org/a?b=c", {}),
        ("Jalan Sudirman é", {"encoding": "utf-8"}),
        ("Straße", {"encoding": "iso-8859-1"}),
        (b"PK\x03\x04\xa4\x40\x00\xff\xe4\x80\x81", {"mode": "byte"}),
        (b"\xe7\x82\xb9\xa4\x40", {"mode": "byte"}),
    ],
)
def test_the_exact_bytes_come_out(decoder: SymbolDecoder, content: str | bytes, options: dict[str, str]) -> None:
    expected = content if isinstance(content, bytes) else content.encode(options.get("encoding", "ascii"))
    symbols = decoder.decode(pictures.qr(content, **options))
    assert [(symbol.data, symbol.part) for symbol in symbols] == [(expected, False)]


def test_a_light_code_on_a_dark_screen_is_read(decoder: SymbolDecoder) -> None:
    assert whole(decoder.decode(255 - pictures.beside(pictures.qr(GOOD), wall=240))) == {GOOD}


@pytest.mark.parametrize("degrees", [17, 45, 90, 180, 263])
def test_a_turned_code_is_read(decoder: SymbolDecoder, degrees: int) -> None:
    assert whole(decoder.decode(pictures.turned(pictures.qr(GOOD), degrees))) == {GOOD}


def test_the_corners_frame_the_code(decoder: SymbolDecoder) -> None:
    code = pictures.qr(GOOD)
    (symbol,) = decoder.decode(pictures.beside(code))
    xs, ys = zip(*symbol.corners, strict=True)
    inner = code.shape[0] - 40
    assert len(symbol.corners) == 4
    for found in (xs, ys):
        assert min(found) == pytest.approx(60, abs=6)
        assert max(found) - min(found) == pytest.approx(inner, abs=8)


def test_all_codes_of_a_frame_are_told(decoder: SymbolDecoder) -> None:
    frame = pictures.beside(pictures.qr(GOOD), pictures.qr("GP1:OTHER"))
    assert whole(decoder.decode(frame)) == {GOOD, b"GP1:OTHER"}


@pytest.mark.parametrize("count", [2, 3, 5])
@pytest.mark.parametrize("dark", [False, True])
def test_a_structured_append_part_is_no_whole_code(decoder: SymbolDecoder, count: int, dark: bool) -> None:  # noqa: FBT001  (a row of the table)
    for code in pictures.parts(LONG, count):
        frame = pictures.beside(code, wall=240)
        assert whole(decoder.decode(255 - frame if dark else frame)) == set()


def test_a_first_part_is_seen_as_a_part(decoder: SymbolDecoder) -> None:
    (symbol,) = decoder.decode(pictures.parts(LONG, 2)[0])
    assert symbol.part
    assert symbol.corners


def test_a_part_does_not_take_a_good_code_with_it(decoder: SymbolDecoder) -> None:
    for part in pictures.parts(LONG, 2):
        assert whole(decoder.decode(pictures.beside(part, pictures.qr(GOOD)))) == {GOOD}


@pytest.mark.parametrize("spot", range(0, 40, 4))
def test_a_dirty_code_is_still_a_whole_code(decoder: SymbolDecoder, spot: int) -> None:
    """Damage anywhere, also on the modules that name the mode, never makes a part of it."""
    code = pictures.qr(LONG, error="q")
    end = code.shape[0] - 20 - spot
    code[end - 10 : end, end - 10 : end] = 0 if spot % 8 else 255
    assert [(symbol.data, symbol.part) for symbol in decoder.decode(code)] == [(LONG.encode(), False)]


@pytest.mark.parametrize(
    "frame",
    [
        np.full((720, 1280), 128, np.uint8),
        np.zeros((720, 1280), np.uint8),
        pictures.noise(240, 320, "static"),
        *(np.full(shape, 255, np.uint8) for shape in [(1, 1), (1, 4000), (20, 20), (21, 21), (33, 47), (0, 10)]),
        *(pictures.noise(*shape, "small") for shape in [(2, 3), (21, 22), (23, 61), (97, 31)]),
    ],
    ids=lambda frame: "x".join(map(str, frame.shape)),
)
def test_a_frame_without_a_code_gives_nothing(decoder: SymbolDecoder, frame: Luma) -> None:
    assert decoder.decode(frame) == ()


def test_odd_sizes_and_views_of_a_larger_picture_are_read(decoder: SymbolDecoder) -> None:
    large = np.repeat(pictures.beside(pictures.qr(GOOD)), 2, axis=1)
    view = large[1:-2, 1::2]
    assert not view.flags.c_contiguous
    assert whole(decoder.decode(view)) == {GOOD}


@pytest.mark.parametrize(
    "other",
    [
        *(np.array(zxingcpp.create_barcode(text, kind).to_image(scale=4), dtype=np.uint8) for text, kind in [
            ("4006381333931", zxingcpp.BarcodeFormat.EAN13),
            ("GATE-123", zxingcpp.BarcodeFormat.Code128),
            ("GATE-123", zxingcpp.BarcodeFormat.DataMatrix),
            ("GATE-123", zxingcpp.BarcodeFormat.Aztec),
            ("GATE-123", zxingcpp.BarcodeFormat.PDF417),
        ]),
        pictures.drawn(segno.make_micro("GATE-123"), scale=6),
    ],
    ids=["EAN-13", "Code 128", "Data Matrix", "Aztec", "PDF417", "Micro QR"],
)  # fmt: skip
def test_other_barcodes_are_not_read(decoder: SymbolDecoder, other: Luma) -> None:
    assert decoder.decode(other) == ()
    assert whole(decoder.decode(pictures.beside(other, pictures.qr(GOOD)))) == {GOOD}


@pytest.mark.parametrize("wrong", [np.zeros((40, 40, 3), np.uint8), np.zeros((40, 40), np.float32)])
def test_what_is_no_luma_is_a_mistake_of_the_caller(decoder: SymbolDecoder, wrong: Luma) -> None:
    with pytest.raises(ValueError, match="uint8"):
        decoder.decode(wrong)
