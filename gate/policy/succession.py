"""One pack after another: a newer version may be brought days ahead, and the one before decides until it begins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

from gate.policy.pack import Pack


def preceding(newest: Pack, before: Sequence[Pack]) -> tuple[Pack, ...]:
    """Those of earlier versions that still decide on some day: the same pack, begun before every later one."""
    kept: list[Pack] = []
    begins = newest.valid_from
    for pack in before:
        if pack.id == newest.id and pack.valid_from < begins:
            kept.append(pack)
            begins = pack.valid_from
    return tuple(kept)


def line_of(newest: Pack, before: Sequence[Pack]) -> tuple[Pack, ...]:
    """The pack and those before it, each of which ends on the day before the next begins."""
    line = [newest]
    for pack in preceding(newest, before):
        last = line[-1].valid_from - timedelta(days=1)  # it is after the start of ``pack``, so there is such a day
        line.append(replace(pack, valid_to=min(pack.valid_to or date.max, last)))
    return tuple(line)
