"""What a child may do once it is confined: nothing but decode. All of it is tried in a real child."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from gate.adapters.decoder_process import landlock, sandbox, seccomp
from gate.adapters.decoder_process.parent import DecoderProcess
from gate.adapters.decoder_process.syscalls import MACHINES
from gate.ports import DecoderDied
from tests.adapters.decoder_process.hostile import order, ready_child

pytestmark = pytest.mark.skipif(os.uname().machine not in MACHINES, reason="no filter of calls for this machine")

DEVICES = sorted(str(path) for path in Path("/dev").glob("gpiochip*"))


@pytest.fixture(scope="module")
def shared() -> Iterator[DecoderProcess]:
    """One child for all that it survives."""
    with ready_child() as decoder:
        yield decoder


def status_of(pid: int) -> dict[str, str]:
    """What the kernel says of a process."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}


@pytest.mark.parametrize(
    "deed",
    [
        "open /etc/passwd",
        "open /dev/null",
        "open /dev/gpiochip0",
        *(f"open {path}" for path in DEVICES),
        "open /proc/self/mem",
        "open /sys/class/gpio/export",
        "create /tmp/gate-frame",
        "create /dev/shm/gate-frame",
        "list /",
        "stat /etc/passwd",
        "memfd",
        "executable",
        "unlimited",
        "send",
    ],
)
def test_it_is_refused(shared: DecoderProcess, deed: str) -> None:
    (answer,) = shared.decode(order(deed))
    assert answer.data in {b"EPERM", b"EACCES"}


@pytest.mark.parametrize(
    "deed",
    [
        "socket AF_INET",
        "socket AF_INET6",
        "socket AF_UNIX",
        "socket AF_NETLINK",
        "pair",
        "fork",
        "exec /bin/true",
        "thread",
        f"kill {os.getpid()}",
    ],
    ids=lambda deed: deed.rstrip("0123456789 "),
)
def test_it_is_killed_for_trying(deed: str) -> None:
    with ready_child() as decoder, pytest.raises(DecoderDied, match="SIGSYS"):
        decoder.decode(order(deed))


def test_it_cannot_write_the_frame() -> None:
    with ready_child() as decoder, pytest.raises(DecoderDied, match="SIGSEGV"):
        decoder.decode(order("deface"))


def test_it_dies_at_its_limit_of_memory_and_the_next_one_works() -> None:
    with ready_child() as decoder:
        with pytest.raises(DecoderDied, match="out of memory"):
            decoder.decode(order("eat"))
        assert decoder.wait_until_ready(20)
        assert decoder.decode(order("")) == ()


def test_its_account_groups_and_properties(shared: DecoderProcess) -> None:
    status = status_of(shared.pid)
    assert status["NoNewPrivs"] == "1"
    assert status["Seccomp"] == "2"
    assert status["Threads"] == "1"
    assert int(status["CapEff"], 16) == int(status["CapPrm"], 16) == 0
    assert "0" not in status["Uid"].split()
    if os.geteuid() == 0:
        assert status["Groups"] == ""


def test_it_has_three_descriptors_to_nowhere_the_link_and_nothing_else(shared: DecoderProcess) -> None:
    shared.decode(order(""))
    if os.geteuid() != 0:
        pytest.skip("only root sees the descriptors of a process that cannot be dumped")
    links = {int(path.name): os.readlink(path) for path in Path(f"/proc/{shared.pid}/fd").iterdir()}  # noqa: PTH115  (a socket's link is not a path)
    assert {number: links[number] for number in (0, 1, 2)} == dict.fromkeys((0, 1, 2), "/dev/null")
    assert links[3].startswith("socket:")
    assert links.keys() == {0, 1, 2, 3}


def limit_of(pid: int, name: str) -> tuple[str, str]:
    """The soft and the hard limit, as the kernel lists them."""
    (row,) = [row for row in Path(f"/proc/{pid}/limits").read_text().splitlines() if row.startswith(name)]
    soft, hard = row.removeprefix(name).split()[:2]
    return soft, hard


@pytest.mark.parametrize(
    ("name", "most"),
    [
        ("Max core file size", 0),
        ("Max file size", 0),
        ("Max processes", 0),
        ("Max locked memory", 0),
        ("Max msgqueue size", 0),
        ("Max open files", 5),
        ("Max address space", 1 << 30),
        ("Max data size", 1 << 30),
    ],
)
def test_its_limits_are_for_good(shared: DecoderProcess, name: str, most: int) -> None:
    soft, hard = limit_of(shared.pid, name)
    assert soft == hard
    assert int(hard) <= most


def test_each_frame_may_use_some_more_cpu_and_a_long_life_is_no_fault(shared: DecoderProcess) -> None:
    shared.decode(order(""))
    soft, hard = limit_of(shared.pid, "Max cpu time")
    assert 3 <= int(soft) < 30
    assert hard == "unlimited"


def test_nobody_can_stop_it_from_ending_when_the_parent_is_stopped() -> None:
    """The CPU limit ends what the parent, which waits very long here, would not."""
    with ready_child() as decoder:
        decoder._answer_s = 60.0
        with pytest.raises(DecoderDied, match="SIGXCPU"):
            decoder.decode(order("hang"))


def test_the_kernel_takes_it_first_when_memory_runs_out(shared: DecoderProcess) -> None:
    assert Path(f"/proc/{shared.pid}/oom_score_adj").read_text().strip() == "1000"


def test_its_command_line_says_nothing_but_what_it_is(shared: DecoderProcess) -> None:
    words = Path(f"/proc/{shared.pid}/cmdline").read_bytes().rstrip(b"\0").decode().split("\0")
    assert words[:2] == [sys.executable, "-I"]
    assert re.fullmatch(r"\d+", words[-1])


def test_it_has_nothing_of_the_services_environment(shared: DecoderProcess) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root sees the environment of a process that cannot be dumped")
    names = {one.partition(b"=")[0] for one in Path(f"/proc/{shared.pid}/environ").read_bytes().split(b"\0") if one}
    assert names == {b"PATH", b"LANG", b"OPENBLAS_NUM_THREADS"}


def test_nothing_of_this_machine_is_lacking(caplog: pytest.LogCaptureFixture) -> None:
    """Where it fails, this machine's kernel has no Landlock or seccomp, which a gate says and lives with."""
    with ready_child():
        assert [one for one in caplog.messages if "seccomp" in one] == []


def test_a_kernel_without_a_filter_is_told_and_lived_with(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused() -> None:
        raise OSError(38, "Function not implemented")

    done: list[str] = []
    for name in ("_first_to_go", "_close_the_rest", "_end_with_the_parent"):
        monkeypatch.setattr(sandbox, name, lambda: done.append("done"))
    monkeypatch.setattr(sandbox, "_nobody", list)
    monkeypatch.setattr(sandbox, "_limit", lambda *_: done.append("limits"))
    monkeypatch.setattr(landlock, "install", refused)
    monkeypatch.setattr(seccomp, "install", refused)
    assert sandbox.confine() == ["Landlock (Function not implemented)", "seccomp (Function not implemented)"]
    assert "limits" in done


def test_a_signal_from_its_parents_terminal_does_not_reach_it(shared: DecoderProcess) -> None:
    assert os.getsid(shared.pid) == shared.pid
