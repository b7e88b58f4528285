"""The one thread that waits for edges, for all inputs of a factory.

``look`` of every watched descriptor is called on each wake-up, and at least once a second: a change whose edge was lost
is found by reading the level again.  The thread begins with the first watched descriptor.  It is a daemon, because
Python joins other threads before it runs ``atexit``, and the lines are secured there.
"""

from __future__ import annotations

import os
import select
import threading
from collections.abc import Callable

REREAD_S = 1.0
STOP_S = 1.0


class EdgeReader:
    """Any thread may call; an exception of a ``look`` ends the thread, and the process hears of it."""

    def __init__(self) -> None:
        self._looks: dict[int, Callable[[], None]] = {}
        self._epoll: select.epoll | None = None
        self._waker = -1
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None  # noqa: TID251  (the type)

    def watch(self, descriptor: int, look: Callable[[], None]) -> None:
        """From now on call ``look`` on the reader's thread."""
        epoll = self._started()
        self._looks[descriptor] = look
        epoll.register(descriptor, select.EPOLLIN)

    def unwatch(self, descriptor: int) -> None:
        """A ``look`` that has begun may still end."""
        if self._looks.pop(descriptor, None) is not None and self._epoll is not None:
            self._epoll.unregister(descriptor)

    def stop(self) -> None:
        """End the thread; one that hangs in a ``look`` is left behind."""
        if self._thread is None or self._stopping.is_set():
            return
        self._stopping.set()
        os.eventfd_write(self._waker, 1)
        if self._thread is threading.current_thread():
            return
        self._thread.join(STOP_S)
        if not self._thread.is_alive():
            self._close()

    def forget(self) -> None:
        """In a forked child: close what is shared with the parent, and change nothing of it.

        ``epoll.unregister`` would: parent and child share the kernel's list of descriptors.
        """
        self._looks.clear()
        self._stopping.set()
        self._close()

    def _started(self) -> select.epoll:
        if self._epoll is None:
            self._epoll = select.epoll()
            self._waker = os.eventfd(0)
            self._epoll.register(self._waker, select.EPOLLIN)
            self._thread = threading.Thread(  # noqa: TID251  (the driver's own; docs/threads.md lists it)
                target=self._run, name="gpio edges", daemon=True
            )
            self._thread.start()
        return self._epoll

    def _run(self) -> None:
        epoll = self._epoll
        assert epoll is not None  # noqa: S101  (made before the thread)
        while not self._stopping.is_set():
            epoll.poll(REREAD_S)
            for look in list(self._looks.values()):
                if self._stopping.is_set():
                    return
                look()

    def _close(self) -> None:
        if self._epoll is not None:
            self._epoll.close()
            os.close(self._waker)
            self._epoll = None
