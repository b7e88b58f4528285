"""One worker of the centre, made by its own composition root: ``python -m benchmarks.swarm.worker CONFIG``.

It is ``gate central run`` without systemd: it says when the broker is there, and at the end (SIGTERM) what it did and
what that cost it.
"""

from __future__ import annotations

import json
import logging
import resource
import signal
import sys
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from gate.adapters.clock_system import SystemClock
from gate.central.app import open_centre
from gate.central.config import load


@dataclass(frozen=True, slots=True)
class Post:
    """Where a worker works."""

    port: int
    worker: str
    url: str
    password: str = field(default="", repr=False)
    sites: tuple[str, ...] = ()
    """Whose events it takes alone; none for a share of all."""
    tls: Mapping[str, str] = field(default_factory=dict)
    """``ca``, ``certificate`` and ``key`` as PEM files; empty for no TLS."""

    def write(self, folder: Path) -> Path:
        """Its configuration, as a file."""
        words = [f'[broker]\nhost = "127.0.0.1"\nport = {self.port}']
        words += [f'tls_{name} = "{path}"' for name, path in self.tls.items()]
        words += ["[store]", f'url = "{self.url}"']
        if self.password:
            secret = folder / f"{self.worker}.password"
            secret.touch(0o600)
            secret.write_text(self.password)
            words += [f'password_file = "{secret}"']
        words += ["[ingest]", f'worker = "{self.worker}"', f"sites = {json.dumps(self.sites)}"]
        path = folder / f"{self.worker}.toml"
        path.write_text("\n".join((*words, "")))
        return path


def main() -> None:
    """Work until told to end."""
    logging.basicConfig(level="WARNING", stream=sys.stderr)
    stop, clock = threading.Event(), SystemClock()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    centre = open_centre(load(Path(sys.argv[1])), lambda: clock.now().utc)
    told = False

    def beat() -> None:
        nonlocal told
        if centre.link.there and not told:
            told = True
            _say({"there": True})

    began_s = _cpu_s()
    centre.run(stop, beat)
    peak_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    _say(asdict(centre.ingest.counts) | {"cpu_s": _cpu_s() - began_s, "peak_mib": peak_mib})
    centre.close()


def _cpu_s() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def _say(value: object) -> None:
    print(json.dumps(value), flush=True)


if __name__ == "__main__":
    main()
