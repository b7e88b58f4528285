"""A card in several codes before the camera: collected over frames, decided once, and never met with silence."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pytest

from gate.access.signals import Presented
from gate.adapters.decoder_zbar import ZbarDecoder
from gate.adapters.decoder_zxing import ZxingDecoder
from gate.credential.model import CredentialKind, Rejected, RejectReason, Verified
from gate.credential.trust import Trust
from gate.ports import Frame, Luma, Symbol, SymbolDecoder
from gate.service.card_chunks import NEXT_NS, REMEMBERED_NS
from gate.service.reader import Reader
from tests import pictures
from tests.access.examples import by_rules
from tests.credential.minting import MINT, at
from tests.credential.shc_minting import CLINIC, PATIENT, Clinic, chunks, dose
from tests.service.test_reader import KEY, ScriptedCamera, ladder

MS = 1_000_000
CARD = CLINIC.valid()
OTHER = CLINIC.valid(PATIENT, dose(1))
ONE, TWO, THREE = chunks(CARD, 3)
STRANGE = chunks(Clinic().valid(), 3)
TRUST = CLINIC.trusting(CLINIC.issuer(), MINT.issuer_of())
HALF_S = 500 * MS


class Clock:
    """``ports.Clock`` at a moment of the cards."""

    def now(self) -> object:
        return at()


class Trusting:
    """``ports.TrustSource``."""

    def current(self) -> Trust:
        return TRUST

    def refresh(self) -> None:
        """Nothing newer comes."""


class Showing:
    """``ports.SymbolDecoder``: sees in each frame what its name says; codes apart from one another."""

    name = "showing"

    def __init__(self, shown: Sequence[Sequence[str]]) -> None:
        self._shown = iter(shown)

    def decode(self, luma: Luma) -> tuple[Symbol, ...]:
        del luma
        codes = next(self._shown, ())
        return tuple(Symbol(code.encode(), ((90 * place, 0), (90 * place + 9, 9))) for place, code in enumerate(codes))

    def close(self) -> None:
        """Nothing is open."""


def read(frames: Iterable[Frame], decoder: SymbolDecoder) -> list[Presented]:
    presented: list[Presented] = []
    camera = ScriptedCamera(frames)
    reader = Reader(camera, ladder(decoder), Trusting(), Clock(), by_rules, presented.append, KEY)  # type: ignore[arg-type]  # a clock that stands
    reader.run(camera.stop, lambda: None)
    return presented


def shown(*codes: str | Sequence[str], gap_ns: int = HALF_S) -> list[Presented]:
    """What is presented when each of these is before the camera in one frame; "" is an empty frame."""
    frames = [[code] * bool(code) if isinstance(code, str) else list(code) for code in codes]
    pixels = [np.full((60, 60), (37 * number) % 256, np.uint8) for number in range(len(frames))]
    made = [Frame(luma, None, number * gap_ns, "frame") for number, luma in enumerate(pixels)]
    return read(made, Showing(frames))


def kinds(presented: Iterable[Presented]) -> list[CredentialKind | RejectReason]:
    return [
        one.verdict.reason if isinstance(one.verdict, Rejected) else one.verdict.credential.kind for one in presented
    ]


@pytest.mark.parametrize("order", [(ONE, TWO, THREE), (THREE, ONE, TWO), (TWO, TWO, ONE, ONE, THREE)])
def test_chunks_one_after_the_other_are_decided_on_once_all_are_there(order: tuple[str, ...]) -> None:
    assert kinds(shown(*order)) == [CredentialKind.SHC]


def test_chunks_side_by_side_are_one_card() -> None:
    assert kinds(shown((ONE, TWO, THREE))) == [CredentialKind.SHC]
    assert kinds(shown((ONE, TWO), (TWO, THREE))) == [CredentialKind.SHC]


def test_the_last_chunk_that_stays_is_the_same_presentation() -> None:
    presented = shown(ONE, TWO, THREE, THREE, TWO, THREE)
    assert kinds(presented) == [CredentialKind.SHC] * 4
    assert len({one.code for one in presented}) == 1
    assert shown(CARD)[0].code == presented[0].code, "as if the card were one code"


def test_a_chunk_that_comes_back_later_is_no_card() -> None:
    gap_ns = REMEMBERED_NS
    assert kinds(shown(ONE, TWO, THREE)) == [CredentialKind.SHC]
    assert CredentialKind.SHC not in kinds(
        shown(ONE, gap_ns=gap_ns) + shown((ONE, TWO, THREE), THREE, gap_ns=gap_ns)[1:]
    )


def test_a_made_up_chunk_of_a_card_that_was_just_shown_is_not_that_card() -> None:
    digits = TWO.split("/")[-1]
    for made_up in (f"shc:/2/3/{digits[:2]}", f"shc:/2/3/{digits[2:]}", f"shc:/1/3/{digits}", "shc:/1/1/56"):
        presented = shown(ONE, TWO, THREE, made_up)
        assert not [one for one in presented[1:] if isinstance(one.verdict, Verified)]


def test_while_the_visitor_goes_on_nothing_is_said() -> None:
    assert shown(ONE, ONE, ONE, TWO, TWO) == []


def test_who_does_not_go_on_is_told_what_is_missing_and_may_still_complete_the_card() -> None:
    late = NEXT_NS // HALF_S
    presented = shown(*[ONE] * (late + 2), TWO, THREE)
    assert kinds(presented) == [RejectReason.UNREADABLE] * 2 + [CredentialKind.SHC]
    assert isinstance(presented[0].verdict, Rejected)
    assert presented[0].verdict.detail == "a card in 3 codes: missing 2, 3; show one after the other"


def test_who_goes_away_is_not_met_with_silence() -> None:
    late = NEXT_NS // HALF_S
    assert kinds(shown(ONE, *[""] * (3 * late))) == [RejectReason.UNREADABLE]


@pytest.mark.parametrize(
    "codes", [(ONE, STRANGE[0]), (ONE, chunks(OTHER, 2)[1]), (ONE, MINT.valid()), (ONE, "menu of the day"), (ONE, CARD)]
)
def test_a_chunk_beside_something_else_is_several_codes(codes: tuple[str, ...]) -> None:
    assert kinds(shown(codes)) == [RejectReason.SEVERAL_CODES]


def test_chunks_of_two_cards_make_a_forgery_or_nothing() -> None:
    for mixed in (shown(ONE, chunks(OTHER, 3)[1], THREE), shown(STRANGE[0], TWO, THREE)):
        assert len(mixed) == 1
        assert isinstance(mixed[0].verdict, Rejected)


def test_another_visitors_card_is_not_mixed_with_the_one_before() -> None:
    whole = chunks(OTHER, 2)
    assert kinds(shown(ONE, TWO, *whole)) == [CredentialKind.SHC]
    assert kinds(shown(ONE, *chunks(OTHER, 3))) == [CredentialKind.SHC]


@pytest.mark.parametrize("decoder", [ZxingDecoder, ZbarDecoder])
def test_real_decoders_read_a_card_in_three_codes(decoder: type[SymbolDecoder]) -> None:
    codes = [pictures.beside(pictures.qr(chunk, scale=3)) for chunk in (ONE, TWO, THREE)]
    height, width = (max(code.shape[axis] for code in codes) for axis in (0, 1))
    padded = [
        np.pad(code, ((0, height - code.shape[0]), (0, width - code.shape[1])), constant_values=200) for code in codes
    ]
    frames = [Frame(luma, None, number * HALF_S, "frame") for number, luma in enumerate(padded)]
    assert kinds(read(frames, decoder())[-1:]) == [CredentialKind.SHC]
