"""From the configuration to the decoders, in processes of their own and without."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace

import psutil
import pytest

from gate.access.devices import Device
from gate.access.signals import DeviceChanged
from gate.ports import AdapterError, SymbolDecoder
from gate.service import decoder_parts
from gate.service.config_schema import DecoderConfig, DecoderMode
from gate.service.decoder_parts import Decoders
from gate.service.decoding import DecoderChain
from tests import pictures
from tests.service.stepped_clock import SteppedClock

HERE = DecoderConfig(process=False)


def chain_of(decoders: Decoders, told: list[DeviceChanged] | None = None) -> DecoderChain:
    return decoders.chain(SteppedClock(), (told if told is not None else []).append)


def test_libraries_are_in_processes_of_their_own_unless_asked_otherwise() -> None:
    assert DecoderConfig().process
    with closing(Decoders(DecoderConfig())) as decoders:
        chain = chain_of(decoders)
        assert chain.name == "zxing+zbar"
        assert len(psutil.Process().children()) == 2
        (symbol,) = chain.decode(pictures.qr("GP1:ONE"))
        assert symbol.data == b"GP1:ONE"
    assert psutil.Process().children() == []
    with closing(Decoders(HERE)) as decoders:
        assert chain_of(decoders).name == "zxing+zbar"
        assert psutil.Process().children() == []


@pytest.mark.parametrize("process", [True, False])
@pytest.mark.parametrize(("mode", "name"), [(DecoderMode.ZXING, "zxing"), (DecoderMode.ZBAR, "zbar")])
def test_the_wanted_decoder_is_taken_alone(mode: DecoderMode, name: str, process: bool) -> None:  # noqa: FBT001  (a column)
    with closing(Decoders(DecoderConfig(mode=mode, process=process))) as decoders:
        assert chain_of(decoders).name == name


def test_making_them_does_not_wait_until_they_are_loaded() -> None:
    with closing(Decoders(DecoderConfig())) as decoders:
        with pytest.raises(AdapterError, match="is starting"):
            decoders._made[0].decode(pictures.qr("GP1:ONE"))
        began = time.monotonic()
        chain_of(decoders)
        assert time.monotonic() - began < decoder_parts.READY_WAIT_S


def _missing(library: str) -> Callable[[], SymbolDecoder]:
    def make() -> SymbolDecoder:
        raise AdapterError(f"{library} is missing. Install it.")

    return make


def test_one_that_is_missing_is_done_without_and_told(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(decoder_parts, "_zxing", _missing("zxing-cpp"))
    with caplog.at_level(logging.WARNING):
        assert chain_of(Decoders(HERE)).name == "zbar"
    assert caplog.messages == ["going on with zbar alone: zxing-cpp is missing. Install it."]


def test_one_that_is_wanted_alone_is_not_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoder_parts, "_zbar", _missing("libzbar0"))
    with pytest.raises(AdapterError, match="libzbar0 is missing"):
        chain_of(Decoders(replace(HERE, mode=DecoderMode.ZBAR)))


def test_none_at_all_is_told_with_all_reasons(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoder_parts, "_zxing", _missing("zxing-cpp"))
    monkeypatch.setattr(decoder_parts, "_zbar", _missing("libzbar0"))
    with pytest.raises(AdapterError, match=r"zxing-cpp is missing.*libzbar0 is missing"):
        chain_of(Decoders(HERE))


def test_a_process_that_ends_at_once_is_told_at_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoder_parts, "CHILD", "gate.service.no_such_programme")
    with closing(Decoders(DecoderConfig())) as decoders, pytest.raises(AdapterError, match="the zxing decoder ended"):
        chain_of(decoders)


def kill_the_child() -> None:
    """And wait until it is dead, leaving its burial to its parent."""
    (child,) = psutil.Process().children()
    child.kill()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)


def test_deaths_are_counted_and_told_as_the_configuration_says() -> None:
    told: list[DeviceChanged] = []
    config = DecoderConfig(mode=DecoderMode.ZBAR, deaths=2, deaths_within_s=60, quarantine_s=600)
    with closing(Decoders(config)) as decoders:
        chain = chain_of(decoders, told)
        kill_the_child()
        with pytest.raises(AdapterError, match="SIGKILL"):
            chain.decode(pictures.qr("GP1:ONE"))
        assert told == []
        kill_the_child()
        with pytest.raises(AdapterError, match="SIGKILL"):
            chain.decode(pictures.qr("GP1:ONE"))
        assert told == [DeviceChanged(Device.DECODER_ZBAR, working=False)]
        with pytest.raises(AdapterError, match="quarantine"):
            chain.decode(pictures.qr("GP1:ONE"))
