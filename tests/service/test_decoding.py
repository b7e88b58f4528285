"""Who is asked in the chain, and whose answer counts."""

from __future__ import annotations

import numpy as np
import pytest

from gate.ports import AdapterError, Luma, Symbol
from gate.service.decoding import DecoderChain

FRAME = np.zeros((30, 30), np.uint8)
GOOD = Symbol(b"GP1:A", ())
OTHER = Symbol(b"GP1:B", ())
PART = Symbol(b"GP1:", (), part=True)


class Scripted:
    """Sees the same symbols in every frame and counts how often it is asked."""

    def __init__(self, name: str, *symbols: Symbol) -> None:
        self.name = name
        self.asked = 0
        self.closed = 0
        self._symbols = symbols

    def decode(self, luma: Luma) -> tuple[Symbol, ...]:
        assert luma is FRAME
        self.asked += 1
        return self._symbols

    def close(self) -> None:
        self.closed += 1


@pytest.mark.parametrize(
    ("first", "second", "answer", "second_is_asked"),
    [
        ((GOOD,), (OTHER,), (GOOD,), False),
        ((GOOD, PART), (OTHER,), (GOOD, PART), False),
        ((), (OTHER,), (OTHER,), True),
        ((), (), (), True),
        ((PART,), (GOOD, PART), (GOOD, PART), True),
        ((PART,), (), (PART,), True),
        ((), (PART,), (PART,), True),
    ],
)
def test_the_first_whole_code_answers(
    first: tuple[Symbol, ...], second: tuple[Symbol, ...], answer: tuple[Symbol, ...], second_is_asked: bool  # noqa: FBT001  (a column of the table)
) -> None:  # fmt: skip
    one, other = Scripted("one", *first), Scripted("other", *second)
    assert DecoderChain(one, other).decode(FRAME) == answer
    assert (one.asked, other.asked) == (1, int(second_is_asked))


def test_the_chain_is_named_after_its_decoders() -> None:
    assert DecoderChain(Scripted("one"), Scripted("other")).name == "one+other"
    assert DecoderChain(Scripted("one")).name == "one"


def test_all_decoders_are_closed_whatever_one_of_them_does() -> None:
    class Stubborn(Scripted):
        def close(self) -> None:
            super().close()
            raise AdapterError("does not close")

    decoders = Scripted("one"), Stubborn("two"), Scripted("three")
    with pytest.raises(AdapterError, match="does not close"):
        DecoderChain(*decoders).close()
    assert [decoder.closed for decoder in decoders] == [1, 1, 1]
