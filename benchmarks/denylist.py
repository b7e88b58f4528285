"""A deny list of millions: the time of a lookup and the memory it costs, against an SQLite table and a Python set.

``python -m benchmarks.denylist WAY FOLDER`` measures the memory of one way in a process of its own.
"""

from __future__ import annotations

import ctypes
import gc
import hashlib
import random
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.baselines import known_digests
from benchmarks.measure import compare
from gate.adapters.trust_files.deny_lists import DenyFiles, file_name
from gate.credential.deny_compile import assemble
from gate.credential.revocation import DIGEST_BYTES, Listed
from gate.credential.trust import ListRef

KID = bytes(8)
NAME = "national"
BATCH, BATCHES = 1000, 20
NOW = datetime(2026, 11, 25, tzinfo=UTC)
DIGESTS, TABLE = "digests", "digests.db"
Has = Callable[[bytes], bool]


def run(seed: int, entries: int, rounds: int) -> dict[str, Any]:
    """Build the list every way, look up digests of which half are on it, and measure; the result as JSON holds it."""
    with tempfile.TemporaryDirectory(prefix="gate-bench-") as name:
        folder = Path(name)
        blob = _build(folder, seed, entries)
        batches = _batches(blob, seed)
        ways = {way: _counter(_opened(way, folder)) for way in WAYS}
        timed = compare(ways, batches, rounds, seed)
        counts = {way: one.results for way, one in timed.items()}
        if any(found != counts["gate"] for found in counts.values()):
            raise RuntimeError("the ways do not agree on what is listed")
        memory = {way: _memory(way, folder) for way in WAYS}
    return {
        "seed": seed,
        "entries": entries,
        "digests_sha256": hashlib.sha256(blob).hexdigest(),
        "ways": {
            way: {
                "lookup_us_median": round(timed[way].median_ms * 1000 / BATCH, 3),
                "lookup_us_worst": round(timed[way].worst_ms * 1000 / BATCH, 3),
                "private_kib": memory[way],
            }
            for way in WAYS
        },
    }


def _build(folder: Path, seed: int, entries: int) -> bytes:
    """The same digests as a compiled list, as a table, and as they are; sorted."""
    random_bytes = np.random.default_rng(seed).bytes(entries * DIGEST_BYTES)
    blob = np.unique(np.frombuffer(random_bytes, f"S{DIGEST_BYTES}")).tobytes()
    (folder / DIGESTS).write_bytes(blob)
    draft = folder / "draft"
    with draft.open("wb") as file:
        file.writelines(assemble([(KID, blob, b"")]))
    draft.rename(folder / file_name(_ref(draft.read_bytes())))
    known_digests.sqlite_build(folder / TABLE, _each(blob))
    return blob


def _each(blob: bytes) -> Iterator[bytes]:
    return (blob[at : at + DIGEST_BYTES] for at in range(0, len(blob), DIGEST_BYTES))


def _ref(raw: bytes) -> ListRef:
    return ListRef(NAME, hashlib.sha256(raw).digest(), NOW, NOW + timedelta(days=1))


def _batches(blob: bytes, seed: int) -> list[list[bytes]]:
    """Digests to look up, half of them on the list."""
    chance = random.Random(seed)  # noqa: S311  (digests, not secrets)
    count = len(blob) // DIGEST_BYTES

    def one(number: int) -> bytes:
        at = chance.randrange(count) * DIGEST_BYTES
        return blob[at : at + DIGEST_BYTES] if number % 2 else chance.randbytes(DIGEST_BYTES)

    return [[one(number) for number in range(BATCH)] for _ in range(BATCHES)]


def _counter(has: Has) -> Callable[[list[bytes]], int]:
    def count(digests: list[bytes]) -> int:
        found = 0
        for digest in digests:
            found += has(digest)
        return found

    return count


def _gate(folder: Path) -> Has:
    """The list as a gate has it in force: verified, mapped, and asked whether it is still whole."""
    files = DenyFiles(folder)
    (path,) = folder.glob(f"{NAME}.*.deny")
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(1024 * 1024):
            digest.update(piece)
    ref = ListRef(NAME, digest.digest(), NOW, NOW + timedelta(days=1))
    for _ in files.load([ref]):
        pass
    listed = files.in_force(NOW).lists[NAME].listed
    return lambda digest: listed(KID, (digest,), None) is Listed.YES


def _sqlite(folder: Path) -> Has:
    return _asking(known_digests.sqlite_open(folder / TABLE))


def _tuned_sqlite(folder: Path) -> Has:
    return _asking(known_digests.sqlite_open_tuned(folder / TABLE))


def _asking(base: sqlite3.Connection) -> Has:
    return lambda digest: known_digests.sqlite_has(base, digest)


def _set(folder: Path) -> Has:
    known = known_digests.python_set((folder / DIGESTS).read_bytes(), DIGEST_BYTES)
    return known.__contains__


WAYS: dict[str, Callable[[Path], Has]] = {
    "gate": _gate,
    "SQLite blob key": _sqlite,
    "immutable SQLite": _tuned_sqlite,
    "Python set": _set,
}


def _opened(way: str, folder: Path) -> Has:
    return WAYS[way](folder)


def _memory(way: str, folder: Path) -> int:
    """KiB of a process that are no file's, after it looked up 20,000 digests, less what it had before."""
    command = [sys.executable, "-m", "benchmarks.denylist", way, str(folder)]
    return int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)  # noqa: S603  (ourselves)


def _anonymous_kib() -> int:
    """What this process holds that is no file's, without what the C library keeps free for later."""
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
    with Path("/proc/self/smaps_rollup").open() as file:
        return next(int(line.split()[1]) for line in file if line.startswith("Anonymous:"))


def main() -> None:
    """Print the memory of one way."""
    way, folder = sys.argv[1], Path(sys.argv[2])
    chance = random.Random(7)  # noqa: S311  (digests, not secrets)
    asked = [chance.randbytes(DIGEST_BYTES) for _ in range(BATCH * BATCHES)]
    before = _anonymous_kib()
    has = _opened(way, folder)
    _counter(has)(asked)
    print(_anonymous_kib() - before)


if __name__ == "__main__":
    main()
