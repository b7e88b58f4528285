"""``gate decode``: real pictures and texts, every exit code, nothing personal unless asked, nothing hostile printed."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pytest
import segno
from PIL import Image

from gate.adapters.clock_system import SystemClock
from gate.cli.inert import inert
from gate.credential.model import Colour
from tests.cli.commands import gate
from tests.credential.minting import Mint

MINT = Mint(now=SystemClock().now().utc)
HOSTILE = "\x1b[31mred\x1b[0m\r\n<script>\u202eevil\x07"

Captured = pytest.CaptureFixture[str]


@pytest.fixture
def trust(tmp_path: Path) -> list[object]:
    bundle, root = MINT.write_trust(tmp_path)
    return ["--trust", bundle, "--root-key", root]


def picture(folder: Path, *texts: str) -> Path:
    """The codes side by side on white."""
    codes = []
    for text in texts:
        stream = io.BytesIO()
        segno.make(text, error="m", micro=False).save(stream, kind="png", scale=6)
        codes.append(Image.open(stream).convert("L"))
    height = max(700, max(code.height for code in codes) + 160)
    sheet = Image.new("L", (sum(code.width for code in codes) + 80 * len(codes) + 80, height), 255)
    left = 80
    for code in codes:
        sheet.paste(code, (left, 80))
        left += code.width + 80
    path = folder / "sheet.png"
    sheet.save(path)
    return path


def test_a_valid_pass_as_text(trust: list[object], capsys: Captured) -> None:
    assert gate("decode", MINT.valid(), *trust) == 0
    shown = capsys.readouterr().out
    for words in ("issuer: ministry", "ok       signature", "  verified", "colour: green, outcome: grant"):
        assert words in shown
    assert "failed" not in shown


def test_a_valid_pass_as_picture(trust: list[object], tmp_path: Path, capsys: Captured) -> None:
    assert gate("decode", picture(tmp_path, MINT.valid()), *trust) == 0
    assert "code 1 of 1" in capsys.readouterr().out


def from_stdin(monkeypatch: pytest.MonkeyPatch, data: bytes) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))


@pytest.mark.parametrize("end", [b"", b"\n", b"\r\n"])
def test_a_valid_pass_from_stdin(trust: list[object], monkeypatch: pytest.MonkeyPatch, end: bytes) -> None:
    from_stdin(monkeypatch, MINT.valid().encode() + end)
    assert gate("decode", "-", *trust) == 0


@pytest.mark.parametrize("data", [b"", b"\n", b"\xff\x00\x1b", b"x" * 100_000])
def test_anything_from_stdin_is_a_code(
    trust: list[object], monkeypatch: pytest.MonkeyPatch, data: bytes, capsys: Captured
) -> None:
    from_stdin(monkeypatch, data)
    assert gate("decode", "-", *trust) == 1
    assert "rejected" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("code", "check", "decision"),
    [
        (MINT.forged(), "failed   signature", "colour: none, outcome: deny, reason: bad_signature"),
        (MINT.expired(), "failed   validity", "colour: red, outcome: hold, reason: expired"),
        (MINT.not_yet_valid(), "failed   validity", "colour: red, outcome: hold, reason: not_yet_valid"),
        (MINT.unknown_issuer(), "failed   issuer", "colour: none, outcome: hold, reason: unknown_issuer"),
        ("GP1:nonsense", "failed   text", "colour: none, outcome: hold, reason: malformed"),
        ("hello", "failed   format", "colour: none, outcome: hold, reason: unknown_format"),
    ],
    ids=["forged", "expired", "not yet valid", "unknown issuer", "malformed", "unknown"],
)
def test_a_rejected_code(code: str, check: str, decision: str, trust: list[object], capsys: Captured) -> None:
    assert gate("decode", code, *trust) == 1
    shown = capsys.readouterr().out
    assert check in shown
    assert decision in shown
    assert "rejected: " in shown


@pytest.mark.parametrize("colour", [Colour.YELLOW, Colour.RED, Colour.BLACK])
def test_a_verified_pass_need_not_be_granted(colour: Colour, trust: list[object], capsys: Captured) -> None:
    assert gate("decode", MINT.valid(colour), *trust) == 0
    assert f"colour: {colour.value}, outcome: hold" in capsys.readouterr().out


def test_without_trust_it_says_what_the_code_holds_and_that_nothing_is_proved(capsys: Captured) -> None:
    assert gate("decode", MINT.valid()) == 1
    shown = capsys.readouterr().out
    assert "issuer: ministry" in shown
    assert "Nothing was verified: give --trust and --root-key." in shown


def test_the_holder_is_hidden_unless_asked(trust: list[object], capsys: Captured) -> None:
    code = MINT.valid(subject="visitor-4711", pass_id=b"\xab\xcd")
    for more in ([], ["--json"]):
        assert gate("decode", code, *trust, *more) == 0
        shown = capsys.readouterr().out
        assert "4711" not in shown
        assert "abcd" not in shown
        assert gate("decode", code, *trust, *more, "--show-holder") == 0
        shown = capsys.readouterr().out
        assert "visitor-4711" in shown
        assert "abcd" in shown


def test_the_text_of_an_unknown_code_is_hidden_unless_asked(capsys: Captured) -> None:
    assert gate("decode", "NAME:Jane Doe") == 1
    assert "Jane" not in capsys.readouterr().out
    assert gate("decode", "NAME:Jane Doe", "--show-holder") == 1
    assert "NAME:Jane Doe" in capsys.readouterr().out


def test_json_is_for_machines(trust: list[object], capsys: Captured) -> None:
    assert gate("decode", MINT.valid(), *trust, "--json") == 0
    assert gate("decode", MINT.expired(), *trust, "--json") == 1
    assert gate("decode", "hello", "--json") == 1
    documents = "".join(capsys.readouterr().out).split("\n}\n")
    valid, expired, unknown = (json.loads(text + "\n}") for text in documents if text)
    (code,) = valid["codes"]
    assert (code["kind"], code["verified"], code["reason"]) == ("pass", True, None)
    assert (code["colour"], code["outcome"], code["contents"]["subject"]) == ("green", "grant", None)
    assert code["checks"][0] == {"name": "size", "ok": True, "detail": f"{len(MINT.valid())} bytes"}
    (code,) = expired["codes"]
    assert (code["verified"], code["reason"], code["checks"][-1]["ok"]) == (False, "expired", False)
    assert (unknown["trusted_bundle"], unknown["codes"][0]["kind"]) == (False, None)


@pytest.mark.parametrize("more", [[], ["--json"]], ids=["text", "json"])
@pytest.mark.parametrize(
    "code",
    [MINT.valid(subject=HOSTILE), HOSTILE, MINT.forged() + HOSTILE],
    ids=["pass", "raw", "tail"],
)
def test_hostile_text_is_printed_inert(code: str, more: list[str], trust: list[object], capsys: Captured) -> None:
    gate("decode", code, *trust, "--show-holder", *more)
    captured = capsys.readouterr()
    shown = (captured.out + captured.err).replace("\n", "")
    assert shown.isprintable()


def test_every_character_is_inert_or_itself() -> None:
    for number in range(sys.maxunicode + 1):
        char = chr(number)
        shown = inert(char)
        assert shown == char if char.isprintable() else shown.isascii()
    assert inert("a" * 400) == "a" * 300 + "…"


def test_a_terminal_that_knows_ascii_alone(monkeypatch: pytest.MonkeyPatch, trust: list[object]) -> None:
    out = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", out)
    assert gate("decode", MINT.valid(subject="réunion"), *trust, "--show-holder") == 0
    out.flush()
    assert b"r\\xe9union" in out.buffer.getvalue()


# Pictures


def test_several_codes_are_each_explained_and_none_counts(
    trust: list[object], tmp_path: Path, capsys: Captured
) -> None:
    path = picture(tmp_path, MINT.valid(), MINT.valid(pass_id=b"two"))
    assert gate("decode", path, *trust) == 1
    shown = capsys.readouterr().out
    assert shown.count("  verified") == 2
    assert "one at a time" in shown


def test_one_code_twice_in_a_picture_is_one_code(trust: list[object], tmp_path: Path) -> None:
    code = MINT.valid()
    assert gate("decode", picture(tmp_path, code, code), *trust) == 0


def test_a_part_of_a_sequence_is_no_credential(trust: list[object], tmp_path: Path, capsys: Captured) -> None:
    path = tmp_path / "part.png"
    segno.make_sequence(MINT.valid(), symbol_count=2)[0].save(str(path), scale=6)
    assert gate("decode", path, *trust) == 1
    assert "Structured Append" in capsys.readouterr().out


def test_one_missing_decoder_is_made_up_for_by_the_other_and_two_are_named(
    trust: list[object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    path = picture(tmp_path, MINT.valid())
    monkeypatch.setitem(sys.modules, "zxingcpp", None)
    assert gate("decode", path, *trust) == 0
    monkeypatch.delitem(sys.modules, "pyzbar.wrapper", raising=False)
    monkeypatch.setitem(sys.modules, "pyzbar", None)
    assert gate("decode", path, *trust) == 2
    error = capsys.readouterr().err
    assert "zxing" in error
    assert "zbar" in error


def test_a_picture_without_a_code(tmp_path: Path, capsys: Captured) -> None:
    path = tmp_path / "empty.png"
    Image.new("L", (400, 300), 200).save(path)
    assert gate("decode", path) == 3
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "No code was found" in captured.err
    assert gate("decode", path, "--json") == 3
    assert json.loads(capsys.readouterr().out)["codes"] == []


@pytest.mark.parametrize("name", ["missing.png", "/no/such/file", "./code", "~/x", "pass.JPG"])
def test_a_path_that_does_not_exist_is_not_taken_for_a_text(name: str, capsys: Captured) -> None:
    assert gate("decode", name) == 2
    captured = capsys.readouterr()
    assert "There is no file" in captured.err
    assert captured.err.count("\n") == 1


def test_a_file_that_is_no_picture(tmp_path: Path, capsys: Captured) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("hello")
    for wrong in (path, tmp_path):
        assert gate("decode", wrong) == 2
        assert str(wrong) in capsys.readouterr().err


@pytest.mark.parametrize("length", [300, 5000, 100_000])
def test_a_text_longer_than_a_file_name_is_a_text(length: int, capsys: Captured) -> None:
    assert gate("decode", "GP1:" + "/" * length) == 1
    assert "rejected" in capsys.readouterr().out


@pytest.mark.parametrize("option", ["--trust", "--root-key"])
def test_trust_and_root_key_go_together(option: str, capsys: Captured) -> None:
    assert gate("decode", MINT.valid(), option, "file") == 2
    assert "go together" in capsys.readouterr().err


def test_a_bundle_that_cannot_be_used(tmp_path: Path, capsys: Captured) -> None:
    bundle, _ = MINT.write_trust(tmp_path)
    other = tmp_path / "other.pub"
    other.write_bytes(Mint().root_pem)
    assert gate("decode", MINT.valid(), "--trust", bundle, "--root-key", other) == 2
    assert "not signed by this root key" in capsys.readouterr().err
    assert gate("decode", MINT.valid(), "--trust", tmp_path / "none", "--root-key", other) == 2
    assert "none" in capsys.readouterr().err


def test_the_exit_codes_are_in_the_help(capsys: Captured) -> None:
    with pytest.raises(SystemExit, match="0"):
        gate("decode", "--help")
    shown = " ".join(capsys.readouterr().out.split())
    assert "0: one code, verified; 1: rejected, or several codes; 2: wrong options" in shown
    assert "3: no code in the picture" in shown
