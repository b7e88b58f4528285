"""From the frame that shows a code to the strike: the whole service beside a tutorial's loop, on the same film (B15).

Visitors hold up genuine passes at 30 frames a second; the film goes on meanwhile, and whoever is busy misses frames.
Measured is from the moment a frame is handed to the program, of the frame that led to the release, to the change of
the strike's line. Both play the same file, which is not compressed, so that it costs neither of them a decoding.
"""

from __future__ import annotations

import random
import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any

import av
import numpy as np
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from benchmarks import scenes
from benchmarks.baselines.visit_loop import VisitLoop
from benchmarks.scenes import FPS, Luma
from gate.access.effects import Release
from gate.access.signals import Presented
from gate.adapters import pins_mock
from gate.adapters.clock_system import SystemClock
from gate.adapters.frames_video import VideoFrames
from gate.credential.model import Colour, Verified
from gate.credential.trust import EpochKey, Trust
from gate.credential.verify import verify
from gate.service.signal_log import Handled, read
from gate.simulation.broker import HOST, PrivateBroker
from gate.simulation.house import House
from gate.simulation.office import Office

STRIKE = 17
RELEASE_S = 0.5
PATIENCE_S = 20.0

Spans = list[int]
"""From frame to strike, in nanoseconds."""


def run(seed: int, times: int) -> dict[str, Any]:
    """So many visits, at least, each way; the result as JSON holds it."""
    office = Office.from_seed(random.Random(seed), SystemClock().now().utc)  # noqa: S311  (keys for a benchmark)
    films = scenes.films(seed, lambda: office.genuine(Colour.GREEN).encode())
    rounds = -(-times // len(films))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        film = folder / "visitors.nut"
        write(film, (frame for one in films for frame in one.frames))
        play_s = sum(len(one.frames) for one in films) / FPS
        ours = service(folder, film, office, rounds * play_s)
        theirs = loop(folder, film, office, rounds * play_s)
    rows = {"gate": row(ours), "tutorial loop": row(theirs)}
    return {
        "seed": seed,
        "films": len(films),
        "shown": rounds * len(films),
        "frames_sha256": scenes.digest(frame for one in films for frame in one.frames),
        **rows,
        "ratios": {
            f"B15 frame to strike, {name}, gate of the loop": rows["gate"][name] / rows["tutorial loop"][name]
            for name in ("p50", "p99")
        },
    }


def write(path: Path, frames: Iterator[Luma]) -> None:
    """An uncompressed film of these frames."""
    first = next(frames)
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream("rawvideo", rate=Fraction(FPS))
        stream.height, stream.width = first.shape
        stream.pix_fmt = "gray"
        for luma in (first, *frames):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(luma, format="gray")))
        container.mux(stream.encode(None))


def service(folder: Path, film: Path, office: Office, play_s: float) -> Spans:
    """``gate run`` in a house, with this film as its camera."""
    broker = PrivateBroker(folder)
    config = office.set_up(folder, broker.port)
    config.write_text(changed(config.read_text(), film))
    with House(folder, config, broker) as house:
        house.observer.wait_until(lambda: False, play_s)
        asserted = [one.mono_ns for one in house.observer.lines if one.line == "strike" and one.on]
        house.stop_gate()
    granted = list(releases(folder / "signals.jsonl"))
    return [at_ns - max(one for one in granted if one[0] <= at_ns)[1] for at_ns in asserted]


def changed(config: str, film: Path) -> str:
    """A short release, and a film for a camera."""
    changes = {
        "release_s = 1.0": f"release_s = {RELEASE_S}",
        'source = "stage"': f'source = "video"\npath = "{film}"\nrepeat = true',
    }
    for old, new in changes.items():
        if old not in config:
            raise AssertionError(f"{old} is not in the demo's configuration any more")
        config = config.replace(old, new)
    return config


def releases(log: Path) -> Iterator[tuple[int, int]]:
    """When a code led to a release, and when its frame was captured."""
    for line in read(log):
        if not isinstance(line, Handled) or not isinstance(line.signal, Presented):
            continue
        if any(isinstance(effect, Release) for effect in line.effects):
            yield line.at.mono_ns, line.signal.captured_ns


def loop(folder: Path, film: Path, office: Office, play_s: float) -> Spans:
    """The tutorial's loop on a thread of this process, with the same camera, pins and broker."""
    asserted: Spans = []

    def noted(pin: int, level: bool, mono_ns: int) -> None:  # noqa: FBT001  (gpiozero's order)
        if pin == STRIKE and level:
            asserted.append(mono_ns)

    with ExitStack() as stack:
        broker = stack.enter_context(PrivateBroker(folder))
        frames = VideoFrames(film, repeat=True)
        stack.callback(frames.close)
        client = Client(CallbackAPIVersion.VERSION2)
        client.connect(HOST, broker.port)
        client.loop_start()
        stack.callback(client.loop_stop)
        stack.callback(client.disconnect)
        trust = Trust(office.bundle(), EpochKey("2026-W01", bytes(32)))
        genuine = partial(is_genuine, trust=trust)
        door = VisitLoop(pins_mock.traced_factory(noted, []), STRIKE, frames, genuine)
        stack.callback(door.close)
        stop = threading.Event()
        thread = threading.Thread(target=door.run, args=(stop, RELEASE_S, client))  # noqa: TID251  (beside the measuring)
        thread.start()
        stop.wait(play_s)
        stop.set()
        thread.join(PATIENCE_S)
    return [at_ns - stamp_ns for stamp_ns, at_ns in zip(door.stamps, asserted, strict=True)]


def is_genuine(text: bytes, trust: Trust) -> bool:
    """What the loop asks of a text: the same verification as the gate's."""
    return isinstance(verify(text, trust, SystemClock().now()), Verified)


def row(spans: Spans) -> dict[str, float]:
    """Milliseconds."""
    spans_ms = np.array(spans) / 1e6
    return {
        "visits": len(spans),
        "p50": round(float(np.percentile(spans_ms, 50)), 2),
        "p99": round(float(np.percentile(spans_ms, 99)), 2),
        "worst": round(float(spans_ms.max()), 2),
    }
