"""Loads modules without looking for garbage among them, which takes a tenth of the time and finds none."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def loading() -> Iterator[None]:
    """While modules are loaded. What they leave behind stays for the life of the process."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


def keep() -> None:
    """Never again look for garbage among what is loaded now: a search holds every thread up, and is short then."""
    gc.freeze()
