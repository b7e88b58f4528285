"""The memory of the frame: seen as it was put there, and sealed against whoever gets its descriptor."""

from __future__ import annotations

import mmap
import os
from collections.abc import Iterator
from contextlib import closing

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.adapters.decoder_process.frame_memory import FrameMemory, SeenMemory
from tests import pictures


@pytest.fixture
def memory() -> Iterator[FrameMemory]:
    with closing(FrameMemory(720 * 1280)) as made:
        yield made


@given(st.integers(1, 90), st.integers(1, 90), st.integers(1, 3), st.booleans())
def test_a_frame_is_seen_as_it_was_put(height: int, width: int, step: int, flipped: bool) -> None:  # noqa: FBT001  (an example)
    picture = pictures.noise(height * step, width * step, "frame")[::step, ::step]
    picture = picture[::-1] if flipped else picture
    with closing(FrameMemory(picture.size)) as memory:
        memory.put(picture)
        with closing(SeenMemory(os.dup(memory.descriptor), memory.size)) as seen:
            frame = seen.frame(*picture.shape)
            assert np.array_equal(frame, picture)


def test_the_next_frame_is_seen_without_mapping_again(memory: FrameMemory) -> None:
    with closing(SeenMemory(os.dup(memory.descriptor), memory.size)) as seen:
        for name in ("one", "two"):
            picture = pictures.noise(48, 64, name)
            memory.put(picture)
            assert np.array_equal(seen.frame(48, 64), picture)


def test_a_frame_beyond_its_end_is_not_seen(memory: FrameMemory) -> None:
    with closing(SeenMemory(os.dup(memory.descriptor), memory.size)) as seen, pytest.raises(ValueError, match="larger"):
        seen.frame(memory.size, 2)


def test_whoever_has_the_descriptor_cannot_resize_it(memory: FrameMemory) -> None:
    """A parent whose mapping is cut short would die of SIGBUS at the next frame."""
    for size in (0, memory.size - 1, memory.size + 1):
        with pytest.raises(PermissionError):
            os.ftruncate(memory.descriptor, size)


def test_whoever_has_the_descriptor_cannot_write_it(memory: FrameMemory) -> None:
    with pytest.raises(PermissionError):
        os.pwrite(memory.descriptor, b"x", 0)
    with pytest.raises(PermissionError):
        mmap.mmap(memory.descriptor, memory.size)


def test_it_has_no_name_in_any_file_system(memory: FrameMemory) -> None:
    assert os.fstat(memory.descriptor).st_nlink == 0
    assert os.readlink(f"/proc/self/fd/{memory.descriptor}") == "/memfd:gate-frame (deleted)"  # noqa: PTH115  (as above)


def test_it_is_not_inherited(memory: FrameMemory) -> None:
    assert not os.get_inheritable(memory.descriptor)


def test_what_cannot_be_mapped_is_out_of_memory(memory: FrameMemory) -> None:
    with pytest.raises(MemoryError):
        SeenMemory(os.dup(memory.descriptor), 1 << 60)
