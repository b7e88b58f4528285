"""Somebody with a screen: ``python -m benchmarks.swarm.watcher PORT TLS`` hears ``live`` and says how late each was.

A light gate's ``mono_ms`` and this process have one clock, since they are on one machine. SIGTERM ends it.
"""

from __future__ import annotations

import json
import re
import signal
import sys
import threading
import time
from typing import Any

from benchmarks.baselines import ingest_loop
from benchmarks.swarm.herd import context

_MONO = re.compile(rb'"mono_ms":([0-9]+)')


def main() -> None:
    """Listen until told to end; then say in milliseconds how late everything came."""
    late_ms: list[int] = []
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    client = ingest_loop.session("watcher")

    def on_message(_client: Any, _data: Any, message: Any) -> None:
        found = _MONO.search(message.payload)
        if found:
            late_ms.append(int(time.monotonic() * 1000) - int(found[1]))

    client.on_connect = lambda *_: client.subscribe("gate/+/+/+/live", 0)
    client.on_subscribe = lambda *_: _say({"joined": True})
    client.on_message = on_message
    tls = context(json.loads(sys.argv[2]))
    if tls is not None:
        client.tls_set_context(tls)
    client.connect("127.0.0.1", int(sys.argv[1]))
    client.loop_start()
    stop.wait()
    client.disconnect()
    client.loop_stop()
    _say({"late_ms": late_ms})


def _say(value: object) -> None:
    print(json.dumps(value), flush=True)


if __name__ == "__main__":
    main()
