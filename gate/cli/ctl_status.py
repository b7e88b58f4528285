"""How things stand at the door, as ``gate ctl status`` tells it; what a later gate adds is left out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

_WIDTH = 9

Fields = Mapping[str, Any]


def table(status: Fields) -> list[str]:
    """One line each."""
    rows = [
        ("mode", [_mode(status)]),
        ("door", [_door(status.get("door_open"))]),
        ("hold", _hold(status)),
        ("alarms", [_alarm(alarm) for alarm in _objects(status.get("alarms"))] or ["none"]),
        ("inputs", [", ".join(map(_words, _list(status.get("active_inputs")))) or "none active"]),
        ("inside", [_inside(status)]),
        ("counts", [_counts(status)]),
    ]
    return [f"{'' if place else name:<{_WIDTH}}{text}" for name, texts in rows for place, text in enumerate(texts)]


def _mode(status: Fields) -> str:
    now, then = _words(status.get("mode")), _words(status.get("standing_mode"))
    return now if now == then else f"{now}, then {then}"


def _door(is_open: object) -> str:
    if not isinstance(is_open, bool):
        return "not known: there is no door monitor"
    return "open" if is_open else "closed"


def _hold(status: Fields) -> list[str]:
    hold = status.get("hold")
    if not isinstance(hold, Mapping):
        return ["nobody"]
    colour = "no colour" if hold.get("colour") is None else _words(hold["colour"])
    told = f"visit {hold.get('visit')}: {colour} ({_words(hold.get('reason'))}), {hold.get('left_s')} s left"
    queued = ["another visitor waits"] if status.get("queued") is True else []
    return [_marked(told, hold), *queued]


def _alarm(alarm: Fields) -> str:
    parts = [f"#{alarm.get('number')} {_words(alarm.get('kind'))}"]
    parts += [_words(alarm["detail"])] if alarm.get("detail") else []
    parts += [f"visit {alarm['visit']}"] if alarm.get("visit") is not None else []
    parts += ["acknowledged" if alarm.get("acknowledged") else "NOT ACKNOWLEDGED"]
    parts += ["escalated"] if alarm.get("escalated") else []
    parts += ["awaits its follow-up"] if alarm.get("awaits_follow_up") else []
    return _marked(", ".join(parts), alarm)


def _inside(status: Fields) -> str:
    capacity = status.get("capacity")
    return f"{status.get('inside', '?')}{f' of {capacity}' if capacity else ''}"


def _counts(status: Fields) -> str:
    return ", ".join(
        f"{status.get(name, '?')} {words}"
        for name, words in (("visits", "visits"), ("assisted", "assisted"), ("unrecorded", "not recorded yet"))
    )


def _marked(text: str, of: Fields) -> str:
    return f"{text} [DRILL]" if of.get("drill") is True else text


def _words(key: object) -> str:
    return str(key).replace("_", " ")


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _objects(value: object) -> Iterator[Fields]:
    return (one for one in _list(value) if isinstance(one, Mapping))
