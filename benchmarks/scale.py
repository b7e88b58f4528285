"""Many gates, one broker, one centre: ``python -m benchmarks.scale bursts|storm [--gates N] [--workers N] ...``.

Gates are light ones (``benchmarks/swarm``), everything else is real: Mosquitto, the ingest's workers, SQLite or
PostgreSQL with synced commits, all on this machine and its loopback. In the end the database is asked whether it has
every record of every gate once, in an unbroken chain.

``bursts``: visitors come in bursts; how long until the centre has said that it has an event, and what that costs.
``storm``: all gates lose their network, record a backlog, come back at once and drain it while visitors go on coming.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from benchmarks.swarm import field
from benchmarks.swarm.field import Process, Used
from benchmarks.swarm.herd import GATES_PER_SITE, Orders
from benchmarks.swarm.worker import Post
from gate.central.adapters.sql.engine import open_database
from gate.central.adapters.sql.events import SqlStore
from gate.central.arrivals import Journal
from gate.central.store import Progress
from gate.simulation.broker import ANYBODY, PrivateBroker
from tests import postgres
from tests.certificates import Authority, broker_lines

LIMITS = ("set_tcp_nodelay true", "max_inflight_messages 1000", "max_queued_messages 1000000")
"""Nearly as config/mosquitto has them."""


def main() -> None:
    """Run what is asked, and print it."""
    args = _arguments()
    result = run(args)
    text = json.dumps(result, indent=1)
    print(text)
    if args.json:
        args.json.write_text(text + "\n")
    if result["lost"] or result["broken"] or result["unconfirmed"]:
        sys.exit("something is missing")


def run(args: argparse.Namespace) -> dict[str, Any]:
    """One run; the result as JSON holds it."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="gate-scale-")))
        of_broker, tls = _certificates(folder) if args.tls else ((), {})
        broker = stack.enter_context(PrivateBroker(folder, lines=_lines(folder, args, of_broker)))
        url, password, server = stack.enter_context(_database(folder, args.database))
        posts = [
            Post(broker.port, f"worker-{number}", url, password, sites, tls)
            for number, sites in enumerate(_sites(args))
        ]
        workers = field.workers(stack, folder, posts)
        watcher = stack.enter_context(field.started("benchmarks.swarm.watcher", str(broker.port), json.dumps(tls)))
        watcher.said()
        herds = field.herds(stack, _orders(args, broker.port, tls), args.processes)
        before = _all_used(field.listener(broker.port), workers, server)
        result = _work(args, herds)
        after = _all_used(field.listener(broker.port), workers, server)
        result |= _costs(before, after, result)
        result |= _ended(workers, watcher, herds)
        result |= _missing(url, password, result.pop("journals"))
    return {"what": vars(args) | {"json": None}, "load": os.getloadavg()[0]} | result


