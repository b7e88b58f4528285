"""The environment of a program whose modules or time a test looks at, without the tracing of coverage in it."""

from __future__ import annotations

import os


def untraced() -> dict[str, str]:
    """This process's environment, with nothing that would start coverage in a child."""
    return {name: value for name, value in os.environ.items() if not name.startswith("COV")}
