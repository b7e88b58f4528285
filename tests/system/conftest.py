"""Tests that need a chroot, a container or a guest run only when they are asked for: ``./install.sh system``."""

from __future__ import annotations

import pytest


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Skip them, with the way to run them as the reason."""
    if "system" in str(config.option.markexpr):
        return
    for item in items:
        if item.get_closest_marker("system"):
            item.add_marker(pytest.mark.skip(reason="a system test: ./install.sh system"))
