"""Who is asked in the chain, and whose answer counts."""

from __future__ import annotations

import logging

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


class Failing(Scripted):
    """Fails as its script says, and sees a code otherwise."""

    def __init__(self, name: str, *fails: bool) -> None:
        super().__init__(name, GOOD)
        self._fails = iter(fails)

    def decode(self, luma: Luma) -> tuple[Symbol, ...]:
        if next(self._fails):
            raise AdapterError(f"{self.name} died")
        return super().decode(luma)


@pytest.mark.parametrize("second", [(OTHER,), (PART,), ()])
def test_when_one_fails_the_other_one_is_asked_for_the_same_frame(second: tuple[Symbol, ...]) -> None:
    assert DecoderChain(Failing("one", True), Scripted("other", *second)).decode(FRAME) == second  # noqa: FBT003  (a script)
    assert DecoderChain(Scripted("other", PART), Failing("one", True)).decode(FRAME) == (PART,)  # noqa: FBT003  (as above)


def test_when_all_fail_that_is_told() -> None:
    chain = DecoderChain(Failing("one", True, False), Failing("other", True))  # noqa: FBT003  (a script)
    with pytest.raises(AdapterError, match="one died; other died"):
        chain.decode(FRAME)
    assert chain.decode(FRAME) == (GOOD,)


def test_a_failure_is_told_once_until_it_works_again_and_ever_more_rarely(caplog: pytest.LogCaptureFixture) -> None:
    script = [True, True, True, False] * 9
    chain = DecoderChain(Failing("one", *script), Scripted("other", OTHER))
    with caplog.at_level(logging.WARNING):
        for _ in script:
            chain.decode(FRAME)
    assert caplog.messages == [f"one died (failure {times} of this run)" for times in (1, 2, 4, 8)]
