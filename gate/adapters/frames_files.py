"""Frames from picture files behind ``FrameSource``: a list shown in order, or a stage that others set.

Pillow is imported when the first picture is read, so a gate with a camera does without it.
Both sources wait on a condition, never sleep, and may be closed from another thread, which ends a wait at once.
"""

from __future__ import annotations

import re
import struct
import threading
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from gate.decoding import AdapterError, Luma
from gate.frames import Frame

_NS = 1_000_000_000
PICTURE_ENDINGS = frozenset({".png", ".jpg", ".jpeg", ".webp", ".bmp", ".pgm", ".ppm"})
_FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "PPM")
_MAX_PIXELS = 64_000_000
_EMPTY_SIZE = (720, 1280)
_EMPTY_GREY = 96
_UNREADABLE = (OSError, SyntaxError, ValueError, TypeError, KeyError, IndexError, EOFError, OverflowError, struct.error)
"""What Pillow raises for a damaged file, depending on where the damage is."""


def read_picture(path: Path) -> Luma:
    """The picture upright and in grey; what is transparent counts as white. Raises ``AdapterError``."""
    image_module, upright = _pillow()
    too_large = (image_module.DecompressionBombError, image_module.DecompressionBombWarning)
    try:
        with image_module.open(path, formats=_FORMATS) as image:
            if image.width * image.height > _MAX_PIXELS:
                raise _too_large(path)
            return _grey(image_module, upright(image))
    except FileNotFoundError as error:
        raise AdapterError(f"There is no picture {path}. Check the name.") from error
    except too_large as error:
        raise _too_large(path) from error
    except _UNREADABLE as error:
        raise AdapterError(
            f"{path} cannot be read as a picture ({error}). "
            "Give a PNG, JPEG, WebP, BMP or PGM file that an image viewer shows.",
        ) from error


class PictureFrames:
    """Shows each picture for ``picture_s`` at ``fps``, in natural order of names; then nothing, or all again.

    A slow reader slows the show down: every picture is given at least once.
    """

    def __init__(self, source: Path | Iterable[Path], *, fps: float, picture_s: float, repeat: bool) -> None:
        self._paths = _listed(source)
        self._picture_ns = int(picture_s * _NS)
        self._repeat = repeat
        self._pace = _Pace(fps)
        self._index = -1
        self._shown_until_ns = 0
        self._picture: _Picture | None = None

    def next(self, timeout_s: float) -> Frame | None:
        ended = self._ended()
        captured_ns = self._pace.wait(timeout_s, nothing_due=ended)
        if captured_ns is None:
            return None
        if self._picture is None or captured_ns >= self._shown_until_ns:
            self._picture = self._turn()
            self._shown_until_ns = captured_ns + self._picture_ns
        return None if self._picture is None else self._picture.frame(captured_ns)

    def close(self) -> None:
        self._pace.close()

    def _ended(self) -> bool:
        return not self._repeat and self._index >= len(self._paths)

    def _turn(self) -> _Picture | None:
        """The next picture; none when all were shown."""
        self._index += 1
        if self._repeat:
            self._index %= len(self._paths)
        return (
            None if self._ended() else _Picture(read_picture(self._paths[self._index]), self._paths[self._index].name)
        )


class StageFrames:
    """Gives whatever picture stands on stage at ``fps``; an empty stage is an even grey picture named ``empty``."""

    def __init__(self, *, fps: float) -> None:
        self._pace = _Pace(fps)
        self._empty = _Picture(np.full(_EMPTY_SIZE, _EMPTY_GREY, np.uint8), "empty")
        self._picture = self._empty

    def show(self, path: Path | None) -> None:
        """Put a picture on stage, or clear it. From any thread; what is wrong with the file is raised here."""
        self._picture = self._empty if path is None else _Picture(read_picture(path), path.name)

    def next(self, timeout_s: float) -> Frame | None:
        captured_ns = self._pace.wait(timeout_s)
        return None if captured_ns is None else self._picture.frame(captured_ns)

    def close(self) -> None:
        self._pace.close()


