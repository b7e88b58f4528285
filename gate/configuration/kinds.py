"""The kinds of value that a configuration key takes: what is allowed, how it is read and how it is written.

Rules: ``allowed`` is the only wording of a range, used in the error, in the example file and in the documentation;
``read`` gives the value or raises ``Unfit``; ``write`` gives TOML that ``read`` reads back to an equal value.
"""

from __future__ import annotations

import difflib
import enum
import json
import os
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

AF_UNIX_LONGEST_BYTES = 107
"""``sun_path`` of Linux without its closing zero."""
_LONGEST_SHOWN = 60
_LARGEST_SHOWN = 10**18

_CREDENTIAL = "credential:"
_CREDENTIALS = "/run/credentials"
"""Where systemd puts them, in a folder for each unit; of use when a file is read by somebody else than its unit."""


class Unfit(Exception):  # noqa: N818  (a verdict on a value, turned into a Problem by the reader)
    """The value does not fit; the text goes on after the key's name."""


class Kind(Protocol):
    """One kind of value."""

    @property
    def allowed(self) -> str:
        """What fits, so that "must be ..." reads well."""

    def read(self, value: object, folder: Path) -> object:
        """The Python value of what TOML gave; relative paths start at ``folder``. Raises ``Unfit``."""

    def write(self, value: object) -> str:
        """The value as TOML."""


@dataclass(frozen=True, slots=True)
class Number:
    """A finite number within a range; whole numbers become ``int``, others ``float``. A truth value is no number."""

    low: float
    high: float
    unit: str = ""
    whole: bool = False

    @property
    def allowed(self) -> str:
        of_unit = f" of {self.unit}" if self.unit else ""
        return f"a {'whole ' if self.whole else ''}number{of_unit} from {self.low:g} to {self.high:.15g}"

    def read(self, value: object, folder: Path) -> int | float:  # noqa: ARG002  (only paths need the folder)
        if isinstance(value, bool) or not isinstance(value, int if self.whole else int | float):
            raise _must_be(self, value)
        if not self.low <= value <= self.high:  # nan is within no range
            raise _must_be(self, value)
        return value if self.whole else float(value)

    def write(self, value: object) -> str:
        return repr(value)


