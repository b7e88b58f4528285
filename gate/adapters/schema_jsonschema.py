"""Holds what was received to the published schemas, with the jsonschema library (extra ``central``)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match


class SchemaChecker:
    """Checks against schemas that refer to one another by their ``$id``. Pure once made; any thread."""

    def __init__(self, schemas: Mapping[str, dict[str, Any]]) -> None:
        together = {"$defs": dict(schemas)}
        self._validators = {id_: Draft202012Validator({"$ref": id_, **together}) for id_ in schemas}

    def problem(self, id_: str, message: Any) -> str | None:
        """Where and how the message breaks the schema; None when it does not. The text may quote the message."""
        error = best_match(self._validators[id_].iter_errors(message))
        return None if error is None else f"{error.json_path}: {error.message}"
