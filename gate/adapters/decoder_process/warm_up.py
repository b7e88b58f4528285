"""Two pictures to decode while everything is still allowed, so that what a library loads at its first use is there.

The text is GATE, and for the part GATE GATE: neither is anybody's.
"""

from __future__ import annotations

from gate.adapters.decoder_process.child_decoder import ChildDecoder

# fmt: off
_WHOLE = (
    0x1FD47F, 0x105D41, 0x17435D, 0x175A5D, 0x17565D, 0x105941, 0x1FD57F, 0x000A00, 0x02403B, 0x150DCF, 0x144142,
    0x172849, 0x1B5E96, 0x001075, 0x1FC528, 0x1043FB, 0x174B77, 0x175C0F, 0x174ED1, 0x104B95, 0x1FCE5C,
)
_PART = (
    0x1FCF7F, 0x105B41, 0x17455D, 0x17495D, 0x17475D, 0x105D41, 0x1FD57F, 0x001300, 0x01E562, 0x002356, 0x01C628,
    0x0F3ABB, 0x1FC349, 0x001561, 0x1FD8AC, 0x1055D6, 0x175C1F, 0x1742B3, 0x174F0C, 0x10427F, 0x1FC3E3,
)
# fmt: on
"""QR codes of version 1, a row of modules in each number, dark is 1."""
_SCALE, _BORDER = 4, 16
_DARK, _LIGHT = b"\x00", b"\xff"


def pictures() -> tuple[memoryview, memoryview]:
    """A whole code and a part of one."""
    return _drawn(_WHOLE), _drawn(_PART)


def warm_up(decoder: ChildDecoder) -> None:
    """Decode both."""
    for picture in pictures():
        decoder.decode(picture)


def _drawn(rows: tuple[int, ...]) -> memoryview:
    side = len(rows)
    margin, whole = _LIGHT * _BORDER, side * _SCALE + 2 * _BORDER
    lines = (b"".join((_DARK if row >> (side - 1 - x) & 1 else _LIGHT) * _SCALE for x in range(side)) for row in rows)
    code = b"".join((margin + line + margin) * _SCALE for line in lines)
    above = _LIGHT * whole * _BORDER
    return memoryview(bytearray(above + code + above)).cast("B", (whole, whole))
