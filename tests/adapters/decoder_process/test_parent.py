"""What the parent makes of a child that dies, hangs, or lies: the gate goes on, and the next child answers."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import closing
from pathlib import Path

import numpy as np
import psutil
import pytest

from gate.adapters.decoder_process.child import START_S
from gate.adapters.decoder_process.frame_memory import LARGEST
from gate.adapters.decoder_process.parent import DecoderProcess
from gate.ports import AdapterError, DecoderDied
from tests.accounts import may_enter
from tests.adapters.decoder_process.hostile import READY_S, child, command, order, ready_child
from tests.adapters.decoder_process.lying_child import GREETINGS, LIES

ROOT = Path(__file__).parents[3]
CODE_OF_SOMEBODY = "HC1:Budi Santoso 3174012345678901"


@pytest.mark.parametrize(
    ("deed", "words"),
    [
        ("segv", "ended by SIGSEGV"),
        ("abort", "ended by SIGABRT"),
        ("eat", "out of memory"),
        (f"fail {CODE_OF_SOMEBODY}", r"exit code 70 \(an error in its code\)"),
        ("say 00", "no known kind"),
        ("say 0300000009000000020000", "something else than the answer"),
    ],
)
def test_a_death_is_told_by_its_cause_and_the_next_child_answers(deed: str, words: str) -> None:
    with ready_child() as decoder:
        first = decoder.pid
        with pytest.raises(DecoderDied, match=words) as told:
            decoder.decode(order(deed))
        assert "Budi" not in str(told.value)
        assert decoder.wait_until_ready(READY_S)
        assert decoder.pid != first
        assert decoder.decode(order("")) == ()


def test_a_child_that_hangs_is_killed_in_time() -> None:
    with child() as decoder:
        decoder.wait_until_ready(READY_S)
        decoder._answer_s = 0.3
        began, pid = time.monotonic(), decoder.pid
        with pytest.raises(DecoderDied, match=r"did not answer within 0\.3 s"):
            decoder.decode(order("hang"))
        assert 0.3 <= time.monotonic() - began < 1.5
        assert not psutil.pid_exists(pid)


def test_the_real_bound_is_a_second() -> None:
    with closing(DecoderProcess("test", command("hostile_child.py", "serve"))) as decoder:
        decoder.wait_until_ready(READY_S)
        began = time.monotonic()
        with pytest.raises(DecoderDied, match="within 1 s"):
            decoder.decode(order("hang"))
        assert 1.0 <= time.monotonic() - began < 2.0


@pytest.mark.parametrize("number", [signal.SIGSEGV, signal.SIGABRT, signal.SIGKILL, signal.SIGTERM])
def test_a_death_between_two_frames_is_seen_at_the_next(number: signal.Signals) -> None:
    with ready_child() as decoder:
        os.kill(decoder.pid, number)
        os.waitid(os.P_PID, decoder.pid, os.WEXITED | os.WNOWAIT)
        with pytest.raises(DecoderDied, match=number.name):
            decoder.decode(order(""))


def test_while_it_starts_there_is_an_error_at_once_and_nobody_has_died() -> None:
    with child() as decoder:
        os.kill(decoder.pid, signal.SIGSTOP)
        began = time.monotonic()
        with pytest.raises(AdapterError, match="is starting") as told:
            decoder.decode(order(""))
        assert time.monotonic() - began < 0.5
        assert not isinstance(told.value, DecoderDied)
        assert not decoder.wait_until_ready(0.05)
        os.kill(decoder.pid, signal.SIGCONT)
        assert decoder.wait_until_ready(READY_S)


def test_one_that_never_starts_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    assert START_S < 15
    monkeypatch.setattr("gate.adapters.decoder_process.child.START_S", 0.0)
    with child() as decoder:
        pid = decoder.pid
        with pytest.raises(DecoderDied, match="did not start"):
            decoder.decode(order(""))
        assert not psutil.pid_exists(pid)


def test_a_library_that_is_missing_is_told_in_its_own_words_made_inert() -> None:
    with child(argument="refuse") as decoder:
        with pytest.raises(AdapterError) as told:
            decoder.wait_until_ready(READY_S)
        assert str(told.value) == "The hostile decoder cannot start:? no ?[31mlibrary?."


def test_a_programme_that_is_not_there_is_told() -> None:
    with pytest.raises(AdapterError, match="cannot be started: No such file"):
        DecoderProcess("test", ["/nowhere/python"])


@pytest.mark.parametrize("lie", [*LIES, *GREETINGS, "goodbye", "a byte at a time"])
def test_a_lie_ends_the_child_and_nothing_else(lie: str) -> None:
    with child("lying_child.py", lie, answer_s=0.3) as decoder:
        began = time.monotonic()
        with pytest.raises(AdapterError, match="the test decoder"):
            _ = decoder.wait_until_ready(READY_S) and decoder.decode(order(""))
        assert time.monotonic() - began < 5


def ways_to_nowhere() -> int:
    """How many descriptors of this process lead where a child's first three do."""
    links = [os.readlink(f"/proc/self/fd/{number}") for number in range(200) if _is_open(number)]  # noqa: PTH115  (not a path)
    return links.count("/dev/null")


