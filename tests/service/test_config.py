"""The configuration file: what is read, and that everything wrong is told at once, where it stands and with advice."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gate.configuration.keys import is_required
from gate.configuration.lines import lines_of_keys
from gate.service.config import ConfigErrors, load
from tests.service.config_files import ALL_KEYS, Raw, changed_toml, least_toml, problems_of


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "gate.toml"


# What is read


def test_the_least_configuration_has_every_default(file: Path) -> None:
    file.write_text(least_toml())
    config = load(file)
    assert (config.site.id, config.gate.access_point, config.camera.source) == ("office-1", "entry", "pictures")
    assert (config.door.release_s, config.mqtt.port, config.journal.record_wait_ms) == (5.0, 1883, 250)
    assert config.mqtt.password_file is None


def test_relative_paths_start_at_the_folder_of_the_file(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file.write_text(changed_toml({"journal.path": "/elsewhere/journal.db"}))
    monkeypatch.chdir("/")
    config = load(Path(os.path.relpath(file, "/")))
    assert config.trust.bundle == file.parent / "trust.bundle"
    assert config.camera.path == file.parent / "pictures"
    assert config.journal.path == Path("/elsewhere/journal.db")


def test_a_whole_number_will_do_for_seconds(file: Path) -> None:
    file.write_text(changed_toml({"door.release_s": 7}))
    assert repr(load(file).door.release_s) == "7.0"


def test_tables_may_be_written_in_every_way_of_toml(file: Path) -> None:
    file.write_bytes(
        b"\xef\xbb\xbfgate = {id = 'gate-1'}\r\nsite.id = 'o-1'\r\ncamera.\"path\" = 'p'\r\n"
        b"['trust']\r\nbundle = 'b'\r\nroot_key = 'r'\r\n"
    )
    assert load(file).site.id == "o-1"


@pytest.mark.parametrize(
    "host", ["localhost", "broker.example", "192.0.2.1", "::1", "2001:db8::5", "fe80::1%eth0", "a_b-c"]
)
def test_hosts(file: Path, host: str) -> None:
    assert problems_of(file, changed_toml({"mqtt.host": host})) == []


# One wrong key: (dotted key, value, what the reason must say)

WRONG = [
    ("site.id", "", "is empty"),
    ("site.id", "Office", 'is "Office"'),
    ("site.id", "-a", "a letter or digit first"),
    ("site.id", "a/b", 'is "a/b"'),
    ("site.id", "a" * 64, "at most 63"),
    ("site.id", "all", "cannot be a name"),
    ("gate.id", "site", "cannot be a name"),
    ("gate.id", 7, "is 7"),
    ("gate.access_point", "North Door", 'is "North Door"'),
    ("camera.source", "picture", '(did you mean "pictures"?)'),
    ("camera.source", True, "is true"),
    ("camera.fps", 0, "from 1 to 60, is 0"),
    ("camera.fps", 61, "from 1 to 60, is 61"),
    ("camera.fps", 10.0, "a whole number of frames"),
    ("camera.fps", True, "is true"),
    ("camera.repeat", 1, "must be true or false, is 1"),
    ("camera.repeat", "true", 'is "true"'),
    ("decoder.mode", "ZBAR", '(did you mean "zbar"?)'),
    ("trust.bundle", "", "is empty"),
    ("trust.bundle", "~/bundle", "only a shell"),
    ("trust.root_key", Raw("['a']"), "is a list"),
    ("trust.epoch_dir", Raw("2026-11-21"), "is a date or time"),
    ("trust.max_age_s", Raw("0x" + "f" * 5000), "is far too large"),
    ("officer.hold_s", "120", 'is "120"'),
    ("policy.reread_s", Raw("nan"), "is nan"),
    ("policy.reread_s", Raw("-0.0"), "is -0.0"),
    ("policy.retry_hint_s", Raw("inf"), "is far too large"),
    ("door.release_s", 0.49, "from 0.5 to 30, is 0.49"),
    ("door.release_s", 30.1, "a number of seconds from 0.5 to 30"),
    ("door.release_s", True, "is true"),
    ("door.active_high", Raw("{}"), "is a table"),
    ("pins.factory", "GPIOD", '(did you mean "gpiod"?)'),
    ("pins.strike", 28, "from 0 to 27, is 28"),
    ("pins.strike", -1, "is -1"),
    ("pins.strike", 22, "is GPIO 22"),
    ("journal.path", "", "is empty"),
    ("journal.path", Raw(r'"a\u0000b"'), "cannot be seen"),
    ("journal.record_wait_ms", 9, "milliseconds from 10 to 5000"),
    ("mqtt.host", "", "is empty"),
    ("mqtt.host", "mqtt://broker", "without a scheme or a port"),
    ("mqtt.host", "broker:1883", "without a scheme or a port"),
    ("mqtt.host", "two names", "the name or address"),
    ("mqtt.username", " gate", "a space at an end"),
    ("mqtt.username", Raw(r'"a\u0007"'), "cannot be seen"),
    ("mqtt.username", "x" * 256, "at most 255"),
    ("mqtt.port", 65536, "from 1 to 65535, is 65536"),
    ("mqtt.window", 0, "from 1 to 1000"),
    ("mqtt.renew_at", "centre.example", "is not a host:port"),
    ("mqtt.renew_at", "centre.example:0", "is not a host:port"),
    ("log.level", "loud", "must be"),
    ("policy.green", "deny", 'must be "grant" or "hold"'),
    ("gate.direction", "in", "must be"),
    ("schedule.green_hours", Raw('["mon 25:00-26:00"]'), "no time of the day"),
    ("schedule.closed_days", Raw('["2026-02-29"]'), "no day of the calendar"),
    ("schedule.closed_days", Raw("[2026-12-25]"), "must be a day such as"),
    ("schedule.special_days", Raw('["2026-03-31"]'), "is not of the form"),
    ("passback.mode", "strict", "must be"),
    ("passback.minutes", 0, "minutes from 1 to 10080"),
    ("occupancy.capacity", -1, "people from 0 to 100000"),
    ("occupancy.checkout", "24:00", "no clock shows that"),
    ("occupancy.checkout", "6 pm", "no clock shows that"),
    ("bench.socket", "s" * 200, "at most 107 bytes"),
]


@pytest.mark.parametrize(("dotted", "value", "told"), WRONG)
def test_one_wrong_key_is_one_problem(file: Path, dotted: str, value: object, told: str) -> None:
    [problem] = problems_of(file, changed_toml({dotted: value}))
    blamed = "pins.lamp_red" if "GPIO" in told else dotted
    assert problem.key == blamed
    assert told in problem.reason
    assert problem.advice


@pytest.mark.parametrize("dead", ["site.name", "site.timezone"])
def test_what_nothing_uses_is_no_key(file: Path, dead: str) -> None:
    [problem] = problems_of(file, changed_toml({dead: "Asia/Jakarta"}))
    assert problem.key == dead


def test_a_socket_path_may_be_107_bytes_long_and_no_longer(file: Path) -> None:
    room = 107 - len(os.fsencode(file.parent)) - 1
    assert problems_of(file, changed_toml({"bench.socket": "s" * room})) == []
    [problem] = problems_of(file, changed_toml({"bench.socket": "s" * (room + 1)}))
    assert "is 108 bytes long" in problem.reason


def test_a_folder_that_cannot_be_printed_is_told(tmp_path: Path) -> None:
    folder = tmp_path / "bell\a"
    folder.mkdir()
    problems = problems_of(folder / "gate.toml", least_toml())
    assert [problem.key for problem in problems] == ["camera.path", "trust.bundle", "trust.root_key"]


# Several keys together

TOGETHER = [
    ({"camera.path": ""}, "camera.path", 'camera.source = "pictures" needs it'),
    ({"camera.source": "video", "camera.path": ""}, "camera.path", 'camera.source = "video" needs it'),
    ({"camera.source": "v4l2", "camera.path": ""}, "camera.path", 'camera.source = "v4l2" needs it'),
    ({"camera.source": "stage"}, "camera.source", "the workbench"),
    ({"bench.socket": "bench", "pins.factory": "gpiod"}, "bench.socket", "moves a real door"),
    ({"pins.refuse": 5}, "pins.refuse", "is GPIO 5, which pins.admit has already"),
    ({"door.release_s": 0.5, "journal.record_wait_ms": 501}, "journal.record_wait_ms", "500 milliseconds"),
    ({"mqtt.password_file": "password"}, "mqtt.username", "mqtt.password_file is set"),
    ({"mqtt.tls_certificate": "own.pem", "mqtt.tls_key": "own.key"}, "mqtt.tls_ca", "has a certificate for TLS"),
    ({"mqtt.tls_ca": "ca.pem", "mqtt.tls_key": "own.key"}, "mqtt.tls_certificate", "mqtt.tls_key is set"),
    ({"mqtt.tls_ca": "ca.pem", "mqtt.tls_certificate": "own.pem"}, "mqtt.tls_key", "mqtt.tls_certificate is set"),
    ({"mqtt.renew_at": "centre:8884"}, "mqtt.tls_certificate", "mqtt.renew_at is set"),
    (
        {"schedule.closed_days": Raw('["2026-03-31"]'), "schedule.special_days": Raw('["2026-03-31 08:00-12:00"]')},
        "schedule.special_days",
        "names 2026-03-31, which schedule.closed_days names too",
    ),
    ({"gate.direction": "both", "passback.mode": "soft"}, "passback.mode", 'gate.direction = "both"'),
    ({"gate.direction": "both", "occupancy.capacity": 9}, "occupancy.capacity", 'gate.direction = "both"'),
    ({"log.signals": "trust.bundle"}, "log.signals", "the same path as trust.bundle"),
]


@pytest.mark.parametrize(("changes", "blamed", "told"), TOGETHER)
def test_keys_that_do_not_go_together(file: Path, changes: dict[str, object], blamed: str, told: str) -> None:
    [problem] = problems_of(file, changed_toml(changes))
    assert problem.key == blamed
    assert told in problem.reason
    assert problem.advice


@pytest.mark.parametrize(
    "changes",
    [
        {"camera.source": "stage", "camera.path": "", "bench.socket": "bench"},
        {"camera.source": "picamera2", "camera.path": ""},
        {"door.release_s": 0.5, "journal.record_wait_ms": 500},
        {"mqtt.password_file": "password", "mqtt.username": "gate"},
        {"mqtt.username": "gate"},
        {"mqtt.tls_ca": "ca.pem"},
        {"mqtt.tls_ca": "ca.pem", "mqtt.tls_certificate": "own.pem", "mqtt.tls_key": "own.key"},
        {"pins.strike": 22, "pins.lamp_red": 17},
        {"pins.factory": "gpiod"},
        {"gate.direction": "both", "occupancy.checkout": "18:00"},
        {"gate.direction": "exit", "passback.mode": "hard", "occupancy.capacity": 9},
    ],
)
def test_keys_that_go_together(file: Path, changes: dict[str, object]) -> None:
    assert problems_of(file, changed_toml(changes)) == []


def test_of_three_purposes_on_one_line_two_are_told(file: Path) -> None:
    problems = problems_of(file, changed_toml({"pins.strike": 9, "pins.lamp_red": 9, "pins.buzzer": 9}))
    assert [problem.key for problem in problems] == ["pins.lamp_red", "pins.buzzer"]


def test_a_check_between_keys_waits_until_each_is_right(file: Path) -> None:
    problems = problems_of(file, changed_toml({"camera.source": "folder", "camera.path": ""}))
    assert [problem.key for problem in problems] == ["camera.source"]


def test_every_fault_between_keys_is_told(file: Path) -> None:
    changes: dict[str, object] = {
        "camera.path": "trust.bundle",
        "camera.source": "stage",
        "pins.strike": 5,
        "door.release_s": 0.5,
        "journal.record_wait_ms": 600,
        "mqtt.password_file": "root.key",
    }
    told = [problem.key for problem in problems_of(file, changed_toml(changes))]
    assert sorted(told) == [
        "camera.source",
        "journal.record_wait_ms",
        "mqtt.password_file",
        "mqtt.username",
        "pins.admit",
        "trust.bundle",
    ]


# Unknown names


@pytest.mark.parametrize(
    ("text", "name", "reason", "advice"),
    [
        ("[door]\nrelase_s = 5\n", "door.relase_s", "is not a key", "Did you mean door.release_s?"),
        ("[policy]\nhold_s = 5\n", "policy.hold_s", "is not a key", "Did you mean officer.hold_s?"),
        ("[mqtt]\npassword = 'secret'\n", "mqtt.password", "is not a key", "Did you mean mqtt.password_file?"),
        ("[door]\ncolour = 5\n", "door.colour", "is not a key", "gate show-config --example"),
        ("[dor]\nrelease_s = 5\n", "dor", "is not a table", "Did you mean [door]?"),
        ("[Door]\n", "Door", "is not a table", "Did you mean [door]?"),
        ("[elephant]\n", "elephant", "is not a table", "The tables are site, gate"),
        ("[[dor]]\n", "dor", "is not a table", "Did you mean [door]?"),
        ("[door]\n'two\\nlines' = 1\n", "door.two\\nlines", "is not a key", "--example"),
        ('[door]\n"two\\nlines" = 1\n', "'door.two\\nlines'", "is not a key", "--example"),
    ],
)
def test_an_unknown_name_is_told_with_the_closest(file: Path, text: str, name: str, reason: str, advice: str) -> None:
    [problem] = problems_of(file, least_toml() + text)
    assert (problem.key, "secret" in str(problem)) == (name, False)
    assert reason in problem.reason
    assert advice in problem.advice


def test_a_secret_may_be_a_credential_of_systemd(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file.write_text(changed_toml({"mqtt.username": "gate", "mqtt.password_file": "credential:mqtt-password"}))
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    assert load(file).mqtt.password_file == Path("/run/credentials/gate.service/mqtt-password")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", "/run/credentials/other.service")
    assert load(file).mqtt.password_file == Path("/run/credentials/other.service/mqtt-password")


@pytest.mark.parametrize("name", ["", "..", "a/b"])
def test_a_credential_is_one_name(file: Path, name: str) -> None:
    changes: dict[str, object] = {"mqtt.tls_ca": f"credential:{name}"}
    [problem] = problems_of(file, changed_toml(changes))
    assert problem.key == "mqtt.tls_ca"
    assert "NAME has no slash" in problem.reason


def test_what_is_no_secret_is_no_credential(file: Path) -> None:
    file.write_text(changed_toml({"journal.path": "credential:x"}))
    assert load(file).journal.path == file.parent / "credential:x"


def test_a_key_outside_of_any_table_is_told_its_place(file: Path) -> None:
    [problem] = problems_of(file, "release_s = 5\n" + least_toml())
    assert (problem.line, problem.key, problem.advice) == (1, "release_s", "Did you mean door.release_s?")


@pytest.mark.parametrize("text", ["door = 5\n", "[[door]]\nrelease_s = 5\n"])
def test_a_table_must_be_one_table(file: Path, text: str) -> None:
    body = text + least_toml() if text.startswith("door") else least_toml() + text
    [problem] = problems_of(file, body)
    assert (problem.key, problem.reason) == ("door", "must be one table")


def test_an_empty_file_misses_what_is_required(file: Path) -> None:
    told = {problem.key for problem in problems_of(file, "")}
    assert told == {name for name, one, _ in ALL_KEYS if is_required(one)} | {"camera.path"}


# The file itself


@pytest.mark.parametrize(
    ("content", "line", "reason"),
    [
        (b"[site]\nid = \n", 2, "is not TOML: Invalid value"),
        (b"[site]\nid = 'a'\nid = 'b'\n", 3, "is not TOML: Cannot overwrite a value"),
        (b"[site", None, "is not TOML: Expected ']' at the end of a table declaration"),
        (b"[site]\nid = 'a'\n# \xff\n", 3, "is not UTF-8 text"),
        (b"a = " + b"[" * 100_000, None, "is not TOML"),
        (b"a = " + b"1" * 5000, None, "is not TOML"),
        (b"#" * 300_000, None, "is longer than"),
    ],
)
def test_a_file_that_is_not_toml(file: Path, content: bytes, line: int | None, reason: str) -> None:
    [problem] = problems_of(file, content)
    assert (problem.key, problem.line) == ("", line)
    assert problem.reason.startswith(reason)
    assert str(problem).startswith(f"{file}:{line}: is" if line else f"{file}: is")


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("missing.toml", "cannot be read: No such file or directory"),
        (".", "cannot be read: Is a directory"),
        ("a\0b", "cannot be read: embedded null byte"),
    ],
)
def test_a_file_that_cannot_be_read(tmp_path: Path, name: str, reason: str) -> None:
    with pytest.raises(ConfigErrors) as raised:
        load(tmp_path / name)
    [problem] = raised.value.problems
    assert problem.reason == reason
    assert "gate show-config --example" in problem.advice


# All at once


@settings(deadline=None)  # the first look-up of all time zones reads the disk
@given(
    wrong=st.lists(st.sampled_from([case for case in WRONG if "GPIO" not in case[2]]), unique_by=lambda case: case[0]),
    unknown=st.sets(st.sampled_from(["door.colour", "mqtt.qos", "site.city", "log.size"])),
    missing=st.sets(st.sampled_from(["site.id", "gate.id", "trust.bundle", "trust.root_key"])),
)
def test_any_combination_of_wrong_keys_is_told_whole(
    wrong: list[tuple[str, object, str]], unknown: set[str], missing: set[str]
) -> None:
    changes = {dotted: value for dotted, value, _ in wrong} | dict.fromkeys(unknown, 1)
    missing -= changes.keys()
    text = "\n".join(
        line
        for table, lines in _by_table(changed_toml(changes))
        for line in [table, *(one for one in lines if f"{table[1:-1]}.{one.split(' ')[0]}" not in missing)]
    )
    with tempfile.TemporaryDirectory() as folder:
        problems = problems_of(Path(folder) / "gate.toml", text + "\n")
    assert sorted(problem.key for problem in problems) == sorted(changes.keys() | missing)
    for problem in problems:
        if problem.key not in missing:
            assert text.split("\n")[(problem.line or 0) - 1].startswith(problem.key.partition(".")[2])


def _by_table(text: str) -> Iterator[tuple[str, list[str]]]:
    for block in text.strip().split("\n["):
        first, *rest = block.split("\n")
        yield f"[{first.lstrip('[')}", rest


@settings(deadline=None)  # files on a busy disk
@given(content=st.one_of(st.binary(max_size=200), st.text(max_size=200).map(str.encode)))
def test_no_content_does_worse_than_problems(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        assert problems_of(Path(folder) / "gate.toml", content)


ODD = st.sampled_from(
    [
        "true",
        "-1",
        "1e400",
        "nan",
        '""',
        '"\\u0000"',
        "'~'",
        "[[1]]",
        "{a = 1}",
        "12:00:00",
        "0x" + "f" * 4000,
        '"é"',
        '"/"',
    ]
)


@settings(deadline=None)  # as above
@given(data=st.data())
def test_no_value_of_any_key_does_worse_than_problems(data: st.DataObject) -> None:
    chosen = data.draw(st.dictionaries(st.sampled_from([name for name, _, _ in ALL_KEYS]), ODD.map(Raw)))
    with tempfile.TemporaryDirectory() as folder:
        for problem in problems_of(Path(folder) / "gate.toml", changed_toml(dict(chosen))):
            assert "\n" not in str(problem)


@given(text=st.text(alphabet="ab.=[]\"' \n#", max_size=60))
def test_looking_for_lines_never_fails(text: str) -> None:
    count = len(text.split("\n"))
    assert all(1 <= line <= count for line in lines_of_keys(text).values())


def test_problems_stand_in_the_order_of_the_file(file: Path) -> None:
    file.write_text('[gate]\nid = "G"\n[site]\nid = "S"\n[trust]\nbundle = 1\nroot_key = 2\n[camera]\npath = "p"\n')
    with pytest.raises(ConfigErrors) as raised:
        load(file)
    assert [line.split(": ")[:2] for line in str(raised.value).split("\n")] == [
        [f"{file}:2", "gate.id"],
        [f"{file}:4", "site.id"],
        [f"{file}:6", "trust.bundle"],
        [f"{file}:7", "trust.root_key"],
    ]
