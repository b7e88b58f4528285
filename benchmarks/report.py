"""The results of the parts, as people read them."""

from __future__ import annotations

from typing import Any

from benchmarks import plot
from benchmarks.baselines.tutorial_imports import ONLY_HERE
from benchmarks.door import TARGETS_MS

Result = dict[str, Any]

STARTING_CPU, STARTING_MEMORY = 0.45, 0.55
"""Of the baseline's: B14."""

TARGETS: dict[str, tuple[str, float]] = {
    "B1 CPU, naive pyzbar of gate, empty": (">=", 100),
    "B1 CPU, tuned pyzbar of gate, empty": (">=", 80),
    "B1 CPU, naive pyzbar of gate, people passing": (">=", 20),
    "B2 decoded, of tuned pyzbar": (">=", 1.6),
    "B2 decoded, of the union": (">=", 0.93),
    "B3 CPU, naive pyzbar of gate": (">=", 80),
    "B3 CPU, tuned pyzbar of gate": (">=", 25),
    "B4 time to code, gate of tuned pyzbar, CPU x1": ("<=", 0.85),
    "B4 time to code, gate of tuned pyzbar, CPU x4": ("<=", 0.70),
    "B4 time to code, gate of tuned pyzbar, CPU x20": ("<=", 0.55),
    "B4 films read by gate at every speed": (">=", 6),
    "B5 CPU, worst attempt of worst tuned pyzbar": ("<=", 1.0),
    "B5 CPU, worst attempt of worst tuned pyzbar, zbar alone": ("<=", 1.0),
    "B6 wrong payloads": ("<=", 0),
    "B11 drained, gate of publish and wait (outbox table), loopback": (">=", 50),
    "B11 drained, gate of publish and wait (outbox table), 40 ms": (">=", 800),
    "B11 drained, gate of publish and wait (memory), 40 ms": (">=", 800),
    "B11 added memory, MiB": ("<=", 10),
    "B13 CPU of an event, tutorial of gate, single": (">=", 2.5),
    "B13 CPU of an event, tutorial of gate, batched": (">=", 10),
    "B15 frame to strike, p50, gate of the loop": ("<=", 0.5),
    "B15 frame to strike, p99, gate of the loop": ("<=", 0.5),
}


def ratios(measured: Result) -> None:
    """How reading compares, and whether the targets are met."""
    digest = measured.get("pictures_sha256") or measured["frames_sha256"]
    print(f"inputs {digest[:16]}…")
    for key, value in measured.items():
        if isinstance(value, dict) and key != "ratios":
            for row, figures in value.items():
                print(f"    {key} {row}: {figures}")
        elif key == "change_gate_ms_per_frame":
            print(f"    {key}: {value}")
    judged(measured)


def judged(measured: Result) -> None:
    """Each ratio with its target."""
    for name, ratio in measured["ratios"].items():
        sign, target = TARGETS.get(name, ("", 0))
        told = f"{'met' if plot.met(ratio, sign, target) else 'MISSED'} (target {sign} {target:g})" if sign else ""
        print(f"  {name}: {ratio:.3g} {told}", flush=True)


def round_trip(measured: Result) -> None:
    """What a decoder in a process of its own costs beside one in this process."""
    print("decoders in processes of their own:")
    for name in ("zxing", "zbar"):
        here, child = (measured[f"{name} {where}"] for where in ("here", "child"))
        print(
            f"  {name}: {child['wall_ms'] / here['wall_ms']:.2f} x the time of a frame here, "
            f"{child['own_cpu_ms'] / here['own_cpu_ms']:.3f} x the CPU of the service"
        )


def visit(measured: Result) -> None:
    """From the frame to the strike, and whether the targets are met."""
    print(f"visits: seed {measured['seed']}, {measured['shown']} shown, frame to strike in milliseconds")
    for name in ("gate", "tutorial loop"):
        print(f"  {name:16} {measured[name]}")
    judged(measured)


def verifying(measured: Result) -> None:
    """Each format beside its own signature check, and what a bomb costs."""
    print(f"verifying: seed {measured['seed']}, {measured['codes']} codes of each format, text to verified claims")
    for name, row in measured["formats"].items():
        print(
            f"  {name:16} {row['median']:.2f} x its signature check, worst {row['worst']:.2f} x, "
            f"{row['characters']} characters, {row['sha256'][:16]}…"
        )
    for name, ratio in measured["bombs"].items():
        print(f"  a bomb of {name}: refused for {ratio:.2f} raw ES256 verifications")


def denylist(measured: Result) -> None:
    """A lookup and the private memory beside a table's and a set's."""
    print(f"deny list: seed {measured['seed']}, {measured['entries']} entries, {measured['digests_sha256'][:16]}…")
    ours = measured["ways"]["gate"]
    for name, row in measured["ways"].items():
        print(
            f"  {name:16} CPU of a lookup: gate needs {ours['lookup_us_median'] / row['lookup_us_median']:.2f} x of it "
            f"(worst batch {ours['lookup_us_worst'] / row['lookup_us_worst']:.2f} x), "
            f"private memory {row['private_kib'] / ours['private_kib']:.0f} x gate's {ours['private_kib']} KiB"
        )


