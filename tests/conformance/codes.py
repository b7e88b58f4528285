"""What is shown to the gate in a case: its text, its chunks through the collector, its JWS as text, or its picture."""

from __future__ import annotations

from gate.adapters.decoder_zbar import ZbarDecoder
from gate.adapters.decoder_zxing import ZxingDecoder
from gate.adapters.frames_files import read_picture
from gate.credential.shc_chunks import Collector
from gate.credential.shc_text import text_of
from gate.ports import AdapterError
from gate.service.decoding import DecoderChain
from tests.conformance.cases import Case, NotRun


def code_of(case: Case) -> bytes:
    """The code of a case. Raises ``NotRun``."""
    texts = case.fields.get("payloads") or [case.fields.get("payload")]
    if isinstance(texts, list) and texts and all(isinstance(text, str) and text for text in texts):
        return _collected([text.encode("utf-8", "surrogatepass") for text in texts])
    jws = case.fields.get("jws")
    if isinstance(jws, str) and jws:
        return text_of(jws.strip()).encode("utf-8", "surrogatepass")
    return _pictured(case)


def _collected(codes: list[bytes]) -> bytes:
    """The joined card of chunks; a single code, or the first where they make no whole, as it is."""
    if len(codes) == 1:
        return codes[0]
    collector = Collector()
    for number, code in enumerate(codes):
        collector, found = collector.offer(code, number)
        if found.card is not None:
            return found.card
    return codes[0]


def _pictured(case: Case) -> bytes:
    image = case.fields.get("image")
    path = case.folder / image if isinstance(image, str) else None
    if path is None or not path.is_file():
        raise NotRun("it has no text, and no picture that is there")
    chain = DecoderChain(ZxingDecoder(), ZbarDecoder())
    try:
        symbols = chain.decode(read_picture(path))
    except AdapterError:
        symbols = ()
    finally:
        chain.close()
    if not symbols:
        raise NotRun("its picture shows no QR code that can be read")
    return symbols[0].data
