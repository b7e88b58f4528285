"""The gate's own key: made once, for its owner alone, and refused where others may read it."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from gate.adapters.head_key import HeadKey
from gate.credential import base64url
from gate.credential.keys import private_to_pem
from gate.ports import AdapterError


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.db.key"


def test_it_is_made_at_the_first_start_and_stays(path: Path) -> None:
    first, again = HeadKey(path), HeadKey(path)
    assert first.public == again.public
    public = Ed25519PublicKey.from_public_bytes(base64url.decode(first.public.encode()))
    public.verify(base64url.decode(again.sign(b"text").encode()), b"text")
    modes = {file.name: file.stat().st_mode & 0o777 for file in path.parent.iterdir()}
    assert modes == {"journal.db.key": 0o600, "journal.db.key.pub": 0o644}


def test_each_gate_has_its_own(tmp_path: Path) -> None:
    assert HeadKey(tmp_path / "a").public != HeadKey(tmp_path / "b").public


def test_a_lost_public_part_or_that_of_another_key_is_written_again(path: Path) -> None:
    HeadKey(path)
    public_path = path.with_name("journal.db.key.pub")
    public = public_path.read_bytes()
    public_path.unlink()
    HeadKey(path)
    assert public_path.read_bytes() == public
    public_path.write_bytes(b"another")
    HeadKey(path)
    assert public_path.read_bytes() == public


def test_a_draft_that_a_power_cut_left_does_not_disturb(path: Path) -> None:
    path.with_name(".journal.db.key.new").write_bytes(b"half")
    HeadKey(path)
    assert not path.with_name(".journal.db.key.new").exists()


@pytest.mark.parametrize(
    ("content", "mode", "message"),
    [
        (None, 0o640, "others may read .* chmod 600"),
        (b"", 0o600, "is none: .* move it aside"),
        (b"rubbish", 0o600, "is none: .* move it aside"),
        (private_to_pem(generate_private_key(SECP256R1())), 0o600, "is not Ed25519; move it aside"),
    ],
)
def test_what_is_no_safe_key_is_refused_with_advice(path: Path, content: bytes | None, mode: int, message: str) -> None:
    HeadKey(path)
    if content is not None:
        path.write_bytes(content)
    path.chmod(mode)
    with pytest.raises(AdapterError, match=message):
        HeadKey(path)


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(AdapterError, match="No such file or directory; look at its folder"):
        HeadKey(tmp_path / "nowhere" / "key")
