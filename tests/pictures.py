"""Makes the flat pictures of codes that decoder and frame tests look at: no camera, no noise, known content."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import av
import numpy as np
import segno
from PIL import Image

from gate.ports import Luma


def qr(content: str | bytes, **options: Any) -> Luma:
    """A full-size QR code (never a Micro QR), five pixels a module unless ``scale`` says otherwise."""
    scale = options.pop("scale", 5)
    return drawn(segno.make(content, **{"micro": False, **options}), scale=scale)


def parts(text: str, count: int) -> list[Luma]:
    """The codes of a Structured Append sequence."""
    return [drawn(code) for code in segno.make_sequence(text, symbol_count=count)]


def drawn(code: Any, *, scale: int = 5, border: int = 4) -> Luma:
    rows = [bytes(row) for row in code.matrix_iter(scale=scale, border=border)]
    dark = np.array([np.frombuffer(row, np.uint8) for row in rows]) > 0
    return np.where(dark, 0, 255).astype(np.uint8)


def beside(*codes: Luma, wall: int = 200) -> Luma:
    """The pictures in a row on a grey wall."""
    gap = 40
    height = max(code.shape[0] for code in codes) + 2 * gap
    canvas = np.full((height, sum(code.shape[1] + gap for code in codes) + gap), wall, np.uint8)
    left = gap
    for code in codes:
        canvas[gap : gap + code.shape[0], left : left + code.shape[1]] = code
        left += code.shape[1] + gap
    return canvas


def turned(luma: Luma, degrees: float, wall: int = 200) -> Luma:
    image = Image.fromarray(luma).rotate(degrees, Image.Resampling.BICUBIC, expand=True, fillcolor=wall)
    return np.array(image, dtype=np.uint8)


def noise(height: int, width: int, name: str) -> Luma:
    rng = np.random.default_rng(zlib.crc32(name.encode()))
    return rng.integers(0, 256, (height, width), dtype=np.uint8)


def saved(luma: Luma, path: Path) -> Path:
    Image.fromarray(luma).save(path)
    return path


def filmed(frames: Sequence[Luma], path: Path, fps: int = 25) -> Path:
    """The frames as a video without loss."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("ffv1", rate=fps)
        stream.height, stream.width = frames[0].shape
        stream.pix_fmt = "gray"
        for luma in frames:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(luma, format="gray")))
        container.mux(stream.encode())
    return path


def silence(path: Path) -> Path:
    """A film without a picture."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("pcm_s16le", rate=8000, layout="mono")
        sound = av.AudioFrame.from_ndarray(np.zeros((1, 800), np.int16), format="s16", layout="mono")
        sound.rate = 8000
        container.mux(stream.encode(sound))
        container.mux(stream.encode())
    return path
