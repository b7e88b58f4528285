"""``gate demo`` as a user runs it."""

from __future__ import annotations

import random
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import psutil
import pytest
from PIL import Image

from gate.simulation.broker import HOST
from tests.pictures import qr, saved

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
def test_a_fresh_seed_comes_out_as_expected() -> None:
    come_out_as_expected(1)


def come_out_as_expected(count: int) -> None:
    """So many demos at once, each of visitors whom nobody has seen before."""
    seeds = [random.SystemRandom().randrange(2**31) for _ in range(count)]
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


def test_own_pictures_are_shown_one_visit_each(tmp_path: Path) -> None:
    for name in ("a.png", "b.png"):
        saved(qr("GP1:SOMETHING"), tmp_path / name)
    Image.new("L", (640, 480), 128).save(tmp_path / "c.png")
    run = demo("--images", str(tmp_path))
    assert run.returncode == 0, run.stdout + run.stderr
    assert run.stdout.count("held (no colour, malformed)") == 2
    assert re.search(r"c\.png  shown\n +door +all lamps dark", run.stdout)
    assert "lost 0" in run.stdout


def test_a_file_that_is_no_picture_is_told_and_the_others_are_shown(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_text("no picture")
    saved(qr("GP1:SOMETHING"), tmp_path / "b.png")
    run = demo("--images", str(tmp_path))
    assert run.returncode == 1
    assert re.search(r"a\.png  NOT SHOWN", run.stdout)
    assert "held (no colour, malformed)" in run.stdout
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


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP])
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


def _appeared(run: subprocess.Popen[str], program: str) -> bool:
    """Whether the demo has started this program; waits a moment to see."""
    try:
        run.wait(0.002)
    except subprocess.TimeoutExpired:
        pass
    else:
        raise AssertionError("the demo ended by itself")
    with suppress(psutil.Error):
        return any(program in child.cmdline() for child in psutil.Process(run.pid).children())
    return False


@pytest.mark.parametrize("program", ["mosquitto.conf", "watch", "run"])
def test_an_interrupt_while_it_starts_leaves_nothing_running(program: str, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    name = str(kept / program) if program == "mosquitto.conf" else program
    with started("--keep", str(kept)) as run:
        while not _appeared(run, name):
            pass
        programs = psutil.Process(run.pid).children(recursive=True)
        run.send_signal(signal.SIGTERM)
        out, err = run.communicate(timeout=60)
    assert run.returncode == 130, out + err
    assert "Traceback" not in err
    assert psutil.wait_procs(programs, timeout=5)[1] == []
    assert not [one for one in psutil.process_iter(["cmdline"]) if str(kept) in " ".join(one.info["cmdline"] or [])]
