"""The decoders of this machine for commands, in this process: what they cost is then what the command costs."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from gate.cli.arguments import CommandError
from gate.ports import AdapterError, SymbolDecoder


def decoders(mode: str = "auto") -> Sequence[SymbolDecoder]:
    """Those of the mode, in the gate's order; with ``auto``, one that is missing is done without.

    Raises ``CommandError`` when there is none.
    """
    found: list[SymbolDecoder] = []
    problems: list[str] = []
    for load in _LOADERS[mode]:
        try:
            found.append(load())
        except AdapterError as error:
            problems.append(str(error))
    if not found:
        raise CommandError(" ".join(problems))
    return found


def _zxing() -> SymbolDecoder:
    from gate.adapters.decoder_zxing import ZxingDecoder  # noqa: PLC0415  (loads a library that may be missing)

    return ZxingDecoder()


def _zbar() -> SymbolDecoder:
    from gate.adapters.decoder_zbar import ZbarDecoder  # noqa: PLC0415  (loads a library that may be missing)

    return ZbarDecoder()


_LOADERS: dict[str, Sequence[Callable[[], SymbolDecoder]]] = {
    "auto": (_zxing, _zbar),
    "zbar": (_zbar,),
    "zxing": (_zxing,),
}
MODES = tuple(_LOADERS)
