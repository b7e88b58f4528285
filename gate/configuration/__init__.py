"""Configuration files in TOML: described beside each field, read with every fault told at once, and written again.

It knows no key: the gate's are in ``gate.service.config_schema``, the centre's in ``gate.central.config_schema``.
"""
