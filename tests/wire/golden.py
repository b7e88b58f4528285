"""The golden files, which show how messages were when their type was new, and what is published of the contract.

Run as a module, it writes the golden files that miss, and makes the examples, the AsyncAPI document and the page anew.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gate.cli.contract import text
from gate.ports import Message
from gate.wire import contract
from tests.wire.messages import FEEDS, INSIDE, TOLD

FOLDER = Path(__file__).parent / "golden_v1"
ROOT = Path(__file__).parents[2]
SCHEMAS, DOCS = ROOT / "gate/wire/schemas", ROOT / "docs"
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


def examples() -> dict[str, Any]:
    """One message for each schema that a channel holds, as the page and the AsyncAPI document show it."""
    found = {_schema_of(name): json.loads(message.payload) for name, message in _told().items()}
    return dict(sorted((found | INSIDE).items()))


def _told() -> dict[str, Message]:
    """Nothing that is signed; the first event of those that share a schema."""
    plain = {name: one for name, one in TOLD.items() if one.content_type.endswith("json")}
    return dict(reversed(FEEDS.items())) | plain


def _schema_of(name: str) -> str:
    if name in FEEDS:
        return str(json.loads(FEEDS[name].payload)["dataschema"]).removeprefix("urn:gate:v1:")
    channel = contract.channel_of(TOLD[name].topic)
    assert channel is not None
    return channel.schemas[0]


PUBLISHED: dict[Path, Callable[[], str]] = {
    SCHEMAS / "examples.json": lambda: json.dumps(examples(), indent=2, ensure_ascii=False) + "\n",
    SCHEMAS / "asyncapi.json": lambda: text("asyncapi"),
    DOCS / "contract.html": lambda: text("html"),
}
"""What is made from the table, the schemas and the messages, in this order."""


def write_published() -> None:
    for path, make in PUBLISHED.items():
        path.write_text(make(), "utf-8")


if __name__ == "__main__":
    sys.stdout.write("".join(f"{name}\n" for name in write_missing()))
    write_published()
