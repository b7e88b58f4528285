"""The lines of ``gate watch`` for what is not an event: state, figures, open alarms, answers to commands."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from gate.cli.inert import inert
from gate.cli.watch_facts import fact
from gate.cli.watch_words import Words
from gate.wire import jsontext, topics

_FIELD = 80
_MOST_HEALTH = 20

Found = Mapping[str, Any]


def tell(leaf: str, payload: bytes, words: Words) -> str | None:
    """The line of a message on this leaf; None for a leaf that is not known here, or a payload that is no object."""
    kind, _, name = leaf.partition("/")
    if kind == topics.ALARM and not payload:
        return f"{words('alarm')} {inert(name, _FIELD)}: {words('alarm_cleared')}"
    teller, found = _TELLERS.get(kind), jsontext.load(payload)
    if teller is None or isinstance(found, str):
        return None
    return teller(found, name, words)


def moment(time: object) -> str:
    """The local time of day of a moment; what is no moment, as it is."""
    if time is None:
        return ""
    try:
        return datetime.fromisoformat(str(time)).astimezone().strftime("%H:%M:%S")
    except (ValueError, OverflowError):
        return inert(str(time), _FIELD)


def _state(found: Found, _name: str, words: Words) -> str:
    mode = words(f"mode_{found.get('mode')}")
    parts = [f"{words('mode_is')} {mode} ({moment(found.get('since'))})"]
    there = found.get("occupancy")
    if isinstance(there, dict):
        of = "" if there.get("capacity") is None else f"/{there.get('capacity')}"
        parts.append(f"{there.get('inside')}{of} {words('inside')}")
    parts.append(_health_words(found.get("health"), words))
    return inert(", ".join(parts), 3 * _FIELD)


def _health_words(reasons: object, words: Words) -> str:
    if not isinstance(reasons, list):
        return "?"
    told = [words(f"alarm_{one}") if words.knows(f"alarm_{one}") else words(one) for one in reasons[:_MOST_HEALTH]]
    return f"{words('unwell')}: {'; '.join(told)}" if told else words("well")


def _info(found: Found, _name: str, words: Words) -> str:
    hardware, trust = _object(found, "hardware"), _object(found, "trust")
    on = hardware.get("model") or hardware.get("machine")
    return inert(
        f"{words('is_version')} {found.get('version')}, {on}, {words('trust_version')} {trust.get('version')}",
        2 * _FIELD,
    )


def _health(found: Found, _name: str, words: Words) -> str:
    camera, disk, journal = _object(found, "camera"), _object(found, "disk"), _object(found, "journal")
    figures = (
        (camera.get("fps"), words("fps")),
        (found.get("temperature_c"), "°C"),
        (disk.get("free_mb"), words("mb_free")),
        (journal.get("unconfirmed"), words("journal_unconfirmed")),
    )
    told = [f"{value} {unit}" for value, unit in figures if value is not None]
    throttled = found.get("throttled")
    told += [words(f"throttled_{one}") for one in throttled] if isinstance(throttled, list) else []
    return inert(", ".join(told), 3 * _FIELD)


def _alarm(found: Found, _name: str, words: Words) -> str:
    return fact("alarm.open", found, words) or ""


def _result(found: Found, name: str, words: Words) -> str:
    return inert(f"{words('answer_to')} {name}: {found.get('status')}: {found.get('text')}", 3 * _FIELD)


_TELLERS: dict[str, Callable[[Found, str, Words], str]] = {
    topics.STATE: _state,
    topics.INFO: _info,
    topics.HEALTH: _health,
    topics.ALARM: _alarm,
    topics.RESULT: _result,
}
"""By the first level of the leaf."""


def _object(found: Found, name: str) -> Found:
    value = found.get(name)
    return value if isinstance(value, dict) else {}
