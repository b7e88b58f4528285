"""Opening the parts: everything that fails is told at once, everything that was opened is closed, whatever happens."""

from __future__ import annotations

import pytest

from gate.ports import AdapterError
from gate.service.opening import Opening, StartError


class Part:
    """Writes down when it is opened and closed."""

    def __init__(self, diary: list[str], name: str, *, broken: bool = False) -> None:
        self._diary, self._name, self._broken = diary, name, broken
        diary.append(f"open {name}")

    def close(self) -> None:
        self._diary.append(f"close {self._name}")
        if self._broken:
            raise OSError("it hangs")


def failing(reason: str) -> Part:
    raise AdapterError(reason)


def test_what_was_opened_is_closed_once_and_in_reverse() -> None:
    diary: list[str] = []
    opening = Opening()
    for name in ("camera", "journal", "strike"):
        opening.closing(lambda name=name: Part(diary, name))  # type: ignore[misc]  # the loop's own name
    opening.check()
    opening.close()
    opening.close()
    assert diary == [
        "open camera", "open journal", "open strike", "close strike", "close journal", "close camera",
    ]  # fmt: skip


def test_all_that_fails_is_told_at_once_and_the_rest_is_closed() -> None:
    diary: list[str] = []
    opening = Opening()
    opening.part(lambda: failing("no trust: give it"))
    opening.closing(lambda: Part(diary, "journal"))
    opening.closing(lambda: failing("no camera: plug it in"))
    with pytest.raises(StartError) as told:
        opening.check()
    assert str(told.value).splitlines() == ["no trust: give it", "no camera: plug it in"]
    opening.close()
    assert diary == ["open journal", "close journal"]


def test_a_part_whose_need_has_failed_is_neither_made_nor_told() -> None:
    diary: list[str] = []
    opening = Opening()
    factory = opening.part(lambda: failing("no pins: wire them"))
    opening.closing(lambda: Part(diary, "strike"), factory)
    opening.part(lambda: Part(diary, "memory"), object(), factory)
    opening.closing(lambda: Part(diary, "camera"), object())
    assert diary == ["open camera"]
    with pytest.raises(StartError, match=r"^no pins: wire them$"):
        opening.check()
    opening.close()


def test_a_part_that_cannot_be_closed_does_not_keep_the_others_open(caplog: pytest.LogCaptureFixture) -> None:
    diary: list[str] = []
    opening = Opening()
    opening.closing(lambda: Part(diary, "camera"))
    opening.closing(lambda: Part(diary, "strike", broken=True))
    opening.close()
    assert diary[-2:] == ["close strike", "close camera"]
    assert "closing Part failed" in caplog.text


def test_an_error_that_nobody_expects_is_not_hidden() -> None:
    opening = Opening()
    with pytest.raises(ZeroDivisionError):
        opening.part(lambda: 1 // 0)
