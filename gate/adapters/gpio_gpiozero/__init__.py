"""Strike, lamps, buzzer, ring light and inputs on gpiozero, on any of its pin factories.

Our own factory offers three things more than gpiozero asks for, and each is done without where it is missing:
``rest_at``, for the level at which a line is let go, changes whose ticks carry ``mono_ns``, and ``ticks_ns``, the
monotonic clock of edges and leases.
"""

from gate.adapters.gpio_gpiozero.indicator import Buzzer, GpioIndicator
from gate.adapters.gpio_gpiozero.inputs import GpioInputs
from gate.adapters.gpio_gpiozero.ring_light import GpioRingLight
from gate.adapters.gpio_gpiozero.strike import GpioStrike

__all__ = ["Buzzer", "GpioIndicator", "GpioInputs", "GpioRingLight", "GpioStrike"]
