"""The decoders' processes of the real service: killed, replaced, given up with an alarm, and gone with the service."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import psutil
import pytest

from gate.credential.model import Colour
from gate.simulation.office import Office
from tests.e2e.living import lines_of, observed, recorded, running, until
from tests.pictures import qr, saved


def decoders_of(service: int) -> dict[str, psutil.Process]:
    """The decoders' living processes of a service, by the name of the library."""
    return {words[-2]: one for one in psutil.Process(service).children() if len(words := words_of(one)) > 2}


def words_of(process: psutil.Process) -> list[str]:
    """Its command line; nothing for one that is dead and not buried yet."""
    try:
        return process.cmdline()
    except psutil.Error:
        return []


def test_each_library_has_a_process_that_says_nothing_of_anybody(config: Path, tmp_path: Path) -> None:
    with running(config, notify=tmp_path / "notify") as (process, systemd):
        systemd.wait_for("READY=1")
        children = decoders_of(process.pid)
        assert children.keys() == {"zxing", "zbar"}
        for one in children.values():
            assert one.cmdline()[1:4] == ["-I", "-m", "gate.service.decoder_child"]
            assert one.cwd() == "/"
            assert "0" not in Path(f"/proc/{one.pid}/status").read_text().partition("Uid:")[2].split()[:4]


@pytest.mark.parametrize("cause", [signal.SIGSEGV, signal.SIGABRT, signal.SIGSTOP])
def test_a_visitor_is_let_in_although_the_decoder_has_just_died(
    config: Path, office: Office, tmp_path: Path, cause: signal.Signals
) -> None:
    picture = saved(qr(office.genuine(Colour.GREEN)), tmp_path / "green.png")
    with running(config, notify=tmp_path / "notify") as (process, systemd):
        systemd.wait_for("READY=1")
        dead = decoders_of(process.pid)["zxing"].pid
        with observed(config) as observer:
            os.kill(dead, cause)
            observer.do("show", picture=str(picture))
            until(observer, lambda: lines_of(observer, "strike") == [True, False])
        assert decoders_of(process.pid)["zxing"].pid != dead
        assert not psutil.pid_exists(dead)
        loaded = Path(f"/proc/{process.pid}/maps").read_text()
        assert not {name for name in ("zxing", "zbar") if name in loaded}


def test_too_many_deaths_are_an_alarm_and_the_other_library_reads_on(
    config: Path, office: Office, tmp_path: Path
) -> None:
    config.write_text(config.read_text() + "\n[decoder]\ndeaths = 2\n")
    picture = saved(qr(office.genuine(Colour.GREEN)), tmp_path / "green.png")
    with running(config, notify=tmp_path / "notify") as (process, systemd):
        systemd.wait_for("READY=1")
        with observed(config) as observer:
            killed: set[int] = set()

            def kill_the_next() -> bool:
                one = decoders_of(process.pid).get("zxing")
                if one is not None and one.pid not in killed:
                    killed.add(one.pid)
                    one.kill()
                return recorded(config, "alarm.raised")

            until(observer, kill_the_next)
            assert len(killed) >= 2
            observer.do("show", picture=str(picture))
            until(observer, lambda: lines_of(observer, "strike")[:1] == [True])
            until(observer, lambda: recorded(config, "access.granted"))
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
        assert process.stderr is not None
        assert "the zxing decoder has died too often" in process.stderr.read()


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGKILL])
def test_they_end_with_the_service(config: Path, tmp_path: Path, end: signal.Signals) -> None:
    with running(config, notify=tmp_path / "notify") as (process, systemd):
        systemd.wait_for("READY=1")
        children = list(decoders_of(process.pid).values())
        assert len(children) == 2
        for one in children:
            one.suspend()  # so that it notices nothing itself
        process.send_signal(end)
        assert process.wait(10) == (0 if end is signal.SIGTERM else -signal.SIGKILL)
        _, alive = psutil.wait_procs(children, timeout=5)
        assert [one for one in alive if one.status() != psutil.STATUS_ZOMBIE] == []