def core(measured: Result) -> None:
    """What a decision costs, and that its cost and memory stay."""
    print(f"core: seed {measured['seed']}, {measured['visits']} visits")
    es256_us = measured["es256_us"]
    print(f"  raw ES256 verification    {es256_us} us CPU")
    for what, key, per_s in (
        ("verdict -> effects", "decision_us", "decisions_per_s"),
        ("text -> effects", "text_us", "texts_per_s"),
    ):
        print(f"  {what:25} {measured[key]} us CPU, {measured[per_s]}/s, {measured[key] / es256_us:.1f} x ES256")
    for part in measured["parts"]:
        print(
            f"  after {part['visits']:>8} visits: {part['visit_us']} us CPU a visit, "
            f"{part['rss_mb']} MB, {part['objects']} objects"
        )


def door(measured: Result) -> None:
    """How soon the door follows, beside a loop that does everything in one thread."""
    gate, loop = measured["gate"], measured["tutorial loop"]
    print(f"door: seed {measured['seed']}, gate {gate['times']} times, tutorial loop {loop['times']} times each")
    print("  in ms: median, p99, worst")
    for what, (figure, target, stretch) in TARGETS_MS.items():
        ours, theirs = gate[what], loop[what]
        print(
            f"  {what:25} gate {_three(ours)}; tutorial loop {_three(theirs)}; "
            f"target {figure} <= {target} ({stretch}): {'met' if ours[figure] <= target else 'MISSED'}"
        )


def storage(measured: Result) -> None:
    """What an event costs the card over its life (B10)."""
    print(f"storage: seed {measured['seed']}, {measured['events']} events of {measured['event_bytes']} bytes")
    print(f"  counted: {measured['counted']}")
    for name, value in measured["bytes_per_event"].items():
        print(f"  {name:16} {value} bytes written an event, worst {measured['bytes_per_event_worst'][name]}")
    (ratio,) = measured["ratios"].values()
    print(f"  tutorial outbox of gate: {ratio:.1f} x, target >= 8 (30): {'met' if ratio >= 8 else 'MISSED'}")  # noqa: PLR2004  (B10)


def draining(measured: Result) -> None:
    """How fast a backlog goes beside publish-and-wait-each (B11)."""
    print(f"draining: seed {measured['seed']}, {measured['events']} events, {measured['rounds']} rounds")
    for name, row in measured["ways"].items():
        print(f"  {name:24} {row['per_s']:.0f} events/s, CPU {row['cpu_us']:.0f} us an event")
    for name, ratio in measured["ratios"].items():
        sign, target = TARGETS.get(name, ("", 0))
        judged = f"{'met' if plot.met(ratio, sign, target) else 'MISSED'} (target {sign} {target:g})" if sign else ""
        print(f"  {name}: {ratio:.3g} {judged}", flush=True)


def ingesting(measured: Result) -> None:
    """What the centre spends on an event beside a tutorial's loop (B13)."""
    print(f"ingesting: seed {measured['seed']}, {measured['messages']} messages, {measured['rounds']} rounds")
    for name, row in measured["ways"].items():
        print(
            f"  {name:24} {row['cpu_us']} us CPU an event, worst {row['cpu_us_worst']}; {row['per_cpu_s']} a CPU second"
        )
    judged(measured)


def starting(measured: Result) -> None:
    """What loading the service costs beside two sets of imports (B14)."""
    print(
        f"starting: seed {measured['seed']}, {measured['rounds']} rounds, "
        f"naive imports {'with' if measured['opencv'] else 'without'} OpenCV"
    )
    for name, row in measured["ways"].items():
        print(
            f"  {name:34} CPU {row['cpu_ms_median']:.0f} ms, worst {row['cpu_ms_worst']:.0f}; {row['peak_mib']:.0f} MiB"
        )
    whole = measured["serving"]
    print(
        f"  gate run, ready: itself CPU {whole['cpu_ms']:.0f} ms, {whole['mib']:.0f} MiB (PSS); "
        f"its two decoders CPU {whole['decoders_cpu_ms']:.0f} ms, {whole['decoders_mib']:.0f} MiB"
    )
    if measured["missing"]:
        print(f"  no tutorial's imports: {', '.join(measured['missing'])} missing; pip install {ONLY_HERE}")
    for baseline, ways in measured["ratio"].items():
        for way, ratio in ways.items():
            met = ratio["cpu_ms_median"] <= STARTING_CPU and ratio["peak_mib"] <= STARTING_MEMORY
            print(
                f"  {way:34} {ratio['cpu_ms_median']:.2f} x CPU, {ratio['peak_mib']:.2f} x memory of {baseline}, "
                f"target {STARTING_CPU} and {STARTING_MEMORY}: {'met' if met else 'MISSED'}"
            )


def _three(row: dict[str, float]) -> str:
    return f"{row['median']}, {row['p99']}, {row['worst']}"
