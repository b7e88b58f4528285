"""The real programs of a demo: a private broker, ``gate run`` and ``gate watch``; all end with the house."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Self

from gate.simulation.broker import HOST, PrivateBroker
from gate.simulation.errors import SimulationError
from gate.simulation.interrupts import put_off
from gate.simulation.observer import Observer

START_S = 30.0
STOP_S = 10.0


class House:
    """A gate with its broker and somebody who watches at the centre. Use as a context manager."""

    def __init__(self, folder: Path, config: Path, broker: PrivateBroker) -> None:
        self.folder = folder
        self.broker = broker
        self.observer: Observer
        self._config = config
        self._gate: subprocess.Popen[bytes] | None = None
        self._watch: subprocess.Popen[bytes] | None = None
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            stack.callback(self.broker.stop)
            self.broker.start()
            stack.callback(self._stop_watch)
            with put_off():
                self._watch = self._process("watch", "--json", "--host", HOST, "--port", str(self.broker.port))
            assert self._watch.stdout is not None  # noqa: S101  (it was made with a pipe)
            self.observer = Observer(self.folder / "bench.sock", self._watch.stdout.fileno(), self.check)
            stack.callback(self.observer.close)
            self._until(lambda: self.observer.subscribed, "gate watch does not subscribe", "watch")
            stack.callback(self.stop_gate)
            self.start_gate()
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def start_gate(self) -> None:
        """Start the service and wait until its first event has reached the centre."""
        before = self._started_events()
        (self.folder / "bench.sock").unlink(missing_ok=True)
        with put_off():
            self._gate = self._process("run", "--config", str(self._config))
        self._until(lambda: self._started_events() > before, "gate run does not report itself", "run")
        self.observer.connect()

    def stop_gate(self, *, kill: bool = False) -> int | None:
        """Stop the service, in order or with SIGKILL; its exit code, or None when it did not run."""
        gate, self._gate = self._gate, None
        if gate is None:
            return None
        return _end(gate, kill=kill)

    def check(self) -> None:
        """Raise ``SimulationError`` when one of the programs has ended by itself."""
        for name, process in (("run", self._gate), ("watch", self._watch)):
            if process is not None and process.poll() is not None:
                raise SimulationError(f"gate {name} has ended with exit code {process.returncode}: {self._last(name)}")

    def _started_events(self) -> int:
        return sum(
            isinstance(message.payload, dict) and str(message.payload.get("type", "")).startswith("gate.system.started")
            for message in self.observer.messages
        )

    def _stop_watch(self) -> None:
        watch, self._watch = self._watch, None
        if watch is not None:
            _end(watch)

    def _process(self, name: str, *args: str) -> subprocess.Popen[bytes]:
        with (self.folder / f"{name}.log").open("ab") as log:
            return subprocess.Popen(  # noqa: S603  (our own program)
                [sys.executable, "-m", "gate.cli.main", name, *args],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE if name == "watch" else log,
                stderr=log,
                start_new_session=True,
            )

    def _until(self, condition: Callable[[], bool], problem: str, name: str) -> None:
        if not self.observer.wait_until(condition, START_S):
            raise SimulationError(f"{problem}: {self._last(name)}")

    def _last(self, name: str) -> str:
        lines = (self.folder / f"{name}.log").read_text(errors="replace").strip().splitlines()
        return lines[-1] if lines else "it said nothing"


def _end(process: subprocess.Popen[bytes], *, kill: bool = False) -> int:
    if kill:
        process.kill()
    else:
        process.terminate()
    try:
        return process.wait(STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait(STOP_S)
    finally:
        if process.stdout is not None:
            process.stdout.close()
