"""The shipped rule packs, as data: one JSON file each, and the schema that describes them."""

from __future__ import annotations

import functools
import json
from importlib import resources
from typing import Any

from gate.policy.judging import RuleSet
from gate.policy.pack import Pack, parse

VISITOR_PASS = "visitor-pass"  # noqa: S105  (the pack's id, not a secret)
SHIPPED = (VISITOR_PASS, "pl-2021-09", "pl-2022-02", "pl-2022-07")
"""The ids; each is also the name of its file."""


@functools.cache
def shipped(id_: str) -> Pack:
    """The shipped pack with this id; ``KeyError`` without one."""
    if id_ not in SHIPPED:
        raise KeyError(id_)
    return parse(document(id_))


def usual() -> RuleSet:
    """The rules of a site that names none: gate passes alone."""
    return RuleSet((shipped(VISITOR_PASS),))


def document(name: str) -> dict[str, Any]:
    """The JSON of a shipped pack, or of ``schema``."""
    text = resources.files(__package__).joinpath(f"{name}.json").read_text("utf-8")
    content: dict[str, Any] = json.loads(text)
    return content
