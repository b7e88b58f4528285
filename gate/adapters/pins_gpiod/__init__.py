"""The lines of a real board through the kernel's GPIO device: ``factory`` faces gpiozero, ``lines`` faces gpiod."""
