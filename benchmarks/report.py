"""The results of the parts, as people read them."""

from __future__ import annotations

from typing import Any

Result = dict[str, Any]


def decoding(measured: Result) -> None:
    """What each way decoded, and at what cost beside gate's."""
    print(f"decoding: seed {measured['seed']}, {measured['pictures']} pictures, {measured['pictures_sha256'][:16]}…")
    ours = measured["ways"]["gate"]
    for name, row in measured["ways"].items():
        ratio = row["cpu_ms_with_code_median"] / ours["cpu_ms_with_code_median"]
        print(
            f"  {name:13} decoded {row['decoded']}/{row['with_code']}, wrong {row['wrong']}, "
            f"CPU of a picture with a code {ratio:.1f} x gate, worst {row['cpu_ms_worst'] / ours['cpu_ms_worst']:.1f} x"
        )


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
