"""Starts hostile children, and writes their orders into frames."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import numpy as np

from gate.adapters.decoder_process.parent import DecoderProcess
from gate.ports import Luma

FOLDER = Path(__file__).parent
READY_S = 20.0


def order(text: str) -> Luma:
    """A frame that tells the hostile decoder what to do."""
    return np.frombuffer(text.encode().ljust(64 * 64, b"\0"), np.uint8).reshape(64, 64)


def command(file: str, argument: str) -> list[str]:
    return [sys.executable, "-I", str(FOLDER / file), argument]


@contextmanager
def child(file: str = "hostile_child.py", argument: str = "serve", answer_s: float = 5.0) -> Iterator[DecoderProcess]:
    """A running child, and its parent's side."""
    with closing(DecoderProcess("test", command(file, argument), answer_s=answer_s)) as decoder:
        yield decoder


@contextmanager
def ready_child() -> Iterator[DecoderProcess]:
    with child() as decoder:
        assert decoder.wait_until_ready(READY_S)
        yield decoder