def _is_open(number: int) -> bool:
    try:
        os.fstat(number)
    except OSError:
        return False
    return True


def test_descriptors_that_a_child_sends_go_nowhere() -> None:
    before = ways_to_nowhere()
    with child("lying_child.py", "descriptors") as decoder:
        decoder.wait_until_ready(READY_S)
        assert decoder.decode(order("")) == ()
        assert ways_to_nowhere() == before


def test_an_answer_that_came_before_its_question_is_none() -> None:
    with child("lying_child.py", "too much") as decoder:
        decoder.wait_until_ready(READY_S)
        assert decoder.decode(order("")) == ()
        with pytest.raises(DecoderDied, match="something else than the answer"):
            decoder.decode(order(""))


def test_a_larger_frame_gets_a_larger_memory_and_a_smaller_one_the_same() -> None:
    with ready_child() as decoder:
        memories = []
        for side in (64, 300, 200, 1500, 64):
            assert decoder.decode(np.zeros((side, side), np.uint8)) == ()
            memories.append(decoder._memory)
        assert memories[1] is memories[2] is not memories[0]
        assert memories[3] is memories[4] is not memories[2]


def test_a_frame_beyond_all_measure_is_refused_without_a_death() -> None:
    with ready_child() as decoder:
        endless = np.broadcast_to(np.uint8(0), (LARGEST + 1, 1))
        with pytest.raises(AdapterError, match="larger than a decoder takes") as told:
            decoder.decode(endless)
        assert not isinstance(told.value, DecoderDied)
        assert decoder.decode(order("")) == ()


def test_close_ends_a_wait_of_another_thread_and_no_child_is_started_any_more() -> None:
    with ready_child() as decoder:
        ended: list[AdapterError] = []
        first = psutil.Process(decoder.pid)

        def read() -> None:
            try:
                decoder.decode(order("hang"))
            except AdapterError as error:
                ended.append(error)

        reading = threading.Thread(target=read)  # noqa: TID251  (the reader of this test)
        reading.start()
        while first.cpu_times().user < 0.3:  # it hangs by now
            assert reading.is_alive()
        began = time.monotonic()
        decoder.close()
        reading.join(5)
        assert time.monotonic() - began < 1
        assert len(ended) == 1
        assert not first.is_running()
        assert decoder.pid == 0
        with pytest.raises(AdapterError, match="closed"):
            decoder.decode(order(""))


def test_it_ends_with_its_parent_however_that_ends() -> None:
    """Also while it hangs in a frame, when it sees nothing of the link."""
    programme = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from tests.adapters.decoder_process.hostile import child, order\n"
        "with child(answer_s=60) as decoder:\n"
        "    decoder.wait_until_ready(20)\n"
        "    print(decoder.pid, flush=True)\n"
        "    decoder.decode(order('hang'))\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", programme, str(ROOT)], stdout=subprocess.PIPE, text=True)
    with parent:
        assert parent.stdout is not None
        orphan = psutil.Process(int(parent.stdout.readline()))
        parent.kill()
    psutil.wait_procs([orphan], timeout=5)
    assert not orphan.is_running() or orphan.status() == psutil.STATUS_ZOMBIE


def test_it_is_confined_for_any_account() -> None:
    """A service that is not root cannot become nobody, and all the rest holds."""
    if os.geteuid() != 0:
        pytest.skip("only root can be somebody else")
    if not may_enter(ROOT):
        pytest.skip(f"another account cannot read this checkout: {ROOT} or a folder above it is private (chmod o+x)")
    other = ["setpriv", "--reuid=54321", "--regid=54321", "--clear-groups", "--no-new-privs"]
    with closing(DecoderProcess("test", [*other, *command("hostile_child.py", "serve")], answer_s=5)) as decoder:
        decoder.wait_until_ready(READY_S)
        assert psutil.Process(decoder.pid).uids().real == 54321
        (answer,) = decoder.decode(order("open /etc/passwd"))
        assert answer.data == b"EPERM"
        with pytest.raises(DecoderDied, match="SIGSYS"):
            decoder.decode(order("socket AF_INET"))


def test_stricter_limits_of_the_service_itself_do_not_keep_it_from_starting() -> None:
    """As ``LimitCPU=`` and ``LimitAS=`` of systemd set them."""
    limited = ["prlimit", "--cpu=2:60", "--as=300000000", "--nofile=64"]
    with closing(DecoderProcess("test", [*limited, *command("hostile_child.py", "serve")], answer_s=5)) as decoder:
        assert decoder.wait_until_ready(READY_S)
        assert decoder.decode(order("")) == ()
        limits = Path(f"/proc/{decoder.pid}/limits").read_text()
        assert re.search(r"Max cpu time +\d+ +60 ", limits)
        assert re.search(r"Max address space +(\d{8}|[12]\d{8}|300000000) ", limits)


def test_the_link_is_a_private_pair() -> None:
    with ready_child() as decoder:
        assert decoder._child is not None
        link = decoder._child._link
        assert link.family == socket.AF_UNIX
        assert link.getsockname() == link.getpeername() == ""
