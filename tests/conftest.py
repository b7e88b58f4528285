"""What every test gets: a leak of a thread, a child process or a socket fails the test that made it."""

from __future__ import annotations
