"""The parts together, as one file of bounded size that says what is in it."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gate import __version__
from gate.cli.bundle import health, log_lines, records, settings, standing, versions
from gate.cli.bundle.log_lines import Logged
from gate.cli.checks.unit import Unit
from gate.credential.proof import moment

CONTENTS = "contents.txt"
FOLDER = "gate-support"
MOST_BYTES = 256 * 1024
"""Of one part."""
CUT = b"(the beginning is cut off)\n"
_HEAD = """\
A support bundle of gate {version}, made at {at}.
It was written to this machine and sent nowhere. Read it before you send it to anybody.
No pictures, codes, names, records of visits, pseudonyms, keys or passwords are in it; nor are names of people, hosts
and paths of the configuration. What is not certain to be harmless is left out.

"""


@dataclass(frozen=True, slots=True)
class Part:
    """One file of the bundle."""

    what: str
    content: bytes


def parts_of(unit: Unit, log: list[Logged]) -> dict[str, Part]:
    """All parts by their names in the bundle, the table of contents first."""
    found = {
        "versions.json": _json("versions of gate, Python, the system and every package", versions.part(unit.board)),
        "settings.toml": _text("the configuration, without texts that name somebody", settings.part(unit.config)),
        "doctor.json": _json("what gate doctor finds; nothing is moved for it", health.part(unit)),
        "standing.json": _json("mode, inputs, counts and alarms of the unit", standing.part(unit)),
        "journal.json": _json("figures of the journal, and no record", records.part(unit.config.journal.path)),
        "log.txt": _text("the service's own log texts, without what they were said of", log_lines.part(log)),
    }
    return {CONTENTS: Part("this list", _contents(found, unit.clock.now().utc)), **found}


def packed(parts: Mapping[str, Part], at: datetime) -> bytes:
    """A .tar.gz; equal parts and times give equal bytes."""
    raw = io.BytesIO()
    with (
        gzip.GzipFile(fileobj=raw, mode="wb", mtime=int(at.timestamp())) as squeezed,
        tarfile.open(fileobj=squeezed, mode="w") as archive,
    ):
        for name, part in parts.items():
            entry = tarfile.TarInfo(f"{FOLDER}/{name}")
            entry.size, entry.mtime, entry.mode = len(part.content), int(at.timestamp()), 0o600
            archive.addfile(entry, io.BytesIO(part.content))
    return raw.getvalue()


def _contents(parts: Mapping[str, Part], at: datetime) -> bytes:
    lines = [f"{name:14} {len(part.content):7} bytes  {part.what}\n" for name, part in parts.items()]
    return (_HEAD.format(version=__version__, at=moment(at)) + "".join(lines)).encode()


def _json(what: str, content: Any) -> Part:
    return _text(what, json.dumps(content, indent=1, ensure_ascii=False) + "\n")


def _text(what: str, content: str) -> Part:
    raw = content.encode("utf-8", "backslashreplace")
    return Part(what, raw if len(raw) <= MOST_BYTES else CUT + raw[len(CUT) - MOST_BYTES :])
