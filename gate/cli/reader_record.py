"""``gate reader record``: keeps frames, only when explicitly asked, loudly, and never under the service manager."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from gate.cli.arguments import CommandError
from gate.cli.files import explained, write_new
from gate.ports import FrameSource
from gate.service.vision.png import png

WARNING = """\
************************************************************************
WARNING: this KEEPS PICTURES OF PEOPLE and of their codes in {folder}.
A gate never does that by itself. Delete the folder when the tuning is
done, and do not leave it on the device.
************************************************************************"""


def check(*, everybody_agreed: bool) -> None:
    """Refuse where nobody said that it may be done, or nobody is there to say it. Raises ``CommandError``."""
    if "INVOCATION_ID" in os.environ:
        raise CommandError("frames are never kept by a service: run this by hand, in a terminal.")
    if not everybody_agreed:
        raise CommandError(
            "the frames will show people and their codes. Ask everybody who will be seen, then add --everybody-agreed."
        )


def record(frames: FrameSource, folder: Path, count: int, wait_s: float) -> int:
    """Write the next frames to a new folder that only its owner can read. 0, also where the source ends before."""
    frame = frames.next(wait_s)
    with explained("make the folder", folder):
        folder.mkdir(mode=0o700, parents=True)
    print(WARNING.format(folder=folder), file=sys.stderr)
    for number in range(count):
        if frame is None:
            print(f"the source ended after {number} frames", file=sys.stderr)
            break
        write_new(folder / f"{number:05}.png", png(frame.main), secret=True)
        frame = frames.next(wait_s) if number + 1 < count else None
    return 0
