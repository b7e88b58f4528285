"""The supervisor: the order of starting and stopping, the watchdog, exit codes, and an end that always comes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from itertools import count

import pytest

from gate.service.supervisor import Pace, Supervisor
from gate.service.threads import PATIENCE_S, Beat, Body, Worker, let_process_live, watch_foreign_threads

LONG_S = 20.0
QUICK = Pace(look_s=0.01, one_s=0.05, all_s=0.3, end_s=600)


@pytest.fixture(autouse=True)
def _living() -> Iterator[None]:
    """These tests run on after the supervisor has stopped all workers."""
    yield
    let_process_live()


class Diary:
    """What happened, in order, on any thread."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._more = threading.Condition()

    def note(self, line: str) -> None:
        with self._more:
            self.lines.append(line)
            self._more.notify_all()

    def wait(self, condition: Callable[[], bool]) -> None:
        with self._more:
            assert self._more.wait_for(condition, LONG_S), self.lines


class DiaryNotifier:
    """``ports.Notifier``."""

    def __init__(self, diary: Diary) -> None:
        self._diary = diary

    def ready(self, status: str) -> None:
        self._diary.note(f"ready: {status}")

    def watchdog(self) -> None:
        self._diary.note("watchdog")

    def status(self, text: str) -> None:
        self._diary.note(f"status: {text}")

    def stopping(self) -> None:
        self._diary.note("stopping")


class Service:
    """A supervisor with workers that write down what they do."""

    def __init__(self, pace: Pace = QUICK) -> None:
        self.diary = Diary()
        self.supervisor = Supervisor(DiaryNotifier(self.diary), lambda: "fine", pace)
        self.workers: list[Worker] = []

    def add(self, name: str, body: Body | None = None) -> Worker:
        def noted(stop: threading.Event, beat: Beat) -> None:
            self.diary.note(f"{name} starts")
            try:
                (body or _beating)(stop, beat)
            finally:
                self.diary.note(f"{name} ends")

        worker = Worker(name, noted, self.supervisor.ended, patience_s=0.15)
        self.workers.append(worker)
        return worker

    def run(self) -> int:
        return self.supervisor.run(self.workers)

    def run_beside(self) -> tuple[Worker, list[int]]:
        """Run on a thread of its own; the exit code comes in the list."""
        codes: list[int] = []
        main = Worker("main", lambda _stop, _beat: codes.append(self.run()), lambda _: None)
        main.start()
        return main, codes

    def of_workers(self) -> list[str]:
        return [line for line in self.diary.lines if line.endswith(("starts", "ends"))]


def _beating(stop: threading.Event, beat: Beat) -> None:
    while not stop.wait(0.01):
        beat()


def test_all_start_in_order_and_stop_in_reverse() -> None:
    service = Service()
    for name in ("recorder", "controller", "reader"):
        service.add(name)
    main, codes = service.run_beside()
    service.diary.wait(lambda: "watchdog" in service.diary.lines)
    service.supervisor.stop()
    assert main.stop(LONG_S)
    assert codes == [0]
    assert sorted(service.of_workers()[:3]) == ["controller starts", "reader starts", "recorder starts"]
    assert service.of_workers()[3:] == ["reader ends", "controller ends", "recorder ends"]


def test_the_service_manager_hears_ready_then_the_watchdog_then_stopping() -> None:
    service = Service()
    service.add("recorder")
    main, _ = service.run_beside()
    service.diary.wait(lambda: service.diary.lines.count("watchdog") >= 3)
    service.supervisor.stop()
    assert main.stop(LONG_S)
    said = [line for line in service.diary.lines if line not in service.of_workers()]
    assert said[0] == "ready: fine"
    assert said[1:3] == ["watchdog", "status: fine"]
    assert said[-1] == "stopping"
    assert said.count("stopping") == said.count("ready: fine") == 1
    assert service.diary.lines.index("stopping") < service.diary.lines.index("recorder ends")


def test_a_stop_that_was_asked_before_the_start_is_obeyed() -> None:
    service = Service()
    service.add("recorder")
    service.supervisor.stop()
    assert service.run() == 0
    assert service.of_workers() == ["recorder starts", "recorder ends"]


def test_nothing_to_run_is_run_until_stopped() -> None:
    service = Service()
    service.supervisor.stop()
    assert service.run() == 0


def _raising(_stop: threading.Event, _beat: Beat) -> None:
    raise ValueError("broken")


def _returning(_stop: threading.Event, _beat: Beat) -> None:
    return


@pytest.mark.parametrize("body", [_raising, _returning])
@pytest.mark.parametrize("place", range(3))
def test_a_worker_that_ends_by_itself_takes_the_service_with_it(
    body: Body, place: int, caplog: pytest.LogCaptureFixture
) -> None:
    service = Service()
    for number in range(3):
        service.add(str(number), body if number == place else None)
    assert service.run() == 1
    others = [f"{number} ends" for number in (2, 1, 0) if number != place]
    assert [line for line in service.of_workers() if line in others] == others
    assert f"the {place} thread ended by itself" in caplog.text


def test_an_end_by_itself_counts_however_late_the_thread_goes_away() -> None:
    service, free = Service(), threading.Event()

    def told(worker: Worker) -> None:
        service.supervisor.ended(worker)
        free.wait(LONG_S)  # the thread still lives while the supervisor looks at it

    service.workers.append(Worker("recorder", _returning, told))
    assert service.run() == 1
    free.set()
    assert service.workers[0].stop(LONG_S)


def test_a_failure_while_stopping_is_an_exit_code_too() -> None:
    service = Service()

    def body(stop: threading.Event, _beat: Beat) -> None:
        stop.wait()
        raise OSError("no farewell")

    service.add("recorder", body)
    service.supervisor.stop()
    assert service.run() == 1


