"""B10: what an event costs the card over its life, recorded, confirmed and deleted, beside a tutorial's outbox table.

Each way has a fresh file system (ext4, as on a Pi) on a loop device, whose own counter of written sectors is read after
a sync: the file system's own writing is in it. Without the right to make one, the kernel's count of what this process
has written is read instead, on whatever the temporary folder is on; the result says which.

Events come one at a time, each in a commit of its own, and are confirmed one at a time: the dearest case for a journal
that commits in groups.
"""

from __future__ import annotations

import hashlib
import os
import random
import shutil
import statistics
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from benchmarks.baselines.outbox_table import OutboxTable
from gate.access.events import Event
from gate.access.memory import Memory
from gate.adapters.head_key import HeadKey
from gate.adapters.journal_sqlite import SqliteJournal
from gate.ports import Entry, Slot
from gate.service import codec
from gate.service.journal_keeper import JournalKeeper, Keeping
from gate.wire import envelope
from tests.service.stepped_clock import SteppedClock
from tests.wire.examples import BLACK, GRANTED, IDENTITY, NOON

SECTOR = 512
DISK_MB = 96
CLEANED_EVERY = 500
MEMORY = codec.encode(Memory(visits=4321, alarms=(BLACK,), alarm_count=7), Memory)
"""What the access point remembers, with an open alarm."""
ULID_LIKE = "01HZX5GQ7J8K9M0N1P2Q3R4S5V"

Way = Callable[[Path, list[Event]], None]


def run(seed: int, events: int, rounds: int) -> dict[str, Any]:
    """Let each way have all events, in a shuffled order of ways; the result as JSON holds it."""
    made = _events(seed, events)
    bodies = [_encode(event, Slot(ULID_LIKE, 1, "0" * 64)) for event in made]
    found: dict[str, list[float]] = {name: [] for name in WAYS}
    counted: set[str] = set()
    for number in range(rounds):
        order = random.Random(seed + number).sample(list(WAYS), len(WAYS))  # noqa: S311  (an order, not a secret)
        for name in order:
            with _device() as (folder, written, how):
                counted.add(how)
                before = written()
                WAYS[name](folder, made)
                found[name].append((written() - before) / events)
    medians = {name: statistics.median(values) for name, values in found.items()}
    return {
        "seed": seed,
        "events": events,
        "event_bytes": round(statistics.mean(map(len, bodies))),
        "events_sha256": hashlib.sha256(b"".join(bodies)).hexdigest(),
        "counted": ", ".join(sorted(counted)),
        "bytes_per_event": {name: round(value) for name, value in medians.items()},
        "bytes_per_event_worst": {name: round(max(values)) for name, values in found.items()},
        "ratios": {"B10 bytes written, tutorial outbox of gate": medians["tutorial outbox"] / medians["gate"]},
    }


def _events(seed: int, count: int) -> list[Event]:
    chance = random.Random(seed)  # noqa: S311  (events, not secrets)
    return [
        replace(
            GRANTED, visit=number, decode_ms=chance.randrange(300), at=replace(NOON, utc=NOON.utc + _minutes(number))
        )
        for number in range(1, count + 1)
    ]


def _minutes(number: int) -> timedelta:
    return timedelta(minutes=number)


def _encode(event: Event, slot: Slot) -> bytes:
    place = envelope.Place(slot.journal, slot.seq, slot.prev)
    return envelope.encode(event, place, IDENTITY, ULID_LIKE, offline=False)


def _gate(folder: Path, events: list[Event]) -> None:
    """The journal with its signed heads."""
    journal = SqliteJournal(folder / "journal.db")
    keeper = JournalKeeper(journal, Keeping(SteppedClock(), _encode, signer=HeadKey(folder / "journal.db.key")))
    for number, event in enumerate(events, start=1):
        entry = Entry(event.feed, lambda slot, one=event: _encode(one, slot), MEMORY, at=event.at.utc)  # type: ignore[misc]
        entries = keeper.with_heads([entry])
        journal.commit(entries)
        keeper.committed(entries)
        journal.confirm([record.seq for record in journal.unconfirmed(0, 10)])
        if number % CLEANED_EVERY == 0:
            while journal.forget_before(event.at.utc + _minutes(10**6)):
                pass
    journal.close()


def _tutorial(folder: Path, events: list[Event]) -> None:
    outbox = OutboxTable(folder / "outbox.db")
    for number, event in enumerate(events, start=1):
        payload = _encode(event, Slot(ULID_LIKE, number, "0" * 64)).decode()
        outbox.mark_sent(outbox.add(f"gate/{event.feed}", payload, event.at.utc.isoformat()))
        if number % CLEANED_EVERY == 0:
            outbox.clean_up()
    outbox.close()


WAYS: dict[str, Way] = {"gate": _gate, "tutorial outbox": _tutorial}


@contextmanager
def _device() -> Iterator[tuple[Path, Callable[[], int], str]]:
    """A folder, how many bytes were written below it so far, and how that is counted."""
    with tempfile.TemporaryDirectory(prefix="gate-bench-") as name:
        folder = Path(name)
        device = _loop(folder / "disk.img", folder / "mounted")
        if device is None:
            yield folder, _own_written, "the process's own writes (/proc/self/io), without the file system's"
            return
        try:
            yield folder / "mounted", lambda: _sectors(device) * SECTOR, "sectors written to a loop device with ext4"
        finally:
            _call("umount", str(folder / "mounted"))
            _call("losetup", "-d", device)


def _loop(image: Path, mounted: Path) -> str | None:
    """The loop device with a new file system; None where there can be none."""
    if os.geteuid() != 0 or not all(map(shutil.which, ("losetup", "mkfs.ext4", "mount"))):
        return None
    mounted.mkdir()
    with image.open("wb") as file:
        file.truncate(DISK_MB * 1024 * 1024)
    device = _call("losetup", "-f", "--show", str(image))
    if device is None:
        return None
    # Without the lazy tables, which the kernel would write while the first way is measured.
    options = ("-q", "-E", "lazy_itable_init=0,lazy_journal_init=0")
    if _call("mkfs.ext4", *options, device) is None or _call("mount", device, str(mounted)) is None:
        _call("losetup", "-d", device)
        return None
    return device


def _call(*command: str) -> str | None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  (names above)
    return done.stdout.strip() if done.returncode == 0 else None


def _sectors(device: str) -> int:
    os.sync()
    return int(Path(f"/sys/block/{Path(device).name}/stat").read_text().split()[6])


def _own_written() -> int:
    os.sync()
    lines = Path("/proc/self/io").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("write_bytes"))
