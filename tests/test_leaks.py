"""The fixture that catches leaks catches them; each case is a test file of its own, run in another process."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

CONFTEST = "from tests.conftest import no_leaks"

LEAKS = {
    "thread": (
        """
        import threading
        def test_it():
            threading.Thread(target=threading.Event().wait, name="forgotten", daemon=True).start()
        """,
        "*left behind: thread 'forgotten'*",
    ),
    "process": (
        """
        import subprocess
        KEPT = []
        def test_it():
            KEPT.append(subprocess.Popen(["sleep", "999"]))
        """,
        "*left behind: process *: sleep 999*",
    ),
    "internet socket": (
        """
        import socket
        KEPT = []
        def test_it():
            KEPT.append(socket.create_server(("127.0.0.1", 0)))
        """,
        "*left behind: socket:*127.0.0.1*LISTEN*",
    ),
    "socket pair": (
        """
        import socket
        KEPT = []
        def test_it():
            KEPT.append(socket.socketpair())
        """,
        "*left behind: socket:*; socket:*",
    ),
    "leak of a fixture": (
        """
        import threading
        import pytest
        @pytest.fixture
        def helper():
            threading.Thread(target=threading.Event().wait, name="of a fixture", daemon=True).start()
        def test_it(helper):
            pass
        """,
        "*left behind: thread 'of a fixture'*",
    ),
}

CLEAN = """
import socket, subprocess, sys, threading

def test_nothing():
    pass

def test_all_closed_in_time():
    gate = threading.Event()
    threading.Thread(target=lambda: gate.wait(0.2)).start()  # ends by itself, within the grace
    subprocess.Popen(["sleep", "0.2"]).wait()
    with socket.create_server(("127.0.0.1", 0)):
        pass
"""


@pytest.fixture
def isolated(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    pytester.makeconftest(CONFTEST)
    return pytester


@pytest.mark.parametrize("kind", LEAKS)
def test_a_leak_fails_its_test_and_is_named(kind: str, isolated: pytest.Pytester) -> None:
    source, message = LEAKS[kind]
    isolated.makepyfile(source)
    result = isolated.runpytest_subprocess("-p", "no:cacheprovider")
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines([message])


def test_a_clean_test_passes(isolated: pytest.Pytester) -> None:
    isolated.makepyfile(CLEAN)
    isolated.runpytest_subprocess("-p", "no:cacheprovider").assert_outcomes(passed=2)


def test_what_stood_before_the_test_is_not_its_leak(isolated: pytest.Pytester) -> None:
    isolated.makepyfile(
        """
        import threading
        import pytest
        @pytest.fixture(scope="module")
        def shared():
            stop = threading.Event()
            thread = threading.Thread(target=stop.wait)
            thread.start()
            yield
            stop.set()
            thread.join()
        def test_first(shared): pass
        def test_second(shared): pass
        """
    )
    isolated.runpytest_subprocess("-p", "no:cacheprovider").assert_outcomes(passed=2)
