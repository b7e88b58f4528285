"""The files of ``gate revocation compile``, also in folders and archives, and where they came from, in words."""

from __future__ import annotations

import io
import tarfile
import zlib
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from gate.cli import files
from gate.cli.arguments import CommandError
from gate.cli.inert import inert
from gate.credential.list_sources import ListSource
from gate.credential.proof import moment
from gate.credential.withdrawn.found import Published

MOST_BYTES = 1024 * 1024 * 1024
"""Of one file, and of what is in one archive."""
_GZIP, _GZIP_WINDOW = b"\x1f\x8b", 16 + zlib.MAX_WBITS
_TAR, _TAR_AT = b"ustar", 257
_HOUR = timedelta(hours=1)


def published(path: Path) -> Iterator[Published]:
    """The files of one source. Raises ``CommandError``."""
    if path.is_dir():
        for inner in sorted(path.rglob("*")):
            if inner.is_file():
                yield from _unpacked(inner)
    else:
        yield from _unpacked(path)


def _unpacked(path: Path) -> Iterator[Published]:
    raw = files.read(path, MOST_BYTES)
    if raw.startswith(_GZIP):
        raw = _inflated(path, raw)
    if raw[_TAR_AT : _TAR_AT + len(_TAR)] == _TAR:
        yield from _members(path, raw)
    else:
        yield Published(path.as_posix(), raw)


def _inflated(path: Path, raw: bytes) -> bytes:
    """What is in a gzip file. Raises ``CommandError``."""
    inflating = zlib.decompressobj(_GZIP_WINDOW)
    try:
        found = inflating.decompress(raw, MOST_BYTES)
    except zlib.error as error:
        raise _damaged(path) from error
    if not inflating.eof and inflating.unconsumed_tail:
        raise CommandError(f"{path} holds more than {MOST_BYTES} bytes, so it is not what this command reads.")
    if not inflating.eof or inflating.unused_data:
        raise _damaged(path)
    return found


def _members(path: Path, raw: bytes) -> Iterator[Published]:
    """The files in an archive, which may lack its end as those of the EU do. Raises ``CommandError``."""
    try:
        with tarfile.open(fileobj=io.BytesIO(raw), mode="r:") as archive:
            for member in archive:
                content = archive.extractfile(member) if member.isfile() else None
                if content is not None:
                    yield Published(f"{path.as_posix()}/{member.name}", content.read())
    except (tarfile.TarError, OSError, ValueError) as error:
        raise _damaged(path) from error


def _damaged(path: Path) -> CommandError:
    return CommandError(f"{path} is an archive that is damaged or cut short. Fetch it again.")


def told(source: ListSource, now: datetime) -> str:
    """Where entries came from: the form, its version and how old it is."""
    version = f" version {inert(source.version)}" if source.version is not None else ""
    if source.issued is None:
        return f"{inert(source.form)}{version}, of unknown age"
    age = max(timedelta(), now - source.issued)
    spent = f"{age.days} d" if age.days else f"{age // _HOUR} h"
    return f"{inert(source.form)}{version}, issued {moment(source.issued)}, {spent} old"
