"""``gate demo``: visitors come to a simulated door; the real service, a real broker and a real watcher do the rest."""

from __future__ import annotations

import argparse
import itertools
import os
import random
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from gate.cli.arguments import port
from gate.configuration.kinds import AF_UNIX_LONGEST_BYTES
from gate.ports import AdapterError

PICTURES = {".png", ".jpg", ".jpeg"}
RECEIVE_S = 10.0
REREAD_S = 3.0
OWN_REREAD_S = 0.5
"""Own pictures may show the same code again and again; each is a visit."""


def add_parser(subparsers: Any) -> None:
    """Add the subcommand."""
    parser = subparsers.add_parser(
        "demo",
        help="let simulated visitors come to a simulated door",
        description="Starts a private broker, the real service and a watcher, and lets visitors come to the door.",
        epilog="Exit code 0: all as expected; 1: something was not; 2: it could not start; 130: interrupted.",
    )
    parser.add_argument("--seed", type=int, help="decides keys, poses and light (default: random, printed)")
    parser.add_argument("--images", type=Path, metavar="DIR", help="show the pictures of this folder instead")
    parser.add_argument("--loop", action="store_true", help="keep going until Ctrl-C")
    parser.add_argument("--plain", action="store_true", help="no colour (also without a terminal)")
    parser.add_argument("--port", type=port, help="the private broker's port (default: a free one)")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="keep pictures, journal and logs in this new folder")
    parser.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """Play the demo."""
    from gate.simulation.errors import SimulationError  # noqa: PLC0415  (not for gate --help)
    from gate.simulation.interrupts import as_interrupt  # noqa: PLC0415  (as above)

    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, as_interrupt)
    try:
        return _play(args)
    except (SimulationError, AdapterError) as error:
        print(f"gate demo: {error}", file=sys.stderr)
        return 2
    except ImportError as error:
        print(
            f"gate demo: {error.name} is missing. Run ./install.sh demo, or: pip install 'gate[demo]'", file=sys.stderr
        )
        return 2


def _play(args: argparse.Namespace) -> int:
    from gate.adapters.clock_system import SystemClock  # noqa: PLC0415  (not for gate --help)
    from gate.simulation.account import settle  # noqa: PLC0415  (as above)
    from gate.simulation.broker import PrivateBroker  # noqa: PLC0415  (as above)
    from gate.simulation.house import House  # noqa: PLC0415  (as above)
    from gate.simulation.played import Played  # noqa: PLC0415  (as above)
    from gate.simulation.programme import Programme, own_pictures  # noqa: PLC0415  (as above)
    from gate.simulation.report import Paper  # noqa: PLC0415  (as above)
    from gate.simulation.visit import Door  # noqa: PLC0415  (as above)

    pictures = _pictures_of(args.images)
    paper = Paper(plain=args.plain or not sys.stdout.isatty())
    seed = random.SystemRandom().randrange(2**31) if args.seed is None else args.seed
    with ExitStack() as stack:
        folder = _folder(args.keep, stack)
        programme = Programme.of(seed, folder, SystemClock().now().utc)
        broker = PrivateBroker(folder, args.port)
        reread_s = OWN_REREAD_S if pictures else REREAD_S
        config = programme.office.set_up(folder, broker.port, reread_s)
        house = stack.enter_context(House(folder, config, broker))
        print(f"gate demo, seed {seed}: one gate, one broker on port {broker.port}, one watcher at the centre\n")
        door = Door(house.observer)

        def rounds() -> Iterator[Played]:
            for number in itertools.count(1):
                yield from own_pictures(pictures, door) if pictures else programme.round(number, door)
                if not args.loop:
                    return

        played: list[Played] = []
        interrupted = False
        try:
            for one in rounds():
                played.append(one)
                print(paper.visit(len(played), one), flush=True)
        except KeyboardInterrupt:
            interrupted = True
            print("\nstopping", flush=True)
        code = house.stop_gate()
        house.observer.wait_until(lambda: settle(folder, house.observer.messages).balanced, RECEIVE_S)
        account = settle(folder, house.observer.messages)
        problems = [] if code == 0 else [f"the gate did not stop in order: exit code {code}"]
        print(paper.summary([one.seen for one in played], account, problems), flush=True)
        as_expected = account.balanced and not problems and not any(one.problems for one in played)
    if interrupted and not args.loop:
        return 130
    return 0 if as_expected else 1


def _folder(keep: Path | None, stack: ExitStack) -> Path:
    from gate.simulation.errors import SimulationError  # noqa: PLC0415  (as above)

    if keep is None:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="gate-demo-")))
    else:
        folder = keep.resolve()
    if len(os.fsencode(folder / "bench.sock")) > AF_UNIX_LONGEST_BYTES:
        raise SimulationError(f"{folder} is too long a path for a socket. Set TMPDIR, or --keep, to a shorter one.")
    if keep is not None:
        try:
            folder.mkdir(parents=True)
        except OSError as error:
            raise SimulationError(f"--keep {keep}: {error.strerror}. Name a folder that does not exist yet.") from error
    return folder


def _pictures_of(folder: Path | None) -> list[Path]:
    from gate.simulation.errors import SimulationError  # noqa: PLC0415  (as above)

    if folder is None:
        return []
    try:
        found = sorted(path.resolve() for path in folder.iterdir() if path.suffix.lower() in PICTURES)
    except OSError as error:
        raise SimulationError(f"--images {folder}: {error.strerror}. Name a folder of pictures.") from error
    if not found:
        raise SimulationError(f"--images {folder}: no PNG or JPEG pictures in it.")
    return found
