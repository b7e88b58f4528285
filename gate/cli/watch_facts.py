"""The words of ``gate watch`` for what happens beside visits: passages, the door, alarms, self-tests, refusals."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from gate.cli.inert import inert
from gate.cli.watch_words import Words

_FIELD = 80

Data = Mapping[str, Any]


def fact(name: str, data: Data, words: Words) -> str | None:
    """The line of an event by its name; None for a name that is not known here."""
    tell = _FACTS.get(name)
    return None if tell is None else tell(name.partition(".")[2], data, words)


def _passage(step: str, data: Data, words: Words) -> str:
    return f"#{_text(data, 'visit')} {words(step)}"


def _mode(_step: str, data: Data, words: Words) -> str:
    return f"{words('mode_changed')} {_word(data, 'mode', words, 'mode_')} ({_text(data, 'by')})"


def _condition(step: str, _data: Data, words: Words) -> str:
    return words(step)


def _exit(step: str, data: Data, words: Words) -> str:
    return f"{words(step)} {_text(data, 'release_ms')} ms"


def _alarm(step: str, data: Data, words: Words) -> str:
    silent = f"{words('silent')} " if data.get("silent") is True else ""
    about = "".join(f" ({inert(str(data[one]), _FIELD)})" for one in ("detail",) if data.get(one))
    visit = f" #{_text(data, 'visit')}" if data.get("visit") is not None else ""
    outcome = f": {_word(data, 'outcome', words)}" if data.get("outcome") is not None else ""
    by = f" ({_text(data, 'by')})" if data.get("by") is not None else ""
    what = f"{silent}{words('alarm')} {_text(data, 'alarm')}: {_word(data, 'kind', words, 'alarm_')}{about}{visit}"
    return f"{what}, {words(f'alarm_{step}')}{outcome}{by}"


def _self_test(step: str, data: Data, words: Words) -> str:
    relay = f" {words('with_relay')}" if data.get("relay") is True else ""
    return f"{words(step)}{relay} ({_text(data, 'by')})"


def _self_test_ended(step: str, data: Data, words: Words) -> str:
    return f"{words(step)} {_word(data, 'lock', words)}"


def _order_refused(step: str, data: Data, words: Words) -> str:
    more = f" +{_text(data, 'more')}" if data.get("more") else ""
    return f"{words(step)}: {_text(data, 'verb')} ({_text(data, 'by')}){more}"


def _command(step: str, data: Data, words: Words) -> str:
    by = f" ({_text(data, 'by')})" if data.get("by") is not None else ""
    if data.get("done") is False:
        step = "command_not_done"
    return f"{words('command')} {_text(data, 'verb')} {words(step)}{by}{_why(data, words)}"


def _command_refused(step: str, data: Data, words: Words) -> str:
    more = f" +{_text(data, 'more')}" if data.get("more") else ""
    kid = f" ({_text(data, 'kid')})" if data.get("kid") is not None else ""
    return f"{words('command')} {_text(data, 'verb')} {words(step)}{_why(data, words)}{kid}{more}"


def _why(data: Data, words: Words) -> str:
    return f": {_word(data, 'reason', words, 'command_')}" if data.get("reason") is not None else ""


def _retired(step: str, data: Data, words: Words) -> str:
    return f"{words(step)} ({_text(data, 'by')})"


def _journal_late(step: str, data: Data, words: Words) -> str:
    secured = f", {words('secured')}" if data.get("secured") is True else ""
    return f"#{_text(data, 'visit')} {words(step)} {_text(data, 'waited_ms')} ms{secured}"


def _passback_reset(step: str, data: Data, words: Words) -> str:
    whose = f"#{_text(data, 'visit')}" if data.get("visit") is not None else words("everybody")
    return f"{words(step)}: {whose} ({_text(data, 'by')})"


def _corrected(step: str, data: Data, words: Words) -> str:
    return f"{words(step)}: {_text(data, 'was')} -> {_text(data, 'now')} ({_text(data, 'by')})"


def _checked_out(step: str, data: Data, words: Words) -> str:
    return f"{words(step)} {_text(data, 'inside')}"


def _clock(step: str, data: Data, words: Words) -> str:
    return f"{words(step)} {_word(data, 'clock', words, 'clock_is_')} ({_word(data, 'previous', words, 'clock_is_')})"


def _started(step: str, data: Data, words: Words) -> str:
    return f"{words(step)} {_text(data, 'version')}"


def _stopped(_step: str, data: Data, words: Words) -> str:
    return f"{words('ended')} ({_text(data, 'reason')})"


def _chain_head(step: str, data: Data, words: Words) -> str:
    return f"{words(step)} {_text(data, 'covers')}"


def _dropped(step: str, data: Data, words: Words) -> str:
    if data.get("why") in {"aside", "age"}:
        return f"{_word(data, 'why', words, 'records_')}: {_text(data, 'count')}"
    return f"{words(step)}: {_text(data, 'count')} ({words('unconfirmed')}: {_text(data, 'unconfirmed')})"


def _lost(step: str, data: Data, words: Words) -> str:
    return f"{words(step)}: {_text(data, 'count')}"


def _begun(step: str, data: Data, words: Words) -> str:
    return f"{words(step)}: {_word(data, 'reason', words, 'begun_')}"


_FACTS: dict[str, Callable[[str, Data, Words], str]] = {
    **dict.fromkeys(("access.taken", "access.not_taken", "access.passage_unknown"), _passage),
    "door.mode_changed": _mode,
    **dict.fromkeys(("door.normal", "door.forced_open", "door.open_too_long"), _condition),
    "door.exit_requested": _exit,
    **dict.fromkeys(
        (f"alarm.{step}" for step in ("raised", "escalated", "acknowledged", "followed_up", "cleared", "open")), _alarm
    ),
    "system.self_test": _self_test,
    "system.self_test_ended": _self_test_ended,
    "system.order_refused": _order_refused,
    "system.command_taken": _command,
    "system.command_ended": _command,
    "system.command_refused": _command_refused,
    "system.retired": _retired,
    "system.journal_late": _journal_late,
    "access.passback_reset": _passback_reset,
    "system.occupancy_corrected": _corrected,
    "system.checked_out": _checked_out,
    "system.clock_changed": _clock,
    "system.started": _started,
    "system.stopped": _stopped,
    "system.chain_head": _chain_head,
    "system.records_dropped": _dropped,
    "system.journal_begun": _begun,
    "system.events_lost": _lost,
}


def _word(data: Data, name: str, words: Words, prefix: str = "") -> str:
    return inert(words(f"{prefix}{data.get(name)}"), _FIELD)


def _text(data: Data, name: str) -> str:
    return inert(str(data.get(name, "?")), _FIELD)
