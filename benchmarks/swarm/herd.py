"""One process of light gates: ``python -m benchmarks.swarm.herd JSON``, told what to do on its standard input.

It says when all gates are connected, waits for a line, lets them work, and says what they saw and what the centre has
to have. Lines are JSON.
"""

from __future__ import annotations

import asyncio  # noqa: TID251  (a thousand links in a process; no door here)
import json
import os
import random
import resource
import ssl
import sys
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from benchmarks.swarm.ledger import Ledger, event_id
from benchmarks.swarm.light_gate import LightGate, Tally
from gate.wire import topics
from gate.wire.topics import Identity

GATES_PER_SITE: Final = 50
_LOOK_S: Final = 0.05
_CONNECTS_PER_S: Final = 200
_AT_ONCE: Final = 20
_KINDS: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Orders:
    """What one herd is, and what it does when it is told to go."""

    ports: tuple[int, ...]
    """Brokers of one cluster; a gate begins at one of them and goes to the next when it is not there."""
    first: int
    gates: int
    seed: int
    work: str
    """``bursts``: visits at ``per_s`` for ``burst_s``, then rest, over and over. ``storm``: all lose their network,
    record ``backlog`` visits each, come back at once, and go on with bursts until all of that is at the centre."""
    per_s: float = 5.0
    burst_s: float = 2.0
    rest_s: float = 8.0
    together: bool = False
    """All gates begin their bursts at the same moment."""
    seconds: float = 20.0
    backlog: int = 0
    backlog_per_s: int = 0
    patience_s: float = 300.0
    will_delay_s: int = 15
    tls: Mapping[str, str] = field(default_factory=dict)
    """As a worker's."""


class Herd:
    """The gates of this process."""

    def __init__(self, orders: Orders) -> None:
        self._orders = orders
        self._tally = Tally()
        self._chance = random.Random(orders.seed + orders.first)  # noqa: S311  (moments, not secrets)
        self._tls = context(orders.tls)
        self._dials = 0
        self._drained_s = 0.0
        self._tasks: set[asyncio.Task[None]] = set()
        key = Ed25519PrivateKey.from_private_bytes(self._chance.randbytes(32))
        self._gates = [self._gate(orders.first + number, key) for number in range(orders.gates)]

    async def run(self, told: Callable[[], Coroutine[Any, Any, str]]) -> None:
        """Connect, say so, wait, work, say what was."""
        for number, gate in enumerate(self._gates):
            self._dial(gate)
            if number % _AT_ONCE == 0:
                await asyncio.sleep(_AT_ONCE / _CONNECTS_PER_S)
        await self._until(lambda: self._tally.connected == self._orders.gates, self._orders.patience_s)
        _say({"connected": self._tally.connected})
        await told()
        began_s = asyncio.get_running_loop().time()
        await (self._bursts() if self._orders.work == "bursts" else self._storm())
        await self._until(lambda: not any(gate.ledger.backlog() for gate in self._gates), self._orders.patience_s)
        _say(self._seen(asyncio.get_running_loop().time() - began_s))
        await told()
        for gate in self._gates:
            gate.say_goodbye()
        await asyncio.sleep(_LOOK_S)

    async def _bursts(self) -> None:
        """Visits until the time is up; in a storm until the backlog has gone."""
        storm = self._orders.work == "storm"
        until_s = asyncio.get_running_loop().time() + (self._orders.patience_s if storm else self._orders.seconds)
        await asyncio.gather(*(self._visitors(gate, until_s) for gate in self._gates))

    async def _visitors(self, gate: LightGate, until_s: float) -> None:
        orders, loop = self._orders, asyncio.get_running_loop()
        round_s = orders.burst_s + orders.rest_s
        burst_at_s = loop.time() + (0.0 if orders.together else self._chance.uniform(0, round_s))
        while burst_at_s < until_s:
            for number in range(round(orders.per_s * orders.burst_s)):
                await asyncio.sleep(burst_at_s + number / orders.per_s - loop.time())
                gate.visit()
            burst_at_s += round_s

    async def _storm(self) -> None:
        for gate in self._gates:
            gate.leave()
        for gate in self._gates:
            for _ in range(self._orders.backlog):
                gate.visit(counted=False)
            await asyncio.sleep(0)
        _say({"away": True})
        await self._until(lambda: self._tally.connected == 0, self._orders.patience_s)
        began_s = asyncio.get_running_loop().time()
        for gate in self._gates:
            gate.come_back()
        visits = asyncio.ensure_future(self._bursts())
        await self._until(self._is_drained, self._orders.patience_s)
        self._drained_s = asyncio.get_running_loop().time() - began_s
        visits.cancel()

    def _is_drained(self) -> bool:
        return all(gate.ledger.confirmed_to >= self._orders.backlog for gate in self._gates)

    def _seen(self, took_s: float) -> dict[str, Any]:
        tally = self._tally
        usage = resource.getrusage(resource.RUSAGE_SELF)
        return {
            "took_s": took_s,
            "drained_s": self._drained_s,
            "most": tally.most,
            "made": tally.made,
            "lost_links": tally.lost_links,
            "sent_again": tally.again,
            "late_s": tally.late_s,
            "cpu_s": usage.ru_utime + usage.ru_stime,
            "unconfirmed": sum(gate.ledger.backlog() for gate in self._gates),
            "journals": {
                topics.root(gate.ledger.identity): [gate.ledger.ulid, gate.ledger.last_seq] for gate in self._gates
            },
        }

    def _gate(self, number: int, key: Ed25519PrivateKey) -> LightGate:
        identity = Identity(f"office-{number // GATES_PER_SITE}", f"gate-{number}", "main", "boot-1")
        ledger = Ledger(identity, event_id(self._orders.seed * _KINDS + number), key)
        return LightGate(ledger, self._tally, self._dial, self._orders)

    def _dial(self, gate: LightGate) -> None:
        task = asyncio.get_running_loop().create_task(self._connect(gate))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _connect(self, gate: LightGate) -> None:
        self._dials += 1
        ports = self._orders.ports
        port = ports[self._dials % len(ports)]
        host = None if self._tls is None else "127.0.0.1"
        try:
            await asyncio.wait_for(
                asyncio.get_running_loop().create_connection(
                    lambda: gate, "127.0.0.1", port, ssl=self._tls, server_hostname=host
                ),
                self._orders.patience_s,
            )
        except (OSError, TimeoutError):
            gate.not_reached()

    async def _until(self, satisfied: Callable[[], bool], patience_s: float) -> None:
        loop = asyncio.get_running_loop()
        until_s = loop.time() + patience_s
        while not satisfied() and loop.time() < until_s:  # noqa: ASYNC110  (what it waits for has no event)
            await asyncio.sleep(_LOOK_S)


def context(tls: Mapping[str, str]) -> ssl.SSLContext | None:
    """TLS 1.3 with these files; None without."""
    if not tls:
        return None
    made = ssl.create_default_context(cafile=tls["ca"])
    made.minimum_version = ssl.TLSVersion.TLSv1_3
    made.load_cert_chain(tls["certificate"], tls["key"])
    return made


async def _line() -> str:
    """The next line that this process is told."""
    return await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline)


def _say(value: object) -> None:
    print(json.dumps(value), flush=True)


def main() -> None:
    """Be a herd."""
    orders = Orders(**json.loads(sys.argv[1]))

    async def work() -> None:
        await Herd(orders).run(_line)

    asyncio.run(work())
    os._exit(0)  # half a million records need no tidying up


if __name__ == "__main__":
    main()
