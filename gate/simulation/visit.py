"""One visit from outside: show a picture, wait for the gate, answer as the officer, and gather what it did."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from gate.simulation.observer import Observer
from gate.simulation.played import Seen

REACT_S = 2.5
"""How long a visitor waits for a sign before trying another pose."""
EVENT_S = 10.0
OFFICER_S = 2.2
"""How long the officer takes to answer; the lamps and the buzzer show their whole rhythm meanwhile."""
SETTLE_S = 15.0
REST_NS = 500_000_000
"""How long everything is dark before it has come to rest: longer than the pauses of signs that end by themselves."""
FRAMES_TO_BE_SURE = 5
"""Frames without a code after which a gate that saw nothing has reacted to nothing."""


class Door:
    """The place before the gate, with its officer."""

    def __init__(self, observer: Observer) -> None:
        self._observer = observer

    def visit(self, pictures: Iterable[Path], *, admit: Callable[[dict[str, Any]], bool]) -> Seen:
        """Try the pictures in turn until the gate reacts; ``admit`` is the officer's answer to a held visitor."""
        observer = self._observer
        lines_before, events_before = len(observer.lines), len(self._events())
        tried: list[str] = []
        for picture in pictures:
            tried.append(picture.name)
            if self._reacts_to(picture, lines_before):
                break
        self._answer(events_before, lines_before, admit)
        observer.do("show", picture=None)
        quiet = observer.wait_until(lambda: self._is_quiet(lines_before), SETTLE_S)
        return Seen(tried[-1], tuple(self._events()[events_before:]), tuple(observer.lines[lines_before:]), quiet)

    def _reacts_to(self, picture: Path, lines_before: int) -> bool:
        observer = self._observer
        frames_before = len(observer.frames)
        observer.do("show", picture=str(picture))

        def looked() -> bool:
            frames = [frame for frame in observer.frames[frames_before:] if frame.name == picture.name]
            return len(frames) >= FRAMES_TO_BE_SURE and not any(frame.symbols for frame in frames)

        observer.wait_until(lambda: len(observer.lines) > lines_before or looked(), REACT_S)
        return len(observer.lines) > lines_before

    def _answer(self, events_before: int, lines_before: int, admit: Callable[[dict[str, Any]], bool]) -> None:
        """Press the officer's button for a held visitor, and wait for the visit's last event."""
        observer = self._observer
        if len(observer.lines) == lines_before:
            return
        observer.wait_until(lambda: len(self._events()) > events_before, EVENT_S)
        new = self._events()[events_before:]
        if new and new[-1]["type"].startswith("gate.access.held"):
            observer.wait_until(lambda: False, OFFICER_S)
            observer.do("press", button="admit" if admit(new[-1]) else "refuse")
            observer.wait_until(lambda: len(self._events()) > events_before + 1, EVENT_S)
        if any(_calls_the_officer(event) for event in new):
            observer.do("press", button="acknowledge")

    def _is_quiet(self, lines_before: int) -> bool:
        on: set[str] = set()
        changes = self._observer.lines[lines_before:]
        for change in changes:
            (on.add if change.on else on.discard)(change.line)
        return not on and (not changes or time.monotonic_ns() - changes[-1].mono_ns >= REST_NS)

    def _events(self) -> list[dict[str, Any]]:
        return [
            message.payload
            for message in self._observer.messages
            if isinstance(message.payload, dict) and str(message.payload.get("type", "")).startswith("gate.access.")
        ]


def _calls_the_officer(event: dict[str, Any]) -> bool:
    """Whether it raises an alarm that stays until it is acknowledged."""
    data: dict[str, Any] = event["data"]
    return bool(data["colour"] == "black" or data["reason"] == "bad_signature")
