"""The threads of one access point, and the roots that compose it."""
