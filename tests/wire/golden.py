"""The golden files: how the messages of v1 were when their type was new. Run as a module, it writes those that miss."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from tests.wire.messages import FEEDS, TOLD

FOLDER = Path(__file__).parent / "golden_v1"
SUFFIX = ".message"


@dataclass(frozen=True, slots=True)
class Golden:
    """A message of an earlier day."""

    topic: str
    payload: bytes


def names() -> list[str]:
    """What there is."""
    return sorted(path.name.removesuffix(SUFFIX) for path in FOLDER.glob(f"*{SUFFIX}"))


def read(name: str) -> Golden:
    topic, _, payload = (FOLDER / f"{name}{SUFFIX}").read_bytes().partition(b"\n")
    return Golden(topic.decode(), payload.removesuffix(b"\n"))


def write_missing() -> list[str]:
    """A file for each type that has none; their names."""
    missing = [name for name in FEEDS | TOLD if name not in names()]
    for name in missing:
        message = (FEEDS | TOLD)[name]
        (FOLDER / f"{name}{SUFFIX}").write_bytes(message.topic.encode() + b"\n" + message.payload + b"\n")
    return missing


if __name__ == "__main__":
    sys.stdout.write("".join(f"{name}\n" for name in write_missing()))