def _sites(args: argparse.Namespace) -> list[tuple[str, ...]]:
    """Of each worker; none where they share everything."""
    if not args.by_site:
        return [()] * args.workers
    sites = [f"office-{number}" for number in range(-(-args.gates // GATES_PER_SITE))]
    return [tuple(sites[number :: args.workers]) for number in range(args.workers)]


def _work(args: argparse.Namespace, herds: Sequence[Process]) -> dict[str, Any]:
    for herd in herds:
        herd.tell("go")
    if args.work == "storm":
        for herd in herds:
            herd.said()
    began_s = time.monotonic()
    seen = [herd.said() for herd in herds]
    late_s = [one for part in seen for one in part["late_s"]]
    return {
        "took_s": round(time.monotonic() - began_s, 2),
        "drained_s": round(max(part["drained_s"] for part in seen), 2),
        "records": sum(seq for part in seen for _, seq in part["journals"].values()),
        "made": sum(part["made"] for part in seen),
        "gates_at_once": sum(part["most"] for part in seen),
        "lost_links": sum(part["lost_links"] for part in seen),
        "sent_again": sum(part["sent_again"] for part in seen),
        "unconfirmed": sum(part["unconfirmed"] for part in seen),
        "to_the_centre_and_back_ms": {k: round(v * 1000, 1) for k, v in field.percentiles(late_s).items()},
        "herds_cpu_s": round(sum(part["cpu_s"] for part in seen), 2),
        "journals": {source: place for part in seen for source, place in part["journals"].items()},
    }


def _ended(workers: Sequence[Process], watcher: Process, herds: Sequence[Process]) -> dict[str, Any]:
    watcher.end()
    live_ms = watcher.said()["late_ms"]
    for herd in herds:
        herd.tell("end")
    for worker in workers:
        worker.end()
    counts = [_last(worker) for worker in workers]
    return {
        "live_heard": len(live_ms),
        "live_ms": field.percentiles(live_ms),
        "kept_by_worker": [one["kept"] for one in counts],
        "came_again": sum(one["again"] for one in counts),
        "set_apart": sum(one["wrong"] for one in counts),
    }


def _last(worker: Process) -> dict[str, Any]:
    """What it says at the end; before that only that it joined again."""
    while "kept" not in (said := worker.said()):
        pass
    return dict(said)


def _costs(before: Mapping[str, Used], after: Mapping[str, Used], result: Mapping[str, Any]) -> dict[str, Any]:
    took_s, records = result["took_s"], max(1, result["made"])
    costs = {}
    for name, now in after.items():
        cpu_s = now.cpu_s - before[name].cpu_s
        costs[name] = {
            "cpu_s": round(cpu_s, 2),
            "of_a_core": round(cpu_s / took_s, 3),
            "us_an_event": round(cpu_s / records * 1e6, 1),
            "peak_mib": round(now.peak_mib, 1),
        }
    return {"costs": costs}


def _all_used(broker: int, workers: Sequence[Process], server: int | None) -> dict[str, Used]:
    many = [field.used(worker.pid) for worker in workers]
    found = {"broker": field.used(broker)}
    found["workers"] = Used(sum(one.cpu_s for one in many), sum(one.peak_mib for one in many))
    return found if server is None else found | {"postgresql": field.used(server)}


def _missing(url: str, password: str, journals: Mapping[str, Sequence[Any]]) -> dict[str, Any]:
    """What the centre's own database says: records that are not there, and chains that do not hold."""
    store = SqlStore(open_database(url, password or None))
    try:
        kept = store.journals()
        none = Progress(0, 0)  # of a gate that had no visitors
        lost = sum(seq - kept.get(Journal(source, ulid), none).whole_to for source, (ulid, seq) in journals.items())
        broken = sum(one.broken_at is not None for one in kept.values())
    finally:
        store.close()
    return {"lost": lost, "broken": broken}


@contextmanager
def _database(folder: Path, kind: str) -> Iterator[tuple[str, str, int | None]]:
    """URL, password, and the server's process."""
    if kind == "sqlite":
        yield f"sqlite:///{folder}/centre.db", "", None
        return
    with postgres.running("fsync=on", "shared_buffers=256MB", "autovacuum=on") as server:
        yield server.new(), postgres.PASSWORD, field.listener(server.port)


def _lines(folder: Path, args: argparse.Namespace, tls: Sequence[str]) -> tuple[str, ...]:
    stored = ("persistence true", f"persistence_location {folder}/", "autosave_interval 30")
    queue = f"max_queued_bytes {args.queue_mib * 1024 * 1024}"
    return (*(tls or ANYBODY), *LIMITS, queue, *(stored if args.persistence else ()))


def _certificates(folder: Path) -> tuple[tuple[str, ...], dict[str, str]]:
    """The broker's lines, and what everybody else has."""
    authority = Authority(folder / "pki")
    everybody = authority.issue("everybody")
    files = {"ca": authority.ca, "certificate": everybody.certificate, "key": everybody.key}
    return broker_lines(authority, authority.issue("broker")), {name: str(path) for name, path in files.items()}


def _orders(args: argparse.Namespace, port: int, tls: Mapping[str, str]) -> Orders:
    return Orders(
        ports=(port,),
        first=0,
        gates=args.gates,
        seed=args.seed,
        work=args.work,
        per_s=args.per_s,
        burst_s=args.burst_s,
        rest_s=args.rest_s,
        together=args.together,
        seconds=args.seconds,
        backlog=args.backlog,
        backlog_per_s=args.backlog_per_s,
        patience_s=args.patience_s,
        tls=tls,
    )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scale", description=__doc__)
    parser.add_argument("work", choices=("bursts", "storm"))
    parser.add_argument("--gates", type=int, default=60, help=f"{GATES_PER_SITE} of them are an office")
    parser.add_argument("--processes", type=int, default=2, help="of gates")
    parser.add_argument("--workers", type=int, default=1, help="of the ingest, on one shared subscription")
    parser.add_argument("--by-site", action="store_true", help="each worker has its own offices instead")
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--tls", action="store_true", help="1.3, with a certificate on both sides")
    parser.add_argument("--queue-mib", type=int, default=256, help="what may wait at the broker for a worker")
    parser.add_argument("--persistence", action="store_true", help="the broker writes its state every 30 s")
    parser.add_argument("--per-s", type=float, default=5.0, help="visitors of a gate a second, in a burst")
    parser.add_argument("--burst-s", type=float, default=2.0)
    parser.add_argument("--rest-s", type=float, default=8.0)
    parser.add_argument("--together", action="store_true", help="all bursts begin at once")
    parser.add_argument("--seconds", type=float, default=20.0, help="of bursts")
    parser.add_argument("--backlog", type=int, default=1000, help="records of each gate, for the storm")
    parser.add_argument("--backlog-per-s", type=int, default=2000, help="of a gate (its backlog_rate)")
    parser.add_argument("--patience-s", type=float, default=300.0)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(2**31))
    parser.add_argument("--json", type=Path, help="write the result here as well")
    return parser.parse_args()


if __name__ == "__main__":
    main()
