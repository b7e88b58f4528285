"""``gate reader bench --expect``: a folder of pictures, what is in each, and how much of it is read at which cost."""

from __future__ import annotations

import codecs
import json
import statistics
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gate.cli.arguments import CommandError
from gate.cli.files import explained
from gate.cli.inert import inert, say
from gate.ports import AdapterError, Luma
from gate.service.vision.ladder import Ladder
from gate.service.vision.look import whole_codes
from gate.service.vision.pixels import Pixels
from gate.service.vision.still import looks

MS = 1e6
CHARACTER_SETS = ("utf-8", "shift_jis", "gb18030", "big5", "euc_kr", "latin-1")
"""In which the bytes of a code may be the expected text."""


@dataclass(frozen=True, slots=True)
class Expected:
    """One line of the file: a picture, the texts that are in it, and the group it is counted in."""

    file: str
    texts: frozenset[str]
    group: str


@dataclass(frozen=True, slots=True)
class Measured:
    """What became of one picture."""

    expected: Expected
    decoded: bool = False
    wrong: bool = False
    cpu_ms: float | None = None
    """None for a picture that cannot be opened."""
    worst_attempt_ms: float = 0.0


def bench(folder: Path, expect: Path, ladder: Ladder, read: Callable[[Path], Luma], *, as_json: bool) -> int:
    """Measure all pictures that the file names; print the sums. 1 when something was read that is not there."""
    if not folder.is_dir():
        raise CommandError(
            f"--source is no folder: --expect tells what is in the pictures of one, and {folder} is none."
        )
    expected = _expectations(expect)
    if not any((folder / one.file).exists() for one in expected):
        raise CommandError(f"{expect} names no picture that is in {folder}.")
    measured = [_shown(folder, one, ladder, read) for one in expected]
    result = summary(measured)
    if as_json:
        say(json.dumps(result))
    else:
        for line in _lines(result, max(one.worst_attempt_ms for one in measured)):
            say(line)
    return 1 if result["wrong"] else 0


def _shown(folder: Path, expected: Expected, ladder: Ladder, read: Callable[[Path], Luma]) -> Measured:
    """A picture that cannot be opened counts as not decoded, because nobody who held it up would be let in."""
    try:
        luma = read(folder / expected.file)
    except AdapterError as error:
        print(f"gate reader bench: warning: not decoded: {inert(str(error))}", file=sys.stderr)
        return Measured(expected)
    return _measured(expected, luma, ladder)


def same_text(data: bytes, text: str) -> bool:
    """Whether the bytes are the text; line ends and white space at the end do not count."""
    return any(_plain(decoded) == _plain(text) for decoded in _decoded(data))


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n").rstrip()


def _decoded(data: bytes) -> Iterator[str]:
    for name in CHARACTER_SETS:
        try:
            yield data.decode(name)
        except UnicodeDecodeError:
            continue


def _expectations(path: Path) -> list[Expected]:
    with explained("read", path):
        lines = path.read_bytes().removeprefix(codecs.BOM_UTF8).splitlines()
    return [_expected(line, f"{path}, line {number}") for number, line in enumerate(lines, 1) if line.strip()]


def _expected(line: bytes, where: str) -> Expected:
    try:
        row = json.loads(line.decode("utf-8"))
        return Expected(str(row["file"]), _texts(row), str(row.get("group") or "all"))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise CommandError(
            f'{where} is not understood. Write {{"file": name, "text": text or null, "group": name}}.'
        ) from error


def _texts(row: Any) -> frozenset[str]:
    """What the picture holds; an empty text is none. Raises ``KeyError`` or ``TypeError``."""
    texts = [row["text"]] if row.get("texts") is None else row["texts"]
    if not isinstance(texts, list) or any(isinstance(one, list | dict) for one in texts):
        raise TypeError("several texts are a list of strings")
    return frozenset(str(one) for one in texts if one is not None and one != "")


def _measured(expected: Expected, luma: Luma, ladder: Ladder) -> Measured:
    lores = Pixels().half(luma)
    began_ns = time.process_time_ns()
    seen = list(looks(ladder, luma, lores))
    cpu_ms = (time.process_time_ns() - began_ns) / MS
    read = [symbol.data for symbol in whole_codes(seen[-1].symbols)]
    return Measured(
        expected,
        decoded=any(same_text(data, text) for data in read for text in expected.texts),
        wrong=any(not any(same_text(data, text) for text in expected.texts) for data in read),
        cpu_ms=cpu_ms,
        worst_attempt_ms=max(attempt.took_ns for look in seen for attempt in look.attempts) / MS,
    )


def summary(measured: Sequence[Measured]) -> dict[str, Any]:
    """The sums, and those of each group. Medians are of pictures with a code, where any of them could be opened."""
    groups = sorted({one.expected.group for one in measured})
    return {
        "frames": len(measured),
        **_sums(measured),
        "cpu_ms_worst": round(max(_costs(measured) or [0.0]), 3),
        "groups": {name: _sums([one for one in measured if one.expected.group == name]) for name in groups},
    }


def _sums(measured: Sequence[Measured]) -> dict[str, Any]:
    with_code = [one for one in measured if one.expected.texts]
    return {
        "with_code": len(with_code),
        "decoded": sum(one.decoded for one in measured),
        "wrong": sum(one.wrong for one in measured),
        "cpu_ms_median": round(statistics.median(_costs(with_code) or _costs(measured) or [0.0]), 3),
    }


def _costs(measured: Iterable[Measured]) -> list[float]:
    return [one.cpu_ms for one in measured if one.cpu_ms is not None]


def _lines(result: dict[str, Any], attempt_ms: float) -> Iterator[str]:
    yield f"{'group':24} {'decoded':>12} {'rate':>6} {'wrong':>5} {'CPU ms':>8}"
    for name, row in [*result["groups"].items(), ("all", result)]:
        counts = f"{row['decoded']}/{row['with_code']}"
        rate = f"{row['decoded'] / row['with_code']:.1%}" if row["with_code"] else "-"
        yield f"{inert(name, 24):24} {counts:>12} {rate:>6} {row['wrong']:>5} {row['cpu_ms_median']:>8.2f}"
    yield f"costliest picture {result['cpu_ms_worst']:.1f} ms, costliest attempt {attempt_ms:.1f} ms"
