"""A small coverage-guided fuzzer in plain Python, for machines for which atheris has no wheel.

An input that reaches a line of the verifier which none before it has reached is kept, and changed further.
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from types import CodeType, FrameType
from typing import Any

PACKAGE = "/gate/credential/"
MOST = 6000
BYTES = ("00", "ff", "7f", "80", "9f", "bf", "f97e00", "fb7ff8", "c241", "d284", "a16176", "390103")
TEXTS = r'HC1: GP1: shc:/ shc:/1/2/ " \ud800 [[[[ ]] { } NaN 1e999 "iss": "nbf": "exp": "vc": "entry":[ "resourceType":'
WORDS = (*map(bytes.fromhex, BYTES), *(word.encode() for word in TEXTS.split()), b"9" * 40)
"""What is put into inputs: marks of the formats, and values that are often mishandled."""


@dataclass(slots=True)
class Run:
    """What a fuzzing came to."""

    tried: int = 0
    kept: list[bytes] = field(default_factory=list)
    lines: set[tuple[str, int]] = field(default_factory=set)


def fuzz(target: Callable[[bytes], None], seeds: Iterable[bytes], seconds: float, seed: int) -> Run:
    """Try inputs for so long; what the target raises comes out, with the input in a note."""
    run, chance, end = Run(), random.Random(seed), time.monotonic() + seconds  # noqa: S311  (inputs, not secrets)
    for data in seeds:
        _tried(run, target, data, keep=True)
    while time.monotonic() < end:
        _tried(run, target, _changed(chance, run.kept), keep=False)
    return run


def _tried(run: Run, target: Callable[[bytes], None], data: bytes, *, keep: bool) -> None:
    reached: set[tuple[str, int]] = set()
    try:
        _traced(target, data, reached)
    except BaseException as error:
        error.add_note(f"the input: {data.hex()}")
        raise
    run.tried += 1
    if keep or not reached <= run.lines:
        run.kept.append(data)
        run.lines |= reached


def _traced(target: Callable[[bytes], None], data: bytes, reached: set[tuple[str, int]]) -> None:
    def local(frame: FrameType, event: str, _argument: Any) -> Any:
        if event == "line":
            reached.add((frame.f_code.co_filename, frame.f_lineno))
        return local

    def called(frame: FrameType, _event: str, _argument: Any) -> Any:
        return local if _is_ours(frame.f_code) else None

    before = sys.gettrace()
    sys.settrace(called)
    try:
        target(data)
    finally:
        sys.settrace(before)


def _is_ours(code: CodeType) -> bool:
    return PACKAGE in code.co_filename


def _changed(chance: random.Random, kept: list[bytes]) -> bytes:
    """One of the inputs, or two of them, with some changes."""
    data = bytearray(chance.choice(kept))
    for _ in range(chance.choice((1, 1, 2, 4))):
        place = chance.randrange(len(data) + 1)
        match chance.randrange(5):
            case 0:
                data[place:place] = chance.choice(WORDS)
            case 1:
                del data[place : place + chance.choice((1, 2, 8, 64))]
            case 2 if data:
                data[place % len(data)] ^= 1 << chance.randrange(8)
            case 3:
                other = chance.choice(kept)
                start = chance.randrange(len(other) + 1)
                data[place : place + chance.randrange(32)] = other[start : start + chance.randrange(64)]
            case _:
                data[place:place] = data[place : place + chance.randrange(16)] * chance.choice((1, 2, 50))
    return bytes(data[:MOST])
