"""The contract as one page for people, made from the AsyncAPI document: no script, nothing from elsewhere."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

Part = Mapping[str, Any]

_WAYS = {
    frozenset({"send"}): "gate → centre",
    frozenset({"receive"}): "centre → gate",
    frozenset({"send", "receive"}): "gate → gates of the site",
}
_STYLE = """
:root { color-scheme: light dark; --line: #8886; --soft: #8882; --mark: #0a6b; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 70rem; margin: 0 auto; padding: 1rem 1.2rem 4rem; }
h1 { margin-bottom: 0; } h2 { margin-top: 3rem; border-top: 1px solid var(--line); padding-top: 1rem; }
h3 { margin: 2rem 0 .3rem; } p { margin: .4rem 0; } code, pre { font: 14px/1.45 ui-monospace, monospace; }
table { border-collapse: collapse; width: 100%; margin: .6rem 0 1rem; }
th, td { text-align: left; vertical-align: top; padding: .25rem .6rem .25rem 0; border-bottom: 1px solid var(--line); }
th { font-weight: 600; } td code { overflow-wrap: anywhere; } .name { width: 15rem; } .kind { width: 22rem; }
pre { background: var(--soft); padding: .7rem; overflow-x: auto; border-radius: .3rem; }
summary { cursor: pointer; } a { color: inherit; }
.scroll { overflow-x: auto; } .topic { white-space: nowrap; } .form { color: #777; } .optional { font-style: italic; }
"""
_FORMS = {
    r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$": "RFC 3339 in UTC with ms",
    "^[0-7][0-9A-HJKMNP-TV-Z]{25}$": "a ULID",
    "^[0-9a-f]{64}$": "SHA-256 in hex",
    "^[a-z][a-z0-9_]*$": "a word",
    "^(?:[0-9a-f]{2})*$": "hex",
    "^[a-z0-9][a-z0-9-]{0,62}$": "a name",
    "^gate/v1/[a-z0-9][a-z0-9-]{0,62}/[a-z0-9][a-z0-9-]{0,62}$": "the root of a gate's topics",
}
"""The patterns that come again and again."""
_DEEPEST = 5


def page(document: Part) -> str:
    """The HTML text."""
    title = f"{document['info']['title']}: the contract {document['info']['version']}"
    return "\n".join(
        [
            "<!DOCTYPE html>",
            '<html lang="en"><head><meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body>",
            f"<h1>{escape(title)}</h1>",
            f"<p>{escape(document['info']['description'])}</p>",
            *_overview(document),
            "<h2>Messages</h2>",
            *(line for name in document["components"]["messages"] for line in _message(document, name)),
            "</body></html>\n",
        ]
    )


def _overview(document: Part) -> Iterator[str]:
    yield "<h2>Topics</h2><div class=scroll><table><thead><tr><th>topic</th><th>who</th><th>QoS</th><th>retained</th>"
    yield "<th>expiry</th><th>what, and its messages</th></tr></thead><tbody>"
    for name, channel in document["channels"].items():
        sent = _sent(document, name)
        links = ", ".join(f'<a href="#{escape(one)}">{escape(one)}</a>' for one in channel["messages"])
        retained = "yes" if sent["retain"] else "no"
        expiry = f"{sent['messageExpiryInterval']} s" if "messageExpiryInterval" in sent else "none"
        yield (
            f"<tr><td class=topic><code>{escape(channel['address'])}</code></td><td>{_way(document, name)}</td>"
            f"<td>{sent['qos']}</td><td>{retained}</td><td>{expiry}</td>"
            f"<td>{escape(channel['description'])}<br>{links}</td></tr>"
        )
    yield "</tbody></table></div>"


def _operations(document: Part, channel: str) -> list[Part]:
    return [one for one in document["operations"].values() if one["channel"]["$ref"] == f"#/channels/{channel}"]


def _sent(document: Part, channel: str) -> Part:
    found: Part = _operations(document, channel)[0]["bindings"]["mqtt"]
    return found


def _way(document: Part, channel: str) -> str:
    return _WAYS[frozenset(one["action"] for one in _operations(document, channel))]


def _message(document: Part, name: str) -> Iterator[str]:
    message = document["components"]["messages"][name]
    yield f'<h3 id="{escape(name)}">{escape(name)}</h3><p>{escape(message["title"])}.</p>'
    if "description" in message:
        yield f"<p>{escape(message['description'])}</p>"
    topics = [one for one, channel in document["channels"].items() if name in channel["messages"]]
    on = ", ".join(f"<code>{escape(document['channels'][one]['address'])}</code>" for one in topics)
    yield f"<p>On {on} as <code>{escape(message['contentType'])}</code>.</p>"
    reference = message.get("x-signed", message["payload"]).get("$ref")
    if reference is not None:
        yield from _table(document, _found(document, reference)["schema"])
    example = message.get("x-signed-example", message.get("examples", [{}])[0].get("payload"))
    if example is not None:
        text = json.dumps(example, indent=2, ensure_ascii=False)
        yield f"<details><summary>Example</summary><pre>{escape(text)}</pre></details>"


def _table(document: Part, schema: Part) -> Iterator[str]:
    rows = list(_rows(document, schema, "", 0))
    if rows:
        yield "<div class=scroll><table><thead><tr><th class=name>field</th><th class=kind>form</th>"
        yield "<th>meaning</th></tr></thead><tbody>"
        yield from rows
        yield "</tbody></table></div>"


def _rows(document: Part, schema: Part, prefix: str, depth: int) -> Iterator[str]:
    """The fields of an object, those of what it rests on first; of each inner object and of each item too."""
    if depth > _DEEPEST:
        return
    bases, own = _bases(document, schema), schema.get("properties", {})
    for base in bases:
        rest = {name: part for name, part in base.get("properties", {}).items() if name not in own}
        yield from _rows(document, {**base, "properties": rest}, prefix, depth + 1)
    if "items" in schema:
        yield from _rows(document, schema["items"], f"{prefix.removesuffix('.')}[].", depth + 1)
    for name, part in own.items():
        yield _row(prefix + name, part, may_miss="required" in schema and name not in schema["required"])
        inherited = [base["properties"][name] for base in bases if name in base.get("properties", {})]
        for inner in (*inherited, part, *part.get("oneOf", ())):
            yield from _rows(document, inner, f"{prefix}{name}.", depth + 1)


def _row(name: str, part: Part, *, may_miss: bool) -> str:
    optional = " <span class=optional>optional</span>" if may_miss else ""
    return (
        f"<tr><td class=topic><code>{escape(name)}</code>{optional}</td><td class=form>{_form(part)}</td>"
        f"<td>{escape(part.get('description', ''))}</td></tr>"
    )


def _bases(document: Part, schema: Part) -> list[Part]:
    parts = [schema, *schema.get("allOf", ())]
    return [_found(document, part["$ref"]) for part in parts if "$ref" in part]


def _found(document: Part, reference: str) -> Part:
    place: Any = document
    for step in reference.removeprefix("#/").split("/"):
        place = place[step]
    found: Part = place
    return found


def _form(part: Part) -> str:
    """What a field may hold, in few words."""
    if "const" in part:
        return f"<code>{escape(json.dumps(part['const']))}</code>"
    if "enum" in part:
        return " | ".join(f"<code>{escape(_word(one))}</code>" for one in part["enum"])
    if "oneOf" in part:
        return " or ".join(_form(one) for one in part["oneOf"])
    kind = part.get("type", "object")
    kinds = [kind] if isinstance(kind, str) else list(kind)
    told = " or ".join(kinds)
    if "array" in kinds and "items" in part and "properties" not in part["items"]:
        told += f" of {_form(part['items'])}" if "$ref" not in part["items"] else ""
    bounds = [f"{sign} {part[key]}" for key, sign in (("minimum", "≥"), ("maximum", "≤")) if key in part]
    return " ".join([told, *bounds]) + _pattern(part.get("pattern"))


def _pattern(pattern: str | None) -> str:
    """What a text has to look like: in words where it is one of the usual forms."""
    if pattern is None:
        return ""
    return f", {_FORMS[pattern]}" if pattern in _FORMS else f" <code>{_breakable(pattern)}</code>"


def _word(value: object) -> str:
    return "null" if value is None else str(value)


def _breakable(text: str) -> str:
    return escape(text).replace("/", "/<wbr>")