@dataclass(frozen=True, slots=True)
class Switch:
    """On or off."""

    allowed: str = "true or false"

    def read(self, value: object, folder: Path) -> bool:  # noqa: ARG002  (only paths need the folder)
        if not isinstance(value, bool):
            raise _must_be(self, value)
        return value

    def write(self, value: object) -> str:
        return "true" if value else "false"


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the values of an enumeration."""

    options: type[enum.StrEnum]

    @property
    def allowed(self) -> str:
        return " or ".join(_quoted(option.value) for option in self.options)

    def read(self, value: object, folder: Path) -> enum.StrEnum:  # noqa: ARG002  (only paths need the folder)
        chosen = {option.value: option for option in self.options}.get(value) if isinstance(value, str) else None
        if chosen is None:
            raise _must_be(self, value, _closest(value, self.options))
        return chosen

    def write(self, value: object) -> str:
        return _quoted(str(value))


@dataclass(frozen=True, slots=True)
class Text:
    """A line of text that can be seen: no control character, no space at either end."""

    allowed: str
    longest: int
    pattern: str = ".*"
    may_be_empty: bool = False
    reserved: frozenset[str] = frozenset()
    """Words that mean something else in this place."""

    def read(self, value: object, folder: Path) -> str:  # noqa: ARG002  (only paths need the folder)
        text = _visible(self, value, may_be_empty=self.may_be_empty)
        if text in self.reserved:
            raise Unfit(f"{_quoted(text)} is a word of the topics and cannot be a name")
        if text and (len(text) > self.longest or not re.fullmatch(self.pattern, text)):
            raise _must_be(self, value)
        return text

    def write(self, value: object) -> str:
        return _quoted(str(value))


@dataclass(frozen=True, slots=True)
class Texts:
    """A list of texts of one kind, without repetition."""

    each: Text
    fewest: int = 0
    most: int = 32

    @property
    def allowed(self) -> str:
        return f"a list of {self.fewest} to {self.most} texts, each {self.each.allowed}"

    def read(self, value: object, folder: Path) -> tuple[str, ...]:
        if not isinstance(value, list) or not self.fewest <= len(value) <= self.most:
            raise _must_be(self, value)
        texts = tuple(self.each.read(one, folder) for one in value)
        repeated = [text for text in texts if texts.count(text) > 1]
        if repeated:
            raise Unfit(f"holds {_quoted(repeated[0])} twice")
        return texts

    def write(self, value: object) -> str:
        return "[" + ", ".join(_quoted(str(one)) for one in _listed(value)) + "]"


@dataclass(frozen=True, slots=True)
class Notation:
    """A text, or a list of texts, in a notation of its own; ``check`` raises ``ValueError`` for what is not in it."""

    plain: Text | Texts
    allowed: str
    check: Callable[[Any], object]

    def read(self, value: object, folder: Path) -> str | tuple[str, ...]:
        text = self.plain.read(value, folder)
        try:
            self.check(text)
        except ValueError as error:
            raise Unfit(f"is not {self.allowed}: {error}") from None
        return text

    def write(self, value: object) -> str:
        return self.plain.write(value)


@dataclass(frozen=True, slots=True)
class FilePath:
    """A path, absolute once read; empty means none where ``optional``.

    A ``secret`` may also be ``credential:NAME``, which systemd has put where only the service can read it.
    """

    optional: bool = False
    secret: bool = False
    longest_bytes: int = 4095
    unit: str = "gate.service"

    @property
    def allowed(self) -> str:
        limit = f" of at most {self.longest_bytes} bytes" if self.longest_bytes < FilePath().longest_bytes else ""
        others = f"{', or credential:NAME' if self.secret else ''}{', or empty' if self.optional else ''}"
        return f"a path{limit}, absolute or from the folder of this file{others}"

    def read(self, value: object, folder: Path) -> Path | None:
        text = _visible(self, value, may_be_empty=self.optional)
        if not text:
            return None
        if text.startswith("~"):
            raise Unfit('must not start with "~", which only a shell understands')
        if self.secret and text.startswith(_CREDENTIAL):
            return _credential(self, text.removeprefix(_CREDENTIAL))
        path = folder.absolute() / text
        if not str(path).isprintable():
            raise Unfit("starts at the folder of this file, whose name holds a character that cannot be seen")
        if len(os.fsencode(path)) > self.longest_bytes:
            raise Unfit(f"must be {self.allowed}, is {len(os.fsencode(path))} bytes long")
        return path

    def write(self, value: object) -> str:
        return _quoted("" if value is None else str(value))


@dataclass(frozen=True, slots=True)
class FilePaths:
    """A list of paths, absolute once read, without repetition."""

    most: int = 64
    each: FilePath = FilePath()

    @property
    def allowed(self) -> str:
        return f"a list of at most {self.most} texts, each {self.each.allowed}"

    def read(self, value: object, folder: Path) -> tuple[Path, ...]:
        if not isinstance(value, list) or len(value) > self.most:
            raise _must_be(self, value)
        paths = [path for one in value if (path := self.each.read(one, folder)) is not None]
        repeated = [path for path in paths if paths.count(path) > 1]
        if repeated:
            raise Unfit(f"holds {_quoted(str(repeated[0]))} twice")
        return tuple(paths)

    def write(self, value: object) -> str:
        return "[" + ", ".join(_quoted(str(one)) for one in _listed(value)) + "]"


def _credential(kind: FilePath, name: str) -> Path:
    if not name or "/" in name or name in {".", ".."}:
        raise Unfit(f"must be {kind.allowed}, and NAME has no slash")
    return Path(os.environ.get("CREDENTIALS_DIRECTORY", f"{_CREDENTIALS}/{kind.unit}")) / name


def _listed(value: object) -> tuple[object, ...]:
    return value if isinstance(value, tuple) else ()


def _visible(kind: Kind, value: object, *, may_be_empty: bool) -> str:
    if not isinstance(value, str):
        raise _must_be(kind, value)
    if not value and not may_be_empty:
        raise Unfit(f"must be {kind.allowed}, is empty")
    if not value.isprintable() or value != value.strip():
        raise Unfit("holds a character that cannot be seen, or a space at an end")
    return value


def _must_be(kind: Kind, value: object, suggestion: str = "") -> Unfit:
    return Unfit(f"must be {kind.allowed}, is {_shown(value)}{suggestion}")


def _closest(value: object, known: Iterable[str]) -> str:
    by_folded = {str(name).casefold(): str(name) for name in known}
    near = difflib.get_close_matches(str(value).casefold(), by_folded, n=1) if isinstance(value, str) else []
    return f" (did you mean {_quoted(by_folded[near[0]])}?)" if near else ""


def _shown(value: object) -> str:
    """The value as the person wrote it, nearly; long ones are cut."""
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return _quoted(value if len(value) <= _LONGEST_SHOWN else value[:_LONGEST_SHOWN] + "…")
        case int() | float():
            return f"{value}" if not abs(value) > _LARGEST_SHOWN else "far too large"
        case dict():
            return "a table"
        case list():
            return "a list"
        case _:
            return "a date or time"


def _quoted(text: str) -> str:
    """TOML's basic string; JSON's escapes are among those that TOML knows."""
    return json.dumps(text, ensure_ascii=False)
