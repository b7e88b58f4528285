"""What a compiled list was made of, as its entry in the bundle says it: ``[{form, version?, issued?}, ...]``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from gate.credential.errors import TrustError

MOST = 32
MAX_TEXT = 64


@dataclass(frozen=True, slots=True)
class ListSource:
    """One form of source. ``version`` and ``issued`` are the publisher's word; none where it gives none."""

    form: str
    version: str | None = None
    issued: datetime | None = None


def documents(sources: Sequence[ListSource]) -> list[dict[str, str]]:
    """The sources as JSON holds them."""
    return [_document(source) for source in sources]


def _document(source: ListSource) -> dict[str, str]:
    found = {"form": source.form}
    if source.version is not None:
        found["version"] = source.version
    if source.issued is not None:
        found["issued"] = source.issued.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    return found


def parse(entries: object) -> tuple[ListSource, ...]:
    """The sources of a list's entry. Raises ``TrustError``."""
    if not isinstance(entries, list) or len(entries) > MOST:
        raise TrustError(f"the sources of a deny list are not a list of at most {MOST}")
    return tuple(map(_source, entries))


def _source(entry: object) -> ListSource:
    match entry:
        case {"form": str(form), **rest} if _is_short(form):
            version, issued = rest.get("version"), rest.get("issued")
        case _:
            raise TrustError("a source of a deny list has no form")
    if version is not None and not (isinstance(version, str) and _is_short(version)):
        raise TrustError(f"the version of a source is not a printable text of 1 to {MAX_TEXT} characters")
    return ListSource(form, version, None if issued is None else _time(issued))


def _is_short(text: str) -> bool:
    return 0 < len(text) <= MAX_TEXT and text.isprintable()


def _time(value: object) -> datetime:
    try:
        time = datetime.fromisoformat(value if isinstance(value, str) else "")
        if time.tzinfo is not None:
            return time.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise TrustError("the time of a source is not a time with its zone, such as 2026-01-31T12:00:00Z")
