"""How commands read and write files: bounded, never over an existing key, and with errors that say what to do."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gate.cli.arguments import CommandError

MOST_BYTES = 4 * 1024 * 1024


def read(path: Path, most: int = MOST_BYTES) -> bytes:
    """The bytes of a file of sensible size."""
    with explained("read", path), path.open("rb") as file:
        raw = file.read(most + 1)
    if len(raw) > most:
        raise CommandError(f"{path} is larger than {most} bytes, so it is not what this command reads.")
    return raw


def write_new(path: Path, data: bytes, *, secret: bool) -> None:
    """Write a file that must not exist yet; a secret one is for its owner alone."""
    with explained("write", path):
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600 if secret else 0o644)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())


def replace(path: Path, data: bytes) -> None:
    """Write a file whole or not at all, over an older one if there is one."""
    draft = path.with_name(f".{path.name}.new")
    with explained("write", path):
        draft.unlink(missing_ok=True)
    write_new(draft, data, secret=False)
    with explained("write", path):
        draft.replace(path)


def require_absent(*paths: Path) -> None:
    """Refuse to go on where a file would be overwritten."""
    for path in paths:
        if path.exists() or path.is_symlink():
            raise CommandError(f"{path} exists and is never overwritten. Move it away, or choose another name.")


def make_folder(path: Path) -> None:
    """Make a folder and those above it."""
    with explained("make the folder", path):
        path.mkdir(parents=True, exist_ok=True)


@contextmanager
def explained(what: str, path: Path) -> Iterator[None]:
    """Turn what the system says into one sentence."""
    try:
        yield
    except FileExistsError as error:
        raise CommandError(f"{path} exists and is never overwritten. Move it away, or choose another name.") from error
    except OSError as error:
        raise CommandError(f"Cannot {what} {path}: {error.strerror}. Check the name and the permissions.") from error
