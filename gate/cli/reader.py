"""``gate reader``: how well codes are read. ``bench`` measures, ``record`` keeps frames for tuning when told to.

Neither verifies anything nor touches the door, and the service has no such option.
"""

from __future__ import annotations

import argparse
import time
from contextlib import closing
from pathlib import Path
from typing import Any

from gate.cli.arguments import CommandError, natural, plain_errors
from gate.cli.decoders import MODES, decoders
from gate.ports import FrameSource

_PICTURE_S = 1.0
_REPLAY_WAIT_S = 1.0
_CAMERA_WAIT_S = 10.0
"""How long a source may give nothing until it has ended; a camera needs a while for its first frame."""
_CONFIG_ENDING = ".toml"


def add_parser(subparsers: Any) -> None:
    """Add the subcommand and its own two."""
    parser = subparsers.add_parser("reader", help="measure how well codes are read, or keep frames for tuning")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _add_bench(commands)
    _add_record(commands)


def _add_bench(commands: Any) -> None:
    parser = commands.add_parser(
        "bench",
        help="show frames a second, change gate, attempts and decode times; or the rate of a folder of pictures",
        description="Reads pictures or a film as the gate does, and shows what is tried. With --expect, every picture "
        "is shown until it is read or every rung was tried, and what was read is compared. CPU is that of this "
        "process for all frames of a picture; the half picture, which a camera gives for nothing, is not counted.",
        epilog="Exit code 0: done; 1: something was read that is not in the pictures; 2: wrong options or files.",
    )
    _add_source(parser)
    parser.add_argument(
        "--expect",
        type=Path,
        metavar="FILE",
        help='JSON lines {"file": name, "text": text or null, "group": name}; "texts" for several codes',
    )
    parser.add_argument("--json", action="store_true", help="print one JSON document (with --expect)")
    parser.add_argument("--decoder", choices=MODES, default="auto", help="which decoders to use (default auto)")
    parser.add_argument("--picture", action="store_true", help="draw the frame and what is tried with characters")
    parser.add_argument("--seconds", type=natural, help="end after so many seconds")
    parser.set_defaults(func=bench)


def _add_record(commands: Any) -> None:
    parser = commands.add_parser(
        "record",
        help="KEEPS PICTURES OF PEOPLE: write frames to a folder, for tuning only",
        description="Writes frames as PNG files to a new folder that only you can read. They show people and their "
        "codes: ask everybody who is in them, take them from the device, and delete them when the tuning is done.",
        epilog="Exit code 0: done; 2: wrong options, or run by the service manager.",
    )
    _add_source(parser)
    parser.add_argument("--to", type=Path, required=True, metavar="DIR", help="a folder that does not exist yet")
    parser.add_argument("--frames", type=natural, default=30, help="how many frames (default 30)")
    parser.add_argument("--everybody-agreed", action="store_true", help="everybody who will be seen has agreed to it")
    parser.set_defaults(func=record)


def _add_source(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--source",
        type=Path,
        required=True,
        metavar="DIR|FILE",
        help="a folder of pictures, one picture, a film, or the gate.toml of a gate that is stopped: its camera",
    )
    parser.add_argument("--fps", type=natural, default=30, help="frames a second of pictures (default 30)")


@plain_errors("gate reader bench")
def bench(args: argparse.Namespace) -> int:
    """Measure."""
    from gate.cli import reader_live, reader_stills  # noqa: PLC0415  (load numpy; gate --help needs none)
    from gate.service.vision.ladder import Ladder  # noqa: PLC0415  (as above)

    if args.json and args.expect is None:
        raise CommandError("--json goes with --expect: without it there is no end to sum up.")
    with closing(Ladder(decoders(args.decoder), time.process_time_ns)) as ladder:
        if args.expect is not None:
            return reader_stills.bench(args.source, args.expect, ladder, _read_picture, as_json=args.json)
        with closing(_frames(args.source, args.fps)) as frames:
            wait_s = _wait_s(args.source)
            return reader_live.show(frames, ladder, wait_s, seconds=args.seconds, with_picture=args.picture)


@plain_errors("gate reader record")
def record(args: argparse.Namespace) -> int:
    """Keep frames."""
    from gate.cli import reader_record  # noqa: PLC0415  (loads numpy; gate --help needs none)

    reader_record.check(everybody_agreed=args.everybody_agreed)
    with closing(_frames(args.source, args.fps)) as frames:
        return reader_record.record(frames, args.to, args.frames, _wait_s(args.source))


def _frames(source: Path, fps: int) -> FrameSource:
    from gate.adapters.frames_files import PICTURE_ENDINGS, PictureFrames  # noqa: PLC0415  (loads numpy)

    if source.suffix == _CONFIG_ENDING:
        return _camera(source)
    if source.is_dir() or source.suffix.lower() in PICTURE_ENDINGS:
        shown = source if source.is_dir() else [source]
        return PictureFrames(shown, fps=fps, picture_s=_PICTURE_S, repeat=False)
    from gate.adapters.frames_video import VideoFrames  # noqa: PLC0415  (loads a library that may be missing)

    return VideoFrames(source, repeat=False)


def _camera(file: Path) -> FrameSource:
    """The live camera that this configuration names, set as the service sets it."""
    from gate.service.camera_parts import opened  # noqa: PLC0415  (loads numpy)
    from gate.service.config import ConfigErrors, load  # noqa: PLC0415  (most sources need none)

    try:
        return opened(load(file).camera)
    except ConfigErrors as errors:
        raise CommandError(str(errors)) from None


def _wait_s(source: Path) -> float:
    return _CAMERA_WAIT_S if source.suffix == _CONFIG_ENDING else _REPLAY_WAIT_S


def _read_picture(path: Path) -> Any:
    from gate.adapters.frames_files import read_picture  # noqa: PLC0415  (loads numpy)

    return read_picture(path)
