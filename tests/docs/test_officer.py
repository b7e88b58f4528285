"""The officer's guide says of each alarm what the core makes of it, and names each order that there is."""

from __future__ import annotations

import argparse
from pathlib import Path

from gate.access.alarm import WANTS, AlarmKind, Wants
from gate.cli import ctl

GUIDE = (Path(__file__).parents[2] / "docs" / "officer.md").read_text(encoding="utf-8")


def row(kind: AlarmKind, wants: Wants) -> str:
    marks = (wants.acknowledgement, wants.escalates, wants.follow_up, wants.silent)
    return f"| `{kind}` |" + "|".join(" yes " if mark else " " for mark in marks) + "|"


def test_each_alarm_has_its_row() -> None:
    for kind, wants in WANTS.items():
        assert row(kind, wants) in GUIDE


def test_each_order_is_named() -> None:
    parser = argparse.ArgumentParser()
    ctl.add_parser(parser.add_subparsers())
    (commands,) = [one for one in parser._actions if isinstance(one, argparse._SubParsersAction)]
    (verbs,) = [one for one in commands.choices["ctl"]._actions if isinstance(one, argparse._SubParsersAction)]
    for verb in verbs.choices:
        assert f"`gate ctl {verb}" in GUIDE or f"`gate {verb}" in GUIDE or f"`{verb}`" in GUIDE