class _Picture:
    """A picture in both sizes, made once however often it is shown."""

    def __init__(self, main: Luma, name: str) -> None:
        self._main = main
        self._lores = _half(main)
        self._name = name

    def frame(self, captured_ns: int) -> Frame:
        return Frame(self._main, self._lores, captured_ns, self._name)


class _Pace:
    """Says when the next frame is due. ``wait`` is for one thread, ``close`` for any."""

    def __init__(self, fps: float) -> None:
        self._period_ns = int(_NS / fps)
        self._due_ns = time.monotonic_ns()
        self._last_ns = 0
        self._closed = False
        self._changed = threading.Condition()

    def wait(self, timeout_s: float, *, nothing_due: bool = False) -> int | None:
        """The capture time of the frame that is due; None when none is within the time, or after ``close``."""
        with self._changed:
            due_in_s = (self._due_ns - time.monotonic_ns()) / _NS
            late = nothing_due or due_in_s > timeout_s
            if self._changed.wait_for(lambda: self._closed, timeout_s if late else due_in_s) or late:
                return None
            self._last_ns = max(time.monotonic_ns(), self._last_ns + 1)
            self._due_ns = max(self._due_ns + self._period_ns, self._last_ns)
            return self._last_ns

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify_all()


def _listed(source: Path | Iterable[Path]) -> Sequence[Path]:
    if not isinstance(source, Path):
        paths = tuple(source)
        missing = [path for path in paths if not path.is_file()]
        if missing or not paths:
            raise AdapterError(
                f"There is no picture {missing[0]}. Check the name." if missing else "No picture was given."
            )
        return paths
    if not source.is_dir():
        raise AdapterError(f"There is no folder {source}. Give a folder with PNG, JPEG, WebP, BMP or PGM pictures.")
    paths = tuple(sorted((path for path in source.iterdir() if _is_picture(path)), key=_natural))
    if not paths:
        raise AdapterError(
            f"The folder {source} holds no picture. Put files that end in .png, .jpg, .jpeg or .webp into it."
        )
    return paths


def _is_picture(path: Path) -> bool:
    return path.suffix.lower() in PICTURE_ENDINGS and not path.name.startswith(".") and path.is_file()


def _natural(path: Path) -> tuple[tuple[int, int, str], ...]:
    """Sorts ``visitor2`` before ``visitor10``."""
    pieces = re.findall(r"[0-9]+|[^0-9]+", path.name.casefold())
    return tuple((0, int(piece), "") if piece.isdecimal() else (1, 0, piece) for piece in pieces)


def _pillow() -> tuple[Any, Any]:
    try:
        from PIL import Image, ImageOps  # noqa: PLC0415  (see the module's docstring)
    except ImportError as error:
        raise AdapterError(
            "Reading pictures needs Pillow, which is missing. Run ./install.sh demo, or: pip install 'gate[demo]'",
        ) from error
    return Image, ImageOps.exif_transpose


def _too_large(path: Path) -> AdapterError:
    return AdapterError(f"The picture {path} has more than {_MAX_PIXELS // 1_000_000} million pixels. Make it smaller.")


def _grey(image_module: Any, image: Any) -> Luma:
    if image.mode.startswith(("I", "F")):
        return _from_deep(np.asarray(image))
    if image.has_transparency_data:
        white = image_module.new("RGBA", image.size, "white")
        image = image_module.alpha_composite(white, image.convert("RGBA"))
    return np.array(image.convert("L"), dtype=np.uint8, order="C")


def _from_deep(values: Any) -> Luma:
    """Sixteen bits to eight; Pillow would cut off what is above 255."""
    return np.ascontiguousarray(np.clip(values.astype(np.int64) >> 8, 0, 255).astype(np.uint8))


def _half(luma: Luma) -> Luma:
    """Half the width and height, each pixel the mean of four; an odd last row or column is left out."""
    height, width = (side // 2 * 2 for side in luma.shape)
    wide = luma[:height, :width].astype(np.uint16)
    rows = wide[0::2] + wide[1::2]
    return np.ascontiguousarray(((rows[:, 0::2] + rows[:, 1::2]) // 4).astype(np.uint8))