def test_a_worker_that_stalls_is_named_and_the_watchdog_is_not_fed_until_it_goes_on(
    caplog: pytest.LogCaptureFixture,
) -> None:
    service, free = Service(), threading.Event()

    def stalling(stop: threading.Event, beat: Beat) -> None:
        service.diary.wait(lambda: "watchdog" in service.diary.lines)
        free.wait(LONG_S)
        _beating(stop, beat)

    service.add("reader", stalling)
    service.add("controller")
    main, codes = service.run_beside()
    service.diary.wait(lambda: _quiet(service.diary.lines, 10))
    free.set()
    service.diary.wait(lambda: service.diary.lines[-2:] == ["watchdog", "status: fine"])
    service.supervisor.stop()
    assert main.stop(LONG_S)
    assert codes == [0]
    assert "no progress on: reader" in caplog.text
    assert "no progress on: reader, controller" not in caplog.text


def _quiet(lines: list[str], looks: int) -> bool:
    """Whether the watchdog was fed once, and then not at so many looks."""
    return "watchdog" in lines and len(lines) > looks and "watchdog" not in lines[-looks:]


def test_a_worker_that_hangs_costs_the_exit_code_and_holds_nobody_up(caplog: pytest.LogCaptureFixture) -> None:
    pace = Pace(look_s=0.01, one_s=0.1, all_s=1.5, end_s=600)
    service, free = Service(pace), threading.Event()

    def slow(stop: threading.Event, _beat: Beat) -> None:
        stop.wait()
        free.wait(2 * pace.one_s)

    def hanging(_stop: threading.Event, _beat: Beat) -> None:
        free.wait(LONG_S)

    service.add("recorder", slow)
    service.add("controller")
    service.add("reader", hanging)
    service.supervisor.stop()
    begun = time.monotonic()
    assert service.run() == 1
    assert time.monotonic() - begun < LONG_S / 4
    assert service.of_workers()[-2:] == ["controller ends", "recorder ends"]
    assert "did not stop in time: reader" in caplog.text
    free.set()
    assert all(worker.stop(LONG_S) for worker in service.workers)


def test_a_worker_that_cannot_be_started_stops_those_that_run() -> None:
    service = Service()
    service.add("recorder")
    service.add("twice").start()
    with pytest.raises(RuntimeError, match="once"):
        service.run()
    assert all(worker.stop(LONG_S) for worker in service.workers)
    assert "recorder ends" in service.of_workers()


STEPS = 60
"""More than the supervisor's calls and returns in its first three looks."""


def test_a_signal_handler_may_stop_the_service_between_any_two_steps() -> None:
    for step in range(1, STEPS):
        supervisor = Supervisor(DiaryNotifier(Diary()), lambda: "fine", Pace(look_s=0.001, end_s=600))
        steps = count(1)

        def profile(*_: object, step: int = step, steps: Iterator[int] = steps, asked: Supervisor = supervisor) -> None:
            if next(steps) == step:
                asked.stop()

        sys.setprofile(profile)
        try:
            assert supervisor.run([]) == 0
        finally:
            sys.setprofile(None)


PROCESS = """
import sys, threading
from gate.service.supervisor import Pace, Supervisor, stop_on_signals
from gate.service.threads import Worker

class Silent:
    def ready(self, status): print("ready", flush=True)
    def watchdog(self): pass
    def status(self, text): pass
    def stopping(self): print("stopping", flush=True)

def good(stop, beat):
    while not stop.wait(0.05):
        beat()
    print("good ends", flush=True)

def hanging(stop, beat):
    threading.Event().wait()

supervisor = Supervisor(Silent(), lambda: "", Pace(all_s=0.3, one_s=0.1, end_s=0.6))
stop_on_signals(supervisor)
code = supervisor.run([Worker(name, body, supervisor.ended) for name, body in {WORKERS}])
{THEN}
sys.exit(code)
"""


def _process(workers: str, then: str = "") -> subprocess.Popen[str]:
    script = PROCESS.replace("{WORKERS}", workers).replace("{THEN}", then)
    return subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ
    )


@pytest.mark.parametrize(
    ("number", "workers", "then", "code"),
    [
        (signal.SIGTERM, "[('good', good)]", "", 0),
        (signal.SIGINT, "[('good', good)]", "", 0),
        (signal.SIGTERM, "[('good', good), ('hanging', hanging)]", "", 1),
        (signal.SIGTERM, "[('good', good)]", "threading.Event().wait()", 1),
    ],
    ids=["SIGTERM", "SIGINT", "a worker hangs", "a part hangs while it is closed"],
)
def test_a_process_that_is_told_to_stop_ends(number: signal.Signals, workers: str, then: str, code: int) -> None:
    with _process(workers, then) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(number)
        out, err = process.communicate(timeout=LONG_S)
        assert (process.returncode, out) == (code, "stopping\ngood ends\n"), err


def test_the_usual_pace_ends_everything_within_five_seconds() -> None:
    pace = Pace()
    assert pace.one_s < pace.all_s < pace.end_s < 5
    assert pace.look_s < PATIENCE_S


def test_a_library_thread_that_fails_ends_the_service_with_exit_code_1(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)  # put back at the end
    service = Service()

    def body(stop: threading.Event, _: Beat) -> None:
        watch_foreign_threads(service.supervisor.foreign_thread_ended)
        foreign = threading.Thread(target=lambda: 1 // 0, name="of-a-library")  # noqa: TID251  (one that is not ours)
        foreign.start()
        foreign.join()
        stop.wait(LONG_S)

    service.add("recorder", body)
    assert service.run() == 1
    assert service.of_workers() == ["recorder starts", "recorder ends"]
