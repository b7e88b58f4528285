"""``gate-secure-lines``: bring strike, lamps and buzzer to rest when the service can no longer do it itself.

systemd runs it after every end of the service (``ExecStopPost``).  It goes by what the service left word of, since the
configuration may be half edited at that moment, and else by the configuration.  It stands alone, so that what has
broken the service does not break this, and so that it is quick: of gate it imports the lines, the strike's wiring and
nothing else, and it reads the few keys that it needs by itself.

In an emergency the strike is freed instead of secured: when the service has left its mark, or the emergency loop is
open.  Where the loop cannot be read, the mark alone decides.
"""

from __future__ import annotations

import argparse
import os
import select
import sys
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from gate.access.strike_wiring import FailMode, StrikeWiring

if TYPE_CHECKING:
    from gate.adapters.pins_gpiod.lines import Gpio, Header

USUAL_FILE = "/etc/gate/gate.toml"
USUAL_MARK = "/run/gate/emergency"
NOT_WIRED = -1
STRIKE, BUZZER, EMERGENCY = "strike", "buzzer", "emergency"
PINS = {
    STRIKE: 17,
    "lamp_red": 22,
    "lamp_yellow": 23,
    "lamp_green": 24,
    "attention": 25,
    BUZZER: 27,
    "alarm": -1,
    "ring_light": -1,
}
"""The outputs of ``[pins]`` and their defaults, as in ``gate.service.config_hardware``; a test compares."""
MAY_BE_MISSING = ("alarm", "ring_light", EMERGENCY)
HIGHEST = 27
SAMPLE_S, STILL_SAMPLES, MOST_SAMPLES = 0.01, 6, 18
"""The emergency loop counts when this many samples in a row agree, the first one sample time after its pull-up."""

SECURED, NOT_SECURED, NOT_TRIED = 0, 1, 2
EXIT_CODES = """\
exit codes:
  0  every output is at rest (in an emergency: the strike free), or pins.factory = "mock" and there is none
  1  an output is not, or the emergency input cannot be read; each is named with its reason
  2  nothing was tried, because the configuration cannot be read
"""


