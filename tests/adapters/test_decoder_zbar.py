"""What is particular to libzbar."""

from __future__ import annotations

import gc
import sys

import psutil
import pytest
from pyzbar import wrapper

from gate.adapters.decoder_zbar import ZbarDecoder
from gate.ports import AdapterError
from tests import pictures


def test_a_missing_library_is_told_with_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyzbar.wrapper", None)
    monkeypatch.delattr("pyzbar.wrapper")
    with pytest.raises(AdapterError, match="apt install libzbar0"):
        ZbarDecoder()


def test_a_library_that_refuses_a_setting_is_told_at_construction(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wrapper, "zbar_image_scanner_set_config", lambda *_: 1)
    with pytest.raises(AdapterError, match="older than"):
        ZbarDecoder()


@pytest.mark.parametrize("broken", ["zbar_image_create", "zbar_image_scanner_create"])
def test_running_out_of_memory_is_told(monkeypatch: pytest.MonkeyPatch, broken: str) -> None:
    decoder = ZbarDecoder()
    monkeypatch.setattr(wrapper, broken, lambda: None)
    with pytest.raises(AdapterError, match="memory"):
        decoder.decode(pictures.qr("GATE"))


def test_scanner_and_image_are_freed_also_when_reading_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    decoder = ZbarDecoder()
    freed: list[str] = []

    def watch(name: str) -> None:
        free = getattr(wrapper, name)

        def noting(thing: object) -> None:
            freed.append(name)
            free(thing)

        monkeypatch.setattr(wrapper, name, noting)

    watch("zbar_image_destroy")
    watch("zbar_image_scanner_destroy")
    monkeypatch.setattr(wrapper, "zbar_image_first_symbol", _fails)
    with pytest.raises(OSError, match="injected"):
        decoder.decode(pictures.qr("GATE"))
    assert freed == ["zbar_image_destroy", "zbar_image_scanner_destroy"]


def test_a_thousand_frames_do_not_grow_the_process() -> None:
    decoder = ZbarDecoder()
    frames = [pictures.qr("GATE"), pictures.parts("GATE" * 30, 2)[0], 255 - pictures.qr("GATE")]
    process = psutil.Process()

    def rounds(count: int) -> int:
        for _ in range(count):
            for frame in frames:
                decoder.decode(frame)
        gc.collect()
        return int(process.memory_info().rss)

    before = rounds(60)
    assert rounds(330) - before < 330 * 3 * frames[0].nbytes // 20


def _fails(_image: object) -> None:
    raise OSError("injected")
