"""The workbench with real clients on a real Unix socket."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gate.adapters.local_socket import line_server
from gate.adapters.local_socket.bench import BenchSocket
from gate.adapters.local_socket.line_server import LONGEST_LINE, MOST_UNSENT
from gate.ports import AdapterError
from gate.service.threads import Worker
from tests.line_client import LONG_S, LineClient


class Client(LineClient):
    """Speaks to the workbench."""

    def send(self, line: bytes) -> None:
        super().send(line + b"\n")

    def line(self) -> Any:
        return json.loads(self.heard())

    def ask(self, **asked: object) -> Any:
        self.send(json.dumps(asked).encode())
        return self.line()


class Gate:
    """A workbench that runs, and what was asked of it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.asked: list[dict[str, Any]] = []
        self.bench = BenchSocket(path, {"press": self._press, "show": self._show})
        self.worker = Worker("workbench", self.bench.run, lambda _: None)
        self.worker.start()
        self.clients: list[Client] = []

    def _press(self, asked: dict[str, Any]) -> None:
        if asked["button"] != "admit":
            raise ValueError("the buttons are admit")
        self.asked.append(asked)

    def _show(self, asked: dict[str, Any]) -> None:
        raise AdapterError(f"There is no picture {Path(asked['picture'])}. Check the name.")

    def client(self) -> Client:
        client = Client(self.path)
        self.clients.append(client)
        client.send(b'{"do":"press","button":"admit"}')
        while client.line() != {"done": "press"}:
            pass  # reports from before; with its answer the client is taken in
        self.asked.clear()
        return client

    def stop(self) -> None:
        self.worker.stop(0)
        self.bench.report(bye=True)  # wakes it
        assert self.worker.stop(LONG_S)

    def close(self) -> None:
        for client in self.clients:
            client.close()
        self.stop()
        self.bench.close()


@pytest.fixture
def gate(tmp_path: Path) -> Iterator[Gate]:
    made = Gate(tmp_path / "bench.sock")
    yield made
    made.close()
    assert made.worker.error is None
    assert not made.worker.ended_unasked


def test_a_command_is_done_and_answered(gate: Gate) -> None:
    assert gate.client().ask(do="press", button="admit", extra=[1]) == {"done": "press"}
    assert gate.asked == [{"do": "press", "button": "admit", "extra": [1]}]


@pytest.mark.parametrize(
    ("line", "name", "why"),
    [
        (b'{"do":"press","button":"bell"}', "press", "the buttons are admit"),
        (b'{"do":"press"}', "press", "'button' is missing"),
        (b'{"do":"show","picture":"x.png"}', "show", "There is no picture x.png. Check the name."),
        (b'{"do":"show","picture":5}', "show", "not"),
        (b'{"do":"dance"}', "dance", "the workbench does press, show"),
        (b'{"do":5}', "?", 'a line is an object {"do": NAME, ...}'),
        (b'{"do":["press"]}', "?", "a line is an object"),
        (b'{"press":1}', "?", "a line is an object"),
        (b"[]", "?", "a line is an object"),
        (b'"do"', "?", "a line is an object"),
        (b"null", "?", "a line is an object"),
        (b"", "?", "Expecting value"),
        (b"press the button", "?", "Expecting value"),
        (b'{"do":', "?", "Expecting value"),
        (b"\xff\xfe\xfd", "?", "codec can't decode"),
        (b"[" * 60_000, "?", "too deep"),
    ],
    ids=lambda value: value[:16] if isinstance(value, bytes) else "",
)
def test_what_cannot_be_done_is_refused_with_the_reason_and_the_talk_goes_on(
    gate: Gate, line: bytes, name: str, why: str
) -> None:
    client = gate.client()
    client.send(line)
    answer = client.line()
    assert answer["refused"] == name
    assert why in answer["why"]
    assert client.ask(do="press", button="admit") == {"done": "press"}


def test_lines_may_come_in_pieces_and_several_at_once(gate: Gate) -> None:
    client = gate.client()
    for piece in (b'{"do":"pre', b'ss","button"', b':"admit"}\n{"do":"dance"}\n{"do":"press","but', b'ton":"admit"}\n'):
        client.link.sendall(piece)
    answers = [client.line() for _ in range(3)]
    assert [next(iter(answer)) for answer in answers] == ["done", "refused", "done"]


def test_everyone_is_told_everything_in_order(gate: Gate) -> None:
    clients = [gate.client() for _ in range(4)]
    for number in range(500):
        gate.bench.report(line="red", number=number)
    for client in clients:
        assert [client.line()["number"] for _ in range(500)] == list(range(500))


def test_a_report_is_told_at_once(gate: Gate) -> None:
    client = gate.client()
    begun = time.monotonic()
    for number in range(20):
        gate.bench.report(number=number)
        assert client.line() == {"number": number}
    assert time.monotonic() - begun < 20 * line_server.WAIT_S / 2


def test_what_is_left_to_tell_at_the_stop_is_told(gate: Gate) -> None:
    client = gate.client()
    for number in range(100):
        gate.bench.report(number=number)
    gate.stop()
    assert [client.line()["number"] for _ in range(100)] == list(range(100))


