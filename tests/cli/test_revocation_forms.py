"""``gate revocation compile`` on folders, archives, changes, and killed in between."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import subprocess
import sys
import tarfile
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from gate.adapters.trust_files.deny_lists import file_name, open_list
from gate.cli.revocation_sources import told
from gate.credential.bundle import list_document, parse_list
from gate.credential.denylist import DenyList
from gate.credential.errors import TrustError
from gate.credential.list_sources import ListSource
from gate.credential.revocation import Listed
from gate.credential.trust import ListRef
from gate.credential.withdrawn.found import Published
from tests.cli.commands import gate
from tests.credential.minting import NOON
from tests.credential.withdrawn.writers import bloom, crl, delta, german, partition, slice_file, varhash, whole

KID = b"\x01" * 8
IDS = [hashlib.sha256(bytes((number,))).digest() for number in range(30)]


def lay(folder: Path, files: Iterable[Published]) -> Path:
    for file in files:
        path = folder / file.name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(file.raw)
    return folder


def lay_chunks(folder: Path, chunks: Sequence[dict[str, Any]]) -> list[Path]:
    folder.mkdir(exist_ok=True)
    paths = [folder / f"{chunk['version']}-{chunk['chunk']}.json" for chunk in chunks]
    for path, chunk in zip(paths, chunks, strict=True):
        path.write_text(json.dumps(chunk))
    return paths


def compiled(out: Path, *sources: object) -> int:
    return gate("revocation", "compile", "--id", "national", "--out", out, *sources)


def opened(out: Path) -> tuple[ListRef, DenyList]:
    """The list in force, verified as a gate does."""
    ref = parse_list(json.loads((out / "national.list.json").read_text()))
    steps = open_list(ref, out / file_name(ref))
    while True:
        try:
            next(steps)
        except StopIteration as done:
            found: DenyList = done.value
            return ref, found


def listed(out: Path, ids: Iterable[bytes]) -> list[bool]:
    found = opened(out)[1]
    return [found.listed(KID, [one[:16]], None) is Listed.YES for one in ids]


def test_a_folder_of_chunk_lists(tmp_path: Path) -> None:
    folder = lay(tmp_path, german({(KID, b"\x0b"): {one[:16] for one in IDS[:9]}})) / "mirror"
    assert compiled(tmp_path / "out", folder) == 0
    assert listed(tmp_path / "out", IDS) == [number < 9 for number in range(30)]


def archive(path: Path, files: Sequence[Published], *, ended: bool = True) -> Path:
    """A tar.gz; the EU's service does not write the end of it."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as tar:
        for file in files:
            info = tarfile.TarInfo(file.name.removeprefix("archive.tar.gz/"))
            info.size = len(file.raw)
            tar.addfile(info, io.BytesIO(file.raw))
        end = tar.offset

    path.write_bytes(gzip.compress(stream.getvalue() if ended else stream.getvalue()[:end]))
    return path


@pytest.mark.parametrize("ended", [True, False])
def test_partitions_with_the_archive_of_their_slices(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], *, ended: bool
) -> None:
    first, second = (one[:16] for one in IDS[:2])
    slices = [bloom([first], words=4, functions=3), varhash([second], 4)]
    described = [
        partition(KID, {first.hex()[0]: [("BLOOMFILTER", slices[0])]}),
        partition(KID, {second.hex()[0]: [("VARHASHLIST", slices[1])]}),
    ]
    partitions = tmp_path / "partitions.json"
    partitions.write_text(json.dumps(described))
    path = archive(tmp_path / "slices.tar.gz", list(map(slice_file, slices)), ended=ended)
    assert compiled(tmp_path / "out", partitions, path) == 0
    assert listed(tmp_path / "out", IDS[:2]) == [True, True]
    said = capsys.readouterr().out
    assert "mistaken of digests that nobody withdrew, 1 in " in said
    assert "from     eu-slices, issued 2026-03-14 10:00:00 UTC" in said


