"""Small choices by a seeded generator."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from numpy.random import Generator

Item = TypeVar("Item")


def one_of(rng: Generator, items: Sequence[Item]) -> Item:
    """Any of them, each as likely as another."""
    return items[int(rng.integers(len(items)))]


def happens(rng: Generator, share: float = 0.5) -> bool:
    """True in this share of cases."""
    return bool(rng.random() < share)
