"""`gate central publish` and `gate statuslist set --publish`: the real broker, and a gate that takes what is there."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from gate.central import publishing
from gate.central.desk import example
from gate.cli.main import main
from gate.credential.statuslist import Delta, unproven
from gate.simulation.broker import PrivateBroker
from gate.wire import contract, pointer
from gate.wire.pointer import Kind, Place
from tests.adapters.test_mosquitto_config import CONFIG, lines
from tests.broker import HOST, Broker, free_port, running
from tests.doors import GRANTED, HELD, Door, Publisher
from tests.subscriber import subscribed

URI = "https://status.example/1"


def gate(*arguments: object) -> int:
    return main([str(argument) for argument in arguments])


class Desk:
    """Who publishes, with all files in one folder, and a broker."""

    def __init__(self, folder: Path, broker: Broker, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self.broker, self._capsys = folder, broker, capsys
        self.bundle, self.root = folder / "trust.bundle", folder / "root.key.pub"
        self.list = folder / "ministry.statuslist"
        self._port = broker.port
        assert gate("trust", "keygen", "--out", folder / "root.key") == 0
        assert gate("pass", "keygen", "--issuer", "ministry", "--name", "Ministry", "--out", folder) == 0
        for role in ("publisher", "operator"):
            assert gate("cmd", "keygen", "--issuer", role, "--name", role, "--role", role, "--out", folder) == 0
        assert self.sign() == 0
        built = ("--uri", URI, "--size", "100", "--key", folder / "ministry.key", "--out", self.list)
        assert gate("statuslist", "build", *built) == 0

    def sign(self, *more: object) -> int:
        entries = [self.folder / f"{name}.issuer.json" for name in ("ministry", "publisher", "operator")]
        return gate("trust", "sign", "--root", self.folder / "root.key", "--out", self.bundle, *more, *entries)

    def publish(self, what: str, *arguments: object, key: str = "publisher.key") -> int:
        self._capsys.readouterr()
        keys = ("--key", self.folder / key, "--root-key", self.root)
        trust = () if what == "trust" else ("--trust", self.bundle)
        return gate("central", "publish", what, *keys, "--port", self._port, "--wait", "5", *trust, *arguments)

    def set(self, *changes: object) -> int:
        self._capsys.readouterr()
        key = ("--key", self.folder / "ministry.key", "--out", self.list)
        return gate("statuslist", "set", *key, "--port", self._port, "--wait", "5", *changes)

    @property
    def said(self) -> str:
        return self._capsys.readouterr().err

    def retained(self) -> dict[str, bytes]:
        """What stands at the broker for all gates."""
        publisher = Publisher(self.broker.port)
        with subscribed(self.broker, "gate/v1/all/#") as centre:
            publisher.say([publishing.change("the-end", b"")])
            centre.until(lambda: any(one.topic.endswith("/the-end") for one in centre.deliveries))
        publisher.close()
        return {one.topic: one.payload for one in centre.deliveries if one.payload}

    @contextmanager
    def door(self, index: int) -> Iterator[Door]:
        """A gate as it was installed, before which somebody holds the pass with this entry."""
        home = self.folder / f"gate-{index}"
        home.mkdir()
        shutil.copy(self.folder / "trust.bundle", home / "trust.bundle")
        shutil.copy(self.root, home / "root.pub")
        self._capsys.readouterr()
        issue = ("--key", self.folder / "ministry.key", "--issuer", "ministry", "--subject", "v", "--colour", "green")
        assert gate("pass", "issue", *issue, "--status-uri", URI, "--status-index", index) == 0
        door = Door(self.broker.port, home, self._capsys.readouterr().out.strip(), lambda *_: None)
        door.connect()
        try:
            yield door
        finally:
            door.close()


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    with running(tmp_path_factory.mktemp("broker")) as broker:
        yield broker


@pytest.fixture
def desk(tmp_path: Path, broker: Broker, capsys: pytest.CaptureFixture[str]) -> Iterator[Desk]:
    desk = Desk(tmp_path, broker, capsys)
    yield desk
    publisher = Publisher(broker.port)
    publisher.say([publishing.Said(topic, b"", _type_of(topic)) for topic in desk.retained()])
    publisher.close()


def _type_of(topic: str) -> str:
    channel = contract.channel_of(topic)
    assert channel is not None
    return channel.content_type


def test_one_command_turns_a_visitor_black_at_a_connected_gate(desk: Desk) -> None:
    with desk.door(7) as door:
        assert desk.publish("status", desk.list) == 0
        assert door.until(lambda: door.last == GRANTED)
        assert desk.set("--delta", "--publish", "7=black") == 0
        assert door.until(lambda: door.last == HELD)
        assert desk.set("--delta", "--publish", "7=green", "8=black") == 0
        assert door.until(lambda: door.last == GRANTED)


def test_what_is_published_holds_all_changes_and_a_new_issue_ends_them(desk: Desk) -> None:
    assert desk.publish("status", desk.list) == 0
    assert desk.set("--delta", "1=black") == 0
    assert desk.set("--delta", "--publish", "2=red") == 0
    found = unproven(desk.retained()[pointer.status_topic("ministry")])
    assert isinstance(found, Delta)
    assert (found.seq, found.covers, dict(found.values)) == (2, 2, {1: 13, 2: 12})
    assert desk.set("--delta", "--publish") == 0, "once more, as after a broker that was away"
    assert desk.set() == 0
    assert desk.set("--delta", "--publish", "3=black") == 2, "the new issue is not published"
    assert "central publish status" in desk.said
    assert desk.publish("status", desk.list) == 0
    assert pointer.status_topic("ministry") not in desk.retained()
    assert desk.set("--delta", "--publish") == 0, "what was written before it could be published"
    with desk.door(3) as door:
        assert door.until(lambda: door.last == HELD)


def test_nobody_publishes_over_changes_that_lie_at_another_desk(desk: Desk) -> None:
    """Or else a visitor whom the other desk has turned black would be let in where a gate was away."""
    first = desk.folder / "ministry.1.delta"
    assert desk.publish("status", desk.list) == 0
    assert desk.set("--delta", "--publish", "1=black") == 0
    assert desk.set("--delta", "--publish", "2=black") == 0
    standing = desk.retained()[pointer.status_topic("ministry")]
    other = [first, desk.folder / "ministry.2.delta"]
    for path in other:
        path.unlink()
    assert desk.set("--delta", "--publish", "3=black") == 2, "fewer than are published"
    assert "is published already" in desk.said
    assert desk.set("--delta", "--publish", "4=black") == 2, "as many, and other ones"
    assert desk.retained()[pointer.status_topic("ministry")] == standing


def test_a_bundle_reaches_the_gate_and_an_older_one_is_not_published(desk: Desk) -> None:
    old = shutil.copy(desk.bundle, desk.folder / "old.bundle")
    with desk.door(1) as door:
        assert desk.sign() == 0
        assert desk.publish("trust", desk.bundle) == 0
        assert door.until(lambda: door.trust.current().bundle.version == 2)
    before = desk.retained()
    assert desk.publish("trust", old) == 2
    assert "gates would refuse this one (1)" in desk.said
    assert desk.retained() == before
    assert desk.publish("trust", desk.bundle) == 0, "the same again mends what a broker has lost"


def test_the_pieces_of_the_file_before_are_cleared(desk: Desk) -> None:
    assert desk.publish("trust", desk.bundle) == 0
    assert desk.sign() == 0
    assert desk.publish("trust", desk.bundle) == 0
    assert len([topic for topic in desk.retained() if "/chunk/" in topic]) == 1


def test_what_an_interrupted_publication_leaves_is_tidied_away(desk: Desk) -> None:
    assert desk.publish("trust", desk.bundle) == 0
    assert desk.publish("status", desk.list) == 0
    before = desk.retained()
    left = [
        Place(kind, name).chunk("ab" * 32, 0) for kind, name in ((Kind.TRUST, ""), (Kind.DENY, "a"), (Kind.RULES, ""))
    ]
    publisher = Publisher(desk.broker.port)
    publisher.say([publishing.Said(topic, b"a piece", pointer.CHUNK_TYPE) for topic in left])
    publisher.close()
    assert gate("central", "publish", "tidy", "--host", HOST, "--port", desk.broker.port) == 0
    assert desk.retained() == before
    assert gate("central", "publish", "tidy", "--host", HOST, "--port", free_port(), "--wait", "2") == 3


def test_a_bundle_goes_with_its_deny_lists(desk: Desk) -> None:
    lists = desk.folder / "lists"
    assert gate("revocation", "compile", "--id", "ministry", "--out", lists) == 0
    entry = json.loads((desk.folder / "ministry.issuer.json").read_text()) | {"revocation": ["ministry"]}
    (desk.folder / "ministry.issuer.json").write_text(json.dumps(entry))
    with desk.door(1) as door:
        assert desk.sign("--list", lists / "ministry.list.json") == 0
        assert desk.publish("trust", desk.bundle) == 2
        assert "--lists" in desk.said
        assert desk.publish("trust", desk.bundle, "--lists", lists) == 0
        assert door.until(lambda: door.trust.current().bundle.version == 2)
        assert list(door.trust.current().revocation.lists) == ["ministry"]  # type: ignore[attr-defined]  # a DenyLists


def test_rules_go_out_where_the_bundle_names_them(desk: Desk) -> None:
    pack = desk.folder / "eu-de.json"
    pack.write_text('{"a-value-set": ["1"]}')
    assert desk.publish("rules", pack) == 2
    assert "not vouched for" in desk.said
    assert desk.sign("--rules", pack) == 0
    assert desk.publish("rules", pack) == 0
    with desk.door(1) as door:
        assert door.until(lambda: door.updates.counts.taken == 1)
    (found,) = (desk.folder / "gate-1/trust/delivered/rules").iterdir()
    assert found.read_bytes() == pack.read_bytes()


def test_a_notice_is_published(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    with desk.door(1) as door, caplog.at_level("INFO"):
        assert desk.publish("notice", "--id", "Aturan baru.", "New rules.") == 0
        assert door.until(lambda: "New rules. / Aturan baru." in caplog.text)
    assert desk.publish("notice", "x" * 501) == 2
    assert desk.publish("notice", "a\x1bb") == 2


@pytest.mark.parametrize("key", ["operator.key", "ministry.key"])
def test_a_key_that_no_gate_would_believe_publishes_nothing(desk: Desk, key: str) -> None:
    assert desk.publish("trust", desk.bundle, key=key) == 2
    assert "--role publisher" in desk.said
    assert desk.retained() == {}


def test_a_file_that_no_gate_would_take_is_not_published(desk: Desk) -> None:
    stranger = desk.folder / "stranger.statuslist"
    assert gate("pass", "keygen", "--issuer", "stranger", "--name", "Stranger", "--out", desk.folder) == 0
    built = ("--uri", URI, "--size", "100", "--key", desk.folder / "stranger.key", "--out", stranger)
    assert gate("statuslist", "build", *built) == 0
    assert desk.publish("status", stranger) == 2
    assert "No gate would take" in desk.said
    desk.bundle.write_bytes(desk.bundle.read_bytes()[:-1])
    assert desk.publish("trust", desk.bundle) == 2
    assert desk.retained() == {}


def test_where_there_is_no_broker_the_change_is_kept(desk: Desk) -> None:
    assert desk.publish("status", desk.list) == 0
    desk._port = free_port()
    assert desk.set("--delta", "--publish", "1=black") == 3
    assert "is kept beside the list" in desk.said
    desk._port = desk.broker.port
    assert desk.set("--delta", "--publish") == 0
    assert pointer.status_topic("ministry") in desk.retained()


@pytest.mark.parametrize("arguments", [("--publish", "1=black"), ("--delta",)])
def test_half_a_request_is_an_error(desk: Desk, arguments: tuple[str, ...]) -> None:
    assert desk.set(*arguments) == 2
    assert desk.said


def test_with_the_desks_file_nothing_has_to_be_said_but_who(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    file = desk.folder / "desk.toml"
    file.write_text(
        f'[broker]\nhost = "{HOST}"\nport = {desk.broker.port}\n'
        '[publish]\nkey = "publisher.key"\nroot_key = "root.key.pub"\nbundle = "trust.bundle"\n'
        '[status]\nfile = "ministry.statuslist"\nkey = "ministry.key"\n'
    )
    with desk.door(7) as door:
        assert gate("central", "publish", "status", "--desk", file) == 0
        assert door.until(lambda: door.last == GRANTED)
        assert gate("central", "status", "--desk", file, "7=black") == 0
        assert door.until(lambda: door.last == HELD)
    assert gate("central", "publish", "trust", "--desk", file) == 0
    assert gate("central", "publish", "notice", "--desk", file, "New rules.") == 0
    capsys.readouterr()
    assert gate("central", "publish", "notice", "--desk", file, "--host", "127.0.0.1", "--port", free_port(), "x") == 3
    assert "cannot reach" in capsys.readouterr().err
    file.write_text("[status]\nlist = 7\n")
    assert gate("central", "status", "--desk", file, "7=green") == 2


def test_the_shipped_broker_takes_it_from_who_may_publish_and_from_nobody_else(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Over TLS, with the shipped access list."""
    pki = ("--ca", tmp_path, "--out", tmp_path)
    assert gate("pki", "ca", "--out", tmp_path) == 0
    assert gate("pki", "issue", "broker", "--host", HOST, *pki) == 0
    (tmp_path / "acl").write_bytes((CONFIG / "acl").read_bytes())
    with PrivateBroker(tmp_path, lines=lines(tmp_path)) as broker:
        desk = Desk(tmp_path, broker, capsys)
        for name, code in (("centre.ingest", 3), ("centre.publish", 0)):
            assert gate("pki", "issue", name, *pki) == 0
            login = (
                "--ca",
                tmp_path / "ca.crt",
                "--cert",
                tmp_path / f"{name}.crt",
                "--cert-key",
                tmp_path / f"{name}.key",
            )
            assert desk.publish("trust", "--host", HOST, *login, desk.bundle) == code
            assert ("not authorized" in desk.said.lower()) == bool(code)


def test_the_file_that_is_shipped_names_every_key() -> None:
    shipped = Path(__file__).parents[2] / "config" / "desk.toml"
    assert shipped.read_text(encoding="utf-8") == example(), "gate central publish show-config > config/desk.toml"


def test_a_change_by_a_key_that_did_not_sign_the_list_is_not_written(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    assert gate("pass", "keygen", "--issuer", "stranger", "--name", "Stranger", "--out", desk.folder) == 0
    key = ("--key", desk.folder / "stranger.key", "--out", desk.list)
    assert gate("statuslist", "set", *key, "--delta", "1=black") == 2
    assert "Another key" in capsys.readouterr().err
    assert not list(desk.folder.glob("*.delta"))
