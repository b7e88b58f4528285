"""A worker: a named thread with a heartbeat that tells of its end; and the last resort of a process."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable

import pytest

from gate.service.threads import Beat, Worker

LONG_S = 10.0


class Ends:
    """Takes in the ends of workers, and what was known of each at that moment."""

    def __init__(self) -> None:
        self.told: list[tuple[str, bool, str]] = []
        self.happened = threading.Event()

    def __call__(self, worker: Worker) -> None:
        self.told.append((worker.name, worker.ended_unasked, threading.current_thread().name))
        self.happened.set()


def until_stopped(stop: threading.Event, _beat: Beat) -> None:
    stop.wait()


def returning(_stop: threading.Event, _beat: Beat) -> None:
    return


def raising(_stop: threading.Event, _beat: Beat) -> None:
    raise ValueError("broken")


def test_a_worker_runs_on_a_thread_of_its_name_until_it_is_asked_to_stop() -> None:
    ends, names = Ends(), []

    def body(stop: threading.Event, _beat: Beat) -> None:
        names.append(threading.current_thread().name)
        stop.wait()

    worker = Worker("reader", body, ends)
    worker.start()
    assert worker.stop(LONG_S)
    assert names == ["reader"]
    assert ends.told == [("reader", False, "reader")]
    assert worker.error is None


@pytest.mark.parametrize("body", [returning, raising])
def test_an_end_that_nobody_asked_for_is_known_before_it_is_told(
    body: Callable[[threading.Event, Beat], None], caplog: pytest.LogCaptureFixture
) -> None:
    ends = Ends()
    worker = Worker("reader", body, ends)
    worker.start()
    assert ends.happened.wait(LONG_S)
    assert ends.told == [("reader", True, "reader")]
    assert isinstance(worker.error, ValueError) is (body is raising)
    assert ("the reader thread failed" in caplog.text) is (body is raising)
    assert worker.stop(LONG_S)
    assert worker.ended_unasked


def test_a_failure_while_stopping_is_kept() -> None:
    def body(stop: threading.Event, _beat: Beat) -> None:
        stop.wait()
        raise OSError("no farewell")

    worker = Worker("recorder", body, Ends())
    worker.start()
    assert worker.stop(LONG_S)
    assert isinstance(worker.error, OSError)
    assert not worker.ended_unasked


def test_a_worker_that_does_not_return_is_not_waited_for_longer_than_told() -> None:
    free = threading.Event()

    def hanging(_stop: threading.Event, _beat: Beat) -> None:
        free.wait()

    worker = Worker("hanging", hanging, Ends())
    worker.start()
    begun = time.monotonic()
    assert not worker.stop(0.05)
    assert time.monotonic() - begun < LONG_S / 2
    free.set()
    assert worker.stop(LONG_S)


def test_a_worker_that_was_never_started_is_stopped() -> None:
    assert Worker("idle", until_stopped, Ends()).stop(0)


def test_silence_is_counted_from_the_last_beat() -> None:
    go, beaten, free = threading.Event(), threading.Event(), threading.Event()

    def body(_stop: threading.Event, beat: Beat) -> None:
        go.wait()
        beat()
        beaten.set()
        free.wait()

    worker = Worker("reader", body, Ends())
    worker.start()
    assert not free.wait(0.05)
    silent_s = worker.silent_s()
    assert silent_s >= 0.05
    go.set()
    assert beaten.wait(LONG_S)
    assert worker.silent_s() < silent_s
    free.set()
    assert worker.stop(LONG_S)


HANGING = """
import threading
from gate.service.threads import Worker, end_process_in, let_process_live
Worker("hanging", lambda stop, beat: threading.Event().wait(), print).start()
"""


def _run(script: str) -> tuple[int, str, float]:
    begun = time.monotonic()
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=LONG_S, check=False)
    return done.returncode, done.stderr, time.monotonic() - begun


def test_a_worker_that_hangs_does_not_keep_the_process() -> None:
    assert _run(HANGING)[:2] == (0, "")


def test_the_last_resort_ends_a_process_that_hangs_and_says_where() -> None:
    code, said, _ = _run(HANGING + "end_process_in(0.2)\nthreading.Event().wait()\n")
    assert code == 1
    assert "Timeout" in said
    assert "in wait" in said


def test_the_last_resort_can_be_called_off() -> None:
    assert _run(HANGING + "end_process_in(0.2)\nlet_process_live()\nthreading.Event().wait(0.5)\n")[0] == 0


BOUNDED = """
import threading
from gate.service.threads import done_or_ended_in, end_process_in
{BEFORE}
with done_or_ended_in({SECONDS}):
    {WITHIN}
print("done", flush=True)
threading.Event().wait({AFTER})
"""


@pytest.mark.parametrize(
    ("before", "seconds", "within", "after", "ended", "said"),
    [
        ("", "0.2", "pass", "0.4", 0, "done\n"),
        ("", "0.2", "threading.Event().wait(20)", "0", 1, ""),
        ("end_process_in(0.4)", "20", "pass", "20", 1, "done\n"),
        ("end_process_in(0.4)", "20", "threading.Event().wait(20)", "0", 1, ""),
        ("end_process_in(20)", "0.2", "threading.Event().wait(20)", "0", 1, ""),
        ("end_process_in(20)", "0.2", "pass", "0.4", 0, "done\n"),
    ],
)
def test_what_takes_too_long_ends_the_process_and_an_earlier_end_stays(
    before: str, seconds: str, within: str, after: str, ended: int, said: str
) -> None:
    script = BOUNDED
    for name, text in (("BEFORE", before), ("SECONDS", seconds), ("WITHIN", within), ("AFTER", after)):
        script = script.replace(f"{{{name}}}", text)
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=LONG_S, check=False)
    assert (run.returncode, run.stdout) == (ended, said), run.stderr