def test_a_client_that_goes_away_is_forgotten(gate: Gate) -> None:
    stays = gate.client()
    for _ in range(20):
        goes = gate.client()
        goes.send(b'{"do":"press","button":"admit"}')
        goes.close()
        gate.bench.report(number=1)
        assert stays.line() == {"number": 1}
    assert stays.ask(do="press", button="admit") == {"done": "press"}
    assert len(gate.bench.server.clients) == 1


def test_a_client_that_goes_in_the_middle_of_a_line_has_asked_nothing(gate: Gate) -> None:
    client = gate.client()
    client.link.sendall(b'{"do":"press","button":"admit"}')
    client.close()
    gate.client()
    assert gate.asked == []


def test_a_line_without_an_end_is_hung_up_on(gate: Gate) -> None:
    stays, client = gate.client(), gate.client()
    with contextlib.suppress(ConnectionError):
        client.link.sendall(b"x" * (LONGEST_LINE + 10_000))
    assert client.ended()
    assert stays.ask(do="press", button="admit") == {"done": "press"}


def test_a_client_that_does_not_read_holds_nobody_up_and_is_hung_up_on(gate: Gate) -> None:
    sleeps = [gate.client() for _ in range(5)]
    reads = gate.client()
    slowest_s, count = 0.0, 3 * MOST_UNSENT // 1000
    for number in range(count):
        begun = time.monotonic()
        gate.bench.report(number=number, filler="x" * 1000)
        slowest_s = max(slowest_s, time.monotonic() - begun)
        assert reads.line()["number"] == number
    assert slowest_s < 1
    assert len(gate.bench.server.clients) == 1
    assert all(client.link.recv(1) for client in sleeps)  # what fitted was sent
    assert gate.worker.silent_s() < 1


def test_a_client_that_reads_late_gets_all_that_was_kept_for_it(gate: Gate) -> None:
    client, witness = gate.client(), gate.client()
    count = MOST_UNSENT // 2 // 1100
    for number in range(count):
        gate.bench.report(number=number, filler="x" * 1000)
        assert witness.line()["number"] == number
    assert [client.line()["number"] for _ in range(count)] == list(range(count))
    assert client.ask(do="press", button="admit") == {"done": "press"}


def test_reports_may_come_from_many_threads_and_never_wait(gate: Gate) -> None:
    client = gate.client()

    def reporting(_stop: threading.Event, _beat: object) -> None:
        for number in range(300):
            gate.bench.report(number=number)

    workers = [Worker("reports", reporting, lambda _: None) for _ in range(3)]
    for worker in workers:
        worker.start()
    assert all(worker.stop(LONG_S) for worker in workers)
    assert sorted(client.line()["number"] for _ in range(900)) == sorted(3 * list(range(300)))


def test_nobody_needs_to_listen(gate: Gate) -> None:
    for number in range(10_000):
        gate.bench.report(number=number)
    assert gate.client().ask(do="press", button="admit") == {"done": "press"}


class TestTheSocket:
    def test_is_for_its_owner_alone_and_removed_by_close(self, tmp_path: Path) -> None:
        path = tmp_path / "bench.sock"
        bench = BenchSocket(path, {})
        assert path.stat().st_mode & 0o777 == 0o600
        bench.close()
        assert not path.exists()
        bench.close()

    def test_is_not_removed_by_the_second_close_of_somebody_else(self, tmp_path: Path) -> None:
        path = tmp_path / "bench.sock"
        first = BenchSocket(path, {})
        first.close()
        second = BenchSocket(path, {})
        first.close()
        assert path.is_socket()
        second.close()

    def test_may_be_reported_to_after_close(self, tmp_path: Path) -> None:
        bench = BenchSocket(tmp_path / "bench.sock", {})
        bench.close()
        bench.report(number=1)

    def test_of_a_killed_gate_is_taken_over(self, tmp_path: Path) -> None:
        path = tmp_path / "bench.sock"
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as killed:
            killed.bind(str(path))
        bench = BenchSocket(path, {})
        bench.close()

    def test_of_a_living_gate_is_left_to_it(self, gate: Gate) -> None:
        with pytest.raises(AdapterError, match=r"another gate uses it\. Check \[bench\] socket"):
            BenchSocket(gate.path, {})
        assert gate.client().ask(do="press", button="admit") == {"done": "press"}

    def test_does_not_replace_a_file(self, tmp_path: Path) -> None:
        path = tmp_path / "diary.txt"
        path.write_text("dear diary")
        with pytest.raises(AdapterError, match=r"cannot listen on .*diary.txt"):
            BenchSocket(path, {})
        assert path.read_text() == "dear diary"

    @pytest.mark.parametrize("name", ["missing/bench.sock", "x" * 200])
    def test_in_an_impossible_place_is_told(self, tmp_path: Path, name: str) -> None:
        with pytest.raises(AdapterError, match=r"cannot listen on .* Check \[bench\] socket"):
            BenchSocket(tmp_path / name, {})
