"""The texts that this program logs, as they stand in its source: a log line counts only as far as it is one of them."""

from __future__ import annotations

import ast
import builtins
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import gate
from gate.access.alarm import AlarmKind
from gate.access.devices import Device
from gate.access.inputs import InputLine
from gate.ports import LinkFault

LOGS = frozenset({"debug", "info", "warning", "error", "exception", "critical"})
_PLACE = re.compile(r"%(?:[-+ #0]*\d*(?:\.\d+)?[sdrfg]|%)")
_NUMBER = re.compile(r"-?\d{1,6}(?:\.\d{1,3})?")
_ERRNO = re.compile(r"\[Errno (\d{1,3})\]")
_LEAST_WORDS = 3
"""A text with fewer letters in a row says nothing by itself, and would fit anything."""
OWN_WORDS = frozenset(
    {
        *(word.value for words in (AlarmKind, Device, InputLine, LinkFault) for word in words),
        *("zxing", "zbar", "camera", "reader", "recorder", "controller"),
        *(os.strerror(number) for number in range(1, 134)),
    }
)
LEFT_OUT = "…"
_OF_GATE = ("AdapterError", "ConfigErrors", "DecoderDied", "DiskError", "StartError", "TrustError", "TlsError")
ERRORS = frozenset((*_OF_GATE, *(name for name, one in vars(builtins).items() if isinstance(one, type))))
"""The kinds of errors that may be named."""


@dataclass(frozen=True, slots=True)
class Text:
    """One of them: ``form`` finds it, ``plain`` is what stands between its arguments."""

    form: re.Pattern[str]
    plain: tuple[str, ...]

    def redacted(self, message: str) -> str | None:
        """The message with harmless arguments alone; None where it is another text."""
        found = self.form.fullmatch(message)
        if found is None:
            return None
        told = [harmless(argument) for argument in found.groups()]
        return "".join(part for pair in zip(self.plain, [*told, ""], strict=True) for part in pair)


def harmless(argument: str) -> str:
    """A number or a word of ours as it is; of an error its number; of all else nothing."""
    if argument in OWN_WORDS or _NUMBER.fullmatch(argument):
        return argument
    errno = _ERRNO.search(argument)
    return f"{LEFT_OUT} ({os.strerror(int(errno[1]))})" if errno else LEFT_OUT


@dataclass(frozen=True, slots=True)
class Own:
    """What this program's source knows: its files, such as gate/cli/main.py, and the texts that they log."""

    files: frozenset[str]
    texts: tuple[Text, ...]

    def is_module(self, name: str) -> bool:
        """Whether there is a module of this name."""
        path = name.replace(".", "/")
        return f"{path}.py" in self.files or f"{path}/__init__.py" in self.files


@cache
def own() -> Own:
    """Read the source, once; the texts are tried from the longest on."""
    folder = Path(gate.__file__).parent
    sources = {path.relative_to(folder.parent).as_posix(): path.read_text("utf-8") for path in folder.rglob("*.py")}
    formats = {text for source in sources.values() if "log" in source for text in _formats(source)}
    says = sorted(filter(_says_something, formats), key=lambda text: (-len(text), text))
    return Own(frozenset(sources), tuple(_text(one) for one in says))


def _formats(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id="log" | "_log" | "logger"), attr=level),
                args=[ast.Constant(value=str(text)), *_],
            ) if level in LOGS:
                yield text


def _says_something(text: str) -> bool:
    return any(len(word) >= _LEAST_WORDS for part in _PLACE.split(text) for word in re.findall("[a-z]+", part))


def _text(text: str) -> Text:
    plain = tuple(part.replace("%%", "%") for part in _PLACE.split(text))
    return Text(re.compile("(.*?)".join(re.escape(part) for part in plain), re.DOTALL), plain)
