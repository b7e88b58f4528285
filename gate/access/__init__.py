"""What the access point does, purely: signals come in, effects and events go out."""
