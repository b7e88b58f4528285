"""Runs test cases of others through ``verify``: ``python -m tests.conformance DIR`` (docs/conformance.md)."""