def main(argv: Sequence[str] | None = None, gpio: Gpio | None = None) -> int:
    """Run the command; the exit code."""
    parser = argparse.ArgumentParser(
        prog="gate-secure-lines",
        description="Secure the strike (or free it in an emergency), and switch lamps and buzzer off, after a crash.",
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--config", metavar="FILE", default=USUAL_FILE, help="default: %(default)s")
    parser.add_argument(
        "--lines",
        metavar="FILE",
        default="",
        help="the lines that the service drove, as it left word of them; they come before the configuration's, and the "
        "file is taken away once they are at rest",
    )
    args = parser.parse_args(argv)
    file, left = args.config, _left_word(args.lines)
    try:
        keys = left or _read(file)
    except (OSError, ValueError) as error:
        _tell(f"{file}: {error}. NO LINE WAS SECURED. Mend the file (gate check-config {file}) and run this again.")
        return NOT_TRIED
    if keys.pins.get("factory", "mock") == "mock":
        print('gate-secure-lines: pins.factory = "mock": there is no line to secure')
        return SECURED
    done = _brought_to_rest(keys, gpio)
    for problem in keys.problems:
        _tell(problem)
    if keys.problems:
        _tell("NOT EVERYTHING IS AS IT SHOULD BE. Look at the door, mend the cause and run this again.")
        return NOT_SECURED
    if left is not None:
        os.unlink(args.lines)  # noqa: PTH108  (pathlib would cost a part of the time)
    print(f"gate-secure-lines: {done} lines at rest")
    return SECURED


def _left_word(file: str) -> Keys | None:
    """The keys that the service left; None where it left none that can be read."""
    try:
        return _read(file) if file and os.path.exists(file) else None  # noqa: PTH110  (as below)
    except (OSError, ValueError) as error:
        _tell(f"{file}: {error}. Going by the configuration instead.")
        return None


@dataclass(frozen=True, slots=True)
class Keys:
    """``[pins]`` and ``[door]`` of a file in ``folder``, and what is found to be wrong on the way."""

    pins: dict[str, Any]
    door: dict[str, Any]
    folder: str = "/"
    problems: list[str] = field(default_factory=list)

    def pin(self, name: str, usual: int) -> int | None:
        """The line of this name; None when it is not wired, or wrong."""
        pin = self.pins.get(name, usual)
        if pin == NOT_WIRED and type(pin) is int and name in MAY_BE_MISSING:
            return None
        if type(pin) is int and 0 <= pin <= HIGHEST:
            return pin
        self.problems.append(f"pins.{name} must be a GPIO number from 0 to {HIGHEST}, is {pin!r}")
        return None

    def wiring(self) -> StrikeWiring | None:
        """How the strike hangs on its line; None when that is not known."""
        lock, active_high = self.door.get("lock", FailMode.FAIL_SECURE), self.door.get("active_high", True)
        if lock not in list(FailMode):
            self.problems.append(
                f'door.lock must be "fail_secure" or "fail_safe", is {lock!r}: the strike is not secured'
            )
        elif not isinstance(active_high, bool):
            self.problems.append(
                f"door.active_high must be true or false, is {active_high!r}: the strike is not secured"
            )
        else:
            return StrikeWiring(FailMode(lock), active_high)
        return None

    def mark(self) -> str:
        """The file that tells of an emergency; the usual one where the key is wrong."""
        return self._path("emergency_mark", self.door.get("emergency_mark", USUAL_MARK)) or USUAL_MARK

    def channel(self) -> str:
        """The folder of the passive buzzer; empty where there is none."""
        channel = self.pins.get("buzzer_pwm", "")
        return "" if channel == "" else self._path("buzzer_pwm", channel)

    def _path(self, name: str, value: object) -> str:
        if isinstance(value, str) and value:
            return os.path.join(self.folder, value)  # noqa: PTH118  (pathlib would cost a part of the time)
        self.problems.append(f"{name} must be a path in quotes, is {value!r}")
        return ""


def _read(file: str) -> Keys:
    """Raises ``OSError`` or ``ValueError``."""
    with open(file, "rb") as opened:  # noqa: PTH123  (pathlib would cost a part of the time)
        document = tomllib.load(opened)
    pins, door = document.get("pins", {}), document.get("door", {})
    if not (isinstance(pins, dict) and isinstance(door, dict)):
        raise ValueError("[pins] and [door] must be tables")  # noqa: TRY004  (a wrong file, not a wrong call)
    if pins.get("factory", "mock") not in ("mock", "gpiod"):
        raise ValueError(f'pins.factory must be "mock" or "gpiod", is {pins["factory"]!r}')
    return Keys(pins, door, os.path.dirname(os.path.abspath(file)))  # noqa: PTH100, PTH120  (as above)


def _brought_to_rest(keys: Keys, gpio: Gpio | None) -> int:
    """Everything at rest, the strike first; how many lines."""
    channel = keys.channel()
    header = _header(keys, gpio)
    done = 0
    if header is not None:
        for pin, level in _levels(keys, header, channel).items():
            done += _driven(keys, header, pin, level)
        header.close()
    if channel:
        _silence(keys, channel)
    return done


def _header(keys: Keys, gpio: Gpio | None) -> Header | None:
    try:
        from gate.adapters.pins_gpiod import lines  # noqa: PLC0415  (with "mock" the library may be missing)

        header = lines.Header(gpio or lines.KernelGpio())
        header.chip()
    except ImportError as error:
        keys.problems.append(f'{error}. Install the extra: pip install "gate[pi]"')
    except OSError as error:
        keys.problems.append(str(error))
    else:
        return header
    return None


def _levels(keys: Keys, header: Header, channel: str) -> dict[int, bool]:
    """The level of each output, the strike first; a lamp never takes the strike's line."""
    levels: dict[int, bool] = {}
    strike, wiring = keys.pin(STRIKE, PINS[STRIKE]), keys.wiring()
    if strike is not None and wiring is not None:
        levels[strike] = wiring.released_level if _emergency(keys, header, strike) else wiring.secured_level
    for name, usual in PINS.items():
        if name == STRIKE or (name == BUZZER and channel):
            continue
        pin = keys.pin(name, usual)
        if pin is not None and pin != strike:
            levels[pin] = False
    return levels


def _emergency(keys: Keys, header: Header, strike: int) -> bool:
    """Whether the door must be free, and say why."""
    mark = keys.mark()
    pin = keys.pin(EMERGENCY, NOT_WIRED)
    if os.path.lexists(mark) and not os.path.isdir(mark):  # noqa: PTH112  (as above)
        reason = f"{mark} is there"
    elif pin is not None and _loop_is_open(keys, header, pin, strike):
        reason = f"the emergency input on GPIO{pin} is open"
    else:
        return False
    _tell(f"EMERGENCY ({reason}): the strike is RELEASED, not secured")
    return True


def _loop_is_open(keys: Keys, header: Header, pin: int, strike: int) -> bool:
    """Read the emergency input, which no output may share; closed where it cannot be read."""
    from gate.adapters.pins_gpiod import lines  # noqa: PLC0415  (as above)

    line = lines.Line(header, pin)
    try:
        if pin == strike:
            raise OSError("it is the strike's line")  # noqa: TRY301  (told like the kernel's own refusals)
        line.set_up(lines.Input("up"))
        return _still_level(line.read)
    except OSError as error:
        keys.problems.append(f"the emergency input on GPIO{pin} cannot be read: {error}. Only the mark was looked for")
        return False
    finally:
        line.free()


def _still_level(read: Any) -> bool:
    """The level once it is still. Raises ``OSError`` where it never is."""
    last: list[bool] = []
    for _ in range(MOST_SAMPLES):
        select.select((), (), (), SAMPLE_S)
        last = [*last, bool(read())][-STILL_SAMPLES:]
        if len(last) == STILL_SAMPLES and len(set(last)) == 1:
            return last[0]
    raise OSError("it is not still")


def _driven(keys: Keys, header: Header, pin: int, level: bool) -> int:  # noqa: FBT001  (a level)
    """Drive a line to its level and give it back; 1 for done."""
    from gate.adapters.pins_gpiod import lines  # noqa: PLC0415  (as above)

    line = lines.Line(header, pin)
    try:
        line.set_up(lines.Output(level))
    except OSError as error:
        keys.problems.append(
            f"GPIO{pin}: {error}. Does the service still run? systemctl stop gate; gpioinfo names who has it"
        )
        return 0
    finally:
        line.free()
    return 1


def _silence(keys: Keys, channel: str) -> None:
    """The kernel's PWM goes on when its process dies."""
    try:
        descriptor = os.open(f"{channel}/enable", os.O_WRONLY)
    except FileNotFoundError:
        return  # not exported: nothing sounds
    except OSError as error:
        keys.problems.append(f"the buzzer {channel} is not silenced: {error}")
        return
    try:
        os.write(descriptor, b"0")
    except OSError as error:
        keys.problems.append(f"the buzzer {channel} is not silenced: {error}")
    finally:
        os.close(descriptor)


def _tell(text: str) -> None:
    print(f"gate-secure-lines: {text}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
