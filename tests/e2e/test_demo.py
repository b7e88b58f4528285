"""``gate demo`` as a user runs it."""

from __future__ import annotations

import random
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psutil
import pytest
from PIL import Image

from gate.simulation.broker import HOST

END_S = 20.0
DEMO = [sys.executable, "-m", "gate.cli.main", "demo", "--plain"]


def demo(*args: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*DEMO, *args], capture_output=True, text=True, timeout=110, check=False)


@contextmanager
def started(*args: str) -> Iterator[subprocess.Popen[str]]:
    """A demo with its output in pipes; it and all that it started end here, whatever the test finds."""
    with subprocess.Popen([*DEMO, *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as run:
        try:
            yield run
        finally:
            _end(run)


def _end(run: subprocess.Popen[str]) -> None:
    """As a user does, by Ctrl-C; what is still there then, by force."""
    if run.poll() is not None:
        return
    demo = psutil.Process(run.pid)
    programs = [demo, *demo.children(recursive=True)]
    run.send_signal(signal.SIGINT)
    for program in psutil.wait_procs(programs, timeout=END_S)[1]:
        program.kill()


def wait_for_the_first_visit(run: subprocess.Popen[str]) -> None:
    assert run.stdout is not None
    while "as expected" not in (line := run.stdout.readline()):
        assert line, "the demo ended before the first visit"


def test_a_demo_that_a_test_gives_up_leaves_nothing_behind() -> None:
    with started("--loop") as first, started("--loop") as second:
        wait_for_the_first_visit(first)
        programs = [psutil.Process(run.pid) for run in (first, second)]
        programs += [child for program in programs for child in program.children(recursive=True)]
    assert psutil.wait_procs(programs, timeout=5)[1] == []


@pytest.mark.timeout(240)
def test_three_fresh_seeds_come_out_as_expected() -> None:
    seeds = [random.SystemRandom().randrange(2**31) for _ in range(3)]
    with ExitStack() as all_end:
        runs = [all_end.enter_context(started("--seed", str(seed))) for seed in seeds]
        for seed, run in zip(seeds, runs, strict=True):
            out, err = run.communicate(timeout=220)
            assert run.returncode == 0, f"seed {seed}:\n{out}\n{err}"
            assert "visits 12, grants 4, holds 7, denials 7, strike releases 4" in out
            counted = re.search(r"decided (\d+) = stored (\d+) = received (\d+), lost 0; hash chain whole", out)
            assert counted, out
            assert len(set(counted.groups())) == 1
            assert "\x1b" not in out


def test_own_pictures_are_shown_and_balanced(tmp_path: Path) -> None:
    Image.new("L", (640, 480), 128).save(tmp_path / "grey.png")
    run = demo("--images", str(tmp_path))
    assert run.returncode == 0, run.stderr
    assert "grey.png" in run.stdout
    assert "lost 0" in run.stdout


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["--images", "/nowhere"], "--images /nowhere: No such file or directory"),
        (["--keep", "/dev"], "--keep /dev: File exists"),
        (["--seed", "much"], "invalid int value"),
        (["--port", "70000"], "70000"),
    ],
)
def test_a_wrong_option_gives_one_clear_message(args: list[str], message: str) -> None:
    run = demo(*args)
    assert run.returncode == 2
    assert message in run.stderr
    assert "Traceback" not in run.stderr


def test_a_port_in_use_is_named(tmp_path: Path) -> None:
    with socket.create_server((HOST, 0)) as taken:
        port = taken.getsockname()[1]
        run = demo("--port", str(port), "--keep", str(tmp_path / "kept"))
    assert run.returncode == 2
    assert f"port {port}" in run.stderr
    assert "Traceback" not in run.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_leaves_nothing_running(number: signal.Signals) -> None:
    with started("--loop") as run:
        wait_for_the_first_visit(run)
        programs = psutil.Process(run.pid).children(recursive=True)
        assert len(programs) >= 3
        run.send_signal(number)
        out, err = run.communicate(timeout=60)
    assert run.returncode == 0, out + err
    assert "lost 0" in out
    assert "Traceback" not in err
    gone, alive = psutil.wait_procs(programs, timeout=5)
    assert alive == []
    assert len(gone) == len(programs)
