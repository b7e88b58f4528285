"""A worker of the centre as a process of its own, and what it is told."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.e2e.living import Systemd

RUN = [sys.executable, "-m", "gate.cli.main", "central", "run", "--config"]
ENDS_S = 20.0


def configured(folder: Path, tables: Mapping[str, Mapping[str, object]]) -> Path:
    """A file with these keys."""
    file = folder / "central.toml"
    lines = [
        f"[{name}]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in keys.items())
        for name, keys in tables.items()
    ]
    file.write_text("".join(lines))
    return file


@contextmanager
def working(config: Path, *words: str) -> Iterator[tuple[subprocess.Popen[str], Systemd]]:
    """The process, and what it tells systemd; it is killed in the end, if it is still there."""
    notify = config.parent / f"notify-{len(list(config.parent.glob('notify-*')))}"
    systemd = Systemd(notify)
    environment = os.environ | {"NOTIFY_SOCKET": str(notify)}
    process = subprocess.Popen([*RUN, str(config), *words], env=environment, stderr=subprocess.PIPE, text=True)
    try:
        yield process, systemd
    finally:
        process.kill()
        process.communicate()
        systemd.socket.close()
        notify.unlink()
