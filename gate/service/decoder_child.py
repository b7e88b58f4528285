"""The programme of a decoder's process: ``python -I -m gate.service.decoder_child zxing|zbar DESCRIPTOR``.

Only ``gate.adapters.decoder_process.parent`` starts it; the descriptor leads to the process that did.
"""

from __future__ import annotations

import sys

from gate.adapters.decoder_process.child_decoder import ChildDecoder
from gate.adapters.decoder_process.serving import serve


def decoder(name: str) -> ChildDecoder:
    """The decoder of this name. Raises ``AdapterError`` when its library cannot be used."""
    if name == "zxing":
        from gate.adapters.decoder_zxing import ZxingDecoder  # noqa: PLC0415  (one library in each process)

        return ZxingDecoder()
    from gate.adapters.decoder_zbar import ZbarDecoder  # noqa: PLC0415  (as above)

    return ZbarDecoder()


if __name__ == "__main__":
    serve(lambda: decoder(sys.argv[1]), int(sys.argv[2]))
