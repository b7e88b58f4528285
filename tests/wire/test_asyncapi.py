"""The AsyncAPI document: whole by our own look and by the official schema where that is at hand; and its page."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from gate.cli.contract import text
from gate.cli.main import main
from gate.wire.contract import CHANNELS, Way
from tests.wire import golden
from tests.wire.validate import SCHEMAS

DOCUMENT: dict[str, Any] = json.loads(text("asyncapi"))
OFFICIAL = os.environ.get("GATE_ASYNCAPI_SCHEMA", "")
"""A file: 3.0.0-without-$id.json of the package @asyncapi/specs."""


def references(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        yield from ([part["$ref"]] if isinstance(part.get("$ref"), str) else ())
        for inner in part.values():
            yield from references(inner)
    elif isinstance(part, list):
        for inner in part:
            yield from references(inner)


def found(reference: str) -> Any:
    place: Any = DOCUMENT
    assert reference.startswith("#/"), "nothing rests on what is elsewhere"
    for step in reference.removeprefix("#/").split("/"):
        place = place[step]
    return place


def test_every_reference_leads_somewhere() -> None:
    told = list(references(DOCUMENT))
    assert len(told) > 50
    for reference in told:
        assert found(reference)


def test_every_channel_has_its_address_its_parameters_and_an_operation_each_way() -> None:
    for channel in CHANNELS:
        told = DOCUMENT["channels"][channel.name]
        assert told["address"] == channel.address
        assert set(told.get("parameters", {})) == {
            part for part in ("site", "gate", "number", "verb", "list", "digest") if f"{{{part}}}" in channel.address
        }
        actions = {one["action"]: one["bindings"]["mqtt"] for one in operations(channel.name)}
        assert set(actions) == {
            Way.UP: {"send"}, Way.DOWN: {"receive"}, Way.SITE: {"send", "receive"}
        }[channel.way]  # fmt: skip
        for binding in actions.values():
            assert (binding["qos"], binding["retain"]) == (channel.qos, channel.retain)
            assert binding.get("messageExpiryInterval") == channel.expiry_s


def operations(channel: str) -> list[Any]:
    return [one for one in DOCUMENT["operations"].values() if one["channel"]["$ref"] == f"#/channels/{channel}"]


def test_every_schema_is_in_it_and_every_message_has_one_and_an_example() -> None:
    assert {f"urn:gate:v1:{name}" for name in DOCUMENT["components"]["schemas"]} == set(SCHEMAS)
    for name, message in DOCUMENT["components"]["messages"].items():
        if name == "status" or name.endswith("_chunk"):  # binary
            continue
        inside = message.get("x-signed", message["payload"])
        assert inside["$ref"] == f"#/components/schemas/{name}"
        if name != "event":
            assert message.get("x-signed-example") or message["examples"][0]["payload"]


def test_the_official_schema_takes_it() -> None:
    if not OFFICIAL:
        pytest.skip("GATE_ASYNCAPI_SCHEMA names no file; docs/events.md says which it is")
    official = json.loads(Path(OFFICIAL).read_text())
    problems = [
        f"{error.json_path}: {error.message[:200]}" for error in Draft7Validator(official).iter_errors(DOCUMENT)
    ]
    assert problems == []
    without = {key: value for key, value in DOCUMENT.items() if key != "channels"} | {"channels": {"x": {"adress": 5}}}
    assert list(Draft7Validator(official).iter_errors(without)), "it would see a fault"


@pytest.mark.parametrize("path", golden.PUBLISHED, ids=lambda path: path.name)
def test_what_is_kept_is_what_the_contract_says_today(path: Path) -> None:
    assert path.read_text("utf-8") == golden.PUBLISHED[path](), "python -m tests.wire.golden makes it anew"


class Page(HTMLParser):
    """What a page holds."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.tags: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        if tag not in {"meta", "br", "wbr"}:
            self.open.append(tag)
        for name, value in attrs:
            assert name not in {"src", "style", "onclick"}
            (self.ids if name == "id" else self.links if name == "href" else []).append(value or "")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, "every element is closed in its turn"


def test_the_page_is_whole_needs_nothing_from_elsewhere_and_shows_every_topic() -> None:
    html = text("html")
    page = Page()
    page.feed(html)
    page.close()
    assert page.open == []
    assert not page.tags & {"script", "link", "img", "iframe"}
    assert {link.removeprefix("#") for link in page.links} <= set(page.ids)
    assert len(page.ids) == len(set(page.ids))
    assert set(page.ids) == set(DOCUMENT["components"]["messages"])
    for channel in CHANNELS:
        assert channel.address in html
    for field in ("occupancy.inside", "data.credential.fp", "data.seq", "[].data.prev", "crossings[].fp", "camera.fps"):
        assert f"<code>{field}</code>" in html


@pytest.mark.parametrize("form", ["asyncapi", "html", "schemas"])
def test_the_command_prints_each_form(form: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["contract", form]) == 0
    printed = capsys.readouterr().out
    assert printed == text(form)
    if form == "schemas":
        assert json.loads(printed) == SCHEMAS
