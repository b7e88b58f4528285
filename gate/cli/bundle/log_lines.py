"""The service's log of the last days, reduced to what this program and the service manager say themselves."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from gate.cli.bundle.log_texts import ERRORS, Own, own

LINES = 5000
WAIT_S = 30
COMMAND = ("journalctl", "--unit=gate", f"--lines={LINES}", "--output=json", "--no-pager", "--quiet")
LONGEST = 4000
"""Characters of a line that are looked at."""
_LINE = re.compile(r"(DEBUG|INFO|WARNING|ERROR|CRITICAL) (gate(?:\.[a-z0-9_]+)*): (.*)")
_FRAME = re.compile(r'  File "[^"]*/(gate/[a-z0-9_/]+\.py)", line (\d{1,5}), in .*')
_ERROR = re.compile(r"((?:[a-z_0-9]+\.)*[A-Z][A-Za-z]*)(?:: .*)?")
_MANAGER = (
    re.compile(r"(Starting|Started|Stopping|Stopped|Reloading) gate\.service\b.*"),
    re.compile(
        r"gate\.service: (Watchdog timeout|Scheduled restart job|Deactivated successfully|Failed with result)\b.*"
    ),
    re.compile(r"gate\.service: (Main process exited, code=(?:exited|killed|dumped), status=\d+(?:/[A-Z]+)?)\b.*"),
    re.compile(r"gate\.service: (Consumed [0-9hmins. ]+ CPU time)\b.*"),
)


@dataclass(frozen=True, slots=True)
class Logged:
    """One line of the system's log, as it is kept there."""

    at: datetime
    by_manager: bool
    text: str


def system_log() -> list[Logged]:
    """The newest lines of the service; none where there is no such log, or it may not be read."""
    try:
        told = subprocess.run(COMMAND, capture_output=True, timeout=WAIT_S, check=False)  # noqa: S603  (of constants)
    except (OSError, subprocess.TimeoutExpired):
        return []
    return [one for line in told.stdout.splitlines() if (one := _logged(line)) is not None]


def part(lines: Iterable[Logged]) -> str:
    """The time and what may be told, a line each; lines that may not be told are counted."""
    known, told, left_out = own(), list[str](), 0
    for one in lines:
        said = list(_manager(one.text) if one.by_manager else _said(one.text[:LONGEST], known))
        told += [f"{one.at:%Y-%m-%dT%H:%M:%SZ} {line}" for line in said]
        left_out += not said
    return "\n".join([*told, f"({left_out} lines of other texts are left out)", ""])


def _said(text: str, known: Own) -> Iterator[str]:
    """A line of ours, which may have a trace below it; or a piece of a trace."""
    first, _, rest = text.partition("\n")
    line = _LINE.fullmatch(first)
    if line is None:
        yield from _trace(text, known)
        return
    level, where, message = line.groups()
    redacted = next((told for one in known.texts if (told := one.redacted(message)) is not None), None)
    if redacted is not None:
        yield f"{level} {where if known.is_module(where) else 'gate'}: {redacted}"
        yield from _trace(rest, known)


def _trace(text: str, known: Own) -> Iterator[str]:
    """The places in this program's own files, and the kinds of errors, never their words."""
    for line in text.splitlines():
        if frame := _FRAME.fullmatch(line):
            yield f"  {frame[1]}:{frame[2]}" if frame[1] in known.files else "  elsewhere"
        elif (error := _ERROR.fullmatch(line)) and (kind := error[1].rpartition(".")[2]) in ERRORS:
            yield f"  {kind}"


def _manager(text: str) -> Iterator[str]:
    """What the service manager says of the service."""
    found = (form.fullmatch(text) for form in _MANAGER)
    yield from (f"systemd: {one[1]}" for one in found if one)


def _logged(line: bytes) -> Logged | None:
    try:
        found = json.loads(line)
        at = datetime.fromtimestamp(int(found["__REALTIME_TIMESTAMP"]) / 1e6, UTC)
        return Logged(at, found.get("SYSLOG_IDENTIFIER") == "systemd", str(found["MESSAGE"]))
    except (ValueError, KeyError, TypeError, OverflowError, OSError):
        return None
