"""A copy of the package in a temporary folder, for breaking a rule of the house and seeing that it is named."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
TOOLS = Path(sys.executable).parent


def copy_of_the_house(folder: Path, intruders: dict[str, str]) -> Path:
    """The package and its configuration in ``folder``, with the modules of ``intruders`` (path: text) added."""
    shutil.copy(ROOT / "pyproject.toml", folder)
    shutil.copytree(ROOT / "gate", folder / "gate", ignore=shutil.ignore_patterns("__pycache__"))
    for name, text in intruders.items():
        path = folder / "gate" / name
        path.parent.mkdir(exist_ok=True)
        (path.parent / "__init__.py").touch()
        path.write_text(f'"""An intruder."""\n{text}\n')
    return folder


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    """Run import-linter on the package in ``folder``, not on the installed one."""
    return _run("lint-imports", "--no-logo", "--no-cache", folder=folder)


def ruff_bans(folder: Path, name: str) -> subprocess.CompletedProcess[str]:
    """Run ruff's list of banned names on one module of the copy."""
    arguments = ["check", "--no-cache", "--select", "TID251", "--output-format", "concise", f"gate/{name}"]
    return _run("ruff", *arguments, folder=folder)


def contract_names() -> set[str]:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    return {contract["name"] for contract in settings["tool"]["importlinter"]["contracts"]}


def _run(tool: str, *arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    command = [str(TOOLS / tool), *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=60)
