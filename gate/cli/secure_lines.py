"""``gate-secure-lines``: bring strike, lamps and buzzer to rest when the service can no longer do it itself.

systemd runs it after every end of the service (``ExecStopPost``).  It stands alone, so that what has broken the service
does not break this, and so that it is quick: of gate it imports the lines and nothing else, and it reads the few keys
that it needs by itself.
"""

from __future__ import annotations

import argparse
import sys
import tomllib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gate.adapters.pins_gpiod.lines import Gpio

USUAL_FILE = "/etc/gate/gate.toml"
STRIKE = "strike"
PINS = {STRIKE: 17, "lamp_red": 22, "lamp_yellow": 23, "lamp_green": 24, "attention": 25, "buzzer": 27}
"""The outputs of ``[pins]`` and their defaults, as in ``gate.service.config_hardware``; a test compares."""
HIGHEST = 27

SECURED, NOT_SECURED, NOT_TRIED = 0, 1, 2
EXIT_CODES = """\
exit codes:
  0  every output is at rest, or pins.factory = "mock" and there is none
  1  at least one output is not; each is named with its reason
  2  nothing was tried, because the configuration cannot be read
"""


def main(argv: Sequence[str] | None = None, gpio: Gpio | None = None) -> int:
    """Run the command; the exit code."""
    parser = argparse.ArgumentParser(
        prog="gate-secure-lines",
        description="Secure the strike, and switch lamps and buzzer off, after a crash of the service.",
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--config", metavar="FILE", default=USUAL_FILE, help="default: %(default)s")
    file = parser.parse_args(argv).config
    try:
        pins, door = _tables(file)
    except (OSError, ValueError) as error:
        _tell(f"{file}: {error}. NO LINE WAS SECURED. Mend the file (gate check-config {file}) and run this again.")
        return NOT_TRIED
    if pins.get("factory", "mock") == "mock":
        print('gate-secure-lines: pins.factory = "mock": there is no line to secure')
        return SECURED
    levels, problems = _levels(pins, door)
    problems += _secured(levels, gpio)
    for problem in problems:
        _tell(problem)
    if problems:
        _tell("NOT EVERY LINE IS SECURED. Look at the door, mend the cause and run this again.")
        return NOT_SECURED
    print(f"gate-secure-lines: {len(levels)} lines secured")
    return SECURED


def _tables(file: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """``[pins]`` and ``[door]``. Raises ``OSError`` or ``ValueError``."""
    with open(file, "rb") as opened:  # noqa: PTH123  (pathlib would cost a part of the time)
        document = tomllib.load(opened)
    pins, door = document.get("pins", {}), document.get("door", {})
    if not (isinstance(pins, dict) and isinstance(door, dict)):
        raise ValueError("[pins] and [door] must be tables")  # noqa: TRY004  (a wrong file, not a wrong call)
    if pins.get("factory", "mock") not in ("mock", "gpiod"):
        raise ValueError(f'pins.factory must be "mock" or "gpiod", is {pins["factory"]!r}')
    return pins, door


def _levels(pins: dict[str, Any], door: dict[str, Any]) -> tuple[dict[int, bool], list[str]]:
    """The level at rest of each output, the strike first, and what is wrong with the others."""
    levels: dict[int, bool] = {}
    problems = []
    active_high = door.get("active_high", True)
    for name, usual in PINS.items():
        pin = pins.get(name, usual)
        if type(pin) is not int or not 0 <= pin <= HIGHEST:
            problems.append(f"pins.{name} must be a GPIO number from 0 to {HIGHEST}, is {pin!r}")
        elif name != STRIKE:
            levels.setdefault(pin, False)
        elif isinstance(active_high, bool):
            levels[pin] = not active_high
        else:
            problems.append(f"door.active_high must be true or false, is {active_high!r}: the strike is not secured")
    return levels, problems


def _secured(levels: dict[int, bool], gpio: Gpio | None) -> list[str]:
    """Drive each line to its level and give it back; what failed, in words."""
    try:
        from gate.adapters.pins_gpiod import lines  # noqa: PLC0415  (with "mock" the library may be missing)

        header = lines.Header(gpio or lines.KernelGpio())
        header.chip()
    except ImportError as error:
        return [f'{error}. Install the extra: pip install "gate[pi]"']
    except OSError as error:
        return [str(error)]
    problems = []
    for pin, level in levels.items():
        line = lines.Line(header, pin)
        try:
            line.set_up(lines.Output(level))
        except OSError as error:
            problems.append(
                f"GPIO{pin}: {error}. Does the service still run? systemctl stop gate; gpioinfo names who has it"
            )
        line.free()
    header.close()
    return problems


def _tell(text: str) -> None:
    print(f"gate-secure-lines: {text}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
