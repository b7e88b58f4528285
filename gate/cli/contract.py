"""``gate contract``: prints the contract of the events, for machines and for people."""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any

from gate.cli.contract_page import page
from gate.wire import asyncapi, schemas


def add_parser(subparsers: Any) -> None:
    """Add the subcommand."""
    parser = subparsers.add_parser(
        "contract",
        help="print the contract of the events",
        description="Prints what a gate publishes and hears: as an AsyncAPI 3 document, as a page, or as JSON Schemas.",
    )
    parser.add_argument(
        "form",
        choices=("asyncapi", "html", "schemas"),
        help="asyncapi: the document (JSON); html: one page to read; schemas: all JSON Schemas by their $id",
    )
    parser.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """Print it; exit code 0."""
    sys.stdout.write(text(args.form))
    return 0


def text(form: str) -> str:
    """What is printed."""
    known = schemas.load()
    if form == "schemas":
        return _json(dict(sorted(known.items())))
    document = asyncapi.document(known, schemas.examples())
    return page(document) if form == "html" else _json(document)


def _json(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"
