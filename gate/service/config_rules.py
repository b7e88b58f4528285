"""The configuration key that names rule packs: ids of shipped ones and files of others."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from gate.configuration.kinds import FilePath, Text, Texts, Unfit
from gate.policy.packs import SHIPPED

FILE_ENDING = ".json"
MOST = 16

_ALLOWED = f"the id of a shipped pack ({', '.join(SHIPPED)}) or the path of a file that ends in {FILE_ENDING}"
_NAME = Text(_ALLOWED, longest=4095)
_NAMES = Texts(_NAME, fewest=1, most=MOST)


@dataclass(frozen=True, slots=True)
class PackNames:
    """One name of a pack, or a list of names; paths are absolute once read."""

    allowed: str = f"{_ALLOWED}, or a list of up to {MOST} of them"

    def read(self, value: object, folder: Path) -> tuple[str, ...]:
        """The names. Raises ``Unfit``."""
        names = _NAMES.read(value, folder) if isinstance(value, list) else (_NAME.read(value, folder),)
        return tuple(self._name(name, folder) for name in names)

    def write(self, value: object) -> str:
        names = value if isinstance(value, tuple) else ()
        return _NAME.write(names[0]) if len(names) == 1 else _NAMES.write(names)

    def _name(self, name: str, folder: Path) -> str:
        if name.endswith(FILE_ENDING):
            return str(FilePath().read(name, folder))
        if name not in SHIPPED:
            raise Unfit(f"must be {self.allowed}, is {_NAME.write(name[:60])}")
        return name