def test_an_archive_that_is_cut_short_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = archive(tmp_path / "slices.tar.gz", [slice_file(bloom([bytes(16)], words=500, functions=9))])
    whole_archive = path.read_bytes()
    for length in (2, 10, len(whole_archive) // 2, len(whole_archive) - 1):
        path.write_bytes(whole_archive[:length])
        assert compiled(tmp_path / "out", path) == 2
        assert "Fetch it again" in capsys.readouterr().err
    for damaged in (whole_archive[:20] + b"\x00" + whole_archive[21:], whole_archive + b"\x00"):
        path.write_bytes(damaged)
        assert compiled(tmp_path / "out", path) == 2
        assert "Fetch it again" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_download_is_resumed_by_its_chunks(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, chunks = tmp_path / "out", lay_chunks(tmp_path / "in", whole(10, IDS[:8]))
    assert compiled(out, *chunks[:1]) == 2
    assert "the chunks 2, 3 of 3 are still to be fetched. What came so far is kept" in capsys.readouterr().err
    assert not (out / "national.list.json").exists(), "an empty list would let everybody in"
    assert compiled(out, *chunks[1:]) == 0
    assert listed(out, IDS) == [number < 8 for number in range(30)]
    changes = lay_chunks(tmp_path / "in", delta(10, 11, set(IDS[:8]), set(IDS[4:12])))
    assert compiled(out, *changes[1:]) == 0
    assert "the list stays at version 10" in capsys.readouterr().out
    assert listed(out, IDS) == [number < 8 for number in range(30)]
    assert compiled(out, changes[0]) == 0
    assert listed(out, IDS) == [4 <= number < 12 for number in range(30)]
    assert compiled(out) == 0
    assert listed(out, IDS) == [4 <= number < 12 for number in range(30)], "what is kept is never left out"
    assert opened(out)[0].sources == (ListSource("it-drl", "11"),)
    wrong = lay_chunks(tmp_path / "in", delta(12, 13, set(), set(IDS[:1])))
    assert compiled(out, *wrong) == 2
    assert "fetch the whole list" in capsys.readouterr().err
    assert listed(out, IDS) == [4 <= number < 12 for number in range(30)]


def test_a_compilation_that_is_killed_leaves_the_old_list_or_the_new_one(tmp_path: Path) -> None:
    before, after = set(IDS[:8]), set(IDS[4:12])
    out, copies = tmp_path / "before" / "out", tmp_path / "copies"
    (tmp_path / "before").mkdir()
    assert compiled(out, *lay_chunks(tmp_path / "in", whole(10, sorted(before)))) == 0
    changes = lay_chunks(tmp_path / "in", delta(10, 11, before, after))
    command = ["revocation", "compile", "--id", "national", "--out", "@/out", *map(str, changes)]
    copies.mkdir()
    script = [sys.executable, "-m", "tests.cli.kill_compile", str(out.parent), str(copies), *command]
    root = Path(__file__).parents[2]
    made = subprocess.run(script, check=True, capture_output=True, text=True, cwd=root, timeout=100)
    seen = []
    for number in range(int(made.stdout)):
        one = copies / str(number) / "out"
        there = {identifier for identifier, yes in zip(IDS, listed(one, IDS), strict=True) if yes}
        assert there in (before, after)
        seen.append(there == after)
        assert compiled(one, *changes) == 0
        assert listed(one, IDS) == [identifier in after for identifier in IDS], "and the next one gives the new one"
    assert len(seen) > 20
    assert seen.count(False) > 10
    assert seen.count(True) >= 2


def test_crls_beside_json_and_one_that_should_have_been_replaced(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, own = tmp_path / "utopia.crl", tmp_path / "own.json"
    path.write_bytes(crl([5]).public_bytes(Encoding.PEM))
    assert gate("pass", "revoke", "--out", own, "--subject", "visitor-7") == 0
    assert compiled(tmp_path / "out", path, own) == 0
    assert "2 entries" in capsys.readouterr().out
    path.write_bytes(crl([5], issued=datetime(2021, 3, 1, tzinfo=UTC)).public_bytes(Encoding.DER))
    assert compiled(tmp_path / "out", path) == 0
    assert "late     the next issue of icao-crl was due on 2021-05-30 00:00:00 UTC" in capsys.readouterr().out


def test_the_sources_of_a_list_are_shown_with_the_bundle(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert gate("trust", "keygen", "--out", tmp_path / "root.key") == 0
    assert gate("pass", "keygen", "--issuer", "ministry", "--name", "Ministry", "--out", tmp_path) == 0
    (tmp_path / "x.crl").write_bytes(crl([5], issued=datetime(2021, 3, 1, tzinfo=UTC)).public_bytes(Encoding.DER))
    assert compiled(tmp_path / "out", tmp_path / "x.crl", *lay_chunks(tmp_path / "in", whole(10, IDS[:8]))) == 0
    sign = ("trust", "sign", "--root", tmp_path / "root.key", "--out", tmp_path / "bundle")
    assert gate(*sign, "--list", tmp_path / "out" / "national.list.json", tmp_path / "ministry.issuer.json") == 0
    capsys.readouterr()
    assert gate("trust", "show", tmp_path / "bundle", "--root-key", tmp_path / "root.key.pub") == 0
    shown = capsys.readouterr().out
    assert "  from   icao-crl version 7, issued 2021-03-01 00:00:00 UTC, " in shown
    assert "  from   it-drl version 10, of unknown age" in shown


@pytest.mark.parametrize(
    ("hours", "age"), [(0, "0 h"), (23.9, "23 h"), (24, "1 d"), (240, "10 d"), (-5, "0 h")], ids=str
)
def test_the_age_of_a_source(hours: float, age: str) -> None:
    issued = datetime.fromtimestamp(NOON.timestamp() - hours * 3600, UTC)
    assert told(ListSource("x", "7\x1b", issued), NOON).endswith(f", {age} old")
    assert "\x1b" not in told(ListSource("x", "7\x1b", issued), NOON)


def test_sources_survive_the_entry() -> None:
    sources = (ListSource("a"), ListSource("b", "7"), ListSource("c", None, NOON))
    ref = ListRef("national", bytes(32), NOON, NOON, sources)
    assert parse_list(list_document(ref)) == ref
    assert "sources" not in list_document(ListRef("national", bytes(32), NOON, NOON))


@pytest.mark.parametrize(
    "sources",
    [
        7,
        [7],
        [{}],
        [{"form": ""}],
        [{"form": "x" * 65}],
        [{"form": "x", "version": 7}],
        [{"form": "x", "version": "\x1b"}],
        [{"form": "x", "issued": "yesterday"}],
        [{"form": "x", "issued": "2026-01-01T00:00:00"}],
        [{"form": "x"}] * 33,
    ],
    ids=lambda sources: str(sources)[:40],
)
def test_sources_of_another_shape_are_refused(sources: object) -> None:
    entry = {**list_document(ListRef("national", bytes(32), NOON, NOON)), "sources": sources}
    with pytest.raises(TrustError):
        parse_list(entry)
